"""Every refusal names what was typed: the option, or the word that stood there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from tinted import tinted, untrained
from typer.core import TyperArgument, TyperGroup
from typer.testing import CliRunner

from resattn_tutorial.cli import predict
from resattn_tutorial.cli.app import app
from resattn_tutorial.cli.typed_names import as_shown, in_typed_names
from resattn_tutorial.training.exporting import require_onnx

TRAIN = "train first_attention"
WEIGHTS = "cifar_attention56"
# A command, one of its options or arguments, and a line in which that one cannot be.
REFUSED = [
    ("train", "NETWORK", "train nix"),
    ("train", "--attention", f"{TRAIN} --attention nix"),
    ("train", "--data", f"{TRAIN} --data empty"),
    ("train", "--recipe", f"{TRAIN} --recipe nix"),
    ("train", "--steps", f"{TRAIN} --recipe paper-cifar --steps 1"),
    ("train", "--batch-size", f"{TRAIN} --mixup 0.2 --batch-size 7"),
    ("train", "--learning-rate", f"{TRAIN} --learning-rate 0"),
    ("train", "--smoothing", f"{TRAIN} --smoothing 1"),
    ("train", "--ema", f"{TRAIN} --ema 1"),
    ("train", "--mixup", f"{TRAIN} --mixup -1"),
    ("train", "--random-erasing", f"{TRAIN} --random-erasing 2"),
    ("train", "--validation", f"{TRAIN} --validation 1"),
    ("train", "--label-noise", f"{TRAIN} --label-noise 2"),
    ("train", "--seed", f"{TRAIN} --seed -1"),
    ("train", "--folder", f"{TRAIN} --folder ''"),
    ("train", "--copy-to", f"{TRAIN} --copy-to nowhere/here"),
    ("train", "--precision", f"{TRAIN} --precision nix"),
    ("train", "--accumulation", f"{TRAIN} --accumulation 0"),
    ("train", "--memory-format", f"{TRAIN} --memory-format nix"),
    ("train", "--threads", f"{TRAIN} --threads 0"),
    ("train", "--points", f"{TRAIN} --points 0"),
    ("train", "--save-every", f"{TRAIN} --save-every never"),
    ("finetune", "FOLDER", "finetune nowhere"),
    ("finetune", "FOLDER", "finetune file"),
    ("finetune", "FOLDER", "finetune empty"),
    ("finetune", "--weights", "finetune mine --weights NIX"),
    ("finetune", "--from", "finetune mine --from empty"),
    ("finetune", "--folder", "finetune mine --folder taken"),
    ("finetune", "--folder", "finetune taken-too"),      # the default, not typed at all
    ("finetune", "--folder", "finetune mine --folder mine/run"),
    ("finetune", "--folder", "finetune mine --folder file"),
    ("finetune", "--folder", "finetune mine --folder file/run"),
    ("finetune", "--freeze", "finetune mine --freeze stom"),
    ("finetune", "--freeze", "finetune mine --freeze head"),
    ("finetune", "--size", "finetune mine --size 2"),
    ("finetune", "--epochs", "finetune mine --epochs 0"),
    ("finetune", "--patience", "finetune mine --patience 0"),
    ("finetune", "--batch-size", "finetune mine --batch-size 0"),
    ("finetune", "--learning-rate", "finetune mine --learning-rate 0"),
    ("finetune", "--share", "finetune mine --share 1"),
    ("finetune", "--share", "finetune parted --share 0.2"),
    ("finetune", "--series", "finetune mine --series nix"),
    ("finetune", "--series", "finetune mine --series '(.+)_'"),
    ("finetune", "--series", "finetune parted --series '(.+)-'"),
    ("finetune", "--seed", "finetune mine --seed -1"),
    ("finetune", "--threads", "finetune mine --threads 0"),
    ("evaluate", "NETWORK", "evaluate nix"),
    ("evaluate", "--weights", f"evaluate {WEIGHTS} --data builtin --weights NIX"),
    ("evaluate", "--folder", "evaluate --folder empty"),
    ("evaluate", "--folder", f"evaluate {WEIGHTS} --folder empty"),
    ("evaluate", "--data", f"evaluate {WEIGHTS}"),
    ("evaluate", "--data", f"evaluate {WEIGHTS} --data empty"),
    ("evaluate", "--data", "evaluate --folder taken"),
    ("evaluate", "--precision", "evaluate --folder taken --precision nix"),
    ("evaluate", "--precision", "evaluate --folder taken --precision bfloat16"),
    ("predict", "IMAGE", "predict"),
    ("predict", "IMAGE", "predict nowhere.png"),
    ("predict", "IMAGE", "predict empty"),
    ("predict", "--weights", "predict 1.png --weights NIX"),
    ("predict", "--folder", "predict 1.png --folder empty"),
    ("predict", "--top", "predict 1.png --top 11"),
    ("predict", "--format", "predict 1.png --format nix"),
    ("masks", "IMAGE", "masks nowhere.png --to a.png"),
    ("masks", "IMAGE", "masks mine --to a.png"),
    ("masks", "IMAGE", "masks file --to a.png"),
    ("masks", "--to", "masks 1.png"),
    ("masks", "--to", "masks 1.png --to a.jpg"),
    ("masks", "--to", "masks 1.png --to out/a.png"),
    ("masks", "--to", "masks 1.png --to file/a.png"),
    ("masks", "--weights", "masks 1.png --to a.png --weights NIX"),
    ("masks", "--folder", "masks 1.png --to a.png --folder empty"),
    ("masks", "--most", "masks 1.png --to a.png --most 65"),
    ("masks", "--channel", "masks 1.png --to a.png --channel 500"),
    ("export", "--to", "export"),
    ("export", "--to", "export --to a.pt"),
    ("export", "--to", "export --to out/a.onnx"),
    ("export", "--weights", "export --to a.onnx --weights NIX"),
    ("export", "--folder", "export --to a.onnx --folder empty"),
    ("cost", "NETWORK", "cost nix"),
    ("cost", "--attention", "cost attention56 --attention nix"),
    ("cost", "--size", "cost attention56 --size 3"),
    ("cost", "--classes", "cost attention56 --classes 0"),
    ("data", "NAME", "data nix"),
    ("ledger", "NAME", "ledger nix"),
    ("ledger", "--folder", "ledger --folder nowhere"),
    ("progress", "--folder", "progress --folder nowhere"),
    ("grade", "FOLDER", "grade nowhere"),
    ("grade", "FOLDER", "grade empty"),
    ("grade", "--to", "grade empty --to empty/in"),
    ("grade", "--minutes", "grade empty --minutes 0"),
    ("grade", "--memory", "grade empty --memory 0"),
    ("experiment list", "--folder", "experiment list --folder ''"),
    ("experiment show", "NAME", "experiment show nix"),
    ("experiment show", "--folder", "experiment show table3-mini --folder ''"),
    ("experiment table", "NAME", "experiment table nix"),
    ("experiment table", "--folder", "experiment table table3-mini --folder ''"),
    ("experiment run", "NAME", "experiment run nix"),
    ("experiment run", "--folder", "experiment run table3-mini --folder ''"),
    ("experiment run", "--shard", "experiment run table3-mini --shard 9/8"),
    ("experiment run", "--only", "experiment run table3-mini --only nix"),
    ("experiment run", "--data", "experiment run table3-jpeg --data nowhere"),
    ("experiment check", "FILE", "experiment check nowhere"),
]
# What data are called is any text.
FREE = {("train", "--data-name"), ("evaluate", "--data-name")}


def parameters(
    group: TyperGroup, before: str = ""
) -> Iterator[tuple[str, str]]:
    """Each command with each of its arguments and options, but for flags."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from parameters(command, f"{before}{name} ")
            continue
        for one in command.params:
            if isinstance(one, TyperArgument):
                yield before + name, as_shown(one)
            elif not one.is_flag:
                yield before + name, one.opts[0]


