"""Put trained weights into a network that somebody else wrote (chapter 11)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resattn_tutorial.models.matching.differences import (
    differences,
    in_words,
    steps_apart,
)
from resattn_tutorial.models.matching.pairing import (
    Palette,
    colours,
    from_the_front,
    pairs_of,
)
from resattn_tutorial.models.matching.places import place_of
from resattn_tutorial.models.matching.trace import MatchingError, TracedLayer, trace
from resattn_tutorial.tensor_validation import require_features, require_network
from resattn_tutorial.validation import require_kind

WITHIN = 1e-4


def take_weights(network: nn.Module, source: nn.Module, images: Tensor) -> int:
    """Put the weights of ``source`` into ``network``; return how many layers fitted.

    Which layer is which is found by where data flows in one call, never by names, by
    the order in which layers are made, or by the order in which they are called.
    Afterwards both networks are asked for the same images, and their logits must agree.
    A network that does not fit keeps its own weights.

    Args:
        network: somebody's own, ``(N, 3, H, W)`` to logits. It may use modules or
            ``nn.functional``, as long as all weights are parameters, all running
            statistics buffers, in convolutions, batch norms and linear layers.
        source: a network whose weights are known, of this package.
        images: what both are asked, ``(N, 3, H, W)``.

    Raises:
        TypeError: an argument is of another kind.
        MatchingError: the networks do not fit; says where, part by part. A kind of
            ValueError.
    """
    require_network(network)
    require_kind("source", source, nn.Module, "an nn.Module")
    require_features("images", images, 3)
    ours, theirs = trace(source, images, values=True), trace(network, images)
    _require_shape(ours, theirs)
    _require_all_used(network, theirs)
    pairs = match_layers(ours, theirs)
    kept = [
        {role: weight.clone() for role, weight in layer.weights.items()}
        for layer in theirs
    ]
    _copy([ours[o].weights for o in pairs], [theirs[t].weights for t in pairs.values()])
    try:
        _require_same_logits(ours, trace(network, images, values=True), pairs)
    except MatchingError:
        _copy(kept, [layer.weights for layer in theirs])
        raise
    return len(pairs) - 1                            # the logits are no layer


def match_layers(ours: list[TracedLayer], theirs: list[TracedLayer]) -> dict[int, int]:
    """From our numbers to theirs, for all layers.

    Raises:
        MatchingError: they do not all fit, or two of them cannot be told apart.
    """
    palette = Palette()
    mine, other = colours(ours, palette), colours(theirs, palette)
    if sorted(mine) != sorted(other):
        front = pairs_of(
            from_the_front(ours, palette), from_the_front(theirs, palette))
        raise MatchingError(
            f"Counted from the images, {len(front)} of {len(ours) - 1} layers match "
            "the weights. What does not fit:\n" + in_words(differences(ours, theirs)))
    pairs = pairs_of(mine, other)
    if len(pairs) < len(ours):
        twins = [layer.name for o, layer in enumerate(ours) if o not in pairs]
        raise MatchingError(
            f"{place_of(twins[0])} and {place_of(twins[1])} cannot be told apart by "
            "where data flows.")
    return pairs


@torch.no_grad()
def _copy(given: list[dict[str, Tensor]], taken: list[dict[str, Tensor]]) -> None:
    for values, weights in zip(given, taken, strict=True):
        for role, weight in weights.items():
            weight.copy_(values[role])               # a view writes into its parameter


def _require_shape(ours: list[TracedLayer], theirs: list[TracedLayer]) -> None:
    mine, other = ours[-1].settings["shape"], theirs[-1].settings["shape"]
    if mine != other:
        raise MatchingError(f"logits must have shape {mine}, got {other}.")


def _require_all_used(network: nn.Module, layers: list[TracedLayer]) -> None:
    """Refuse parameters that do nothing, or two things."""
    used: dict[int, TracedLayer] = {}
    for layer in layers:
        if "weight" not in layer.weights:
            continue
        place = layer.weights["weight"].data_ptr()
        if place in used:
            raise MatchingError(
                f"{layer.name} is used twice; each place of a network has weights of "
                "its own.")
        used[place] = layer
    alive = {
        weight.untyped_storage().data_ptr()
        for layer in layers for weight in layer.weights.values()
    }
    idle = [name for name, one in network.named_parameters()
            if one.untyped_storage().data_ptr() not in alive]
    if idle:
        more = f" ({len(idle)} parameters are not)" if idle[1:] else ""
        raise MatchingError(f"{idle[0]} is never used{more}.")
    reached, waiting = {len(layers) - 1}, [len(layers) - 1]
    while waiting:
        fresh = layers[waiting.pop()].before - reached
        reached |= fresh
        waiting += fresh
    lost = [layer.name for number, layer in enumerate(layers) if number not in reached]
    if lost:
        raise MatchingError(
            f"{lost[0]} is called, but nothing of it reaches the logits.")


def _require_same_logits(
    ours: list[TracedLayer], theirs: list[TracedLayer], pairs: dict[int, int]
) -> None:
    """Refuse other logits, and name the first layer whose input is another one."""
    if _alike(theirs[-1].entered, ours[-1].entered):
        return
    for o, layer in enumerate(ours):
        other = theirs[pairs[o]]
        place = f"{place_of(layer.name)} (yours: {other.name})"
        if not _alike(other.entered, layer.entered):
            raise MatchingError(
                f"All {len(ours) - 1} layers fit, but the logits differ. The first "
                f"layer whose input differs: {place}{steps_apart(layer, other)}.")
        if layer.left is not None and not _alike(other.left, layer.left):
            raise MatchingError(
                f"All {len(ours) - 1} layers fit, but the logits differ. The first "
                f"layer that differs: {place}. Yours has "
                f"{_settings(other)}, the weights' {_settings(layer)}.")
    raise MatchingError("All layers fit and agree, but the logits differ.")


def _settings(layer: TracedLayer) -> str:
    return ", ".join(f"{name} {value}" for name, value in layer.settings.items())


def _alike(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors differ by less than 1e-4 of the second's largest value."""
    if one.shape != other.shape:
        return False
    largest = other.abs().max().clamp_min(1e-12)
    return bool((one - other).abs().max() <= WITHIN * largest)
