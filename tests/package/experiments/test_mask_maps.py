"""One picture of a mask, three ways; masks put in the place of others; deletions."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.data.scenes import Scenes, load_scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.experiments.deletion import (
    ANOTHERS,
    OUTLINE,
    RANDOM,
    arms_of,
    compared,
    mistakes_without,
)
from resattn_tutorial.experiments.mask_exchange import (
    EVERY,
    EXCHANGES,
    mistakes,
    with_exchanged,
)
from resattn_tutorial.experiments.mask_maps import (
    GRAD_CAM,
    Reading,
    answers,
    learn_reading,
    learn_readings,
    maps_of,
    masks_of,
    packaged,
    settle,
    three_maps,
)
from resattn_tutorial.experiments.mask_scores import MIDDLE, middle, scores_of
from resattn_tutorial.metrics.deletion import mean_colour
from resattn_tutorial.metrics.localisation import Channel, object_auc
from resattn_tutorial.models.attention_module import naive_attention
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.small_networks import FirstAttentionNetwork
from resattn_tutorial.models.stem_and_head import CifarStem

MODULES = ("stage 1, module 1", "stage 1, module 2", "stage 2, module 1")


def small_network(**options: object) -> ResidualAttentionNetwork:
    """Three modules in two stages, of few channels."""
    torch.manual_seed(0)
    stages = [Stage(8, 2, poolings=2, leave=1), Stage(16, 1, poolings=1)]
    return ResidualAttentionNetwork(CifarStem(), stages, 10, **options)


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return load_scenes("test", 12)


@pytest.fixture(scope="module")
def network(scenes: Scenes) -> ResidualAttentionNetwork:
    return settle(small_network(), scenes, to_inputs)


def test_masks_come_module_by_module_in_any_size_of_batch(network, scenes) -> None:
    at_once, few = (masks_of(network, scenes, to_inputs, size) for size in (12, 5))
    assert tuple(at_once) == MODULES == tuple(few)
    with torch.no_grad():
        _, wanted = network(to_inputs(scenes.images)), network.with_masks(
            to_inputs(scenes.images))[1]
    for name in MODULES:
        torch.testing.assert_close(at_once[name], wanted[name])
        torch.testing.assert_close(few[name], wanted[name], rtol=1e-4, atol=1e-5)


def test_a_reading_is_learned_from_the_channel_that_points_best() -> None:
    torch.manual_seed(0)
    objects = torch.zeros(6, 8, 8, dtype=torch.bool)
    objects[:, 2:5, 1:4] = True
    masks = torch.rand(6, 4, 8, 8)
    masks[:, 2] -= 0.8 * objects                     # it avoids the object
    reading = learn_reading(masks, objects)
    assert reading.channel == Channel(2, -1)
    torch.testing.assert_close(reading.usual, masks.transpose(0, 1).flatten(1).mean(1))
    maps = three_maps(masks, reading)
    assert list(maps) == ["mean", "one channel", "departure"]
    torch.testing.assert_close(maps["mean"], masks.sum(dim=1) / 4)
    torch.testing.assert_close(maps["one channel"], -masks[:, 2])
    away = sum((masks[:, c] - reading.usual[c]) ** 2 for c in range(4)) / 4
    torch.testing.assert_close(maps["departure"], away.sqrt())


def test_the_maps_of_a_network_are_those_of_its_masks_and_grad_cam(
    network, scenes
) -> None:
    readings = learn_readings(network, scenes, to_inputs)
    at_once, few = (
        maps_of(network, scenes, to_inputs, readings, size) for size in (12, 5)
    )
    assert len(at_once) == 3 * 3 + 1 and GRAD_CAM in at_once
    for name, maps in at_once.items():
        assert maps.shape == (12, 32, 32)
        torch.testing.assert_close(maps, few[name], rtol=1e-3, atol=1e-4)
    first = masks_of(network, scenes, to_inputs)[MODULES[0]]      # of full size
    torch.testing.assert_close(at_once[f"{MODULES[0]}, mean"], first.mean(dim=1))


def test_chapter_3s_network_has_maps_too_but_no_grad_cam(scenes) -> None:
    first = settle(FirstAttentionNetwork(), scenes, to_inputs)
    readings = learn_readings(first, scenes, to_inputs)
    maps = maps_of(first, scenes, to_inputs, readings)
    assert list(readings) == ["stage 1", "stage 2"] and GRAD_CAM not in maps


def test_a_settled_network_answers_alike_in_both_modes(scenes) -> None:
    plain = settle(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), scenes,
                   to_inputs)
    assert not plain.training
    inputs = to_inputs(scenes.images)
    with torch.no_grad():
        settled, trained = plain(inputs), plain.train()(inputs)
    torch.testing.assert_close(settled, trained, rtol=1e-2, atol=1e-2)


def test_the_packaged_network_errs_as_its_run_file_says() -> None:
    network, transform = packaged(torch.device("cpu"))
    error, loss = answers(network, load_scenes("test", 100), transform)
    assert error < 0.2 and 0 < loss < 1


def test_the_middle_is_highest_in_the_middle(scenes) -> None:
    maps = middle(scenes)
    assert maps.shape == scenes.objects.shape
    assert set((maps[0] == maps.max()).nonzero().flatten().tolist()) == {15, 16}
    assert maps[0, 0, 0] == maps.min() == maps[3, 31, 31]


def test_scores_are_of_the_own_object_of_anothers_and_of_both_together(scenes) -> None:
    maps = scenes.objects + 0.1 * torch.rand(12, 32, 32)
    scores = scores_of(maps, scenes.objects, 0.2)
    assert scores["AUC"]["own"].mean == scores["peak"]["own"].mean == 1
    another = object_auc(maps, scenes.objects.roll(1, dims=0))
    found = scores["AUC"]["another"]
    assert found.mean == pytest.approx(another.mean().item()) and found.count == 12
    seen = scores["AUC"]["seen"]
    assert seen.mean == pytest.approx(1 - found.mean) and seen.low > 0


def test_the_own_mask_in_its_own_place_changes_nothing(network, scenes) -> None:
    inputs = to_inputs(scenes.images)
    with torch.no_grad():
        exchanged = with_exchanged(network, inputs, lambda name, mask: mask)
        torch.testing.assert_close(exchanged, network(inputs))


def test_every_module_is_asked_by_its_name_and_what_it_gets_is_used(
    network, scenes
) -> None:
    asked = Counter()

    def exchange(name: str, mask: Tensor) -> Tensor:
        asked[name] += 1
        return mask if name != MODULES[1] else torch.zeros_like(mask)

    inputs = to_inputs(scenes.images)
    with torch.no_grad():
        without = with_exchanged(network, inputs, exchange)
        module = network.stages[0][2]                # by hand: the trunk alone
        x = network.stages[0][1](network.stages[0][0](network.stem(inputs)))
        x = module.after(module.trunk(module.before(x)))
        by_hand = network.head(network.stages[1](network.stages[0][3](x)))
    assert asked == Counter(MODULES)
    torch.testing.assert_close(without, by_hand)


def test_the_networks_own_way_of_merging_is_used(scenes) -> None:
    naive = settle(small_network(merge=naive_attention), scenes, to_inputs)
    inputs = to_inputs(scenes.images)
    with torch.no_grad():
        none = with_exchanged(naive, inputs, lambda _, mask: torch.zeros_like(mask))
    assert not torch.allclose(none, naive(inputs).detach())


MASK = torch.arange(24.0).view(2, 3, 2, 2)
USUAL = torch.tensor([5.0, 6.0, 7.0])
PUT = {
    "its mean over the image": lambda n, c, i, j: MASK[n, c].mean(),
    "its usual values": lambda n, c, i, j: USUAL[c],
    "another scene's": lambda n, c, i, j: MASK[1 - n, c, i, j],
    "none": lambda n, c, i, j: torch.tensor(0.0),
}


@pytest.mark.parametrize("title", EXCHANGES)
def test_an_exchange_is_what_its_title_says(title: str) -> None:
    found = EXCHANGES[title](MASK, USUAL).expand_as(MASK)
    for place in [(0, 0, 0, 0), (1, 2, 1, 0), (0, 1, 1, 1), (1, 0, 0, 1)]:
        assert found[place] == PUT[title](*place)


def test_mistakes_are_counted_with_the_exchange_in_one_module_or_in_all(
    network, scenes
) -> None:
    usual = {name: torch.zeros(16) for name in MODULES}
    own, _ = mistakes(network, scenes, to_inputs, usual)
    guesses = network(to_inputs(scenes.images)).argmax(dim=1)
    assert torch.equal(own, guesses != scenes.labels)
    one, every = (
        mistakes(network, scenes, to_inputs, usual, EXCHANGES["none"], where)[1]
        for where in (MODULES[2], EVERY)
    )
    plain = mistakes(network, scenes, to_inputs, usual)[1]
    assert not torch.allclose(one, plain) and not torch.allclose(one, every)


class Lightness(nn.Module):
    """Answers 1 where the mean of the inputs is above a tenth, else 0."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, inputs: Tensor) -> Tensor:
        light = self.weight * inputs.mean(dim=(1, 2, 3)) - 0.1
        return torch.stack([-light, light], dim=1)


