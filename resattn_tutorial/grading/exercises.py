"""Which checks each notebook of the book asks for, and which notebook a copy is."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resattn_tutorial.checks.engine.check import Check

# By the names of the files; a test compares this with the chapters.
NOTEBOOKS: dict[str, tuple[str, ...]] = {
    "00_ten_minutes": ("one_map",),
    "01_residual_units": ("growth", "identity_unit", "projection_unit"),
    "02_soft_mask_branch": ("influence", "halve", "small_mask", "down_up"),
    "03_first_attention_network": (
        "stage", "network", "train_step", "auc", "choose_channel",
    ),
    "04_what_the_mask_may_say": (
        "spatial", "set_factor", "channel_gradient", "which_activation",
    ),
    "05_attention_residual_learning": (
        "predict", "repaired_module", "send_back", "filter_gradient",
    ),
    "06_aside_local_mask": ("local_ratio",),
    "06_the_attention_module": ("module", "mended_mask", "mask_reads"),
    "07_aside_three_counts": ("ratio",),
    "07_aside_which_network": ("ones",),
    "07_the_networks": ("network", "depth", "pointing"),
    "08_aside_printed_counts": ("three_counts", "tool_gap", "read_count"),
    "08_counting_the_cost": ("count_mask", "multiply_adds", "worth_their_cost"),
    "09_data": ("windows", "batch_numbers", "label_noise", "agreement"),
    "10_training": (
        "run_state", "whole_file", "training", "accumulation", "scaled_step",
    ),
    "11_from_an_empty_file": ("unit", "mask", "module", "network", "loop"),
    "12_does_attention_help": ("fair_rates", "item_interval", "honest_word"),
    "13_where_it_looks": ("grad_cam", "overlap", "deletion"),
    "14_noisy_labels": ("clean_error", "filtered"),
    "15_limits": ("calibration_error", "class_weights"),
    "16_deep_and_large": ("again", "training_days"),
    "17_your_own_images": ("nearest", "real_gain"),
}
# What printed solutions take from the package or from Python's machinery, where the
# check's own solution does not: an answer that does so is not marked.
MAY_USE: dict[str, tuple[str, ...]] = {
    "chapter03.stage": ("resattn_tutorial.models.soft_mask.DownUp",),
    "chapter03.network": (
        "resattn_tutorial.models.soft_mask.DownUp",
        "resattn_tutorial.models.soft_mask.SoftMaskBranch",
    ),
    "chapter03.choose_channel": ("resattn_tutorial.metrics.localisation.object_auc",),
    "chapter07.depth": ("resattn_tutorial.models.soft_mask.SoftMaskBranch",),
    "chapter10.training": ("os",),
}


def checks_of(notebook: str) -> tuple[str, ...]:
    """The checks of a notebook, in order: ``("chapter01.growth", ...)``.

    None where the book has no such notebook.
    """
    chapter = f"chapter{notebook[:2]}"
    return tuple(f"{chapter}.{name}" for name in NOTEBOOKS.get(notebook, ()))


def find_check(name: str) -> Check:
    """A check by its name, ``chapter01.growth``."""
    chapter, _, inner = name.partition(".")
    module = importlib.import_module(f"resattn_tutorial.checks.{chapter}")
    return getattr(module, inner)


def all_checks() -> dict[int, str]:
    """The name of every check of the book, by the identity of the check."""
    names = (name for notebook in NOTEBOOKS for name in checks_of(notebook))
    return {id(find_check(name)): name for name in names}


def which_notebook(
    file_name: str, asked: Iterable[str], chapters: Iterable[str]
) -> str | None:
    """The notebook of the book that a learner's copy is, or ``None``.

    Its cells decide: the one that shares most checks with it. Where several do, or
    none does, its name decides, and then the chapter whose checks it imports.

    Args:
        file_name: without its ending; it may have gained a name or a number.
        asked: the checks that its cells call, ``chapter01.growth``.
        chapters: whose checks its cells import, ``chapter01``.
    """
    asked = set(asked)
    shared = {name: len(asked & set(checks_of(name))) for name in NOTEBOOKS}
    most = max(shared.values())
    left = [name for name in NOTEBOOKS if shared[name] == most]
    if most and len(left) == 1:
        return left[0]
    plain = re.sub(r"\W+", "_", file_name.lower())
    named = [name for name in left if name in plain]
    if named:
        return max(named, key=len)
    chapters = set(chapters)
    left = [name for name in left if most or f"chapter{name[:2]}" in chapters]
    return min(left, key=lambda name: "_aside_" in name, default=None)
