"""What a training on ImageNet takes, worked out before it is begun (chapter 16).

Steps and images are the paper's and ImageNet's own numbers. All else depends on who
trains where, and has no default: how fast a GPU learns and a core decodes is for the
reader to measure, what a GPU costs and how large the files are to look up.

Time is that of the steps alone: tests, checkpoints and what breaks down come on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from resattn_tutorial.limits import MOST
from resattn_tutorial.validation import make_plain, require_count, require_number

# ImageNet's training images (ILSVRC 2012), and the paper's steps (Section 4.2).
IMAGES, STEPS = 1_281_167, 530_000
# For each multiply-add forward, one goes into the gradient of the layer's input, and
# one into that of its weights. (The first layer needs none for its input.)
FORWARD_AND_BACKWARD = 3
HOUR, DAY = 60 * 60, 24 * 60 * 60
# Beyond these a number is a slip of the hand.
MOST_COUNT, LEAST_RATE, MOST_RATE = 10**15, 1e-6, 1e12


@dataclass(frozen=True)
class ImageNetTraining:
    """A training, and what it takes.

    Attributes:
        multiply_adds: of a forward pass, for one image, as
            :func:`~resattn_tutorial.cost.flops.torch_count` counts them.
        batch_size: images in a step, over all GPUs, a multiple of their number. The
            paper does not say.
        images_per_second: that one GPU learns from, measured while as many work as
            will: they wait for each other.
        gpus: how many work side by side.
        price: of a GPU for an hour, in any currency.
        image_bytes: the mean size of a JPEG file. The training set's bytes over its
            images: look at your own, it may be of another resolution.
        decoded_per_second: images that one processor core reads, decodes and cuts,
            measured.
        steps: batches to learn from; the paper's if left out.
        images: in an epoch; ImageNet's if left out.

    Raises:
        TypeError: a count is no whole number, or another no number.
        ValueError: one is too small, not finite, or too large; or the GPUs cannot
            share a batch evenly.
    """

    multiply_adds: int
    batch_size: int
    images_per_second: float
    gpus: int
    price: float
    image_bytes: float
    decoded_per_second: float
    steps: int = STEPS
    images: int = IMAGES

    def __post_init__(self) -> None:
        require_count("multiply_adds", self.multiply_adds, at_most=MOST_COUNT)
        require_count("gpus", self.gpus, at_most=10**6)
        require_count("steps", self.steps, at_most=MOST["steps"])
        require_count("images", self.images, at_most=MOST_COUNT)
        most = MOST["batch_size"]
        require_count("batch_size", self.batch_size, 1, self.gpus, most)
        for name in ("images_per_second", "image_bytes", "decoded_per_second"):
            require_rate(name, getattr(self, name))
        # What one has already costs nothing more.
        require_number("price", self.price, at_least=0, at_most=MOST_RATE)
        make_plain(self)

    @property
    def images_seen(self) -> int:
        """Images learned from in all, each as often as it comes."""
        return self.steps * self.batch_size

    @property
    def epochs(self) -> float:
        """How often each image comes, on average."""
        return self.images_seen / self.images

    @property
    def multiply_adds_in_all(self) -> int:
        """Of all forward and backward passes."""
        return FORWARD_AND_BACKWARD * self.multiply_adds * self.images_seen

    @property
    def multiply_adds_per_second(self) -> float:
        """That one GPU gets done, to be compared with what its maker says."""
        return FORWARD_AND_BACKWARD * self.multiply_adds * self.images_per_second

    @property
    def seconds(self) -> float:
        """From the first step to the last, with all GPUs."""
        rate = self.loader_images_per_second
        return predicted_seconds(self.steps, self.batch_size, rate)

    @property
    def days(self) -> float:
        """From the first step to the last, with all GPUs."""
        return self.seconds / DAY

    @property
    def gpu_hours(self) -> float:
        """Hours of all GPUs, added up. More GPUs of the same rate take as many."""
        return self.gpus * self.seconds / HOUR

    @property
    def money(self) -> float:
        """For the GPUs, in the currency of ``price``."""
        return self.gpu_hours * self.price

    @property
    def loader_images_per_second(self) -> float:
        """Images a second that all GPUs learn from, and the loader must bring."""
        return self.gpus * self.images_per_second

    @property
    def cores(self) -> int:
        """Processor cores that bring so many images, none of them late."""
        return cores_needed(self.loader_images_per_second, self.decoded_per_second)

    @property
    def bytes_read(self) -> float:
        """Bytes of image files that are read in all, every time anew."""
        return self.images_seen * self.image_bytes

    @property
    def bytes_per_second(self) -> float:
        """Bytes a second that the disk must give, or the memory that holds them."""
        return self.loader_images_per_second * self.image_bytes


def predicted_seconds(steps: int, batch_size: int, images_per_second: float) -> float:
    """How many seconds a training takes whose speed was measured.

    Args:
        steps: batches to learn from.
        batch_size: images in a step, over all processes.
        images_per_second: that all processes learn from together.

    Raises:
        TypeError, ValueError: an argument is no count, or no rate above 0.
    """
    require_count("steps", steps, at_most=MOST["steps"])
    require_count("batch_size", batch_size, at_most=MOST["batch_size"])
    return steps * batch_size / require_rate("images_per_second", images_per_second)


def cores_needed(images_per_second: float, decoded_per_second: float) -> int:
    """How many processor cores keep up with so many images a second.

    Args:
        images_per_second: that are wanted.
        decoded_per_second: that one core brings.

    Raises:
        TypeError, ValueError: one is no rate above 0.
    """
    require_rate("images_per_second", images_per_second)
    cores = images_per_second / require_rate("decoded_per_second", decoded_per_second)
    return ceil(round(cores, 6))                     # 3 * 0.1 / 0.1 is a little over 3


def require_rate(name: str, value: float) -> float:
    """Return ``value`` if it can be a rate, or a size in bytes.

    Raises:
        TypeError: it is no number; ValueError: it is 0 or less, or out of all bounds.
    """
    return require_number(name, value, at_least=LEAST_RATE, at_most=MOST_RATE)
