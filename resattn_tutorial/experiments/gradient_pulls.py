"""How strongly images pull at the trunks, and what masks let through (chapter 14).

Equation 2 says that the mask weighs the gradient on its way into the trunk. Here the
forward pass keeps the network's own mask, and only the way back is given another one.
What the own mask holds back, of images with wrong labels more than of the others, is
what it filters.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.tensor_validation import require_labels, require_values
from resattn_tutorial.validation import require_seed, require_sequence

MOST_CLASSES = 10**6
# Of the bootstrap.
DRAWS = 2_000


class Filtering(NamedTuple):
    """How much more a mask holds back of one kind of image than of the other.

    Attributes:
        factor: what this mask passes of the pull of changed labels, beside what another
            one does, divided by the same for kept labels. Below 1 the mask holds back
            wrong labels.
        low: the lower end of its interval, 19 times in 20, over images.
        high: the upper end.
    """

    factor: float
    low: float
    high: float


def filtered(
    mask: Tensor,
    stand_in: Tensor,
    features: Tensor,
    merge: Callable[[Tensor, Tensor], Tensor],
) -> Tensor:
    """``merge(mask, features)``, whose gradient reaches the features by ``stand_in``.

    The values are those of the own mask; no gradient goes to either mask.

    Args:
        mask: ``(N, C, H, W)``.
        stand_in: what weighs the gradient, of a shape that fits.
        features: the trunk's, ``(N, C, H, W)``.
        merge: how mask and features are put together.

    Paper: Equation 2.
    """
    way_back = merge(stand_in.detach(), features)    # (N, C, H, W)
    return way_back + (merge(mask, features) - way_back).detach()


def attention_modules(network: nn.Module) -> list[AttentionModule]:
    """A network's attention modules, in the order of ``with_masks``.

    Raises:
        ValueError: it has none.
    """
    found = [part for part in network.modules() if isinstance(part, AttentionModule)]
    if not found:
        raise ValueError("network must have attention modules, got none.")
    return found


@contextlib.contextmanager
def gradients_through(
    modules: Sequence[AttentionModule], stand_ins: Sequence[Tensor]
) -> Iterator[None]:
    """Inside, the gradient passes each module's merge by its stand-in."""
    merges = [module.merge for module in modules]

    def by(stand_in: Tensor, merge: Callable) -> Callable[[Tensor, Tensor], Tensor]:
        return lambda mask, features: filtered(mask, stand_in, features, merge)

    try:
        for module, stand_in, merge in zip(modules, stand_ins, merges, strict=True):
            module.merge = by(stand_in, merge)
        yield
    finally:
        for module, merge in zip(modules, merges, strict=True):
            module.merge = merge


def pulls(
    network: nn.Module, inputs: Tensor, labels: Tensor, stand_ins: Sequence[Tensor]
) -> Tensor:
    """How strongly each image pulls at the trunks' weights: its gradient's norm.

    Args:
        network: with attention modules; in evaluation mode meanwhile, so that no image
            has a part in another one's gradient.
        inputs: ``(N, 3, H, W)``.
        labels: that the loss asks for, ``(N,)``.
        stand_ins: for each module what weighs the gradient, ``(N, C, h, w)``, or
            ``(1, C, 1, 1)`` for all images alike.

    Returns:
        ``(N,)``, on the CPU.

    Raises:
        TypeError, ValueError: an argument is not as above.
    """
    modules = attention_modules(network)
    require_sequence("stand_ins", stand_ins, len(modules))
    require_labels(labels, MOST_CLASSES)
    weights = [w for module in modules for w in module.trunk.parameters()]
    found = []
    with in_evaluation_mode(network):
        for image in range(len(labels)):
            one = slice(image, image + 1)
            ours = [each[one] if len(each) > 1 else each for each in stand_ins]
            with gradients_through(modules, ours):
                loss = F.cross_entropy(network(inputs[one]), labels[one])
            gradients = torch.autograd.grad(loss, weights)
            found.append(torch.stack([g.norm() for g in gradients]).norm())
    return torch.stack(found).cpu()


def filtering(
    own: Tensor, other: Tensor, changed: Tensor, seed: int = 0
) -> Filtering:
    """Whether a mask holds back more of the images whose labels were changed.

    Args:
        own: pulls by the network's own masks, ``(N,)``.
        other: pulls of the same images by other masks, ``(N,)``.
        changed: which labels were changed, bool, ``(N,)``.
        seed: of the bootstrap, which draws the images of each kind anew.

    Raises:
        TypeError, ValueError: an argument is not as above, a pull is below zero, or
            there are fewer than two images of a kind.
    """
    for name, values in (("own", own), ("other", other)):
        require_values(name, values)
        if len(values) != len(changed) or not bool((values >= 0).all()):
            raise ValueError(
                f"{name} must be {len(changed)} pulls of at least 0, got {len(values)},"
                f" the smallest {values.min().item():g}."
            )
    kinds = [
        torch.stack([own, other])[:, which].double() for which in (changed, ~changed)
    ]                                                # (2, changed), (2, kept)
    if min(kind.shape[1] for kind in kinds) < 2:
        raise ValueError(
            f"changed must have two images of each kind, got {kinds[0].shape[1]} "
            f"changed and {kinds[1].shape[1]} kept."
        )
    passed = torch.cat([kinds[0].sum(dim=1)[1:], kinds[1].sum(dim=1)])
    if not bool((passed > 0).all()):
        raise ValueError(
            "own must pass something of the kept labels, and other of both kinds, or "
            "there is no factor."
        )
    generator = torch.Generator().manual_seed(require_seed(seed))
    factors = _factor(*(_drawn(kind, generator) for kind in kinds))
    ends = factors.quantile(torch.tensor([0.025, 0.975]).double()).tolist()
    return Filtering(_factor(*kinds).item(), *ends)


def _drawn(pulls: Tensor, generator: torch.Generator) -> Tensor:
    """Images drawn anew: ``(2, images)`` to ``(2, DRAWS, images)``."""
    images = pulls.shape[1]
    return pulls[:, torch.randint(images, (DRAWS, images), generator=generator)]


def _factor(changed: Tensor, kept: Tensor) -> Tensor:
    """What the first of two masks passes of both kinds: pulls ``(2, ..., images)``."""
    passed = [kind[0].sum(dim=-1) / kind[1].sum(dim=-1) for kind in (changed, kept)]
    return passed[0] / passed[1]