def test_deleting_the_object_hurts_whoever_saw_it_and_as_many_pixels_go() -> None:
    objects = torch.zeros(4, 32, 32, dtype=torch.bool)
    objects[:, 4:14, 4:20] = True
    images = (255 * objects[:, None].expand(-1, 3, -1, -1)).byte()
    scenes = Scenes(images, torch.ones(4, dtype=torch.int64), objects)

    def black(inputs: Tensor) -> Tensor:
        return torch.zeros_like(inputs)

    def wrong(maps: Tensor) -> list[bool]:
        network = Lightness()
        return mistakes_without(
            network, scenes, lambda x: x.float() / 255, maps, black
        ).tolist()

    assert wrong(objects.float()) == [True] * 4      # nothing light is left
    assert wrong(-objects.float()) == [False] * 4    # the ground goes, the object stays


def test_each_map_is_tried_once_more_for_the_next_scene(scenes) -> None:
    maps = {"a map": torch.rand(12, 32, 32)}
    arms = arms_of(maps, scenes, seed=0)
    assert list(arms) == ["a map", f"a map, {ANOTHERS}", OUTLINE, MIDDLE, RANDOM]
    assert torch.equal(arms[f"a map, {ANOTHERS}"][1], maps["a map"][0])
    assert torch.equal(arms[OUTLINE] > 0, scenes.objects)
    assert torch.equal(arms[RANDOM], arms_of(maps, scenes, seed=0)[RANDOM])


