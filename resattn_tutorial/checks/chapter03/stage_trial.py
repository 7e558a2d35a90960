"""How a stage is asked, which returns two maps, and a network, which has two methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.module_trial import ModuleTrial, images, sizes
from resattn_tutorial.checks.engine.modules import build, call_words
from resattn_tutorial.checks.engine.probe import ask, call
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import ENDED, Loose, Traces, first_unlike

PAIR = "the return line: two tensors are expected, a pair, nothing else"
NO_PAIR = "a pair of tensors is expected"


class StageTrial(ModuleTrial):
    """A class of modules that give two maps of one size."""

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.engine.table.Trial`."""
        def join(module: nn.Module) -> None:
            module.register_forward_hook(_joined)

        yield from super().__call__(report, table, looked_at(answer, join), case)


def looked_at(answer: Any, look: Callable[[nn.Module], None]) -> Any:
    """The answer, with something done to each module that it builds."""
    if isinstance(answer, nn.Module) or not callable(answer):
        return answer

    @wraps(answer, updated=())
    def made(*given: int) -> Any:
        if isinstance(module := answer(*given), nn.Module):
            look(module)
        return module

    return made


def _joined(module: nn.Module, given: tuple, came: Any) -> Tensor:
    """Two maps of a module, one after the other, as channels."""
    if not isinstance(came, tuple | list):
        size = f" of shape {tuple(came.shape)}" if isinstance(came, Tensor) else ""
        raise TypeError(f"{NO_PAIR}, {kind_of(came)}{size} came")
    if len(came) != 2 or not all(isinstance(one, Tensor) for one in came):
        raise TypeError(f"{NO_PAIR}, {kind_of(came)} came")
    odd = [one.dtype for one in came if one.dtype != given[0].dtype]
    return torch.cat(list(came), 1).to(odd[0] if odd else given[0].dtype)


class NetworkTrial(ModuleTrial):
    """A classifier that also gives its masks, by ``with_masks``.

    Only the first case is asked for all: the network is large, and what another one
    tells besides is whether the number of classes is fixed.
    """

    facts = {
        **ModuleTrial.facts,
        "pair": "with_masks gives logits, and masks by name",
        "logits": "the logits of both methods are the same",
        "first": "the first mask is there as its stage gives it",
        "second": "the second mask is there as its stage gives it",
        "drawn": "the first weights are drawn by he_initialise",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.engine.table.Trial`."""
        if case is not table.cases[0]:
            module = build(report, answer, *case.asked)
            yield "layers", sizes(module)
            words = call_words(answer, case.asked)
            yield "shape", tuple(ask(report, words, module, images(case.shape)).shape)
            return
        built: list[tuple[nn.Module, str]] = []

        def look(module: nn.Module) -> None:
            built.append((module, drawn_by_he(module)))

        yield from super().__call__(report, table, looked_at(answer, look), case)
        module, drawn = built[0]
        x = images(case.shape).double()
        words = f"{call_words(answer, case.asked)}.with_masks"
        came = call(report, words, lambda: module.eval().with_masks(x))
        yield "pair", kind_of(came)
        if isinstance(came, tuple | list) and kind_of(came) == kind_of(WANTED):
            logits, masks = came
            yield "logits", Loose(logits.detach(), 2e-3)
            for name, stage in zip(("first", "second"), WANTED[1], strict=True):
                yield name, Loose(masks[stage].detach(), 2e-3)
        yield "drawn", drawn

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.engine.table.Trial`."""
        of_module = [name for name in ModuleTrial.facts if name in right]
        if "training" not in of_module:              # not the first case
            return None
        mine = {n: t for n, t in found.items() if n in of_module or n == ENDED}
        wanted = {n: right[n] for n in of_module}
        if ENDED not in found and first_unlike(mine, wanted) is None:
            same = found.get("pair") == right["pair"]
            return None if same else RETURNED
        return super().diagnose(mine, wanted)


RETURNED = 'it returns two things, logits, {"stage 1": mask1, "stage 2": mask2}'
MAP = torch.zeros(1, 1, 1, 1)
WANTED = (torch.zeros(1, 1), {"stage 1": MAP, "stage 2": MAP})


def kind_of(value: Any) -> str:
    """What a value is made of, in words; of a dictionary in the order of its names."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, dict):
        parts = [f'"{name}": {kind_of(value[name])}' for name in sorted(value, key=str)]
        return "a dictionary {" + ", ".join(parts) + "}"
    if isinstance(value, tuple | list) and value:
        return f"({', '.join(map(kind_of, value))})"
    if isinstance(value, Tensor):
        return "a tensor" if value.dim() == 4 else f"a tensor of {value.dim()} axes"
    return f"a {type(value).__name__}"


def drawn_by_he(module: nn.Module) -> str:
    """How many convolutions have weights as large as ``he_initialise`` makes them.

    Those with too few numbers to tell are left out.
    """
    odd = []
    for weight in module.parameters():
        if weight.dim() == 4 and weight.numel() >= 500:
            goal = (2 / weight[0].numel()) ** 0.5
            odd.append(not 0.8 < weight.std().item() / goal < 1.25)
    return f"{len(odd) - sum(odd)} of {len(odd)} large convolutions are"
