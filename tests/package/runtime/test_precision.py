"""Precision: what each device gets, and what it is refused."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial.names import Precision
from resattn_tutorial.runtime.precision import (
    autocast,
    choose_precision,
    make_scaler,
)

PRECISIONS = [one for one in Precision if one != Precision.AUTO]
CPU, GPU, APPLE = (torch.device(kind) for kind in ("cpu", "cuda", "mps"))


@pytest.fixture(params=["T4", "H100"])
def gpu(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A T4 emulates bfloat16, and torch says it is supported; an H100 has it."""

    def supported(including_emulation: bool = True) -> bool:
        return including_emulation or request.param == "H100"

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    return request.param


def test_a_gpu_gets_bfloat16_only_where_its_hardware_has_it(gpu: str) -> None:
    wanted = {"T4": "float16", "H100": "bfloat16"}
    assert torch.cuda.is_bf16_supported()
    assert choose_precision(GPU) == wanted[gpu]


@pytest.mark.parametrize("device", [CPU, APPLE])
def test_elsewhere_float32_is_chosen(device: torch.device) -> None:
    assert choose_precision(device) == "float32"


def test_torch_still_knows_the_argument_that_leaves_emulation_out() -> None:
    found = torch.cuda.is_bf16_supported(including_emulation=False)
    assert isinstance(found, bool)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_gpu_takes_what_it_is_told(precision: str) -> None:
    assert choose_precision(GPU, precision) == precision


def test_what_apple_s_gpu_would_not_compute_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What it would compute depends on PyTorch's version, and 2.8 asks the system for
    # its own: both answers are given here.
    monkeypatch.setattr(torch.backends.mps, "is_macos_or_newer", lambda *number: True)
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda kind: True)
    assert choose_precision(APPLE, "bfloat16") == "bfloat16"
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda kind: False)
    with pytest.raises(ValueError, match="bfloat16 is not computed on mps"):
        choose_precision(APPLE, "bfloat16")
    assert choose_precision(APPLE, "float32") == "float32"


def test_float16_is_refused_without_a_gpu() -> None:
    for device in (CPU, APPLE):
        with pytest.raises(ValueError, match=f"float16 needs a GPU, got {device.type}"):
            choose_precision(device, "float16")
    assert choose_precision(CPU, "bfloat16") == "bfloat16"


@pytest.mark.parametrize("wrong", ["half", "bf16", "", "Float32"])
def test_an_unknown_precision_is_answered_with_those_there_are(wrong: str) -> None:
    words = f"one of auto, float32, bfloat16, float16, got '{wrong}'"
    with pytest.raises(ValueError, match=words):
        choose_precision(CPU, wrong)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_products_are_computed_in_the_precision_and_the_loss_in_32_bits(
    precision: str,
) -> None:
    weight, x = torch.randn(4, 3, requires_grad=True), torch.randn(5, 3)
    with autocast(CPU, precision):
        logits = torch.nn.functional.linear(x, weight)
        loss = torch.nn.functional.cross_entropy(logits, torch.arange(5) % 4)
    assert str(logits.dtype) == f"torch.{precision}"
    assert loss.dtype == torch.float32
    loss.backward()
    assert weight.grad.dtype == torch.float32


def test_only_float16_is_scaled() -> None:
    scaled = {p: make_scaler(CPU, p).is_enabled() for p in PRECISIONS}
    assert scaled == {"float32": False, "bfloat16": False, "float16": True}
    loss = torch.tensor(1.5)
    assert make_scaler(CPU, "bfloat16").scale(loss) is loss
    assert make_scaler(CPU, "float16").scale(loss) > 1000
