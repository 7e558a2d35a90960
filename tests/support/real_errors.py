"""The messages on the page of errors, each produced by what says it.

``MADE`` holds them by their words on the page, with … for what differs. Each function
is given an empty folder, and returns all that is said.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
import torch
from filelock import Timeout
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader

from resattn_tutorial.checks import chapter01
from resattn_tutorial.checks.engine import answers
from resattn_tutorial.cli import doctor
from resattn_tutorial.cli.plainly import in_plain_words
from resattn_tutorial.data import cifar, datasets, image_files, mirrors
from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.grading import rows
from resattn_tutorial.models import zoo
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.state_dicts import load_weights
from resattn_tutorial.recipes import RECIPES
from resattn_tutorial.runtime.device import choose_mode
from resattn_tutorial.runtime.tensor_file import read_tensors
from resattn_tutorial.training import run_folder, setting
from resattn_tutorial.training.checkpoint import require_same_run
from resattn_tutorial.training.copies import Copies
from resattn_tutorial.training.finetune_folder import finetune_folder
from resattn_tutorial.training.finetuning import fine_tune
from resattn_tutorial.training.step import Stepper
from resattn_tutorial.training.trained_network import load_run
from resattn_tutorial.training.trainer import Trainer
from tools.install import install_cell

Say = Callable[[Path], str]
MADE: dict[str, Say] = {}


def says(message: str) -> Callable[[Say], Say]:
    """Enter a function that produces a message of the page."""
    def enter(function: Say) -> Say:
        assert message not in MADE, message
        MADE[message] = function
        return function
    return enter


def told(call: Callable, *given: object, **named: object) -> str:
    """What a call prints, and the words of the error that it ends in, if it does."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            call(*given, **named)
        except Exception as error:
            print(error)
    return printed.getvalue()


def tuned(folder: Path, **images: int) -> str:
    """What fine-tuning says to a folder with so many images of each class."""
    for kind, count in images.items():
        (folder / "photos" / kind).mkdir(parents=True)
        for number in range(count):
            photo(folder / "photos" / kind / f"{number}.jpg", number)
    return told(finetune_folder, folder / "photos", folder / "run")


