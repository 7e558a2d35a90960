"""Frozen parts of a network: they keep what they have learned elsewhere (chapter 10).

Two things make a part rest. Its parameters take no gradient, so that no optimizer moves
them; and its modules are in evaluation mode, so that batch norm's running statistics
stay, and dropout drops nothing. Whoever takes a trained network to other images freezes
its first stages, or the statistics of its batch norms only.

Every loop of this package calls :func:`to_training_mode` where a plain one says
``network.train()``, which would wake all modules. An evaluation within a loop gives
each module the mode back that it had.
"""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from resattn_tutorial.models.wrappers import unwrapped
from resattn_tutorial.names import did_you_mean
from resattn_tutorial.tensor_validation import require_network
from resattn_tutorial.validation import require_kind


def freeze(network: nn.Module, *parts: str) -> nn.Module:
    """Freeze parts of a network: they are left as they are by every loop from now on.

    Freeze before a loop or a trainer gets the network: an optimizer is made once, and a
    CUDA graph does what was true when it was captured. A part learns again after
    ``part.requires_grad_().train()``.

    Args:
        network: changed in place.
        parts: dotted names of its parts, such as ``"stem"`` or ``"stages.0"``.

    Returns:
        the network.

    Raises:
        TypeError: ``network`` is none, or a name is no text.
        ValueError: no part has this name, and the nearest is named; a part has no
            parameters; or no name was given. Nothing is frozen then.
    """
    require_network(network)
    if not parts:
        raise ValueError("parts must hold at least one name, got none.")
    for part in [_with_parameters(network, name) for name in parts]:
        part.requires_grad_(False).eval()
    return network


def _with_parameters(network: nn.Module, name: str) -> nn.Module:
    part = named_part(network, name)
    if next(part.parameters(), None) is None:
        raise ValueError(
            f"parts must have parameters, {name!r} has none. While the network is in "
            "training mode, eval() of a part is enough to let it rest."
        )
    return part


def named_part(network: nn.Module, name: str) -> nn.Module:
    """The part of a network, or of what is in a wrapper, that has a dotted name.

    Raises:
        TypeError: the name is no text; ValueError: no part has it, and the nearest is
            named.
    """
    require_kind("a part's name", name, str, "text")
    known = dict(unwrapped(require_network(network)).named_modules())
    del known[""]                                    # the network itself is no part
    if name not in known:
        first = ", ".join(part for part in known if "." not in part) or "none"
        raise ValueError(
            f"the network has no part {name!r}; its first parts are {first}."
            + did_you_mean(name, known)
        )
    return known[name]


def to_training_mode(network: nn.Module) -> nn.Module:
    """Put a network into training mode, and leave at rest what rests on purpose.

    What is meant shows in the network's own mode, ``network.training``:

    - *In training mode:* all stays as it is. A module that is in evaluation mode was
      put there by somebody, and keeps this mode.
    - *In evaluation mode,* since it was just loaded or tested: it is to be trained. All
      of it goes into training mode, a new head among old parts too, but for frozen
      parts. A part is frozen if it is in evaluation mode, it has parameters, and none
      of them takes a gradient.

    So what :func:`freeze` froze stays so in either case. A module in evaluation mode
    whose parameters learn, or that has none, can be told only in a network that is in
    training mode: call ``eval()`` of the part after ``train()`` of the network.

    Args:
        network: changed in place; in a wrapper, what it holds decides.

    Returns:
        the network.

    Raises:
        TypeError: it is no module.
    """
    if not unwrapped(require_network(network)).training:
        frozen = [part for part in network.modules() if is_frozen(part)]
        network.train()
        for part in frozen:
            part.eval()
    return network


def is_frozen(part: nn.Module) -> bool:
    """Whether a part is in evaluation mode and has parameters that take no gradient."""
    return _takes_no_gradient(part) and _is_in_evaluation_mode(part)


def _takes_no_gradient(part: nn.Module) -> bool:
    weights = list(part.parameters())
    return bool(weights) and not any(weight.requires_grad for weight in weights)


def _is_in_evaluation_mode(part: nn.Module) -> bool:
    return not any(module.training for module in part.modules())


def learning_parameters(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that take a gradient, in order: what an optimizer is to hold.

    Raises:
        TypeError: it is no module; ValueError: no parameter does.
    """
    weights = list(require_network(network).parameters())
    learning = [weight for weight in weights if weight.requires_grad]
    if not learning:
        what = "all of them are frozen" if weights else "got none"
        raise ValueError(f"network must have parameters that can learn, {what}.")
    return learning


def parts_at_rest(network: nn.Module) -> dict[str, list[str]]:
    """The names of all that does not learn, for a checkpoint; a whole part by its own.

    Returns:
        under ``"no gradient"`` parts and parameters, under ``"evaluation mode"`` parts.

    Raises:
        TypeError: it is no module.
    """
    parts = dict(require_network(network).named_modules())
    still = [name for name, part in parts.items() if _takes_no_gradient(part)]
    still += [
        name for name, weight in network.named_parameters() if not weight.requires_grad
    ]
    resting = [name for name, part in parts.items() if _is_in_evaluation_mode(part)]
    return {"no gradient": _whole(still), "evaluation mode": _whole(resting)}


def _whole(names: Iterable[str]) -> list[str]:
    """Names without those that lie within another; whole parts come first."""
    kept: dict[str, None] = {}
    for name in names:
        around = name.split(".")
        if not any(".".join(around[:k]) in kept for k in range(1, len(around))):
            kept[name] = None
    return list(kept)
