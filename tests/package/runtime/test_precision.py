"""Precision: what each device gets, and what it is refused."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from resattn_tutorial.metrics.classification import evaluate
from resattn_tutorial.names import Precision
from resattn_tutorial.runtime import precision as module
from resattn_tutorial.runtime.precision import (
    autocast,
    choose_precision,
    has_tf32,
    make_scaler,
    strict_float32,
)
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    accumulate_gradients,
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
    words = f"one of auto, float32, float32-strict, bfloat16, float16, got '{wrong}'"
    with pytest.raises(ValueError, match=words):
        choose_precision(CPU, wrong)


@pytest.mark.parametrize("precision", ["float32", "float32-strict", "bfloat16"])
def test_products_are_computed_in_the_precision_and_the_loss_in_32_bits(
    precision: str,
) -> None:
    weight, x = torch.randn(4, 3, requires_grad=True), torch.randn(5, 3)
    with autocast(CPU, precision):
        logits = torch.nn.functional.linear(x, weight)
        loss = torch.nn.functional.cross_entropy(logits, torch.arange(5) % 4)
    assert str(logits.dtype) == f"torch.{precision.removesuffix('-strict')}"
    assert loss.dtype == torch.float32
    loss.backward()
    assert weight.grad.dtype == torch.float32


def test_only_float16_is_scaled() -> None:
    scaled = {p: make_scaler(CPU, p).is_enabled() for p in PRECISIONS}
    assert scaled == {
        "float32": False, "float32-strict": False, "bfloat16": False, "float16": True,
    }
    loss = torch.tensor(1.5)
    assert make_scaler(CPU, "bfloat16").scale(loss) is loss
    assert make_scaler(CPU, "float16").scale(loss) > 1000


Switches = Callable[[], dict[str, object]]


def old_torch() -> tuple[SimpleNamespace, Switches]:
    """PyTorch's switches up to 2.8, and what tells all of them."""
    cudnn, matmul = (SimpleNamespace(allow_tf32=value) for value in (True, False))
    backends = SimpleNamespace(cudnn=cudnn, cuda=SimpleNamespace(matmul=matmul))
    return backends, lambda: {"conv": cudnn.allow_tf32, "matmul": matmul.allow_tf32}


def new_torch() -> tuple[SimpleNamespace, Switches]:
    """Those since 2.9: to touch an old one beside them is an error."""

    class Guarded(SimpleNamespace):
        def __getattr__(self, name: str) -> None:
            raise RuntimeError(f"you have used a mix: {name}")

        def __setattr__(self, name: str, value: object) -> None:
            assert name == "fp32_precision"
            super().__setattr__(name, value)

    conv, matmul = Guarded(fp32_precision="tf32"), Guarded(fp32_precision="none")
    backends = SimpleNamespace(
        fp32_precision="none", cudnn=Guarded(conv=conv),
        cuda=SimpleNamespace(matmul=matmul),
    )
    return backends, lambda: {
        "conv": conv.fp32_precision, "matmul": matmul.fp32_precision,
    }


@pytest.mark.parametrize(
    ("make", "usual", "strict"),
    [(old_torch, {"conv": True, "matmul": False}, {"conv": False, "matmul": False}),
     (new_torch, {"conv": "tf32", "matmul": "none"},
      {"conv": "ieee", "matmul": "ieee"})],
)
def test_strict_float32_turns_tf32_off_by_the_switches_that_there_are(
    make: Callable, usual: dict, strict: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends, told = make()
    monkeypatch.setattr(module.torch, "backends", backends)
    for precision in PRECISIONS:
        wanted = strict if precision == "float32-strict" else usual
        with strict_float32(precision):
            assert told() == wanted
        assert told() == usual
    with pytest.raises(KeyError), strict_float32("float32-strict"):
        raise KeyError
    assert told() == usual


def switches() -> dict[str, object]:
    """This PyTorch's own, all that can be read."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    found = {"products": torch.get_float32_matmul_precision()}
    if hasattr(torch.backends, "fp32_precision"):
        found |= {
            "conv": cudnn.conv.fp32_precision, "rnn": cudnn.rnn.fp32_precision,
            "cudnn": cudnn.fp32_precision, "matmul": matmul.fp32_precision,
        }
    return {**found, "old": cudnn.allow_tf32, "old, matmul": matmul.allow_tf32}


@pytest.mark.parametrize("wanted", ["highest", "high"])
def test_this_pytorch_s_own_switches_are_as_they_were(wanted: str) -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(wanted)
    try:
        usual = switches()
        with strict_float32("float32-strict"):
            found = [getattr(where, name) for where, name, _ in module.tf32_switches()]
            assert found == [strict for _, _, strict in module.tf32_switches()]
        assert switches() == usual                   # and the old ones can be read
    finally:
        torch.set_float32_matmul_precision(before)


class Looks(torch.autograd.Function):
    """Notes whether TF32 is off as numbers pass, forwards and backwards."""

    seen: list[bool] = []

    @classmethod
    def look(cls) -> None:
        cls.seen.append(all(
            getattr(where, name) == off for where, name, off in module.tf32_switches()
        ))

    @staticmethod
    def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
        Looks.look()
        return x.clone()

    @staticmethod
    def backward(ctx: object, gradient: torch.Tensor) -> torch.Tensor:
        Looks.look()
        return gradient


class Looking(nn.Module):
    """A network that looks."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(12, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return Looks.apply(self.last(x.flatten(1)))


@pytest.mark.parametrize(
    ("precision", "strict"), [("float32", False), ("float32-strict", True)]
)
def test_gradients_and_tests_are_computed_as_strictly_as_asked(
    precision: str, strict: bool
) -> None:
    network, x, y = Looking(), torch.ones(4, 3, 2, 2), torch.tensor([0, 1, 0, 1])
    Looks.seen.clear()
    accumulate_gradients(
        network, x, y, RunningStatistics(network), make_scaler(CPU, precision),
        precision, accumulation=2,
    )
    assert Looks.seen == [strict] * 4                # two parts, there and back
    Looks.seen.clear()
    evaluate(network, [(x, y)], precision)
    assert Looks.seen == [strict]


@pytest.mark.parametrize(
    ("capability", "hip", "wanted"),
    [((7, 5), None, False), ((8, 0), None, True), ((9, 0), None, True),
     ((9, 4), "6.2", False), (None, None, False)],
)
def test_tf32_is_a_matter_of_nvidia_s_newer_gpus(
    capability: tuple | None, hip: str | None, wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: capability is not None)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    monkeypatch.setattr(torch.version, "hip", hip)
    assert has_tf32() is wanted
