"""The arithmetic on the page of silences is right, and its counts are ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resattn_tutorial.models import zoo

PAGE = (Path(__file__).parents[2] / "book" / "silent.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (6.48 - 5.52, 2, "their difference is 0.96"),
        (64.7 / 51.3, 2, "their ratio is 1.26"),
        (100 * 31.9 / 60.2, 1, "their ratio is 53.0 %"),
        (100 * 92 / 200, 0, "46 % of the trunk depth (92 of 200)"),
        (100 * 10.4 / 15.0, 0, "69 % of the FLOPs (the printed 10.4 of 15.0)"),
        (100 * 6.3 / 11.3, 0, "56 % of the FLOPs (6.3 of 11.3)"),
    ],
)
def test_a_ratio_of_printed_numbers_is_what_the_page_says(
    value: float, digits: int, printed: str
) -> None:
    assert printed in PAGE
    assert f"{value:.{digits}f}" in printed


def test_the_counts_of_our_networks_are_what_the_page_says() -> None:
    names = ("cifar_attention92", "cifar_attention236", "cifar_attention452")
    with torch.device("meta"):
        networks = [getattr(zoo, name)() for name in names]
        broken = zoo.attentionnext92()
    held = [sum(p.numel() for p in one.parameters()) for one in (*networks, broken)]
    first, second, third = (f"{count / 1e6:.2f}" for count in held[:3])
    assert f"Ours have {first}, {second} and {third} million" in PAGE
    assert f"gives {held[3]:,} parameters" in PAGE