def test_differences_are_taken_scene_by_scene() -> None:
    one, other = torch.tensor([1, 1, 1, 0]), torch.tensor([1, 0, 0, 0])
    found = compared({
        "a map": one, f"a map, {ANOTHERS}": other, RANDOM: other * 0, GRAD_CAM: one,
        OUTLINE: one,
    }, seed=0)
    assert found["a map"]["error"]["mean"] == 0.75
    assert found["a map"][f"more than {ANOTHERS}"]["mean"] == 0.5
    assert found["a map"][f"more than {RANDOM}"]["mean"] == 0.75
    assert found["a map"][f"more than {GRAD_CAM}"] == dict.fromkeys(
        ("mean", "low", "high"), 0)
    assert list(found[OUTLINE]) == ["error"]


LOOKED = load_scenes("test", 2)
REFUSED = [
    (lambda: masks_of(None, LOOKED, to_inputs), TypeError, "network must be an nn.Mod"),
    (lambda: masks_of(small_network(), 3, to_inputs), TypeError, "scenes must be"),
    (lambda: masks_of(small_network(), LOOKED, 3), TypeError, "transform must be"),
    (lambda: masks_of(small_network(), LOOKED, to_inputs, 0), ValueError,
     "batch_size must be at least 1"),
    (lambda: three_maps(MASK, 3), TypeError, "reading must be a Reading"),
    (lambda: three_maps(MASK, Reading(Channel(3, 1), USUAL)), ValueError,
     "channel.index must be at most 2"),
    (lambda: settle(small_network(), LOOKED, None), TypeError, "transform must be"),
    (lambda: with_exchanged(small_network(), LOOKED.images, EXCHANGES["none"]),
     TypeError, "images must hold floating-point"),
    (lambda: with_exchanged(small_network(), to_inputs(LOOKED.images), 3), TypeError,
     "exchange must be"),
    (lambda: mistakes_without(small_network(), LOOKED, to_inputs, MASK, mean_colour),
     ValueError, "maps must have shape"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_looked_at_is_refused_by_name(call, error, words) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
