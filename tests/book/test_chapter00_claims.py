"""What chapter 0 says in words of what its cells show."""

from __future__ import annotations

import re

import pytest
import torch

from resattn_tutorial.data.arranging import arranged_scene
from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.experiments.first_look import (
    asked,
    look,
    one_map,
    usual_values,
)
from resattn_tutorial.experiments.mask_maps import WEIGHTS
from resattn_tutorial.ledger.store import read_runs
from resattn_tutorial.models.zoo import cifar_attention56
from tools.settings import ROOT

BOOT = CLASSES.index("Ankle boot")
TEXT = (ROOT / "chapters" / "00_ten_minutes.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def network():
    return cifar_attention56(weights="SCENES").eval()


@pytest.fixture(scope="module")
def usual(network):
    return usual_values(network)


@pytest.fixture(scope="module")
def moved(network, usual) -> tuple[torch.Tensor, torch.Tensor]:
    """The boot at every place: images and shares, row by row."""
    images = torch.cat([
        arranged_scene(29, place=(row, column)).images
        for row in range(13) for column in range(13)
    ])
    shares = look(network, images, usual).shares
    return images.view(13, 13, 3, 32, 32), shares.view(13, 13, 10)


def test_the_first_picture_is_an_ankle_boot_and_is_named_so(network, usual) -> None:
    scene = load_scenes("test", 30)
    assert scene.labels[29] == BOOT
    seen = look(network, scene.images[29:], usual)
    assert seen.shares.argmax() == BOOT and seen.shares.max() > 0.85


def test_every_value_of_a_mask_lies_between_0_and_1(network) -> None:
    _, masks = asked(network, load_scenes("test", 30).images)
    assert len(masks) == 3
    sizes = [mask.shape for mask in masks.values()]
    assert all(0 <= mask.min() and mask.max() <= 1 for mask in masks.values())
    for one, deeper in zip(sizes, sizes[1:], strict=False):
        assert deeper[1] > one[1] and deeper[2] < one[2]


def test_the_boot_is_a_boot_at_nearly_all_places_but_not_at_all(moved) -> None:
    named = (moved[1].argmax(dim=-1) == BOOT).sum()
    assert 0.95 * 169 < named < 169


def test_one_pixel_turns_the_boot_into_a_sandal_and_the_maps_are_nearly_the_same(
    network, usual, moved
) -> None:
    images, shares = moved
    sure = shares[..., BOOT]
    row, column = divmod((sure[1:] - sure[:-1]).abs().argmax().item(), 13)
    pair = images[row : row + 2, column]
    seen = look(network, pair, usual)
    assert {answer.split(",")[0] for answer in seen.answers} == {"Ankle boot", "Sandal"}
    assert seen.shares.max(dim=1).values.min() > 0.65    # sure of both
    for away in seen.away.values():
        maps = one_map(away, (32, 32)).flatten(1)
        assert torch.corrcoef(maps)[0, 1] > 0.88


def test_a_sum_without_squares_cancels_most_of_what_a_mask_says(
    network, usual
) -> None:
    seen = look(network, load_scenes("test", 30).images, usual)
    for away in seen.away.values():
        plain = away.mean(dim=1).abs().mean()
        assert plain < 0.5 * one_map(away, tuple(away.shape[-2:])).mean()


def test_whatever_it_is_shown_it_names_one_of_ten_kinds(network, usual) -> None:
    noise = torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8)
    assert len(CLASSES) == 10
    for answer in look(network, noise, usual).answers:
        assert answer.split(",")[0] in CLASSES


def test_the_weights_are_those_of_the_run_that_the_page_names() -> None:
    assert f"{{run}}`{WEIGHTS.meta['run'].removesuffix('-seed0')}: " in TEXT
    (run,) = read_runs("cifar-attention56-builtin-fast-cifar")
    assert run.data.test_images == 2000 and run.results.minutes < 60


def test_every_number_in_the_drawing_leads_into_its_chapter() -> None:
    from resattn_tutorial.plotting.course_diagram import TOLD

    listed = re.findall(r"^- \*\*(\d+)\*\*: .*\{doc\}`(\d\d)_", TEXT, re.M)
    assert {number for number, _ in listed} == set(re.findall(r"\((\d+)\)", TOLD))
    assert all(int(number) == int(chapter) for number, chapter in listed)
