"""Pointing and overlap: does a map's highest part lie on the object (chapter 13)?

The AUC of :mod:`~resattn_tutorial.metrics.localisation` weighs all pixels of a map.
Here only the highest count: one of them, the peak, or a share of all that is chosen on
other scenes. The order of the values alone matters, so that maps on unlike scales can
be compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from resattn_tutorial.metrics.localisation import require_maps
from resattn_tutorial.tensor_validation import require_dtype, require_values
from resattn_tutorial.validation import require_number, require_seed, require_sequence

# Shares of a map to choose from. The last marks everything: a map that avoids the
# object can do no better.
SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


def peak_hits(maps: Tensor, objects: Tensor) -> Tensor:
    """Whether each map's highest pixel lies on the object: ``(N,)``, 0 or 1.

    Where several are equally high it is the share of them on the object: the chance of
    a hit if one is drawn.

    Raises:
        TypeError, ValueError: as
            :func:`~resattn_tutorial.metrics.localisation.object_auc`.
    """
    require_maps(maps, objects)
    values, inside = maps.flatten(1), objects.flatten(1)
    highest = values == values.amax(dim=1, keepdim=True)
    return (highest & inside).sum(dim=1).double() / highest.sum(dim=1)


def highest_pixels(maps: Tensor, counts: Tensor, seed: int = 0) -> Tensor:
    """Mark the highest pixels of each map, exactly ``counts`` of them: bool.

    Among equal values chance decides, since any fixed order would prefer a corner.

    Args:
        maps: any real values, ``(N, H, W)``.
        counts: how many to mark in each map, int64, ``(N,)``.
        seed: of the chance.

    Raises:
        TypeError: an argument is no tensor, or ``counts`` holds no whole numbers.
        ValueError: a shape does not fit, a map holds NaN, or a count is out of range.
    """
    require_counts(maps, counts)
    values = maps.flatten(1).cpu()                   # (N, H * W)
    generator = torch.Generator().manual_seed(require_seed(seed))
    places = torch.rand(values.shape, generator=generator).argsort(dim=1)
    order = values.gather(1, places).argsort(
        dim=1, descending=True, stable=True
    )
    ranked = places.gather(1, order)                 # highest first
    chosen = torch.arange(values.shape[1]) < counts.cpu()[:, None]
    marked = torch.zeros_like(chosen).scatter(1, ranked, chosen)
    return marked.view(maps.shape).to(maps.device)


def require_counts(maps: Tensor, counts: Tensor) -> None:
    """Refuse what cannot be marked; raises as :func:`highest_pixels`."""
    require_values("maps", maps)
    require_dtype("counts", counts, torch.int64)
    if maps.dim() != 3 or counts.shape != maps.shape[:1]:
        raise ValueError(
            "maps must have shape (N, H, W) and counts (N,), "
            f"got {tuple(maps.shape)} and {tuple(counts.shape)}."
        )
    if maps.isnan().any():
        raise ValueError("maps must hold numbers, got NaN.")
    if ((counts < 0) | (counts > maps[:1].numel())).any():
        raise ValueError(f"counts must be from 0 to {maps[:1].numel()}.")


def highest_share(maps: Tensor, share: float) -> Tensor:
    """Mark the same share of every map, its highest pixels; bool, ``(N, H, W)``.

    Raises:
        TypeError, ValueError: as :func:`highest_pixels`, or no share from 0 to 1.
    """
    require_number("share", share, at_least=0, at_most=1)
    require_values("maps", maps)
    count = round(share * maps[:1].numel())
    return highest_pixels(maps, torch.full((len(maps),), count, device=maps.device))


def overlap(marked: Tensor, objects: Tensor) -> Tensor:
    """Intersection over union of what is marked and the object: ``(N,)``, 0 to 1.

    Raises:
        TypeError: an argument is not boolean; ValueError: the shapes differ, or an
            object covers nothing or everything.
    """
    require_dtype("marked", marked, torch.bool)
    require_maps(marked, objects)
    both = (marked & objects).flatten(1).sum(dim=1).double()
    return both / (marked | objects).flatten(1).sum(dim=1)


def best_share(
    maps: Tensor, objects: Tensor, shares: Sequence[float] = SHARES
) -> float:
    """The share of highest pixels that overlaps with the objects best, on average.

    To be chosen on training scenes and scored on others.

    Raises:
        TypeError, ValueError: as :func:`highest_share` and :func:`overlap`, or there
            are no shares.
    """
    if not require_sequence("shares", shares):
        raise ValueError("shares must hold at least one share, got none.")
    return max(
        shares,
        key=lambda share: overlap(highest_share(maps, share), objects).mean().item(),
    )
