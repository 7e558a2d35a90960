"""The mode and the device: the argument, then the variable, then the hardware."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial.names import Mode
from resattn_tutorial.runtime.device import (
    choose_device,
    choose_mode,
    make_deterministic,
)


@pytest.fixture
def hardware(monkeypatch):
    """Say what torch is to find here: nothing, ``"cuda"``, ``"mps"`` or both."""

    def has(*found: str) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in found)
        mps = torch.backends.mps
        monkeypatch.setattr(mps, "is_available", lambda: "mps" in found)

    monkeypatch.delenv("RESATTN_MODE", raising=False)
    has()
    return has


@pytest.mark.parametrize(
    ("found", "device"),
    [((), "cpu"), (("cuda",), "cuda"), (("mps",), "mps"), (("cuda", "mps"), "cuda")],
)
def test_the_device_is_the_accelerator_that_torch_finds(hardware, found, device):
    hardware(*found)
    assert choose_device() == torch.device(device)


@pytest.mark.parametrize(
    ("found", "mode"), [((), "QUICK"), (("cuda",), "STANDARD"), (("mps",), "STANDARD")]
)
def test_the_hardware_chooses_where_nobody_asks(hardware, found, mode):
    hardware(*found)
    assert choose_mode() == mode


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("found", [(), ("cuda",)])
def test_the_variable_outranks_the_hardware(hardware, monkeypatch, found, mode):
    hardware(*found)
    monkeypatch.setenv("RESATTN_MODE", mode)
    assert choose_mode() == mode


@pytest.mark.parametrize("mode", list(Mode))
def test_the_argument_outranks_the_variable(hardware, monkeypatch, mode):
    monkeypatch.setenv("RESATTN_MODE", "FULL" if mode == "QUICK" else "QUICK")
    assert choose_mode(mode) == mode


def test_the_argument_outranks_even_a_wrong_variable(hardware, monkeypatch):
    monkeypatch.setenv("RESATTN_MODE", "FAST")
    assert choose_mode("FULL") == "FULL"


def test_an_empty_variable_counts_as_none(hardware, monkeypatch):
    monkeypatch.setenv("RESATTN_MODE", "")
    assert choose_mode() == "QUICK"


@pytest.mark.parametrize("word", ["FAST", "quick", " QUICK", "0"])
def test_a_wrong_word_in_the_variable_is_named_with_the_variable(
    hardware, monkeypatch, word
):
    monkeypatch.setenv("RESATTN_MODE", word)
    with pytest.raises(ValueError, match=f"^RESATTN_MODE .*QUICK.*FULL.*'{word}'"):
        choose_mode()


@pytest.mark.parametrize("word", ["FAST", "full", ""])
def test_a_wrong_argument_is_named(hardware, word):
    with pytest.raises(ValueError, match=f"^mode .*STANDARD.*'{word}'"):
        choose_mode(word)


def test_deterministic_runs_do_not_fill_memory_that_nobody_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    fill = torch.utils.deterministic
    monkeypatch.setattr(fill, "fill_uninitialized_memory", True)
    try:
        make_deterministic()
        assert not fill.fill_uninitialized_memory
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)
