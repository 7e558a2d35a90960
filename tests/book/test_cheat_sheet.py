"""The cheat sheet says what the package builds and counts, and its calls work."""

from __future__ import annotations

import importlib
import inspect
import re
import shlex
from pathlib import Path

import pytest
import torch
import typer
from PIL import Image

from resattn_tutorial.cli.app import app
from resattn_tutorial.cost.flops import parameter_counts, torch_count
from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.training import finetune_folder, trained_network

PAGE = (Path(__file__).parents[2] / "book/cheat-sheet.md").read_text(encoding="utf-8")
MODULES = (
    "models.attention_module", "models.soft_mask", "models.residual",
    "models.mask_activations", "cost.analytic",
)


def table(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its first row."""
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


def built(name: str):
    """A network without numbers, and an image for it."""
    size = 32 if name.startswith("cifar") else 224
    with torch.device("meta"):
        return getattr(zoo, name)().eval(), torch.zeros(1, 3, size, size)


def modules_of(part) -> list[AttentionModule]:
    return [one for one in part.modules() if isinstance(one, AttentionModule)]


def counts_of(module: AttentionModule) -> str:
    """``p, t, r`` of a module, read off its units."""
    body = module.mask.body
    p, t = len(module.before), len(module.trunk)
    assert len(module.after) == p
    return f"{p}, {t}, {len(body.down)}"


def pooled(module: AttentionModule, images) -> str:
    """How often a mask halves, and the sizes of its maps, as the page writes them."""
    sizes, levels, level = [], 0, module.mask.body
    hooks = []
    while level is not None:
        levels += 1
        hooks.append(level.down.register_forward_hook(
            lambda _, __, y: sizes.append(str(y.shape[-1]))
        ))
        level = getattr(level, "below", None)
    module(images)
    for hook in hooks:
        hook.remove()
    return f"{levels}: {', '.join(sizes)}"


def test_the_shapes_of_attention_56_are_those_on_the_page():
    network, x = built("attention56")
    found = []
    for number, part in enumerate([network.stem, *network.stages]):
        before, x = x, part(x)
        shape = " × ".join(map(str, x.shape[1:]))
        modules = modules_of(part)
        name = "stem" if not number else f"stage {number}"
        row = [name + ", three units" * (number == 4), shape, "", "", ""]
        if modules:
            row[2:] = [
                str(len(modules)), counts_of(modules[0]),
                pooled(modules[0], part[0](before)),
            ]
        found.append(row)
    found.append(["head", str(network.head(x).shape[1]), "", "", ""])
    assert len(network.stages[3]) == 3
    assert table("Attention-56 at 224 pixels") == found


@pytest.mark.slow
@pytest.mark.parametrize("row", table("The networks"), ids=lambda row: row[0])
def test_the_counts_of_a_network_are_those_on_the_page(row):
    name, _, other = row[0].replace("`", "").partition(", ")
    network, image = built(name)
    in_stages = [len(modules_of(stage)) for stage in network.stages]
    learned = parameter_counts(network).learnable
    cost = sum(torch_count(network, image).values())
    assert row[1] == ", ".join(str(count) for count in in_stages if count)
    assert row[2:] == [f"{learned / 1e6:.2f} M", f"{cost / 1e9:.2f} G"]
    assert counts_of(modules_of(network)[0]) == (other or "1, 2, 1")


def test_each_name_of_the_package_is_there():
    owners = [importlib.import_module(f"resattn_tutorial.{m}") for m in MODULES]
    owners.append(owners[-1].Cost)
    module = AttentionModule(4, 1)
    for _, package, _ in table("Names"):
        for name in re.findall(r"`([\w.]+)`", package):
            first, _, attribute = name.partition(".")
            assert any(first in dir(owner) or first in getattr(
                owner, "__dataclass_fields__", ()) for owner in owners), name
            assert not attribute or hasattr(module, attribute), name


def test_the_calls_in_python_work_from_top_to_bottom(tmp_path, monkeypatch):
    """Only the training, and what reads its folder, are left out: they take minutes."""
    asked = []
    for home, name in ((finetune_folder, "finetune_folder"),
                       (trained_network, "load_run")):
        bind = inspect.signature(getattr(home, name)).bind
        monkeypatch.setattr(home, name, lambda *a, bind=bind: asked.append(bind(*a)))
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (40, 30), (200, 30, 30)).save("photo.jpg")
    names = {"images": torch.rand(2, 3, 32, 32)}
    code, = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    exec(code, names)
    assert names["logits"].shape == (2, 7) and len(names["masks"]) == 3
    assert names["answer"].name and len(asked) == 2


def test_each_line_for_a_terminal_is_understood(tmp_path, monkeypatch):
    lines, = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
    (tmp_path / "my-photos").mkdir()
    (tmp_path / "photo.jpg").touch()
    monkeypatch.chdir(tmp_path)
    group = typer.main.get_command(app)
    for line in lines.splitlines():
        _, command, *typed = shlex.split(line)
        group.commands[command].make_context(command, typed)
    with pytest.raises(Exception, match="No such option"):
        group.commands["cost"].make_context("cost", ["attention56", "--pixels", "3"])


def test_the_sheet_fits_on_one_page():
    words = re.sub(r"^\|[-|]+$|\|", " ", PAGE, flags=re.M).split()
    lines = [line for line in PAGE.splitlines() if line.strip()]
    assert len(words) <= 450 and len(lines) <= 70
