"""One call of a network, written down as layers and what reads what (chapter 11).

Operations are caught below all Python code. So it does not matter how a network is
written, with modules or with functions, or in which order it makes and calls its
layers: what counts is what is done to which tensors, with which weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.models.matching.operations import layer_of, word_of


class MatchingError(ValueError):
    """A network that does not fit the weights; says where, part by part."""


@dataclass(eq=False)
class TracedLayer:
    """One use of weights: a convolution, a batch norm or a linear layer.

    Attributes:
        kind: which of the three; ``"logits"`` stands for the end, which has no weights.
        name: the name that its network has for it.
        form: what must fit: channels, kernel, stride, bias, by words for them.
        settings: what changes numbers and need not be written alike.
        size: height and width of the map that goes out; empty for a linear layer.
        before: numbers of the nearest layers that it reads from.
        steps: what is done on the way from there, in words.
        weights: the tensors in use, which share memory with parameters and buffers.
        entered: the values that came in, where they are kept.
        left: the values that went out, where they are kept.
    """

    kind: str
    name: str = ""
    form: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    size: tuple[int, ...] = ()
    before: frozenset[int] = frozenset()
    steps: tuple[str, ...] = ()
    weights: dict[str, Tensor] = field(default_factory=dict)
    entered: Tensor | None = None
    left: Tensor | None = None


def trace(
    network: nn.Module, images: Tensor, values: bool = False
) -> list[TracedLayer]:
    """The layers of one call in evaluation mode, in order; the last are the logits.

    Args:
        network: maps ``images`` to logits. Its modes and statistics stay as they were.
        images: ``(N, 3, H, W)``.
        values: whether to keep what enters and leaves each layer.

    Raises:
        MatchingError: a weight belongs to no parameter, a parameter is used in
            another way than in such a layer, or the logits come from no image.
    """
    images = images.clone()
    tracer = Tracer(network, images, values)
    kept = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with torch.no_grad(), in_evaluation_mode(network):
        try:
            with tracer:
                logits = network(images)
        finally:
            for name, buffer in network.named_buffers():
                buffer.copy_(kept[name])
    return tracer.finished(logits)


def tensors(value: Any) -> Iterator[Tensor]:
    """All tensors among arguments or results."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from tensors(one)


class Tracer(TorchDispatchMode):
    """Follows one call; :meth:`finished` gives its layers."""

    def __init__(self, network: nn.Module, images: Tensor, values: bool) -> None:
        super().__init__()
        named = [*network.named_parameters(), *network.named_buffers()]
        self.owners = {
            one.untyped_storage().data_ptr(): name for name, one in named
        }
        self.layers: list[TracedLayer] = []
        self.words: list[str] = []
        self.values = values
        # By a tensor's id: the layers it comes from, and what was done since. An id is
        # a tensor's own only as long as the tensor lives, so all are kept.
        self.seen = {id(images): (frozenset[int](), frozenset[int]())}
        self.made_of: dict[int, str] = {}
        self.kept = [images]

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        given = list(tensors((*args, *(kwargs or {}).values())))
        result = op(*args, **(kwargs or {}))
        outs = list(tensors(result))
        self.kept += [*given, *outs]
        self.follow(op, args, kwargs or {}, given, outs)
        return result

    def follow(self, op, args, kwargs, given, outs) -> None:
        """Write down one operation that has been done."""
        data = [x for x in given if id(x) in self.seen]
        others = [x for x in given if id(x) not in self.seen]
        owned = [name for x in others if (name := self.owner(x)) is not None]
        if not data:
            for out in outs:                         # a weight in another form, say
                if owned and self.owner(out) is None:
                    self.made_of[id(out)] = owned[0]
            return
        before = frozenset().union(*(self.seen[id(x)][0] for x in data))
        steps = frozenset().union(*(self.seen[id(x)][1] for x in data))
        found = layer_of(op, args, kwargs)
        if found is not None and (found.pop("always") or owned):
            self.add(found, data[0], before, steps, outs[0])
            record = frozenset({len(self.layers) - 1}), frozenset()
        else:
            self.require_no_weights(op, owned)
            word = word_of(op, args, kwargs)
            if word:
                self.words.append(word)
                steps |= {len(self.words) - 1}
            record = before, steps
        for out in outs:
            self.seen[id(out)] = record

    def owner(self, x: Tensor) -> str | None:
        """The name of the parameter or buffer in whose memory a tensor lies."""
        known = self.owners.get(x.untyped_storage().data_ptr())
        return known or self.made_of.get(id(x))

    def require_no_weights(self, op: Any, owned: list[str]) -> None:
        if owned:
            raise MatchingError(
                f"{owned[0]} enters {op.overloadpacket.__name__}. Weights are put into "
                "convolutions, batch norms and linear layers of PyTorch, of nn or of "
                "nn.functional, and into nothing else."
            )

    def add(self, found, x, before, steps, out) -> None:
        """Keep one more layer."""
        weights = {role: w for role, w in found["weights"].items() if w is not None}
        where = f"{found['kind']} number {len(self.layers) + 1} in the order of calls"
        for role, weight in weights.items():
            if weight.untyped_storage().data_ptr() not in self.owners:
                known = self.made_of.get(id(weight))
                raise MatchingError(_not_owned(role, where, known))
        owner = self.owner(weights["weight"]) if "weight" in weights else None
        name = owner.rpartition(".")[0] or owner if owner else where
        if not found.pop("running", True):
            raise MatchingError(
                f"The batch norm {name} uses the statistics of its batch in evaluation "
                "mode: nn.BatchNorm2d changes over by itself, F.batch_norm needs "
                "buffers and training=self.training."
            )
        self.layers.append(TracedLayer(
            **{**found, "weights": weights}, name=name, size=tuple(out.shape[2:]),
            before=before, steps=self.told(steps),
            entered=x.clone() if self.values else None,
            left=out.clone() if self.values else None,
        ))

    def told(self, steps: frozenset[int]) -> tuple[str, ...]:
        return tuple(self.words[step] for step in sorted(steps))

    def finished(self, logits: Any) -> list[TracedLayer]:
        """The layers, and the logits as one more."""
        if not isinstance(logits, Tensor) or id(logits) not in self.seen:
            kind = "nothing that was computed from the images by PyTorch"
            if not isinstance(logits, Tensor):
                kind = f"a {type(logits).__name__}"
            raise MatchingError(f"The network must return logits, got {kind}.")
        before, steps = self.seen[id(logits)]
        end = TracedLayer(
            "logits", "logits", before=before, steps=self.told(steps),
            settings={"shape": tuple(logits.shape)},
            entered=logits.clone() if self.values else None,
        )
        return [*self.layers, end]


def _not_owned(role: str, where: str, known: str | None) -> str:
    """Why a weight cannot be written into."""
    if known:
        return (
            f"The {role} of {where} is computed from {known}, and is not a parameter."
        )
    return (
        f"The {role} of {where} belongs to no parameter or buffer of the network. Keep "
        "layers as self.name, in an nn.Sequential or an nn.ModuleList (a plain list "
        "hides them), and tensors as nn.Parameter or by register_buffer."
    )
