"""Weights of pytorchcv's networks under the names of ours, and back (the aside of
chapter 7).

The package of that name, from the collection imgclsmob, holds ``resattnet56``,
``resattnet92`` and ``preresnet164bn_cifar10``. Their layers are those of our
``attention56``, ``attention92`` and ``cifar_resnet164``, one for one, under other
names. Nothing here needs the package itself: a state dictionary is enough.

The two attention networks compute something else with these layers; see
:mod:`~resattn_tutorial.models.departures`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor, nn

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.stem_and_head import CifarStem
from resattn_tutorial.tensor_validation import require_tensor
from resattn_tutorial.validation import require_kind

NETWORKS = (ResidualAttentionNetwork, ResidualNetwork)
BRANCHES = {"before": "init_blocks", "trunk": "hg.skip_seq.skip1"}
LEVEL = re.compile(r"mask\.body\.((?:below\.)*)(down|up)\.(\d+)\.(.+)")
SKIP = re.compile(r"mask\.body\.((?:below\.)*)skip\.(.+)")
TAIL = re.compile(r"mask\.(bn|conv)(\d)\.(.+)")
ROW = re.compile(r"(before|trunk)\.(\d+)\.(.+)")
LAST = re.compile(r"after\.0\.(.+)")
LAYER = re.compile(r"(bn|conv)(\d)\.(.+)")


def from_pytorchcv(
    state: Mapping[str, Tensor], network: nn.Module
) -> dict[str, Tensor]:
    """A state dictionary of pytorchcv's under the names of ``network``.

    ``network.load_state_dict(from_pytorchcv(state, network))`` puts it in.

    Args:
        state: of ``resattnet56`` and the like; its tensors are handed on as they are.
        network: ours, which stays as it is.

    Raises:
        TypeError: ``state`` is no dictionary of tensors, or ``network`` is neither of
            our residual networks.
        ValueError: they do not fit; says every name that is missing in ``state``, or
            left over, or has another shape.
    """
    require_kind("state", state, Mapping, "a state dictionary")
    for name, value in state.items():
        require_tensor(f"state[{name!r}]", value)
    wanted = _require_network(network).state_dict()
    names = {ours: _theirs(ours, network) for ours in wanted}
    _require_fit(state, {theirs: wanted[ours] for ours, theirs in names.items()})
    return {ours: state[theirs] for ours, theirs in names.items()}


def to_pytorchcv(network: nn.Module) -> dict[str, Tensor]:
    """The state of one of our networks, under the names that pytorchcv has for it.

    Args:
        network: ours, which stays as it is; its tensors are handed on as they are.

    Raises:
        TypeError: it is neither of our residual networks.
    """
    state = _require_network(network).state_dict()
    return {_theirs(name, network): value for name, value in state.items()}


def _require_network(network: nn.Module) -> nn.Module:
    return require_kind(
        "network", network, NETWORKS, "a ResidualAttentionNetwork or a ResidualNetwork"
    )


def _require_fit(
    state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> None:
    """Refuse a state whose names or shapes are others, and tell them all."""
    faults = {
        "missing": [name for name in wanted if name not in state],
        "left over": [name for name in state if name not in wanted],
        "of another shape": [
            f"{name} {tuple(state[name].shape)} for {tuple(value.shape)}"
            for name, value in wanted.items()
            if name in state and state[name].shape != value.shape
        ],
    }
    told = [f"{len(names)} {what}: {', '.join(names)}"
            for what, names in faults.items() if names]
    if told:
        raise ValueError(f"state must fit the network, got {'; '.join(told)}.")


def _theirs(name: str, network: nn.Module) -> str:
    """The name that pytorchcv has for what the network calls ``name``."""
    first, _, rest = name.partition(".")
    if first == "head":
        return rest.replace("classify.", "output.").replace(
            "bn.", "features.post_activ.bn.")
    if first == "stem":
        if isinstance(network.stem, CifarStem):
            return rest.replace("conv.", "features.init_block.")
        return f"features.init_block.conv.{rest}"
    if first == "units":
        unit, _, rest = rest.partition(".")
        stage, place = divmod(int(unit), len(network.units) // 3)
    else:
        stage, place, rest = rest.split(".", 2)
    return f"features.stage{int(stage) + 1}.unit{int(place) + 1}.{_part(rest)}"


def _part(rest: str) -> str:
    """What stands in a unit or an attention module."""
    if found := LEVEL.fullmatch(rest):
        level = found[1].count("below") + 1
        row = f"hg.{found[2]}_seq.{found[2]}{level}.res_blocks"
        return f"{row}.blocks.block{int(found[3]) + 1}.{_unit(found[4])}"
    if found := SKIP.fullmatch(rest):
        level = found[1].count("below") + 2      # theirs counts the trunk as the first
        return f"hg.skip_seq.skip{level}.skip1.{_unit(found[2])}"
    if found := TAIL.fullmatch(rest):
        return f"middle_block.conv{found[2]}.{found[1]}.{found[3]}"
    if found := ROW.fullmatch(rest):
        row = BRANCHES[found[1]]
        return f"{row}.blocks.block{int(found[2]) + 1}.{_unit(found[3])}"
    if found := LAST.fullmatch(rest):
        return f"final_block.{_unit(found[1])}"
    return _unit(rest)


def _unit(rest: str) -> str:
    """What stands in a unit; a name that theirs has no place for stays as it is."""
    if found := LAYER.fullmatch(rest):
        return f"body.conv{found[2]}.{found[1]}.{found[3]}"
    return rest.replace("projection.", "identity_conv.")
