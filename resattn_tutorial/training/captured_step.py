"""A training step that a GPU replays from a recording, a CUDA graph (chapter 10).

To ask a GPU for one operation takes the processor some microseconds. A step of
Attention-92 on 64 small images is thousands of operations, most of them over before
the next is asked for: the GPU waits for the processor. A CUDA graph holds all of them,
with the memory that they work on, and is asked for as one.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import require_device
from resattn_tutorial.validation import require_callable


class CaptureError(ValueError):
    """A step that no CUDA graph can hold; says why, and what to do."""


# Steps that are computed as usual first: libraries choose their kernels then, and
# make what they keep.
WARM_UP = 3


class CapturedStep:
    """A step that is captured once and replayed from then on.

    The first ``WARM_UP`` calls compute it operation by operation. The next captures it,
    which computes nothing, and replays it. Inputs of another shape than the captured
    are computed operation by operation, too.

    Args:
        step: gives the loss of inputs and labels, a tensor, and does all else that
            belongs to the step. It may look at no number that lies on the GPU, and
            whatever it does in Python is done at capture only.
        device: the GPU.

    Attributes:
        replay: computes the captured step; ``None`` before the capture.
    """

    def __init__(
        self, step: Callable[[Tensor, Tensor], Tensor], device: torch.device
    ) -> None:
        self.step = require_callable("step", step)
        self.device = require_device(device)
        self.taken = 0
        self.replay: Callable[[], None] | None = None

    def __call__(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """One step; returns its loss.

        Args:
            inputs: ``(N, 3, H, W)``, in the memory format of all others.
            labels: ``(N,)``.

        Raises:
            CaptureError: the step cannot be captured. This process should end then:
                PyTorch, up to 2.12, may not find back to its usual memory.
        """
        if self.taken < WARM_UP:
            self.taken += 1
            return self.beside(inputs, labels)
        if self.replay is None:
            self.inputs, self.labels = inputs.clone(), labels.clone()
            self.replay = self.captured()
        if (inputs.shape, labels.shape) != (self.inputs.shape, self.labels.shape):
            return self.step(inputs, labels)
        self.inputs.copy_(inputs)
        self.labels.copy_(labels)
        self.replay()
        return self.loss.clone()                     # the next step overwrites it

    def beside(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """The step in a stream of its own, as a capture will find it."""
        usual, own = torch.cuda.current_stream(), torch.cuda.Stream(self.device)
        own.wait_stream(usual)
        with torch.cuda.stream(own):
            loss = self.step(inputs, labels)
        usual.wait_stream(own)
        return loss

    def captured(self) -> Callable[[], None]:
        """What replays the step; raises as a call."""
        try:
            return self.capture()
        except RuntimeError as error:
            raise CaptureError(
                f"the step cannot be captured in a CUDA graph: {first_cause(error)} "
                "Without graphs (--no-graphs, or graphs=False) it is computed "
                "operation by operation, and takes more time."
            ) from error

    def capture(self) -> Callable[[], None]:
        """Capture the step on our inputs and labels; returns what replays it."""
        graph = torch.cuda.CUDAGraph()
        # Another thread may copy images to the GPU meanwhile: that is none of ours.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            self.loss = self.step(self.inputs, self.labels)
        return graph.replay


def first_cause(error: BaseException) -> str:
    """The first line of what went wrong first; what follows from it hides it."""
    while error.__context__ is not None:
        error = error.__context__
    return f"{str(error).partition(chr(10))[0].rstrip('.')}."
