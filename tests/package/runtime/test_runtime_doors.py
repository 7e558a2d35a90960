"""What devices, precisions and files of tensors refuse, and in whose words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from resattn_tutorial.files import force_name_to_disk
from resattn_tutorial.runtime.device import choose_mode, choose_threads
from resattn_tutorial.runtime.precision import (
    autocast,
    choose_precision,
    make_scaler,
)
from resattn_tutorial.runtime.tensor_file import (
    read_tensors,
    write_tensors,
)

CPU = torch.device("cpu")
CYCLE: dict = {"a": [1]}
CYCLE["a"].append(CYCLE)
DEEP: list = []
for _ in range(5000):
    DEEP = [DEEP]

REFUSED = [
    (lambda: choose_precision("cpu"), TypeError,
     "device must be a torch.device, got 'c"),
    (lambda: choose_precision(None), TypeError,
     "device must be a torch.device, got None"),
    (lambda: choose_precision(CPU, 16), ValueError, "precision must be one of"),
    (lambda: autocast("cuda", "float32"), TypeError, "device must be a torch.device"),
    (lambda: autocast(CPU, "x"), ValueError, "precision must be one of float32"),
    (lambda: autocast(CPU, "auto"), ValueError, "precision must be one of float32"),
    (lambda: autocast(CPU, None), ValueError, "precision must be one of float32"),
    (lambda: autocast(CPU, "float61"), ValueError, "Did you mean float16?"),
    (lambda: make_scaler(None, "float16"), TypeError, "device must be a torch.device"),
    (lambda: make_scaler(CPU, "flaot16"), ValueError, "Did you mean float16?"),
    (lambda: choose_threads(0), ValueError, "threads must be at least 1, got 0"),
    (lambda: choose_threads(10**6), ValueError, "threads must be at most 1,024"),
    (lambda: choose_threads("2"), TypeError, "threads must be a whole number, got '2'"),
    (lambda: choose_mode(3), ValueError, "mode must be one of QUICK"),
    (lambda: write_tensors(None, {}), TypeError, "path must be a path, got NoneType"),
    (lambda: write_tensors("", {}), ValueError, "path must be a path, got ''"),
    (lambda: write_tensors("a\0b", {}), ValueError, "path must be a path"),
    (lambda: write_tensors(5, {}), TypeError, "path must be a path, got int"),
    (lambda: write_tensors("a.pt", None), TypeError, "content must be a dictionary"),
    (lambda: write_tensors("a.pt", [1]), TypeError, "content must be a dictionary"),
    (lambda: write_tensors("a.pt", CYCLE), ValueError, "holds itself"),
    (lambda: write_tensors("a.pt", {"a": DEEP}), ValueError, "stands too deep"),
    (lambda: read_tensors(None), TypeError, "path must be a path, got NoneType"),
    (lambda: read_tensors(["a"]), TypeError, "path must be a path, got list"),
    (lambda: read_tensors("a\0b"), ValueError, "path must be a path"),
    (lambda: read_tensors("nowhere.pt"), FileNotFoundError, "nowhere.pt"),
    (lambda: force_name_to_disk(None), TypeError,
     "folder must be a path, got NoneType"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_be_text_for_writing_and_for_reading(tmp_path: Path) -> None:
    path = str(tmp_path / "a.pt")
    write_tensors(path, {"a": torch.ones(2)})
    assert read_tensors(path)["a"].tolist() == [1, 1]


def test_one_value_that_stands_twice_is_no_cycle(tmp_path: Path) -> None:
    shared = [1, 2]
    write_tensors(tmp_path / "a.pt", {"a": shared, "b": {"c": shared}})
    assert read_tensors(tmp_path / "a.pt") == {"a": [1, 2], "b": {"c": [1, 2]}}
