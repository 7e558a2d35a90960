"""Pictures of where a network looks: Grad-CAM, and how far a mask departs from its
usual values (chapter 13).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.tensor_validation import (
    require_features,
    require_labels,
    require_values,
)
from resattn_tutorial.validation import require_callable


def grad_cam(
    features: Tensor, head: Callable[[Tensor], Tensor], classes: Tensor
) -> Tensor:
    """Where the last features speak for a class: ``(N, h, w)``, never below 0.

    A channel's weight is the mean slope of the class's logit along that channel. The
    map is the weighted sum of the channels; what speaks against the class is left out.

    Args:
        features: what enters the head, ``(N, C, h, w)``.
        head: maps features to logits ``(N, classes)``, each image by itself, so that
            batch norm must be in evaluation mode.
        classes: the class asked about in each image, ``(N,)``.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: a shape does not fit, or a class is none of the head's.

    Selvaraju et al. (2017), Equations 1 and 2.
    """
    require_features("features", features)
    require_callable("head", head)
    with torch.inference_mode(False), torch.enable_grad():
        features = features.detach().clone().requires_grad_()
        logits = head(features)                      # (N, classes)
        require_each(classes, logits)
        asked = logits.gather(1, classes.clone()[:, None])
        (slopes,) = torch.autograd.grad(asked.sum(), features)
    weights = slopes.mean(dim=(2, 3), keepdim=True)  # (N, C, 1, 1)
    return F.relu((weights * features).sum(dim=1)).detach()


def require_each(classes: Tensor, logits: Tensor) -> None:
    """Refuse classes that are not one of the head's for each image.

    Raises:
        TypeError: they are no whole numbers; ValueError: says what came.
    """
    require_labels(classes, logits.shape[1])
    if len(classes) != len(logits):
        raise ValueError(
            f"classes must be one for each of {len(logits)} images, got {len(classes)}."
        )


def departure(masks: Tensor, usual: Tensor) -> Tensor:
    """How far a mask departs from its usual values, over all channels: ``(N, H, W)``.

    The root of the mean square, over channels, of ``masks - usual``. It needs no
    outline and no sign: a channel counts alike whether it rises or falls.

    Args:
        masks: ``(N, C, H, W)``.
        usual: the usual value of each channel, ``(C,)``, say its mean over other
            scenes.

    Raises:
        TypeError: an argument is no tensor of numbers with a fraction.
        ValueError: the shapes do not fit.
    """
    require_usual(usual, masks)
    away = masks - usual.view(1, -1, 1, 1)           # (N, C, H, W)
    return away.square().mean(dim=1).sqrt()          # (N, H, W)


def require_usual(usual: Tensor, masks: Tensor) -> None:
    """Refuse masks that are none, and other than one value for each channel.

    Raises:
        TypeError, ValueError: as :func:`departure`.
    """
    require_features("masks", masks)
    require_values("usual", usual)
    if usual.shape != masks.shape[1:2]:
        raise ValueError(
            f"usual must hold a value for each of {masks.shape[1]} channels, "
            f"got shape {tuple(usual.shape)}."
        )
