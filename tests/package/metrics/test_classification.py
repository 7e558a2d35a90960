"""Evaluation: against counting by hand, image by image; the modes; the parts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from small_runs import noise, small_network
from torch import Tensor, nn

from resattn_tutorial.data.loaders import split_among
from resattn_tutorial.metrics.classification import Errors, evaluate, in_evaluation_mode
from resattn_tutorial.runtime.distributed import ALONE, Process

COUNT = 30


class Given(nn.Module):
    """Answers with the logits it is given, and has one parameter to say where it is."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))
        self.asked: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.asked.append(len(x))
        return x


def parts(logits: Tensor, labels: Tensor, size: int = 250) -> Iterator:
    """Batches of so many at a time."""
    return zip(logits.split(size), labels.split(size), strict=True)


def answers(classes: int, count: int = COUNT) -> tuple[Tensor, Tensor]:
    """Made-up logits and labels."""
    draw = torch.Generator().manual_seed(classes)
    logits = torch.randn(count, classes, generator=draw)
    return logits, torch.randint(classes, (count,), generator=draw)


def by_hand(logits: Tensor, labels: Tensor) -> tuple[float, float, float, int]:
    """Plain Python: sort, look, add."""
    wrong = far = 0
    loss = 0.0
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        ranked = sorted(range(len(row)), key=lambda k: -row[k])
        wrong += ranked[0] != label
        far += label not in ranked[:5]
        loss += math.log(sum(math.exp(value) for value in row)) - row[label]
    return wrong / len(labels), far / len(labels), loss / len(labels), len(labels)


@pytest.mark.parametrize("classes", [2, 4, 5, 6, 20])
@pytest.mark.parametrize("batch_size", [1, 7, 30, 250])
def test_errors_equal_a_count_by_hand(classes: int, batch_size: int) -> None:
    logits, labels = answers(classes)
    network = Given()
    found = evaluate(network, parts(logits, labels, batch_size))
    assert found == pytest.approx(by_hand(logits, labels), abs=1e-12)
    assert found.images == COUNT and max(network.asked) <= batch_size
    if classes <= 5:
        assert found.top5 == 0


def test_the_parts_of_several_processes_make_the_whole() -> None:
    logits, labels = answers(20, 31)
    whole = evaluate(Given(), parts(logits, labels))
    found = []
    for rank in range(3):
        ours = split_among(31, 7, Process(rank, 3))
        found.append(evaluate(Given(), [(logits[n], labels[n]) for n in ours]))
    assert [part.images for part in found] == [11, 10, 10]
    joined = [
        sum(part[k] * part.images for part in found) / 31 for k in range(3)
    ]
    assert joined == pytest.approx(whole[:3], abs=1e-12)


def test_batch_norm_uses_its_running_statistics_and_keeps_them() -> None:
    network, test = small_network().float(), noise(12)
    network[1].running_mean.fill_(0.5)
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    inputs = test.images.float() / 255
    one, all_at_once = (
        evaluate(network, parts(inputs, test.labels, size)) for size in (1, 12)
    )
    assert one == pytest.approx(all_at_once, abs=1e-6)
    for name, value in network.state_dict().items():
        assert torch.equal(value, kept[name])


def failing() -> Iterator:
    """Batches that cannot be read."""
    raise RuntimeError("no such file")
    yield


def modes(network: nn.Module) -> list[bool]:
    """Of each part."""
    return [module.training for module in network.modules()]


def test_the_mode_of_each_part_is_put_back_even_after_a_failure() -> None:
    logits, labels = answers(4)
    network = nn.Sequential(Given(), nn.BatchNorm1d(4), nn.Dropout())
    network[1].eval()                                # frozen, as in fine-tuning
    before = modes(network)
    assert before == [True, True, False, True]
    evaluate(network, parts(logits, labels))
    assert modes(network) == before
    with pytest.raises(RuntimeError, match="no such file"):
        evaluate(network, failing())
    assert modes(network) == before
    network.eval()
    evaluate(network, parts(logits, labels))
    assert not any(modes(network))


def test_inside_every_part_is_in_evaluation_mode() -> None:
    network = small_network(0, nn.Dropout())
    with in_evaluation_mode(network):
        assert not any(modes(network))
    assert all(modes(network))


def test_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="batches must hold at least one image"):
        evaluate(Given(), [])


@pytest.mark.parametrize(
    ("count", "size", "process", "words"),
    [
        (0, 7, ALONE, "number of images must be at least 1, got 0"),
        (2, 7, Process(2, 3), "number of images must be at least 3, got 2"),
        (2, 0, ALONE, "batch_size must be at least 1"),
    ],
)
def test_too_few_images_to_split_are_refused(
    count: int, size: int, process: Process, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        split_among(count, size, process)


def test_bfloat16_is_used_where_it_is_asked_for() -> None:
    network, test = small_network().float(), noise(12)
    seen = []
    network[5].register_forward_hook(lambda m, x, out: seen.append(out.dtype))
    batches = [(test.images.float() / 255, test.labels)]
    for precision in ("float32", "bfloat16"):
        found = evaluate(network, batches, precision)
        assert isinstance(found, Errors) and math.isfinite(found.loss)
    assert seen == [torch.float32, torch.bfloat16]
