"""What the recorded experiments refuse before they begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.experiments import mask_ablation, packing
from resattn_tutorial.experiments.mask_ablation import (
    MaskAblation,
    calibrated_untrained,
    masks_at_scene_size,
)
from resattn_tutorial.experiments.packing import pack

REFUSED = [
    (lambda: MaskAblation("mask"), ValueError, "Did you mean masks?"),
    (lambda: MaskAblation("masks", seed="a"), TypeError, "seed must be a whole number"),
    (lambda: MaskAblation("masks", steps=0), ValueError, "steps must be at least 1"),
    (lambda: MaskAblation("masks", points="5"), TypeError,
     "points must be a whole numb"),
    (lambda: MaskAblation("masks", scenes=-1), ValueError, "scenes must be at least 1"),
    (lambda: MaskAblation("masks", batch_size=2.5), TypeError,
     "batch_size must be a wh"),
    (lambda: MaskAblation("masks", learning_rate=float("nan")), ValueError,
     "learning_rate must be a finite number above 0, got nan"),
    (lambda: MaskAblation("masks", memory_format="x"), ValueError,
     "memory format must be one of channels_last"),
    (lambda: masks_at_scene_size(None, load_scenes("test", 1)), TypeError,
     "network must be an nn.Module, got NoneType"),
    (lambda: masks_at_scene_size(nn.Identity(), None), ValueError,
     "network must have parameters"),
    (lambda: calibrated_untrained("a", None), TypeError, "seed must be a whole number"),
    (lambda: pack(None, "builtin", "out"), TypeError,
     "folder must be a path, got None"),
    (lambda: pack("run", "builtin", 3), TypeError, "out must be a path, got int"),
    (lambda: pack("", "builtin", "out"), ValueError, "folder must be a path, got ''"),
    (lambda: pack("nowhere", "builtin", "out"), ValueError, "must hold one run file"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_an_experiment_that_cannot_be_is_refused(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


def never(*_: object) -> None:
    pytest.fail("it began to learn")


@pytest.mark.parametrize(("typed", "words"), [
    ("--seed -1", "seed must be at least 0, got -1"),
    ("--steps 0", "steps must be at least 1, got 0"),
    ("--scenes -5", "scenes must be at least 1, got -5"),
    ("--threads 1000000", "threads must be at most 1,024, got 1,000,000"),
    ("--out file/below", "Not a directory"),
    ("--out file", "File exists"),
    ("--out held", "chapter03-masks-seed0.json is a folder, and must be a file"),
])
def test_an_ablation_that_could_not_be_written_at_its_end_does_not_begin(
    typed: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("held/chapter03-masks-seed0.json").mkdir(parents=True)
    monkeypatch.setattr(mask_ablation, "run_ablation", never)
    monkeypatch.setattr("sys.argv", ["ablation", "--network", "masks", *typed.split()])
    with pytest.raises(SystemExit) as end:
        mask_ablation.main()
    told = capsys.readouterr().err
    assert end.value.code == 2 and words in told and "error: " in told


def test_what_cannot_be_packed_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(
        "sys.argv", ["packing", "--run", str(tmp_path), "--data", "builtin"]
    )
    with pytest.raises(SystemExit) as end:
        packing.main()
    assert end.value.code == 2
    assert "must hold one run file, got 0" in capsys.readouterr().err
