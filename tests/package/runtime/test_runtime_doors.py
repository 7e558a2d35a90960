"""What devices, precisions and files of tensors refuse, and in whose words."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision.tv_tensors import Image

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


def nested() -> Tensor:
    return torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])


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
    (lambda: write_tensors("a.pt", {"a": DEEP}), ValueError, "is nested too deep"),
    (lambda: write_tensors("a.pt", {"a": 2**4000}), ValueError,
     "content['a'] must be a number of at most 1024 bits, got one of 4,001"),
    (lambda: write_tensors("a.pt", {"a": Image(torch.zeros(3, 2, 2))}), TypeError,
     "content['a'] must be a tensor or a plain value, got Image"),
    (lambda: write_tensors("a.pt", {"a": nested()}), TypeError,
     "content['a'] must be a tensor or a plain value, got nested Tensor"),
    (lambda: read_tensors(None), TypeError, "path must be a path, got NoneType"),
    (lambda: read_tensors(["a"]), TypeError, "path must be a path, got list"),
    (lambda: read_tensors("a\0b"), ValueError, "path must be a path"),
    (lambda: read_tensors("nowhere.pt"), FileNotFoundError, "nowhere.pt"),
    (lambda: force_name_to_disk(None), TypeError,
     "folder must be a path, got NoneType"),
]


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
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


def with_a_note() -> Tensor:
    noted = torch.ones(2)
    noted.note = object()
    return noted


def with_an_attribute() -> OrderedDict:
    kept = OrderedDict(a=torch.ones(2))
    kept.note = object()
    return kept


def deep(levels: int) -> object:
    return [deep(levels - 1)] if levels else torch.ones(2)


@pytest.mark.parametrize("value", [
    torch.ones(2), torch.ones(2, requires_grad=True) * 1, nn.Parameter(torch.ones(2)),
    with_a_note(), with_an_attribute(), nn.Linear(2, 2).state_dict(), deep(48),
    torch.ones(2, 3).T, torch.ones(2, 3, 4, 4).to(memory_format=torch.channels_last),
    torch.ones(1).expand(4), torch.tensor([1 + 2j]).conj(), torch.ones(0),
    torch.ones(3, dtype=torch.bfloat16),
    2**1023, -(2**1023), "\u2028", b"\xff\0", math.inf, {(1, 2): [True, None]},
])
def test_what_can_be_written_can_be_read(tmp_path: Path, value: object) -> None:
    write_tensors(tmp_path / "a.pt", {"a": value})
    assert alike(read_tensors(tmp_path / "a.pt")["a"], value)


def alike(one: object, other: object) -> bool:
    if isinstance(one, Tensor):
        torch.testing.assert_close(one, other.detach(), rtol=0, atol=0)
        return one.dtype == other.dtype
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other and type(one) is type(other)


@pytest.mark.parametrize("view", [
    lambda memory: memory[:2], lambda memory: memory[::2][:2],
    lambda memory: memory.view(500, 1000).T[:2, :3],
    lambda memory: [{"a": memory[5:9]}],
])
def test_of_a_view_only_what_it_shows_is_written(tmp_path: Path, view) -> None:
    seen = view(torch.arange(500_000))
    write_tensors(tmp_path / "a.pt", {"a": seen})
    assert (tmp_path / "a.pt").stat().st_size < 5000
    assert alike(read_tensors(tmp_path / "a.pt")["a"], seen)


def test_one_tensor_that_stands_twice_is_written_once(tmp_path: Path) -> None:
    tied = torch.ones(10_000)
    write_tensors(tmp_path / "a.pt", {"a": tied, "b": tied, "c": tied.view(100, 100)})
    assert (tmp_path / "a.pt").stat().st_size < 50_000
