"""The page *On a GPU*: its tables are what the file says, and a gap is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.gpu import __main__ as script
from tools.gpu_facts import FILE, PROOFS, TABLES, GpuError, as_myst, read_found
from tools.settings import ROOT

FOUND = read_found()["found"]


@pytest.mark.parametrize("name", TABLES)
def test_a_part_can_be_shown_and_holds_no_gap(name: str) -> None:
    shown = as_myst(name)
    assert shown and "nan" not in shown and "None" not in shown
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) <= 1


def test_every_proof_of_the_script_is_asked_on_the_page() -> None:
    asked = {name for name, part in FOUND.items() if "holds" in part}
    assert asked <= PROOFS.keys() <= set(script.PROOFS)
    assert all(FOUND[name]["holds"] is True for name in asked)
    assert as_myst("proofs").count("| yes |") == len(asked)


def test_the_table_of_steps_is_the_file_s() -> None:
    graph = FOUND["table"]["cifar_attention92, bfloat16, graph"]
    eager = FOUND["table"]["cifar_attention92, bfloat16, eager"]
    [line] = [
        line for line in as_myst("steps").splitlines()
        if line.startswith("| Attention\u201192 | bfloat16")
    ]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[2:4] == [f"{eager['ms']:.1f}", f"{graph['ms']:.1f}"]
    assert cells[5] == f"{graph['images/s']:,}"
    assert graph["images/s"] == pytest.approx(64e3 / graph["ms"], rel=1e-3)
    assert graph["160,000 steps, minutes"] == pytest.approx(
        160_000 * graph["ms"] / 6e4, abs=0.06
    )


def test_what_the_page_says_in_words_holds() -> None:
    def step(name: str, precision: str, way: str) -> float:
        return FOUND["table"][f"{name}, {precision}, {way}"]["ms"]

    for name in ("cifar_attention92", "cifar_attention56"):
        for half in ("bfloat16", "float16"):
            assert step(name, half, "eager") > step(name, "float32", "eager")
            assert step(name, half, "graph") < step(name, "float32", "graph")
    variants = {k: v["ms"] for k, v in FOUND["variants"].items() if "bfloat16" in k}
    usual = variants.pop("bfloat16, as it is")
    assert min(variants.values()) > usual            # none of them helps
    table, compiled = FOUND["table"], FOUND["compile"]["ms"]
    assert compiled < 0.75 * table["cifar_attention56, bfloat16, graph"]["ms"]
    spent = {way: part["seconds"] for way, part in FOUND["deterministic"].items()
             if "," in way}
    longer = [
        spent[f"{precision}, deterministic"][1] / spent[f"{precision}, as it comes"][1]
        for precision in ("float32", "bfloat16", "float16")
    ]
    assert 1.25 < sorted(longer)[1] < 1.42           # about a third
    large = [part["ms"] for k, part in FOUND["large_images"].items() if "batch" in k]
    assert 0.9 < large[1] / large[0] < 1


def test_a_number_that_the_file_lacks_is_an_error(tmp_path: Path) -> None:
    told = json.loads((ROOT / FILE).read_text(encoding="utf-8"))
    del told["found"]["table"]["cifar_attention92, float32, graph"]
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / FILE).write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(GpuError, match="gpu.json lacks .cifar_attention92, float32"):
        as_myst("steps", tmp_path)
    with pytest.raises(GpuError, match="gpu shows one of machine, proofs, .* not 'x'"):
        as_myst("x", tmp_path)