def test_a_line_is_tried_for_each_argument_and_option_of_each_command() -> None:
    every = set(parameters(typer.main.get_command(app)))
    tried = {(command, name) for command, name, _ in REFUSED}
    assert every - FREE == tried


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predict, "load_packaged", loaded)
    tinted(Path("mine"), 2)
    tinted(Path("taken-too"), 2)
    for part in ("train", "val"):
        tinted(Path("parted") / part, 1)
    for folder in (Path("taken"), Path("runs/taken-too-finetuned-seed0")):
        folder.mkdir(parents=True)
        (folder / "finetuned.pt").write_bytes(b"a network")
    Path("empty").mkdir()
    Path("file").write_text("text")
    Path("mine/ant/0.png").rename("1.png")
    Path("mine/ant/2.png").write_bytes(Path("1.png").read_bytes())


def loaded(weights: str = "DEFAULT"):
    """A network that has learned nothing, where packaged weights have such a name."""
    from resattn_tutorial.training.trained_network import load_packaged

    return load_packaged(weights=weights) if weights == "NIX" else untrained()


@pytest.mark.parametrize(("command", "name", "line"), REFUSED,
                         ids=[line for *_, line in REFUSED])
def test_a_refusal_names_what_was_typed(here, command: str, name: str, line: str):
    if command == "export":
        pytest.importorskip("onnxruntime", reason="the test extra's: not installed")
        require_onnx()
    typed = shlex.split(line)
    answer = CliRunner().invoke(app, typed)
    assert isinstance(answer.exception, SystemExit), answer.exception
    assert answer.exit_code in (1, 2), answer.output
    told = answer.stderr.splitlines()[-1]
    assert told.startswith("Error: ")
    at = typed.index(name) + 1 if name in typed else len(command.split())
    word = "".join(typed[at : at + 1]) or name
    assert name in told or word in told, told
    # No name that nobody typed begins it, as "to" once did.
    if found := re.match(r"Error: (\S+) (must|needs)\b", told):
        assert found[1] == name or found[1] in typed, told
    assert not answer.stdout and not Path("out").exists()


@pytest.mark.parametrize(("told", "said"), [
    ("to must be a folder", "--folder must be a folder"),
    ("size for mini1 must be at least 7", "--size for mini1 must be at least 7"),
    ("precision float16 needs a GPU", "--precision float16 needs a GPU"),
    # Other words stay: a file's name, English, another sentence's beginning.
    ("to/size must be a folder", "to/size must be a folder"),
    ("size.png must be an image", "size.png must be an image"),
    ("size is a word. It must be one", "size is a word. It must be one"),
    ("sizes must be whole", "sizes must be whole"),
    ("it is to must be", "it is to must be"),
])
def test_only_an_argument_s_name_at_the_beginning_changes(told: str, said: str):
    error = ValueError(told)
    assert in_typed_names(told, error) == told
    error.typed_names = {
        "to": "--folder", "size": "--size", "precision": "--precision"}
    assert in_typed_names(told, error) == said
