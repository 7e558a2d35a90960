"""A figure of masks with a slider: which maps, in what order, and what it refuses."""

from __future__ import annotations

import math
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from explored import drive, opened, write_page
from matplotlib import colormaps
from PIL import Image
from tinted import untrained
from torch import Tensor, nn

from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.plotting._svg.svg import Drawing
from resattn_tutorial.plotting.interactive import Explorable
from resattn_tutorial.plotting.mask_explorer import LARGEST, MOST, explore_masks
from resattn_tutorial.training.trained_network import TrainedNetwork, load_packaged


class Given(nn.Module):
    """A "network" whose masks and scores are given."""

    def __init__(self, masks: dict[str, Tensor], logits: tuple = (0.0, 2.0, 1.0)):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(logits))
        self.masks, self.asked = masks, []

    def with_masks(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        self.asked.append((images, self.training))
        return self.weight[None], {x: mask[None] for x, mask in self.masks.items()}


def given(
    masks: dict[str, Tensor] | None = None, transform: nn.Module | None = None
) -> TrainedNetwork:
    """A trained network with these masks, or with two drawn from a seed."""
    draw = torch.Generator().manual_seed(0)
    shapes = {"stage 1, module 1": (12, 8, 8), "stage 2, module 1": (20, 4, 4)}
    if masks is None:
        masks = {
            name: torch.rand(shape, generator=draw) * torch.rand(
                (shape[0], 1, 1), generator=draw)
            for name, shape in shapes.items()
        }
    transform = transform or SmallImageInputs(mean=(0.5, 0.5, 0.5), size=16)
    return TrainedNetwork(
        Given(masks).eval(), ("ant", "bee", "cat"), transform, "given", "given masks")


def noise(height: int = 16, width: int = 16) -> Tensor:
    draw = torch.Generator().manual_seed(1)
    return torch.randint(256, (3, height, width), generator=draw, dtype=torch.uint8)


def texts(frame: Drawing) -> list[str]:
    root = ElementTree.fromstring(frame.svg)
    return ["".join(x.itertext()) for x in root.iter() if x.tag.endswith("text")]


def channels(figure: Explorable, module: str) -> list[int]:
    """The channels of a module that the frames name, one after another."""
    found = []
    for frame in figure.frames[1:]:
        lines = texts(frame)
        word, number = lines[lines.index(module) - 1].split()
        assert word == "channel" and f"{module}, channel {number}: " in frame.alt
        found.append(int(number))
    return found


def pictures(frame: Drawing) -> list[Image.Image]:
    found = re.findall(r"data:image/(\w+);base64,([\w+/=]+)", frame.svg)
    read = [Image.open(BytesIO(b64decode(content))) for _, content in found]
    assert [one.format.lower() for one in read] == [form for form, _ in found]
    return read


def variance(rows: list[list[float]]) -> float:
    """Slowly, number by number."""
    values = [value for row in rows for value in row]
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / len(values)


def test_the_slider_goes_from_the_mean_through_channels_by_variance():
    trained = given()
    figure = explore_masks(trained, noise())
    assert figure.controls == {"channel by variance": (
        "mean of all", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th")}
    assert len(figure.frames) == 9
    for module, mask in trained.network.masks.items():
        slow = {number: variance(rows) for number, rows in enumerate(mask.tolist())}
        wanted = sorted(slow, key=lambda number: -slow[number])[:8]
        assert channels(figure, module) == wanted
    assert texts(figure.frames[0]).count("mean of all") == 2


def test_of_channels_that_vary_alike_the_lower_one_comes_first():
    rows = torch.rand(1, 6, 6, generator=torch.Generator().manual_seed(3))
    figure = explore_masks(given({"one": rows.repeat(7, 1, 1)}), noise(), most=7)
    assert channels(figure, "one") == list(range(7))


def test_a_picture_is_the_image_and_the_next_ones_its_maps():
    trained = given()
    mask = trained.network.masks["stage 1, module 1"]
    wide = nn.functional.interpolate(
        mask[None].double(), (16, 16), mode="bilinear", align_corners=True)[0]
    figure = explore_masks(trained, noise(), most=3)
    image = noise().permute(1, 2, 0).numpy()
    order = channels(figure, "stage 1, module 1")
    for frame, map_ in zip(
        figure.frames, [wide.mean(0), *wide[order]], strict=True
    ):
        first, second, third = map(np.asarray, pictures(frame))
        assert (first == image).all() and third.shape == image.shape
        share = ((map_ - map_.min()) / (map_.max() - map_.min())).numpy()
        colours = 255 * colormaps["viridis"](share)[..., :3]
        grey = image @ np.array([0.299, 0.587, 0.114])
        expected = 0.65 * colours + 0.35 * grey[..., None]
        assert np.abs(second - expected).max() < 2


def test_title_note_and_lowest_and_highest_stand_in_every_frame():
    trained = given()
    figure = explore_masks(trained, noise())
    e = math.exp
    score = e(2) / (e(0) + e(2) + e(1))
    mask = trained.network.masks["stage 2, module 1"]
    for rank, frame in enumerate(figure.frames):
        told = " ".join(texts(frame))
        assert told.startswith(f"Taken for bee, score {score:.2f}")
        assert "none of them is the mask" in told and "scale of its own" in told
        if rank:
            one = mask[channels(figure, "stage 2, module 1")[rank - 1]]
            reach = f"{one.min():.2f} to {one.max():.2f}"
            assert reach in texts(frame) and reach in frame.alt
        assert "taken for bee" in frame.alt
    assert len({frame.alt for frame in figure.frames}) == 9
    assert len({(frame.width, frame.height) for frame in figure.frames}) == 1


@pytest.mark.parametrize(("place", "words"), [
    ((0, 0), "top left"), ((0, 4), "at the top;"), ((0, 8), "top right"),
    ((4, 0), "middle left"), ((4, 4), "in the middle;"), ((8, 4), "at the bottom;"),
    ((8, 8), "bottom right"),
])
def test_who_cannot_see_it_is_told_where_a_map_is_highest(place: tuple, words: str):
    peak = torch.zeros(2, 9, 9)
    peak[1][place] = 0.004
    figure = explore_masks(given({"one": peak, "two": peak}), noise(), most=2)
    assert words in figure.frames[1].alt and "0.000 to 0.004" in figure.frames[1].alt
    assert "channel 0: 0, the same everywhere" in figure.frames[2].alt


def test_a_path_a_pil_image_an_array_and_a_tensor_are_one_image(tmp_path: Path):
    image, trained = noise(40, 30), given()
    array = image.permute(1, 2, 0).numpy()
    Image.fromarray(array).save(tmp_path / "photo.png")
    found = [
        explore_masks(trained, one, most=1).html for one in (
            image, array, Image.fromarray(array), tmp_path / "photo.png",
            str(tmp_path / "photo.png"))
    ]
    assert len(set(found)) == 1
    inputs, training = trained.network.asked[-1]
    assert torch.equal(inputs[0], trained.transform(image)) and not training


def test_a_network_that_was_training_goes_on_training():
    trained = given()
    trained.network.train()
    explore_masks(trained, noise(), most=1)
    assert trained.network.training and not trained.network.asked[0][1]


@pytest.mark.parametrize(("height", "width"), [(700, 1000), (90, 33), (1, 4)])
@pytest.mark.parametrize("transform", [
    SmallImageInputs(mean=(0.5, 0.5, 0.5), size=16), PhotoInputs(16)])
def test_pictures_are_the_part_that_is_seen_and_stay_small(
    transform: nn.Module, height: int, width: int
):
    figure = explore_masks(given(transform=transform), noise(height, width), most=2)
    side = min(LARGEST, height, width)
    for frame in figure.frames:
        assert {one.size for one in pictures(frame)} == {(side, side)}
    seen = transform.seen(noise(height, width), side).permute(1, 2, 0).numpy()
    found = np.asarray(pictures(figure.frames[0])[0]).astype(int)
    assert np.abs(found - seen).mean() < (12 if side > 32 else 1e-9)     # JPEG above


def test_a_network_that_sees_the_whole_image_is_shown_with_the_whole():
    sees = SmallImageInputs(mean=(0.5, 0.5, 0.5))
    for shape, size in (((20, 30), (30, 20)), ((400, 100), (24, LARGEST))):
        figure = explore_masks(given(transform=sees), noise(*shape), most=1)
        assert {one.size for one in pictures(figure.frames[1])} == {size}


def test_many_modules_have_smaller_pictures():
    draw = torch.Generator().manual_seed(2)
    masks = {f"m{n}": torch.rand(4, 6, 6, generator=draw) for n in range(9)}
    figure = explore_masks(given(masks), noise(200, 200), most=1)
    assert {one.size for one in pictures(figure.frames[1])} == {(LARGEST // 2,) * 2}


def test_the_figure_is_small_and_asks_nobody_for_anything():
    scene = load_scenes("test", 1).images[0]
    across = torch.linspace(0, 255, 900)
    photo = torch.stack([across.expand(700, 900)] * 3)
    photo = (photo + noise(700, 900) / 8).clamp(0, 255).byte()
    trained = load_packaged(weights="SCENES")
    for image, most in ((scene, 150_000), (photo, 200_000)):
        text = explore_masks(trained, image).html
        assert len(text) < most
        assert "src=" not in text and "url(" not in text and " id=" not in text
        assert set(re.findall(r"https?://[^\"]*", text)) == {
            "http://www.w3.org/2000/svg"}


def test_a_live_slider_shows_the_frame_that_is_chosen():
    figure = explore_masks(given(), noise(), most=3)
    slider, picture = figure.live().children
    for place, frame in zip(slider.options, figure.frames, strict=True):
        slider.value = place
        assert picture.value == frame.html


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_keyboard_and_pointer_move_it_from_a_file(chromium, tmp_path: Path, width: int):
    figure = explore_masks(load_packaged(), noise(300, 200))
    with opened(chromium, write_page(tmp_path, figure), width) as (page, trouble):
        assert drive(page) == 1 and trouble.all() == []


def test_the_largest_number_of_channels_fits_a_slider():
    masks = {"one": torch.rand(MOST, 3, 3)}
    figure = explore_masks(given(masks), noise(), most=MOST)
    ends = figure.controls["channel by variance"]
    assert ends[11:14] == ("11th", "12th", "13th") and ends[21:24] == (
        "21st", "22nd", "23rd")
    assert sorted(channels(figure, "one")) == list(range(MOST))


@pytest.mark.parametrize(("changed", "error", "words"), [
    ({"trained": 3}, TypeError, "trained must be a TrainedNetwork, got int"),
    ({"trained": untrained("first_residual")}, ValueError, "first_residual has no mas"),
    ({"trained": untrained(attention="none")}, ValueError, "its masks were left out"),
    ({"image": 3}, TypeError, "image must be a tensor, an array or a PIL image"),
    ({"image": noise().float()}, TypeError, "image must .*uint8"),
    ({"image": noise()[None]}, ValueError, r"shape \(3, H, W\), got \(1, 3, 16, 16\)"),
    ({"image": noise()[:2]}, ValueError, r"image must have shape .*got \(2, 16, 16\)"),
    ({"image": noise()[:, :0]}, ValueError, "image must have shape"),
    ({"image": np.zeros((5, 5), np.uint8)}, TypeError, "image must be an array of byt"),
    ({"image": "gone.png"}, ValueError, "gone.png cannot be read as an image"),
    ({"most": 0}, ValueError, "most must be at least 1"),
    ({"most": 2.0}, TypeError, "most must be a whole number"),
    ({"most": 40}, ValueError, "most must be at most 39"),
    ({"most": 13}, ValueError, "at most 12, the channels of stage 1, module 1, got 13"),
    ({"trained": given({"one": torch.full((9, 2, 2), math.nan)})}, ValueError,
     "a mask must be finite"),
])
def test_what_cannot_be_shown_is_refused_by_name(
    changed: dict, error: type, words: str
):
    with pytest.raises(error, match=words):
        explore_masks(**({"trained": given(), "image": noise()} | changed))