def photo(path: Path, seed: int = 0) -> Path:
    pixels = torch.rand(40, 40, 3, generator=torch.Generator().manual_seed(seed))
    Image.fromarray((255 * pixels).byte().numpy()).save(path)
    return path


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def python(*typed: str, folder: Path) -> str:
    """What another Python says, with nothing installed beside it."""
    done = subprocess.run(
        [sys.executable, "-S", "-I", *typed], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    return done.stdout


def with_pip(code: str, folder: Path) -> str:
    """What the pip that comes with Python says; it knows no network and no settings."""
    home = Path(pytest.importorskip("ensurepip").__file__).parent / "_bundled"
    wheel = str(next(home.glob("pip-*.whl")))
    with mock.patch.dict(os.environ, PIP_CONFIG_FILE=os.devnull):
        return python("-c", f"import sys; sys.path.insert(0, {wheel!r}); {code}",
                      folder=folder)


def pip(*typed: str, folder: Path) -> str:
    words = ["--isolated", *typed]
    return with_pip(f"from pip._internal.cli.main import main; main({words})", folder)


class Fatal(list):
    """Images whose reading ends the process that reads, by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__([1])
        self.number = number

    def __getitem__(self, place: int) -> int:
        os.kill(os.getpid(), self.number)
        return place


def killed_by(number: int, folder: Path) -> str:
    """What a loader and its worker say, whose worker is ended by a signal."""
    kept = os.dup(2)
    with open(folder / "said", "w+") as file:
        os.dup2(file.fileno(), 2)                    # the worker writes past Python
        try:
            said = told(lambda: list(DataLoader(Fatal(number), num_workers=1)))
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        return said + file.read()


def network(**given: object) -> nn.Module:
    return zoo.cifar_attention56(**given).eval()


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


# On Colab, and installing.

@says("copy_to must be in a folder that is there, and … is not. Mount or make it "
      "first, or give another one.")
def _(folder: Path) -> str:
    return told(Copies, folder / "drive/MyDrive/run", folder)


@says("resattn-tutorial … is not installed, and its file, …, does not lie here…")
def _(folder: Path) -> str:
    code = install_cell("", "9.9").replace("%pip install -q", "pass  #")
    with mock.patch("pathlib.Path.glob", lambda *_: iter(())):
        return told(exec, code, {})


@says("No module named 'resattn_tutorial'")
def _(folder: Path) -> str:
    return python("-c", "import resattn_tutorial", folder=folder)


@says("requires a different Python: … not in '>=3.11'")
def _(folder: Path) -> str:
    name = "resattn_tutorial-9.9"
    about = "Metadata-Version: 2.1\nName: resattn-tutorial\nVersion: 9.9\n"
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as wheel:
        inside = f"{name}.dist-info"
        wheel.writestr(f"{inside}/METADATA", about + "Requires-Python: >=3.11\n")
        wheel.writestr(f"{inside}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{inside}/RECORD", "")
    return pip("download", "--no-index", "--no-deps", "--python-version", "3.10",
               f"{name}-py3-none-any.whl", folder=folder)


@says("No matching distribution found for torch")
def _(folder: Path) -> str:
    return pip("download", "--no-index", "torch", folder=folder)


@says("This environment is externally managed")
def _(folder: Path) -> str:
    return with_pip("from pip._internal.exceptions import ExternallyManagedEnvironment "
                    "as Error; print(Error(None).message)", folder)


@says("torch … is for the processor only: install the one for your GPU, as "
      "pytorch.org/get-started says")
def _(folder: Path) -> str:
    built = SimpleNamespace(cuda=None, hip=None)
    return doctor._why_unused(SimpleNamespace(version=built, __version__="9.9+cpu"))


@says("RESATTN_MODE must be one of QUICK, STANDARD, FULL, got ….")
def _(folder: Path) -> str:
    with mock.patch.dict(os.environ, RESATTN_MODE="FAST"):
        return told(choose_mode)


# Memory.

@says("Out of memory: from now on gradients are accumulated over … micro-batches of … "
      "images.")
def _(folder: Path) -> str:
    stepper = SimpleNamespace(accumulation=1, optimizer=torch.optim.SGD(
        small().parameters()), device=torch.device("cpu"), say=print)
    stepper.divide = lambda parts: setattr(stepper, "accumulation", parts)
    return told(Stepper.accumulate_more, stepper, 64)


@says("there is not enough memory (…).")
def _(folder: Path) -> str:
    return in_plain_words(torch.OutOfMemoryError("CUDA out of memory. Tried it."))


@says("Unexpected bus error encountered in worker. This might be caused by "
      "insufficient shared memory (shm).")
def _(folder: Path) -> str:
    return killed_by(signal.SIGBUS, folder)


@says("DataLoader worker (pid(s) …) exited unexpectedly")
def _(folder: Path) -> str:
    # A worker that ends before anybody waits for it is told of in other words.
    every = (killed_by(signal.SIGKILL, folder) for _ in range(5))
    return next(said for said in every if "is killed by signal" not in said)


# Images and downloads.

@says("data must be one of … or a folder of images, got ….")
def _(folder: Path) -> str:
    return told(datasets.open_set, "imagenet", "train")


@says("folder must be a folder of images, got ….")
def _(folder: Path) -> str:
    return tuned(folder)


@says("… must hold a folder train, and in it a folder of images for each class.")
def _(folder: Path) -> str:
    (folder / "ILSVRC").mkdir()
    return told(datasets.open_set, str(folder / "ILSVRC"), "train")


@says("… must hold a folder of images for each class, or a folder train that does; it "
      "holds no folder.")
def _(folder: Path) -> str:
    (folder / "photos").mkdir()
    photo(folder / "photos/cat.jpg")
    return tuned(folder)


@says("… must hold at least 2 classes, a folder of images for each, got 1: ….")
def _(folder: Path) -> str:
    return tuned(folder, cat=1)


@says("… must hold images (…) of each class; there are none of ….")
def _(folder: Path) -> str:
    return tuned(folder, cat=2, dog=0)


@says("… must have the same classes; only one of them has ….")
def _(folder: Path) -> str:
    for part, kind in (("train", "cat"), ("test", "cats")):
        (folder / part / kind).mkdir(parents=True)
    return told(datasets.open_set, str(folder), "train")


@says("each class must have at least 2 images to be split, one to learn from and one "
      "to validate on; … has ….")
def _(folder: Path) -> str:
    return tuned(folder, cat=2, dog=1)


@says("… of the … images cannot be used: …")
def _(folder: Path) -> str:
    for kind in ("cat", "dog"):
        (folder / "photos" / kind).mkdir(parents=True)
        photo(folder / f"photos/{kind}/1.jpg")
        cut(photo(folder / f"photos/{kind}/2.jpg", 1))
    return tuned(folder)


@says("… cannot be read as an image: image file is truncated …")
def _(folder: Path) -> str:
    return told(image_files.read_image, cut(photo(folder / "photo.jpg")))


@says("… could not be fetched:")
def _(folder: Path) -> str:
    return told(mirrors.fetch, cifar.CIFAR10, folder, [folder / "nowhere"])


@says("recipe must be one for …")
def _(folder: Path) -> str:
    images = SimpleNamespace(kind="small images", crop="pad")
    return told(setting.require_recipe_for, images, RECIPES["photos"])


@says("to must lie outside of the images' folder, got …: what lies in it would be "
      "taken for a class.")
def _(folder: Path) -> str:
    return told(finetune_folder, folder, folder / "run")


# Training.

@says("the loss is nan in epoch …; a lower rate may help.")
def _(folder: Path) -> str:
    images = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    held = HeldImages(images, torch.zeros(2, dtype=torch.int64), ())
    tiny = nn.Sequential()
    tiny.head = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    return told(fine_tune, tiny, held, held, lambda x: x * torch.nan)


@says("The loss is no longer a number, at step … or up to … before. …")
def _(folder: Path) -> str:
    trainer = SimpleNamespace(
        step=100, left=lambda: "Nothing is left.", recipe=RECIPES["quick"])
    return told(Trainer.require_finite, trainer, "The loss", False)


@says("to must be a folder that holds no run yet, and … holds a …. Give another "
      "folder, or move that one away.")
def _(folder: Path) -> str:
    (folder / "run").mkdir()
    (folder / "run/checkpoint.pt").touch()
    return tuned(folder)


@says("… is another run's: …. Give this run a folder of its own.")
def _(folder: Path) -> str:
    return told(require_same_run, {"seed": 0}, {"seed": 1}, folder / "checkpoint.pt")


@says("… is in use by process … on …. Wait until it has ended, or stop it; another run "
      "needs a folder of its own.")
def _(folder: Path) -> str:
    (folder / run_folder.HOLDER).write_text(f"{os.getpid()} {socket.gethostname()}\n")
    with mock.patch.object(run_folder.FileLock, "acquire", side_effect=Timeout("")):
        return told(run_folder.held(folder).__enter__)


@says("… has too little space: two checkpoints need … bytes, … are free. Free some, or "
      "give the run another folder.")
def _(folder: Path) -> str:
    with mock.patch("shutil.disk_usage", lambda _: SimpleNamespace(free=3)):
        return told(run_folder.require_room, folder, small())


@says("… is not a whole file of tensors, or an altered one …")
def _(folder: Path) -> str:
    torch.save({"weight": torch.rand(100)}, folder / "checkpoint.pt")
    return told(read_tensors, cut(folder / "checkpoint.pt"))


@says("… holds no checkpoint.pt: it is not a run's folder.")
def _(folder: Path) -> str:
    return told(load_run, folder)


# What is handed to a network.

@says("images must have shape (N, C, H, W), got ….")
def _(folder: Path) -> str:
    return told(network(), torch.rand(3, 32, 32))


@says("images must have 3 channels, got ….")
def _(folder: Path) -> str:
    return told(network(), torch.rand(2, 32, 32, 3))


@says("images must hold floating-point numbers, got torch.uint8. "
      "resattn_tutorial.data.transforms.to_inputs reads image bytes.")
def _(folder: Path) -> str:
    return told(network(), torch.zeros(1, 3, 32, 32, dtype=torch.uint8))


@says("images is an empty batch; training needs two values per channel.")
def _(folder: Path) -> str:
    return told(network().train(), torch.rand(0, 3, 32, 32))


# Weights.

@says("Error(s) in loading state_dict for …:")
def _(folder: Path) -> str:
    return told(nn.Linear(2, 3).load_state_dict, nn.Linear(2, 4).state_dict())


@says("state holds another network: …")
def _(folder: Path) -> str:
    return told(load_weights, small(), nn.Conv2d(3, 4, 1).state_dict())


@says("Took 'module.' off … names, which a wrapper had put there.")
def _(folder: Path) -> str:
    weights = {f"module.{name}": x for name, x in small().state_dict().items()}
    return told(load_weights, small(), weights)


@says("state must be a state dict, got a network: its state_dict() gives one.")
def _(folder: Path) -> str:
    return told(load_weights, small(), small())


@says("num_classes must be … with these weights, got ….")
def _(folder: Path) -> str:
    return told(network, num_classes=7, weights="DEFAULT")


@says("weights must be None, got …: the package has trained weights of "
      "cifar_attention56 alone.")
def _(folder: Path) -> str:
    return told(zoo.attention56, weights="DEFAULT")


@says("Weights only load failed. …")
def _(folder: Path) -> str:
    torch.save(small(), folder / "network.pt")
    return told(torch.load, folder / "network.pt", weights_only=True)


@says("Attempting to deserialize object on a CUDA device but torch.cuda.is_available() "
      "is False. …")
def _(folder: Path) -> str:
    storage = torch.zeros(1).untyped_storage()
    with mock.patch("torch.cuda.is_available", lambda: False):
        return told(torch.serialization.default_restore_location, storage, "cuda:0")


# Checks.

class Stub(nn.Module):
    def __init__(self, channels: int) -> None:
        raise NotImplementedError


class Wrong(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Broken(ResidualUnit):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + {}["shortcut"]


def checked(answer: type) -> str:
    with mock.patch.dict(os.environ, RESATTN_ANSWERS="off"):
        return told(chapter01.identity_unit, answer)


def kept(folder: Path) -> str:
    """What is said to an answer of a notebook that is to be kept in a folder."""
    answer = type("Mine", (), {"__module__": "__main__"})
    with mock.patch.dict(os.environ, RESATTN_ANSWERS=str(folder / "mine")):
        return answers.keep("chapter01_mine.py", "Mine", answer)


@says("…: all of it holds.")
def _(folder: Path) -> str:
    return checked(ResidualUnit)


@says("…: not there yet.")
def _(folder: Path) -> str:
    return checked(Wrong)


@says("…: not done yet.")
def _(folder: Path) -> str:
    return checked(Stub)


@says("… raised …")
def _(folder: Path) -> str:
    return checked(Broken)


@says("keep the stub's arguments: it is called as shown here")
def _(folder: Path) -> str:
    return " ".join(checked(Wrong).split())


@says("…: yours from here on.")
def _(folder: Path) -> str:
    return told(chapter01.identity_unit.yours, ResidualUnit)


@says("…: not there yet, so the package's from here on.")
def _(folder: Path) -> str:
    return told(chapter01.identity_unit.yours, Wrong, ResidualUnit)


@says("Kept in ….")
def _(folder: Path) -> str:
    with mock.patch.object(answers, "source_of", lambda _: "class Mine: ...\n"):
        return kept(folder)


@says("It is yours in this notebook, but not kept for others: ….")
def _(folder: Path) -> str:
    (folder / "mine").touch()                        # a file in the folder's place
    with mock.patch.object(answers, "source_of", lambda _: "class Mine: ...\n"):
        return kept(folder)


@says("…: none of yours is kept here, so the package's.")
def _(folder: Path) -> str:
    with mock.patch.dict(os.environ, RESATTN_ANSWERS=str(folder)):
        return told(chapter01.identity_unit.kept, ResidualUnit)


@says("not passed")
def _(folder: Path) -> str:
    return rows.NOT_PASSED
