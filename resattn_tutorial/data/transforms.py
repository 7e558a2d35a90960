"""From image bytes to a network's inputs, and the data augmentation on the way
(chapters 3 and 9).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.data.input_checks import as_bytes, require_mean, require_windows
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.tensor_validation import (
    require_bytes,
    require_features,
    require_tensor,
)
from resattn_tutorial.validation import (
    require_count,
    require_ratio,
    require_sequence,
)

# By how many pixels a small image is shifted at most.
PAD = 4
# The side of the largest photograph that a network is given, in pixels.
LARGEST = 16_384
# Mean and deviation of ImageNet's colours, in torchvision's documentation.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# The main directions of ImageNet's colours, each times its variance, for AlexNet's
# colour changes; the values in use since fb.resnet.torch.
DIRECTIONS = torch.tensor([
    [-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203],
]) * torch.tensor([0.2175, 0.0188, 0.0045])
# A test image's shorter side, as a multiple of the crop's. The paper does not say.
TEST_MARGIN = 256 / 224


def to_inputs(images: Tensor) -> Tensor:
    """Image bytes ``(N, 3, H, W)`` as a network's inputs: float32, from -2 to 3.3.

    Raises TypeError unless ``images`` is a uint8 tensor, ValueError for other shapes.
    """
    require_bytes(images)
    return (images.float() - 96) / 48


def colour_mean(images: Tensor) -> Tensor:
    """The mean of each colour over all pixels of all images, from 0 to 1, ``(3,)``.

    The paper says that the "per-pixel RGB mean" is subtracted. We take three numbers;
    a mean image is the other reading.

    Raises:
        TypeError, ValueError: these are not the bytes of at least one image.
    """
    require_bytes(images)
    require_count("the number of images", len(images))
    # In parts: to add whole numbers up, torch copies each byte into eight.
    parts = images.split(1000)
    sums = sum(part.sum(dim=(0, 2, 3), dtype=torch.int64) for part in parts)
    return (sums.double() / (255 * images[:, 0].numel())).float()


def as_inputs(images: Tensor, mean: Tensor) -> Tensor:
    """Bytes ``(N, 3, H, W)`` as float32 inputs: from 0 to 1, less the mean colour.

    Raises:
        TypeError: ``images`` holds no bytes, or ``mean`` is no tensor of numbers with a
            fraction.
        ValueError: a shape is another one, or the mean is not from 0 to 1.
    """
    require_bytes(images)
    require_mean(mean)
    return images.float() / 255 - mean.view(3, 1, 1)


def crop_and_flip(
    inputs: Tensor, corners: Tensor, mirrored: Tensor, pad: int = PAD
) -> Tensor:
    """Shift each image by up to ``pad`` pixels and mirror some; the shape stays.

    Args:
        inputs: ``(N, C, H, W)``; zeros are put around, the mean colour.
        corners: top and left of each window in the padded image, ``(N, 2)``, from 0
            to ``2 * pad``; ``pad`` leaves the image where it is.
        mirrored: which images are flipped left to right, bool, ``(N,)``.
        pad: zeros on each side, in pixels.

    Raises:
        TypeError: a tensor is none, or of another type; ValueError: a shape does not
            fit, or a corner lies outside.

    Paper: Section 4.1.
    """
    require_windows(inputs, corners, mirrored, pad)
    count, _, height, width = inputs.shape
    padded = F.pad(inputs, (pad, pad, pad, pad))    # (N, C, H + 2p, W + 2p)
    # All windows, (N, C, 2p + 1, 2p + 1, H, W): a view, nothing is copied.
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    image = torch.arange(count, device=inputs.device)
    cut = windows[image, :, corners[:, 0], corners[:, 1]]     # (N, C, H, W)
    return torch.where(mirrored.view(-1, 1, 1, 1), cut.flip(3), cut)


class SmallImageInputs(nn.Module):
    """What a network for small images was trained to see: bytes, less a mean colour.

    Takes uint8 tensors ``(3, H, W)`` or ``(N, 3, H, W)``, or a PIL image; gives
    float32, where the image is.

    Args:
        mean: red, green and blue, from 0 to 1.
        size: height and width that the network learned from, in pixels. An image of
            another size is shrunk or stretched until its shorter side has so many, and
            its middle is taken. ``None`` leaves every image its size.

    Raises:
        TypeError: ``mean`` is no list or tuple of numbers, ``size`` no whole number; on
            a call, what came is no image, or holds no bytes.
        ValueError: ``mean`` holds other than three, or one is not from 0 to 1;
            ``size`` is too small or too large; on a call, an image has no pixel.
    """

    def __init__(self, *, mean: Sequence[float], size: int | None = None) -> None:
        super().__init__()
        colours = require_sequence("mean", mean, 3)
        self.mean_colour = tuple(require_ratio("mean", one) for one in colours)
        self.size = size
        if size is not None:
            self.middle = middle(require_count("size", size, at_most=LARGEST), size)

    def forward(self, image: Any) -> Tensor:
        """Turn an image, or a batch of them, into inputs."""
        image = as_bytes(image)
        require_bytes(image[None] if image.dim() == 3 else image)
        if self.size is not None and image.shape[-2:] != (self.size, self.size):
            image = self.middle(image)
        mean = torch.tensor(self.mean_colour, device=image.device)
        if image.dim() == 3:
            return as_inputs(image[None], mean)[0]               # (3, H, W)
        return as_inputs(image, mean)                            # (N, 3, H, W)

    def seen(self, image: Any, side: int) -> Tensor:
        """The part of an image that a network sees, larger: bytes, ``(3, side, side)``.

        Raises TypeError or ValueError for what is no image, or no size.
        """
        return middle(require_count("side", side, at_most=LARGEST), side)(
            as_bytes(image))


def middle(shorter: int, size: int) -> Callable[[Tensor], Tensor]:
    """Bring the shorter side to so many pixels, and cut the middle out: bytes stay."""
    # Here, since it takes seconds to import.
    from torchvision.transforms import v2

    return v2.Compose([v2.Resize(shorter, antialias=True), v2.CenterCrop(size)])


class PhotoColours:
    """Photographs' bytes as inputs, by ImageNet's colours, on the device that learns.

    Bytes are a quarter of what the inputs are, so worker processes send bytes; the
    numbers are those that they would have made of them, bit for bit.

    Args:
        device: where the bytes will be.
    """

    def __init__(self, device: torch.device) -> None:
        # Made once: a GPU would be waited for at each batch.
        self.mean, self.deviation = (
            torch.tensor(x, device=device).view(3, 1, 1) for x in (MEAN, DEVIATION)
        )

    def __call__(self, images: Tensor, shifts: Tensor | None = None) -> Tensor:
        """Inputs, ``(N, 3, H, W)``, from bytes and by how much to move their colours.

        Args:
            images: uint8, ``(N, 3, H, W)`` or ``(3, H, W)``.
            shifts: as from :func:`colour_shift`, ``(N, 3)``.
        """
        levels = images.float().mul_(1 / 255)                    # from 0 to 1
        if shifts is not None:
            levels += shifts[..., None, None]
        return levels.sub_(self.mean).div_(self.deviation)


class PhotoInputs(nn.Module):
    """The middle of a photograph, ``(3, size, size)``: a single crop.

    Takes uint8 tensors ``(3, H, W)``, arrays ``(H, W, 3)`` or a PIL image, of any size.

    Args:
        size: height and width of the inputs, in pixels.

    Raises:
        TypeError: ``size`` is no whole number; on a call, what came is no image, or
            holds no bytes.
        ValueError: ``size`` is too small or too large; on a call, the image has another
            shape, or no pixel.

    Paper: Section 4.2.
    """

    mean_colour = ()                         # ImageNet's is taken, not the images' own

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = require_count("size", size, at_most=LARGEST)
        # Bytes, (3, size, size): what a worker process sends.
        self.middle = middle(round(size * TEST_MARGIN), size)

    def forward(self, image: Any) -> Tensor:
        """Turn a photograph into inputs."""
        image = as_bytes(image)
        require_bytes(image[None] if image.dim() == 3 else image)
        return PhotoColours(image.device)(self.middle(image))    # (3, size, size)

    def seen(self, image: Any, side: int) -> Tensor:
        """The part of a photograph that a network sees: bytes, ``(3, side, side)``.

        Raises TypeError or ValueError for what is no image, or no size.
        """
        require_count("side", side, at_most=LARGEST)
        return middle(round(side * TEST_MARGIN), side)(as_bytes(image))


def inputs_for(
    recipe: Recipe, mean_colour: Sequence[float], size: int | None = None
) -> SmallImageInputs | PhotoInputs:
    """The transform of test images that belongs to a recipe.

    Args:
        recipe: tells small images from photographs, and the photographs' size.
        mean_colour: of the small images that were learned from.
        size: height and width of those, to which others are brought; ``None`` leaves
            every small image its size. Photographs have the recipe's.

    Raises:
        TypeError, ValueError: ``recipe`` is no recipe, or as the transforms.
    """
    if not hasattr(recipe, "crop"):
        raise TypeError(f"recipe must be a Recipe, got {type(recipe).__name__}.")
    if recipe.crop == "area":
        return PhotoInputs(recipe.size)
    return SmallImageInputs(mean=mean_colour, size=size)


def colour_shift() -> Tensor:
    """By how much to move an image's red, green and blue, ``(3,)``.

    Along ImageNet's main directions, by normal random amounts of deviation 0.1, as
    AlexNet did.
    """
    return DIRECTIONS @ (torch.randn(3) * 0.1)


def shift_colours(image: Tensor) -> Tensor:
    """Move all colours of an image, ``(3, H, W)``, by a :func:`colour_shift`.

    Raises TypeError or ValueError for what is no image of numbers with a fraction.
    """
    require_features("image", require_tensor("image", image)[None], channels=3)
    return image + colour_shift().view(3, 1, 1)


def augmented_photo(size: int) -> Any:
    """A random part of an image, mirrored or not, in bytes: ``(3, size, size)``.

    Its colours are moved later, with the whole batch's. Raises TypeError or ValueError
    for an invalid ``size``.

    Paper: Section 4.2.
    """
    require_count("size", size, at_most=LARGEST)
    from torchvision.transforms import v2

    return v2.Compose([
        v2.RandomResizedCrop(size, antialias=True), v2.RandomHorizontalFlip(),
    ])
