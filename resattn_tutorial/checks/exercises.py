"""Which checks each notebook of the book asks for; it loads them when asked to."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resattn_tutorial.checks.engine.check import Check

# By the names of the files, an aside after its chapter; a test compares this with the
# chapters.
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
    "06_the_attention_module": ("module", "mended_mask", "mask_reads"),
    "06_aside_local_mask": ("local_ratio",),
    "07_the_networks": ("network", "depth", "pointing"),
    "07_aside_three_counts": ("ratio",),
    "07_aside_which_network": ("ones",),
    "08_counting_the_cost": ("count_mask", "multiply_adds", "worth_their_cost"),
    "08_aside_printed_counts": ("three_counts", "tool_gap", "read_count"),
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
