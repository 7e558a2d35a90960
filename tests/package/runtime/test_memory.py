"""Memory that runs out is known by whoever says it, and less is tried."""

from __future__ import annotations

import pytest
import torch
from small_runs import CPU, noise, small_network
from torch import Tensor, nn

from resattn_tutorial.metrics.classification import evaluate
from resattn_tutorial.runtime.memory import InParts, is_out_of_memory, memory_told


@pytest.mark.parametrize(("error", "lacking"), [
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), True),
    (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
    (RuntimeError("CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"), True),
    (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate"),
     True),
    (RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be"), True),
    (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), True),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"), True),
    (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), False),
    (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
    (ValueError("CUDA error: out of memory"), False),
])
def test_a_lack_of_memory_is_known_in_whatever_words(
    error: Exception, lacking: bool
) -> None:
    assert is_out_of_memory(error) == lacking
    with pytest.raises(torch.OutOfMemoryError if lacking else type(error)):
        with memory_told():
            raise error


class Narrow:
    """A function that takes so many at a time, and notes how many came."""

    def __init__(self, most: int, error: type = torch.OutOfMemoryError) -> None:
        self.most, self.error, self.came = most, error, []

    def __call__(self, x: Tensor) -> Tensor:
        self.came.append(len(x))
        if len(x) > self.most:
            raise self.error(f"{len(x)} do not fit")
        return 2 * x


@pytest.mark.parametrize(("most", "came"), [
    (20, [10]), (10, [10]), (5, [10, 5, 5]), (4, [10, 5, 2, 2, 2, 2, 2]),
])
def test_what_does_not_fit_goes_in_parts(most: int, came: list[int]) -> None:
    narrow = Narrow(most)
    fitting = InParts(narrow, CPU)
    x = torch.arange(10.0)
    assert torch.equal(fitting(x), 2 * x)
    assert narrow.came == came
    narrow.came.clear()
    fitting(x)                                       # it has learned what fits
    assert max(narrow.came) <= most


def test_one_that_does_not_fit_is_torch_s_own_error() -> None:
    with pytest.raises(torch.OutOfMemoryError, match="1 do not fit"):
        InParts(Narrow(0), CPU)(torch.ones(4))


def test_another_error_is_not_tried_again() -> None:
    narrow = Narrow(0, RuntimeError)
    with pytest.raises(RuntimeError, match="4 do not fit"):
        InParts(narrow, CPU)(torch.ones(4))
    assert narrow.came == [4]


def test_nothing_is_no_part() -> None:
    assert InParts(Narrow(1), CPU)(torch.ones(0, 3)).shape == (0, 3)


class Picky(nn.Module):
    """Takes at most so many images while it is tested."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise torch.OutOfMemoryError(f"{len(x)} images do not fit")
        return x


def test_a_network_that_does_not_fit_is_tested_in_parts_and_errs_as_much() -> None:
    def batches():
        return noise(30, seed=1).test_batches(
            lambda images: images.double() / 255, CPU, 7
        )

    plain = evaluate(small_network(0, Picky(99)), batches())
    assert evaluate(small_network(0, Picky(2)), batches()) == plain
    with pytest.raises(torch.OutOfMemoryError, match="1 images do not fit"):
        evaluate(small_network(0, Picky(0)), batches())
