"""The arguments and options of ``resattn``, checked as they are typed (chapter 10)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from resattn_tutorial import names
from resattn_tutorial.cli.typed_words import (
    count,
    image_folder,
    number,
    one_file,
    pattern,
    read_shard,
    typed,
)
from resattn_tutorial.files import require_place
from resattn_tutorial.limits import require_seconds
from resattn_tutorial.recipes import RECIPES
from resattn_tutorial.validation import require_number, require_path, require_ratio

NETWORK = f"One of {', '.join(names.NetworkName)}."
Network = Annotated[str, typer.Argument(
    parser=typed(names.NetworkName), metavar="NETWORK", help=NETWORK,
    show_default=False,
)]
Attention = Annotated[names.AttentionName, typer.Option(
    parser=typed(names.AttentionName),
    help="What stands where the network's masks stand.",
)]
Pretrained = Annotated[str | None, typer.Argument(
    parser=typed(names.NetworkName), metavar="NETWORK", show_default=False,
    help="A network whose weights the package carries: cifar_attention56.",
)]
NamedData = Annotated[str | None, typer.Argument(
    parser=typed(names.DataName), metavar="NAME", show_default=False,
    help=f"One of {', '.join(names.DataName)}. It is fetched now, if need be.",
)]
RunName = Annotated[str | None, typer.Argument(
    help="A run's name: its curve, and the command to repeat it.", show_default=False,
)]

DATA = typer.Option(
    metavar="NAME|FOLDER", parser=typed(names.require_data),
    help=f"{', '.join(names.DataName)}, or a folder with train/<class>/*.jpg and "
    "test/<class>/*.jpg.",
)
Data = Annotated[str, DATA]
OtherData = Annotated[str | None, DATA]
DataName = Annotated[str | None, typer.Option(help="What to call a folder's data.")]
SkipDamaged = Annotated[bool, typer.Option(
    "--skip-damaged", help="Leave out a folder's images that cannot be read.",
)]
Recipe = Annotated[names.RecipeName, typer.Option(
    parser=typed(names.RecipeName), help="How long and how fast to learn.",
)]
Steps = Annotated[int | None, count(
    "steps", "Batches to learn from; else the recipe's number.",
)]
BatchSize = Annotated[int | None, count(
    "batch_size", "Images in a batch; else the recipe's.",
)]
LearningRate = Annotated[float | None, number(
    "learning_rate", "Rate of the first step; else the recipe's.",
    lambda rate: replace(RECIPES["quick"], learning_rate=rate),
)]
Smoothing = Annotated[float | None, number(
    "smoothing", "Part of each label that is spread over all classes; else the "
    "recipe's.", lambda part: replace(RECIPES["quick"], smoothing=part),
)]
Ema = Annotated[float | None, number(
    "ema", "Decay of an exponential moving average of the weights, which is what is "
    "tested and used (Polyak & Juditsky 1992); 0 for none, else the recipe's.",
    lambda decay: replace(RECIPES["quick"], ema=decay),
)]
Mixup = Annotated[float | None, number(
    "mixup", "Alpha of the ratios in which images are mixed (Zhang et al. 2018, "
    "arXiv:1710.09412); 0 for none, else the recipe's.",
    lambda alpha: replace(RECIPES["quick"], mixup=alpha),
)]
RandomErasing = Annotated[float | None, number(
    "random_erasing", "Probability that a rectangle of an image is erased (Zhong et "
    "al. 2020, arXiv:1708.04896); 0 for none, else the recipe's.",
    lambda often: replace(RECIPES["quick"], random_erasing=often),
)]
Validation = Annotated[float | None, number(
    "validation", "Share of each class's training images to hold out: the best point "
    "on these is kept, and tested once; 0 for none, else the recipe's.",
    lambda share: replace(RECIPES["quick"], validation=share),
)]
LabelNoise = Annotated[float, number(
    "label_noise", "Ratio of training labels that are changed at random.",
    partial(require_ratio, "label_noise"),
)]
Seed = Annotated[int, count(
    "seed", "Seed of weights, batches and label noise.", least=0,
)]
PLACE = typed(partial(require_path, "folder"))
Folder = Annotated[Path | None, typer.Option(
    parser=PLACE, metavar="PATH", help="Where checkpoint and run file go.",
    show_default="runs/<name>-seed<seed>",
)]
CopyTo = Annotated[Path | None, typer.Option(
    parser=typed(partial(require_path, "copy_to")), metavar="PATH", show_default=False,
    help="Where to copy both, on a mounted Drive for one; an empty folder goes on from "
    "the newest copy.",
)]
Weights = Annotated[str | None, typer.Option(
    help="Which of the network's weights: DEFAULT learned from CIFAR-10 as JPEG, "
    "SCENES from the built-in scenes.", show_default="DEFAULT",
)]
RunFolder = Annotated[Path | None, typer.Option(
    parser=PLACE, metavar="PATH", show_default=False,
    help="A run's folder, as resattn train or resattn finetune makes it.",
)]
RunsFolder = Annotated[Path | None, typer.Option(
    parser=PLACE, metavar="PATH", help="Where to look for runs.",
    show_default="the package's own",
)]
AnswersFolder = Annotated[Path | None, typer.Option(
    "--folder", parser=PLACE, metavar="PATH", help="Where your answers are kept.",
    show_default="my_answers here, or what RESATTN_ANSWERS names",
)]
Precision = Annotated[names.Precision, typer.Option(
    parser=typed(names.Precision),
    help="What to compute in; auto takes what the GPU has. float32-strict is float32 "
    "without TF32, to which newer GPUs round in convolutions.",
)]
Accumulation = Annotated[int, count(
    "accumulation", "Micro-batches to accumulate gradients over.",
)]
MemoryFormat = Annotated[names.MemoryFormat, typer.Option(
    parser=typed(names.MemoryFormat), help="The order of values in memory.",
)]
Points = Annotated[int, count(
    "points", "Points of the learning curve, each with a test.",
)]
SaveEvery = Annotated[float, number(
    "save_every", "Seconds between checkpoints.",
    partial(require_seconds, "save_every"),
)]
Threads = Annotated[int | None, count(
    "threads", "Processor threads; else as torch chooses.",
)]
Compile = Annotated[bool, typer.Option(
    "--compile", help="Let torch.compile make it faster, after a slow start.",
)]
Graphs = Annotated[bool, typer.Option(
    "--graphs/--no-graphs", help="Let a GPU replay its steps from a CUDA graph.",
)]
Deterministic = Annotated[bool, typer.Option(
    "--deterministic", help="Give the same bits on the same GPU; slower.",
)]
SyncBatchNorm = Annotated[bool, typer.Option(
    "--sync-batch-norm", help="Share batch norm's statistics over all GPUs.",
)]
Size = Annotated[int | None, count(
    "size", "Height and width of an image.", default="32 or 224",
)]
Classes = Annotated[int | None, count(
    "classes", "Number of classes.", default="10 or 1000",
)]
Experiment = Annotated[str, typer.Argument(
    metavar="NAME", help="One of those that resattn experiment list shows.",
    show_default=False,
)]
Experiments = Annotated[list[str], typer.Argument(
    metavar="NAME...", help="Those of resattn experiment list, in this order.",
    show_default=False,
)]
RunFiles = Annotated[list[Path], typer.Argument(
    parser=typed(partial(one_file, "file", "a run file")), metavar="FILE...",
    help="Run files of experiments.", show_default=False,
)]
Images = Annotated[list[str], typer.Argument(
    metavar="IMAGE...", help="Image files, folders of them, or patterns such as "
    "'photos/*.jpg'.", show_default=False,
)]
OneImage = Annotated[Path, typer.Argument(
    parser=typed(partial(one_file, "image", "an image file")), metavar="IMAGE",
    help="An image file.", show_default=False,
)]
OwnImages = Annotated[Path, typer.Argument(
    parser=typed(partial(image_folder, "folder")), metavar="FOLDER", show_default=False,
    help="A folder of images: train/<class>/*.jpg, with val and test beside it if you "
    "like, or the folders of the classes themselves.",
)]
Start = Annotated[Path | None, typer.Option(
    "--from", parser=PLACE, metavar="PATH", show_default="the packaged weights",
    help="The network to begin with: a run's folder, as resattn train or resattn "
    "finetune makes it.",
)]
NewFolder = Annotated[Path | None, typer.Option(
    "--folder", parser=PLACE, metavar="PATH",
    help="Where network, split and report go: a folder that holds no run yet. "
    "predict, masks, export and evaluate take it as their --folder.",
    show_default="runs/<FOLDER>-finetuned-seed<seed>",
)]
Freeze = Annotated[list[str], typer.Option(
    metavar="PART", show_default="none",
    help="A part that stays as it is, such as stem or stages.0; may be given several "
    "times.",
)]
SizeShown = Annotated[int | None, count(
    "size", "Height and width to bring images to, in pixels.",
    default="what it learned from",
)]
Epochs = Annotated[int | None, count(
    "epochs", "Times through the images, at most; a step is a batch.",
    default="about 300 steps, 5 to 100 epochs",
)]
Patience = Annotated[int | None, count(
    "patience", "Epochs without a lower validation error after which to stop.",
    default="a third of all, at least 5",
)]
BatchOfImages = Annotated[int, count("batch_size", "Images in a batch, at most.")]
FirstRate = Annotated[float, number(
    "learning_rate", "Rate of the first step; the head's is ten times as high.",
    lambda rate: replace(RECIPES["quick"], learning_rate=rate),
)]
Share = Annotated[float | None, number(
    "share", "Ratio of each class's training images to hold out where there is no "
    "val.", lambda part: require_number("share", part, above=0, below=1), "a fifth",
)]
Series = Annotated[str | None, typer.Option(
    parser=typed(pattern), metavar="PATTERN",
    help="Part of a file's name that says which images of a class are held out "
    "together: '(.+)-' takes all before the last dash. The same name in two classes is "
    "two series.", show_default="each image by itself",
)]
SplitSeed = Annotated[int, count(
    "seed", "Seed of the split, the new head and the batches.", least=0,
)]
Top = Annotated[int | None, count(
    "top", "Classes to name for each image.", default="3, or all where there are fewer",
)]
Form = Annotated[names.OutputForm, typer.Option(
    "--format", parser=typed(names.OutputForm),
    help=f"One of {', '.join(names.OutputForm)}.",
)]
Picture = Annotated[Path, typer.Option(
    parser=typed(partial(require_place, "to", endings=names.PICTURES)), metavar="PATH",
    help="Where the picture goes: .png or .svg.", show_default=False,
)]
OnnxFile = Annotated[Path, typer.Option(
    parser=typed(partial(require_place, "to", endings=names.ONNX)), metavar="PATH",
    help="Where the file goes: .onnx.", show_default=False,
)]
Most = Annotated[int, count(
    "most", "Channels to show of each mask: those that vary most over the positions.",
    least=0,
)]
Channel = Annotated[int | None, count(
    "channel", "One channel to show besides, counted from 0.", least=0,
)]
ExperimentFolder = Annotated[Path | None, typer.Option(
    "--folder", parser=PLACE, metavar="PATH", show_default="none",
    help="Where further run files lie, beside the package's own.",
)]
RunsHere = Annotated[Path, typer.Option(
    "--folder", parser=PLACE, metavar="PATH",
    help="Where run files go; checkpoints lie in its folder work meanwhile.",
)]
Shard = Annotated[tuple, typer.Option(
    parser=typed(read_shard), metavar="I/N",
    help="Only the I-th of N parts of the runs: for a cluster's array of jobs.",
)]
Only = Annotated[list[str], typer.Option(
    metavar="ARM", help="Only this arm; may be given several times.",
    show_default="all",
)]
ExperimentData = Annotated[Path | None, typer.Option(
    "--data", parser=typed(partial(image_folder, "data")), metavar="FOLDER",
    show_default=False,
    help="Where the images lie, for experiments on a folder of images.",
)]
ClassFolder = Annotated[Path, typer.Argument(
    parser=PLACE, metavar="FOLDER", show_default=False,
    help="The class's notebooks: a folder for each learner, or the files side by side.",
)]
Grades = Annotated[Path, typer.Option(
    parser=typed(partial(require_path, "to")), metavar="PATH",
    help="A folder for the table and its record, outside the class's.",
)]
Minutes = Annotated[float, number(
    "minutes", "Time for a notebook, and for each answer.",
    lambda minutes: require_number("minutes", minutes, above=0, at_most=24 * 60),
)]
Memory = Annotated[float, number(
    "memory", "GiB of memory for a notebook.",
    lambda memory: require_number("memory", memory, at_least=0.25, at_most=1024),
)]
EveryCell = Annotated[bool, typer.Option(
    "--every-cell", help="Run every cell, not only those that the checks need.",
)]
Unsafe = Annotated[bool, typer.Option(
    "--unsafe", help="Where nothing keeps a learner's code in, run it all the same, "
    "with your rights.",
)]
Debug = Annotated[bool, typer.Option(
    "--debug", help="If a command fails, show where in the package it did.",
)]
