"""Near-duplicates: images that a network has as good as seen before (chapter 17).

Two photographs of one thing, or two frames of a film, differ by a step and a shade. If
one is learned from and the other validated on, the error says how well the network
remembers. Names of files may not tell; the images themselves often do.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.tensor_validation import require_bytes
from resattn_tutorial.validation import require_count

# Images are compared at so many pixels: finer detail moves by a step of the hand.
SIDE = 16
# Nearer is taken for a near-duplicate. Of a wardrobe's photographs that have a twin
# more than half lie below it, of those that have none about one in a hundred.
NEAR = 0.4
PART = 256


def nearest_distances(training: Tensor, others: Tensor) -> Tensor:
    """How far each image is from the nearest training image, ``(M,)``.

    Both are shrunk to 16 pixels. Each image loses its own mean and is divided by its
    own deviation, so that the light does not count; the distance of two is the root of
    the mean squared difference. For the same image in another light it is 0 but for
    rounding, some thousandths, and for two that have nothing in common near 1.4. An
    image of one grey has no deviation, and is left all zeros: 1 from all but its like.

    Args:
        training: what is learned from, bytes, ``(N, 3, H, W)``.
        others: what is validated or tested on, bytes, ``(M, 3, H, W)``.

    Raises:
        TypeError: these are no bytes.
        ValueError: the shapes are others, or there is no training image.
    """
    for name, images in (("training", training), ("others", others)):
        require_bytes(images, name)
    require_count("the number of training images", len(training))
    known = _standardised(training)
    found = [
        torch.cdist(part, known).min(dim=1).values
        for part in _standardised(others).split(PART)
    ]
    values = known.shape[1]
    return torch.cat([torch.empty(0), *found]) / values**0.5


def _standardised(images: Tensor) -> Tensor:
    """Images without their light: ``(N, 3 * SIDE * SIDE)``."""
    small = F.interpolate(images.float(), size=(SIDE, SIDE), mode="area").flatten(1)
    small = small - small.mean(dim=1, keepdim=True)
    spread = small.square().mean(dim=1, keepdim=True).sqrt()
    return small / torch.where(spread == 0, 1, spread)
