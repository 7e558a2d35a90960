"""The most memory that tensors take while something is computed (chapter 16).

What a forward pass keeps is there when the backward pass begins. The most may be there
later: gradients come, and a network that recomputes its maps holds those of a part once
more. So each operation is watched, forward and backward: its results are added when
they come, and taken off when nobody holds them any more.

Shapes are enough: on PyTorch's ``meta`` device no memory is needed, and every machine
counts the same.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from torch import Tensor

from resattn_tutorial.cost.op_recorder import TorchDispatchMode, tensors_in
from resattn_tutorial.validation import require_callable


def peak_bytes(work: Callable[[], object]) -> int:
    """The most bytes of tensors that lived at one time, beyond those there before.

    Each piece of memory counts once, whole, however many tensors lie in it. What was
    there before, such as weights and images, never counts, even if it goes meanwhile.
    Gradients of weights do count, if they are not there yet: clear them first.

    What an operation takes for itself and gives back before it ends, as some
    convolutions do, is not seen. Nor is a tensor that is made of Python's numbers
    (``torch.tensor([1.0])``).

    Args:
        work: computes something, say a network's loss and its gradients. It runs once.

    Raises:
        TypeError: ``work`` cannot be called.
    """
    require_callable("work", work)
    with LivingTensors() as living:
        work()
    return living.most


class LivingTensors(TorchDispatchMode):
    """A context that adds up the memory of the tensors that operations make.

    Attributes:
        now: bytes of those that are alive.
        most: bytes at their highest.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        # By the number of a piece of memory, which another may get once it is gone.
        self.known: dict[int, weakref.ref] = {}

    def __torch_dispatch__(
        self, op: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        given = tensors_in([*args, *(kwargs or {}).values()])
        for value in given:                          # not made here: there before
            self.note(value, counts=False)
        result = op(*args, **(kwargs or {}))
        for value in tensors_in(result):
            self.note(value, counts=True)
        return result

    def note(self, value: Tensor, counts: bool) -> None:
        """Know a tensor's memory from now until it is given back."""
        storage = value.untyped_storage()
        number, size = id(storage), storage.nbytes() if counts else 0
        if number in self.known:                     # a view, or changed in place
            return

        def gone(_: weakref.ref) -> None:
            del self.known[number]
            self.now -= size

        self.known[number] = weakref.ref(storage, gone)
        self.now += size
        self.most = max(self.most, self.now)
