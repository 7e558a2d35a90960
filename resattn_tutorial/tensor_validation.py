"""Checks at the door for tensors: features, image bytes, labels (chapter 1).

A network that is given the wrong tensor usually fails many layers later, in words
that name none of the reader's own variables. These functions stop it at once and say
three things: which argument, what came, what was expected.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx, nn

from resattn_tutorial.validation import require_kind, shown

# A leaf for torch.fx, as in the networks' modules.
fx.wrap("require_features")


def require_tensor(name: str, value: Tensor) -> Tensor:
    """Return ``value`` if it is a tensor that holds all its numbers in a row.

    Raises:
        TypeError: it is no tensor, or a sparse one.
    """
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(value).__name__}.")
    if value.layout != torch.strided:
        raise TypeError(f"{name} must be a dense tensor, got {value.layout}.")
    return value


def require_features(
    name: str,
    x: Tensor,
    channels: int | None = None,
    smallest: int = 1,
    training: bool = False,
    like: Tensor | None = None,
) -> Tensor:
    """Return ``x`` if it is a float tensor of shape ``(N, C, H, W)`` that fits.

    Args:
        name: the argument's name, for the message.
        x: what came.
        channels: the number of channels expected; ``None`` accepts any.
        smallest: the smallest height and width allowed, in pixels.
        training: whether batch norm is about to learn from ``x``. It needs two values
            per channel then, and an empty batch would leave NaN in its statistics.
        like: a weight that ``x`` is to meet; ``None`` accepts any type of number.

    Raises:
        TypeError: ``x`` is not a tensor, or holds integers (image bytes, for one) or
            another type of number than ``like``.
        ValueError: ``x`` has another number of axes or channels, is too small, or
            holds fewer than two values per channel while training, or lies elsewhere
            than ``like``.
    """
    require_tensor(name, x)
    if x.dim() != 4:
        raise ValueError(
            f"{name} must have shape (N, C, H, W), got {tuple(x.shape)}."
        )
    if not x.is_floating_point():
        raise TypeError(
            f"{name} must hold floating-point numbers, got {x.dtype}. "
            "resattn_tutorial.data.transforms.to_inputs reads image bytes."
        )
    batch, found, height, width = x.shape
    if channels is not None and found != channels:
        raise ValueError(
            f"{name} must have {channels} channels, got {found}."
        )
    if height < smallest or width < smallest:
        raise ValueError(
            f"{name} must be at least {smallest} x {smallest} pixels, "
            f"got {height} x {width}."
        )
    if training and batch * height * width < 2:
        what = "one value per channel" if batch else "an empty batch"
        raise ValueError(
            f"{name} is {what}; training needs two values per channel."
        )
    if like is not None and (
        x.dtype != like.dtype or x.device != like.device
    ):
        require_like(name, x, like)
    return x


def require_mask(mask: Tensor, features: Tensor) -> Tensor:
    """Return what an activation made of ``features``, if it weighs each of them.

    Raises:
        TypeError: it is no tensor; ValueError: it has another shape, which would be
            stretched without a word.
    """
    if require_tensor("what activation gives", mask).shape != features.shape:
        raise ValueError(
            "activation must give a weight for each value, of shape "
            f"{tuple(features.shape)}, got {tuple(mask.shape)}."
        )
    return mask


def require_images(images: Tensor, network: nn.Module) -> Tensor:
    """Return ``images`` if a network can see them; raises as :func:`require_features`.

    Args:
        images: what came, ``(N, C, H, W)``.
        network: tells the smallest image by its attribute ``smallest``, and the
            channels by its stem's ``in_channels``. A stem without one, such as an
            ``nn.Sequential``, is given any.
    """
    channels = getattr(network.stem, "in_channels", None)
    weight = first_parameter(network)
    return require_features(
        "images", images, channels, network.smallest, network.training, weight
    )


def first_parameter(network: nn.Module) -> nn.Parameter | None:
    """A network's first weights; the copies that DataParallel makes have none."""
    # Not next(..., None), which the compiler of PyTorch 2.5 and 2.8 does not know.
    for weight in network.parameters():
        return weight
    return None


def require_like(name: str, x: Tensor, weight: Tensor) -> None:
    """Refuse an input of another type of number than a weight, or on another device.

    Raises:
        TypeError: another type, and no autocast to change it; ValueError: the device.
    """
    if x.device != weight.device:
        raise ValueError(
            f"{name} must lie where the weights do, on {weight.device}, "
            f"got {x.device}."
        )
    if x.dtype != weight.dtype and not autocasts(x.device):
        raise TypeError(
            f"{name} must be of the weights' type, {weight.dtype}, got {x.dtype}."
        )


def autocasts(device: torch.device) -> bool:
    """Whether torch chooses the type of number by itself just now."""
    return device.type != "meta" and torch.is_autocast_enabled(device.type)


