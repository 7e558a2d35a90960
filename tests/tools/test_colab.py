"""What the notebooks' run in Colab's environment looks for."""

from __future__ import annotations

import pytest
from nbformat import NotebookNode
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from tools.chapters import chapter_paths
from tools.colab import (
    DONE,
    NOT_DONE,
    ColabError,
    judge,
    stub_variant,
    with_short_training,
)
from tools.short_runs import LIVE, STEPS


def tagged(source: str, tag: str, said: str = "") -> NotebookNode:
    outputs = [new_output("stream", text=said)] if said else []
    return new_code_cell(source, metadata={"tags": [tag]}, outputs=outputs)


def test_the_stub_variant_is_the_imports_the_stubs_and_the_checks():
    cells = [
        new_markdown_cell("# Title"),
        new_code_cell("%matplotlib inline\nimport torch\nx = train()"),
        new_code_cell("x.mean()"),
        tagged("class Mine: ...", "exercise"),
        tagged("checks.mine(Mine)", "check"),
    ]
    kept = stub_variant(new_notebook(cells=cells)).cells
    assert [cell.source for cell in kept] == [
        "import torch",
        "",
        "class Mine: ...",
        "checks.mine(Mine)",
    ]


def test_a_long_training_takes_a_few_steps_and_what_follows_is_the_notebook():
    cell = new_code_cell("1")
    long = with_short_training("05_x.ipynb", new_notebook(cells=[cell])).cells
    short = with_short_training("04_x.ipynb", new_notebook(cells=[cell])).cells
    assert short == [cell] and long[1:] == [cell]
    # The cell works where only the package is: it defines all that it uses.
    names = {}
    from resattn_tutorial.training import runner

    whole = runner.run_training
    try:
        exec(long[0].source, names)
        assert runner.run_training is not whole and names["STEPS"] == STEPS
    finally:
        runner.run_training = whole


def test_every_number_of_a_long_training_is_a_chapter_that_trains():
    for number in LIVE:
        texts = [path.read_text(encoding="utf-8") for path in chapter_paths()
                 if path.name.startswith(number)]
        assert any("run_training" in text for text in texts), number


@pytest.mark.parametrize("verdict", [DONE, NOT_DONE])
def test_a_check_that_says_what_is_expected_passes(verdict: str):
    cell = tagged("checks.mine(Mine)", "check", f"The unit: {verdict}\n")
    judge(new_notebook(cells=[cell]), "01_x", verdict)


@pytest.mark.parametrize("said", ["", "The unit: not there yet.", f"a: {NOT_DONE}"])
def test_a_check_that_says_anything_else_fails_the_run(said: str):
    cell = tagged("checks.mine(Mine)", "check", said)
    with pytest.raises(ColabError, match=r"01_x: checks.mine\(Mine\)"):
        judge(new_notebook(cells=[cell]), "01_x", DONE)


def test_a_notebook_without_a_check_fails_the_run():
    with pytest.raises(ColabError, match="01_x has no check"):
        judge(new_notebook(cells=[new_code_cell("1")]), "01_x", DONE)
