"""``resattn masks``: maps of every module's mask over an image, as PNG and as SVG."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from typer.testing import CliRunner

from resattn_tutorial.cli import masks as command
from resattn_tutorial.cli.app import app
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.models.weights import CifarAttention56_Weights as Packaged
from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.plotting.mask_sheet import (
    GAP,
    KEY,
    LINE,
    SIDE,
    mask_drawing,
    mask_maps,
    mask_picture,
    save_sheet,
)
from resattn_tutorial.training.answering import mask_channels


def masks() -> dict[str, Tensor]:
    """Two modules; channel 2 of the first varies most, then channel 0."""
    draw = torch.Generator().manual_seed(0)
    first = torch.rand(4, 6, 6, generator=draw) * torch.tensor(
        [0.5, 0.1, 1.0, 0.2]).view(4, 1, 1)
    return {"stage 1": first, "stage 2": torch.rand(8, 3, 3, generator=draw)}


def photo(height: int = 8, width: int = 8) -> Tensor:
    draw = torch.Generator().manual_seed(1)
    return torch.randint(256, (3, height, width), generator=draw, dtype=torch.uint8)


def test_the_mean_and_the_channels_that_vary_most_are_chosen_and_named():
    found = mask_maps(masks(), (8, 8), most=2, channel=3)
    assert found.maps.shape == (2, 4, 8, 8)
    assert found.titles[:5] == [
        "stage 1", "mean of all", "channel 2", "channel 0", "channel 3"]
    first = masks()["stage 1"]
    chosen = torch.stack([first.mean(0), first[2], first[0], first[3]])
    torch.testing.assert_close(found.maps[0], stretch(chosen[None], (8, 8))[0])


@pytest.mark.parametrize(("asked", "words"), [
    ({"most": 5}, "most must be at most 4, got 5"),
    ({"channel": 4}, "channel must be below 4, the channels of stage 1, got 4"),
    ({"channel": -1}, "channel must be at least 0"),
])
def test_more_channels_than_a_mask_has_are_refused(asked: dict, words: str):
    with pytest.raises(ValueError, match=words):
        mask_maps(masks(), (8, 8), **asked)
    with pytest.raises(ValueError, match="masks must hold at least one"):
        mask_maps({}, (8, 8))


def test_a_picture_has_a_row_for_each_module_and_the_image_at_its_head():
    image, shown = photo(SIDE, SIDE), mask_maps(masks(), (SIDE, SIDE), most=1)
    picture = mask_picture(image, shown)
    assert picture.size == (
        GAP + 3 * (SIDE + GAP), GAP + 2 * (LINE + SIDE + GAP) + LINE)
    pixels = np.asarray(picture)
    key = pixels[-LINE:]                             # what the colours say
    assert key.min() < 100 and (key[:, -GAP:] == 255).all()
    for row in range(2):
        y = GAP + row * (LINE + SIDE + GAP) + LINE
        panel = pixels[y : y + SIDE, GAP : GAP + SIDE]
        assert (panel == image.permute(1, 2, 0).numpy()).all()
        above = pixels[y - LINE : y, GAP : GAP + SIDE]
        assert above.min() < 100                             # there is a title


def test_a_map_is_light_where_it_is_high():
    mask = torch.zeros(1, 4, 4)
    mask[0, 0, 0] = 1
    picture = np.asarray(mask_picture(
        torch.full((3, SIDE, SIDE), 128, dtype=torch.uint8),
        mask_maps({"one": mask}, (SIDE, SIDE), most=0)))
    panel = picture[GAP + LINE :][:SIDE, 2 * GAP + SIDE :][:, :SIDE]
    assert panel[0, 0].sum() > panel[-1, -1].sum() + 150
    # The key's words: yellow where it is highest, blue where it is lowest.
    assert panel[0, 0, :2].min() > panel[0, 0, 2] + 50
    assert panel[-1, -1, 2] > panel[-1, -1, :2].max()


def test_a_drawing_holds_the_same_titles():
    shown = mask_maps(masks(), (8, 8), most=1)
    drawing = mask_drawing(photo(), shown, "masks of two modules over noise")
    root = ElementTree.fromstring(drawing.svg)
    texts = {"".join(x.itertext()) for x in root.iter() if x.tag.endswith("text")}
    assert set(shown.titles) <= texts and KEY in " ".join(texts)
    assert KEY in drawing.alt


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path):
    shown, words = mask_maps(masks(), (8, 8)), "masks of two modules over noise"
    for name in ("a.png", "a.svg"):
        save_sheet(tmp_path / name, photo(), shown, words)
    assert Image.open(tmp_path / "a.png").format == "PNG"
    ElementTree.parse(tmp_path / "a.svg")
    with pytest.raises(ValueError, match="to must end in .png or .svg, got 'a.gif'"):
        save_sheet(tmp_path / "a.gif", photo(), shown, words)
    with pytest.raises(ValueError, match="alt must say"):
        save_sheet(tmp_path / "a.svg", photo(), shown, "short")
    ElementTree.parse(tmp_path / "a.svg")                    # the old one is there
    assert sorted(x.name for x in tmp_path.iterdir()) == ["a.png", "a.svg"]


@pytest.mark.parametrize("transform", [
    SmallImageInputs(mean=(0.5, 0.5, 0.5), size=32), PhotoInputs(32)])
def test_the_part_that_is_shown_is_the_part_that_a_network_sees(transform):
    # A white square in the middle, on black: both ways see as much of it.
    image = torch.zeros(3, 120, 200, dtype=torch.uint8)
    image[:, 40:80, 80:120] = 255
    seen, inputs = transform.seen(image, 160), transform(image)
    assert seen.shape == (3, 160, 160) and seen.dtype == torch.uint8
    shares = [(x > x.float().mean()).float().mean().item() for x in (
        seen[0].float(), inputs[0])]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


@pytest.mark.parametrize("name", ["mini2", "first_attention", "cifar_attention56"])
def test_the_channels_of_each_mask_are_known_without_an_image(name: str):
    network = build_network(name, 10).eval()
    with torch.inference_mode():
        _, found = network.with_masks(torch.rand(1, 3, 32, 32))
    expected = {module: mask.shape[1] for module, mask in found.items()}
    assert mask_channels(name) == expected and len(expected) > 1


def test_a_network_without_masks_is_refused():
    with pytest.raises(ValueError, match="^first_residual has no masks"):
        mask_channels("first_residual")


# The command


def resattn(*typed: str):
    return CliRunner().invoke(app, list(typed))


def test_the_command_writes_the_masks_of_an_image_of_any_size(tmp_path: Path):
    scene = load_scenes("test", 1)
    pixels = Image.fromarray(scene.images[0].permute(1, 2, 0).numpy())
    pixels.save(tmp_path / "scene.png")
    pixels.resize((300, 400)).save(tmp_path / "photo.jpg")
    for name, to in (("scene.png", "a.png"), ("photo.jpg", "b.svg")):
        answer = resattn("masks", str(tmp_path / name), "--weights", "SCENES",
                         "--to", str(tmp_path / to), "--most", "1", "--channel", "5")
        assert answer.exit_code == 0 and "masks of 3 modules" in answer.output
        assert "none of them is the mask" in answer.output
        assert "yellow is its highest value, violet its lowest" in answer.output
    # The picture's maps are those that the network computes.
    network, inputs = cifar_attention56(weights="SCENES").eval(), (
        Packaged.SCENES.transforms())
    with torch.inference_mode():
        _, expected = network.with_masks(inputs(scene.images))
    few = {name: mask[0] for name, mask in expected.items()}
    shown = mask_maps(few, (SIDE, SIDE), 1, 5)
    wanted = mask_picture(inputs.seen(scene.images[0], SIDE), shown)
    found = np.asarray(Image.open(tmp_path / "a.png")).astype(int)
    assert np.abs(found - np.asarray(wanted)).max() <= 3


@pytest.mark.parametrize(("words", "said"), [
    (("gone.png", "--to", "a.png"), "gone.png is not there"),
    (("1.png", "--to", "a.gif"), "to must end in .png or .svg"),
    (("1.png", "--to", "gone/a.png"), "gone"),
    (("1.png", "--to", "folder.png"), "folder.png is a folder"),
    (("folder.png", "--to", "a.png"), "folder.png is a folder"),
    (("none.png", "--to", "a.png"), "none.png cannot be read as an image"),
    (("1.png", "--to", "a.png", "--channel", "64"), "channel must be below 64"),
    (("1.png", "--to", "a.png", "--most", "65"), "most must be"),
])
def test_what_cannot_be_drawn_is_refused_before_weights_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple, said: str
):
    monkeypatch.chdir(tmp_path)
    for module, name in (
        (command, "trained_network"), (command, "answer_with_masks"),
    ):
        monkeypatch.setattr(module, name, None)
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save("1.png")
    Path("none.png").write_text("no image")
    Path("folder.png").mkdir()
    answer = resattn("masks", *words)
    assert answer.exit_code in (1, 2) and said in " ".join(answer.output.split())
    names = ["1.png", "folder.png", "none.png"]
    assert sorted(x.name for x in tmp_path.iterdir()) == names