def require_bytes(images: Tensor, name: str = "images") -> Tensor:
    """Return ``images`` if it is uint8, ``(N, 3, H, W)``; ``name`` is the argument's.

    Raises TypeError if it holds no bytes, ValueError for another shape.
    """
    require_dtype(name, images, torch.uint8)
    if images.dim() != 4 or images.shape[1] != 3 or 0 in images.shape[2:]:
        found = tuple(images.shape)
        raise ValueError(f"{name} must have shape (N, 3, H, W), got {found}.")
    return images


def require_labels(labels: Tensor, classes: int) -> Tensor:
    """Return ``labels`` if it is int64, ``(N,)``, each from 0 to ``classes - 1``.

    Raises TypeError for another type of number, ValueError for shape or range.
    """
    require_dtype("labels", labels, torch.int64)
    if labels.dim() != 1:
        raise ValueError(f"labels must have shape (N,), got {tuple(labels.shape)}.")
    require_values("labels", labels)
    outside = labels[(labels < 0) | (labels >= classes)]
    if len(outside):
        found = outside[0].item()
        raise ValueError(f"labels must be from 0 to {classes - 1}, got {found}.")
    return labels


def require_batch(inputs: Tensor, labels: Tensor, name: str = "inputs") -> None:
    """Refuse inputs and labels that are no batch: as many of the one as of the other.

    On a GPU no label is looked at: that would make the processor wait. Torch itself
    passes over a label of -100 without a word.

    Args:
        inputs: called ``name`` in the message.
        labels: their classes.
        name: of the inputs.

    Raises:
        TypeError: one is no tensor, or the labels are not int64; ValueError: their
            numbers differ, a label is negative, or they have not shape ``(N,)``.
    """
    require_tensor(name, inputs)
    require_dtype("labels", labels, torch.int64)
    if labels.dim() != 1 or inputs.shape[:1] != labels.shape:
        raise ValueError(
            f"labels must have shape (N,), one for each of {name}, got "
            f"{tuple(labels.shape)} for {tuple(inputs.shape)}."
        )
    if labels.is_cpu and (labels < 0).any():
        raise ValueError(f"labels must be at least 0, got {labels.min().item()}.")


def require_targets(inputs: Tensor, labels: Tensor) -> None:
    """Refuse what no loss can be taken of; as :func:`require_batch`, or mixed labels.

    Args:
        inputs: ``(N, C, H, W)``.
        labels: classes ``(N,)``; or numbers with a fraction, ``(N, classes)``, how much
            of each class is in an image.

    Raises:
        TypeError, ValueError: as :func:`require_batch`; or a row of mixed labels has a
            negative number, or does not sum to 1. On a GPU no number is looked at.
    """
    mixed = isinstance(labels, Tensor) and labels.is_floating_point()
    if not mixed or labels.dim() != 2:
        require_batch(inputs, labels)
        return
    require_tensor("labels", labels)
    if require_tensor("inputs", inputs).shape[:1] != labels.shape[:1]:
        raise ValueError(
            "labels must have shape (N, classes), a row for each of inputs, got "
            f"{tuple(labels.shape)} for {tuple(inputs.shape)}."
        )
    if labels.is_cpu and not (
        (labels >= 0).all() and ((labels.sum(dim=1) - 1).abs() < 1e-3).all()
    ):
        raise ValueError("labels that are mixed must be at least 0, each row's sum 1.")


def require_dtype(name: str, value: Tensor, dtype: torch.dtype) -> None:
    """Refuse with a ``TypeError`` what is no dense tensor of the type."""
    found = value.dtype if isinstance(value, Tensor) else type(value).__name__
    if found != dtype:
        raise TypeError(f"{name} must be a tensor of {dtype}, got {found}.")
    require_tensor(name, value)


def require_values(name: str, value: Tensor) -> Tensor:
    """Return ``value`` if it is a dense tensor with numbers in it.

    Raises:
        TypeError: it is none; ValueError: it lies on torch's ``meta`` device, where
            tensors have shapes only.
    """
    if require_tensor(name, value).is_meta:
        raise ValueError(f"{name} must hold numbers, got a tensor on the meta device.")
    return value


def require_network(network: nn.Module) -> nn.Module:
    """Return ``network`` if it is a module; raises TypeError if not."""
    return require_kind("network", network, nn.Module, "an nn.Module")


def device_of(network: nn.Module) -> torch.device:
    """Where a network's parameters are.

    Raises:
        TypeError: it is no module; ValueError: it has no parameters.
    """
    weight = first_parameter(require_network(network))
    if weight is None:
        raise ValueError("network must have parameters, got none.")
    return weight.device


def require_device(device: Any) -> torch.device:
    """Return ``device`` if it is one of torch's; raises TypeError if not."""
    if not isinstance(device, torch.device):
        raise TypeError(f"device must be a torch.device, got {shown(device)}.")
    return device
