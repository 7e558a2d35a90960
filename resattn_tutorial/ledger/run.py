"""A run: what was trained, where, and what came of it (chapter 3).

A run file is three things: the configuration, the environment and the results. This is
their form in Python; :mod:`~resattn_tutorial.ledger.store` keeps them in files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from resattn_tutorial.config import TrainingConfig


class Point(NamedTuple):
    """One point of a learning curve: what had been spent, and what it bought.

    ``seconds`` counts training only, not the tests in between; ``loss`` is the mean
    since the last point; ``test_error`` is the share of test images classified wrongly.
    Both are ``None`` where a run only measured what networks cost. Where training
    images are held out to choose by, ``validation_error`` is the share of these and
    ``validation_loss`` their mean loss, and ``test_error`` is ``None``: such a run is
    tested once, at its end.
    """

    step: int
    images: int
    seconds: float
    loss: float | None
    test_error: float | None
    validation_error: float | None = None
    validation_loss: float | None = None

    def __str__(self) -> str:
        """The point as one line of a log."""
        name, error = self.judged
        return (
            f"step {self.step:5d}   {self.seconds:5.0f} s   "
            f"training loss {self.loss:.2f}   "
            f"{name} {error:.1%}"
        )

    @property
    def judged(self) -> tuple[str, float | None]:
        """What its error is called, and the error."""
        if self.validation_error is not None:
            return "validation error", self.validation_error
        return "test error", self.test_error

    def as_dict(self) -> dict[str, Any]:
        """Its fields for a file; those of validation only where there are any."""
        return {
            name: value for name, value in self._asdict().items()
            if value is not None or not name.startswith("validation")
        }


def rounded_curve(curve: Sequence[Point]) -> tuple[Point, ...]:
    """The points with no more digits than were measured, for a file."""
    return tuple(
        point._replace(
            seconds=round(point.seconds, 1), loss=to_digits(point.loss, 4),
            test_error=to_digits(point.test_error, 6),
            validation_error=to_digits(point.validation_error, 6),
            validation_loss=to_digits(point.validation_loss, 4),
        )
        for point in curve
    )


def to_digits(value: float | None, digits: int) -> float | None:
    """A number with so many digits; ``None`` where there is none."""
    return None if value is None else round(value, digits)


# Fields of the data that are lists in a file.
SEQUENCES = ("mean_colour", "classes", "image_size")


@dataclass(frozen=True)
class Data:
    """What was learned from; a result on another form of it is another result.

    Attributes:
        name: such as ``"CIFAR-10"``.
        form: how it came, such as ``"original pixels"``.
        training_images: how many were learned from.
        test_images: how many there were.
        noisy_labels: training labels that were changed.
        mean_colour: of the training images, red, green and blue from 0 to 1, where it
            was subtracted.
        classes: their names, in the order of the network's answers; none where they
            were not recorded.
        image_size: height and width of small images; none for photographs, and where
            it was not recorded.
        fingerprints: of the training and the test images, by ``"train"`` and
            ``"test"``: they change with the name, number or size of any file.
        skipped: how many files of them were left out, by reason.
        validation_images: how many of the training set were held out; a file says it
            where there were any.
    """

    name: str
    form: str
    training_images: int
    test_images: int
    noisy_labels: int = 0
    mean_colour: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    image_size: tuple[int, ...] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    validation_images: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Its fields as plain values, for a file."""
        told = asdict(self)
        if not self.validation_images:
            del told["validation_images"]
        return told | {name: list(told[name]) for name in SEQUENCES}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """The data that such values tell of; raises as the constructor, or KeyError."""
        return cls(**told | {name: tuple(told[name]) for name in SEQUENCES})


@dataclass(frozen=True)
class Environment:
    """What a run happened on.

    Attributes:
        date: the day it ended, in UTC.
        commit: the commit that ran, with a ``+`` if the working copy differed from it.
        processor: its name.
        cores: how many there were.
        gpu: its name; ``None`` without one.
        device: what computed: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        world_size: processes that shared each batch.
        python: its version; ``torch`` and ``numpy`` are theirs.
    """

    date: str
    commit: str | None
    processor: str
    cores: int | None
    gpu: str | None
    device: str | None
    world_size: int | None
    python: str
    torch: str
    numpy: str

    @property
    def machine(self) -> str:
        """What computed, by its name."""
        return self.gpu or self.processor


@dataclass(frozen=True)
class Results:
    """What came of a run.

    Attributes:
        test_error: the share of test images that it classifies wrongly, at its end;
            ``None`` where nothing was classified.
        minutes: of the whole run, its tests included.
        images_per_second: of training alone, over the whole curve.
        curve: the points of the learning curve.
        top5_error: whose class is not among the five likeliest.
        test_loss: the mean loss on the test images.
        scores: further numbers by name, in groups where that helps.
        right_answers: which test images were classified rightly, in their order, as
            text (:func:`~resattn_tutorial.experiments.ending.packed`); ``None`` where
            it was not kept.
    """

    test_error: float | None
    minutes: float
    images_per_second: float
    curve: tuple[Point, ...]
    top5_error: float | None = None
    test_loss: float | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    right_answers: str | None = None


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        name: what the runs of all seeds are called.
        configuration: every setting, as plain values; a training's are a
            :class:`~resattn_tutorial.config.TrainingConfig`'s.
        data: what was learned from.
        environment: what it happened on.
        results: what came of it.
        command: what repeats it in a terminal; ``None`` if nothing typed there would.
        changes: what was changed when it went on after a break, one line each.
        not_recorded: settings of which nothing is known, since the run is older than
            this form of run files. No command is sure to repeat such a run.
    """

    name: str
    configuration: Mapping[str, Any]
    data: Data
    environment: Environment
    results: Results
    command: str | None = None
    changes: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        """The seed that tells it from the other runs of its name."""
        return self.configuration["seed"]

    @property
    def stem(self) -> str:
        """What its file is called, without the ending."""
        return f"{self.name}-seed{self.seed}"

    @property
    def repeatable(self) -> bool:
        """Whether its command gives the same run again, on the same hardware."""
        return bool(self.command) and not self.changes and not self.not_recorded

    @property
    def training(self) -> TrainingConfig:
        """The configuration of a run of the trainer.

        Raises:
            TypeError, ValueError: it is no trainer's, or not all of it was recorded.
        """
        return TrainingConfig.from_dict(self.configuration)

    def as_dict(self) -> dict[str, Any]:
        """The run as plain values, for a file."""
        told = asdict(self)
        told["data"] = self.data.as_dict()
        told["results"]["curve"] = [point.as_dict() for point in self.results.curve]
        return told | {
            "changes": list(self.changes), "not_recorded": list(self.not_recorded)
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """The run that such values tell of.

        Raises:
            TypeError: a field is missing, or there is one too many.
        """
        results = dict(told["results"])
        results["curve"] = tuple(Point(**point) for point in results["curve"])
        return cls(**{
            **told, "data": Data.from_dict(told["data"]),
            "environment": Environment(**told["environment"]),
            "results": Results(**results), "changes": tuple(told["changes"]),
            "not_recorded": tuple(told["not_recorded"]),
        })
