"""Scores of maps: against counting pairs one by one, and by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from resattn_tutorial.metrics.localisation import (
    Channel,
    best_channel,
    object_auc,
    read_channel,
)


def counted(values: Tensor, inside: Tensor) -> float:
    """The score of one map, by comparing every object pixel with every other pixel."""
    ours, others = [], []
    for value, ours_too in zip(values.flatten(), inside.flatten(), strict=True):
        (ours if ours_too else others).append(value.item())
    wins = 0.0
    for one in ours:
        for other in others:
            wins += 1.0 if one > other else 0.5 if one == other else 0.0
    return wins / (len(ours) * len(others))


def some_objects(count: int, height: int, width: int) -> Tensor:
    """Random objects of every size; none is empty or covers everything."""
    share = torch.linspace(0.05, 0.95, count)[:, None, None]
    objects = torch.rand(count, height, width) < share
    objects[:, 0, 0], objects[:, -1, -1] = True, False
    return objects


MAPS = {
    "all different": lambda: torch.randn(6, 5, 9),
    "many ties": lambda: torch.randint(3, (6, 5, 9)).float(),
    "two values": lambda: (torch.rand(6, 5, 9) > 0.8).float(),
    "whole numbers": lambda: torch.randint(-4, 4, (6, 5, 9)),
    "double precision": lambda: 1 + 1e-12 * torch.randn(6, 5, 9, dtype=torch.double),
    "half precision": lambda: torch.randn(6, 5, 9).half(),
    "not contiguous": lambda: torch.randn(9, 5, 6).permute(2, 1, 0),
}


@pytest.mark.parametrize("kind", MAPS)
def test_the_score_equals_the_share_of_pairs_counted_one_by_one(kind):
    torch.manual_seed(0)
    maps, objects = MAPS[kind](), some_objects(6, 5, 9)
    wanted = [counted(*pair) for pair in zip(maps, objects, strict=True)]
    assert object_auc(maps, objects).tolist() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ([9.0, 8.0, 1.0, 2.0], 1.0),
        ([1.0, 2.0, 8.0, 9.0], 0.0),
        ([5.0, 5.0, 5.0, 5.0], 0.5),
        ([3.0, 1.0, 2.0, 0.0], 0.75),
        ([3.0, 1.0, 1.0, 0.0], 0.875),
        ([-1.0, -9.0, -5.0, -7.0], 0.5),
    ],
)
def test_maps_of_four_pixels_score_as_by_hand(values, score):
    objects = torch.tensor([[[True, True], [False, False]]])
    assert object_auc(torch.tensor(values).view(1, 2, 2), objects).item() == score


def test_only_the_order_of_values_matters():
    torch.manual_seed(0)
    maps, objects = torch.randn(4, 8, 8, dtype=torch.double), some_objects(4, 8, 8)
    scores = object_auc(maps, objects)
    assert torch.equal(object_auc(1000 * maps - 7, objects), scores)
    assert torch.equal(object_auc(maps.exp(), objects), scores)
    assert torch.allclose(object_auc(-maps, objects), 1 - scores)
    assert torch.allclose(object_auc(maps, ~objects), 1 - scores)


def test_maps_of_infinite_values_are_scored():
    maps = torch.tensor([[[torch.inf, 0.0], [-torch.inf, 0.0]]])
    objects = torch.tensor([[[True, True], [False, False]]])
    assert object_auc(maps, objects).item() == 0.875


def test_random_maps_score_about_one_half():
    torch.manual_seed(0)
    scores = object_auc(torch.rand(400, 16, 16), some_objects(400, 16, 16))
    assert scores.mean().item() == pytest.approx(0.5, abs=0.01)


def test_scoring_leaves_maps_and_objects_alone():
    torch.manual_seed(0)
    maps, objects = torch.randn(2, 4, 4), some_objects(2, 4, 4)
    copies = maps.clone(), objects.clone()
    object_auc(maps, objects)
    assert torch.equal(maps, copies[0]) and torch.equal(objects, copies[1])


def test_objects_that_are_not_boolean_are_refused():
    with pytest.raises(TypeError, match="boolean.*uint8"):
        object_auc(torch.rand(1, 4, 4), torch.ones(1, 4, 4, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("maps", "objects"),
    [((2, 4, 4), (3, 4, 4)), ((2, 8, 8), (2, 4, 4)), ((4, 4), (4, 4)),
     ((2, 1, 4, 4), (2, 4, 4)), ((2, 1, 4, 4), (2, 1, 4, 4))],
)
def test_maps_that_do_not_fit_their_objects_are_refused(maps, objects):
    inside = torch.zeros(objects, dtype=torch.bool)
    inside[..., 0] = True
    with pytest.raises(ValueError, match=r"\(N, H, W\)"):
        object_auc(torch.rand(maps), inside)


@pytest.mark.parametrize("whole", [True, False])
def test_an_object_that_covers_nothing_or_everything_is_refused(whole):
    objects = some_objects(3, 4, 4)
    objects[1] = whole
    with pytest.raises(ValueError, match="not all"):
        object_auc(torch.rand(3, 4, 4), objects)


def masks_with(aucs_wanted: dict[int, float], channels: int, scenes: int) -> tuple:
    """Noise masks; some channels are raised on the object, or lowered."""
    objects = some_objects(scenes, 8, 8)
    masks = torch.rand(scenes, channels, 8, 8)
    for channel, push in aucs_wanted.items():
        masks[:, channel] += push * objects
    return masks, objects


@pytest.mark.parametrize(
    ("pushes", "wanted"),
    [({3: 0.8, 1: 0.2}, (3, 1)), ({2: -0.8, 4: 0.5}, (2, -1)), ({0: -0.5}, (0, -1))],
)
def test_the_channel_farthest_from_chance_is_chosen_with_its_sign(pushes, wanted):
    torch.manual_seed(0)
    assert best_channel(*masks_with(pushes, 6, 12)) == Channel(*wanted)


def test_a_choice_goes_by_the_mean_of_scenes_and_not_by_all_their_pixels():
    torch.manual_seed(0)
    masks, objects = masks_with({0: 0.3}, 2, 10)
    # Channel 1 is as bright as its object is large: it points nowhere in a scene.
    masks[:, 1] = 50 * objects.float().mean(dim=(1, 2))[:, None, None]
    means = [
        sum(counted(m[c], o) for m, o in zip(masks, objects, strict=True)) / 10
        for c in (0, 1)
    ]
    assert means[0] > 0.6 and means[1] == 0.5
    pooled = counted(masks[:, 1], objects)
    assert pooled > means[0]
    assert best_channel(masks, objects) == Channel(0, 1)


def test_a_channel_that_changes_its_side_from_scene_to_scene_is_not_chosen():
    torch.manual_seed(0)
    masks, objects = masks_with({0: 0.3}, 2, 10)
    masks[::2, 1] += 5.0 * objects[::2]
    masks[1::2, 1] -= 5.0 * objects[1::2]
    assert best_channel(masks, objects) == Channel(0, 1)


def test_reading_a_channel_turns_it_so_that_high_means_the_object():
    torch.manual_seed(0)
    masks, objects = masks_with({2: -0.8}, 4, 12)
    channel = best_channel(masks, objects)
    read = read_channel(masks, channel)
    assert torch.equal(read, -masks[:, 2])
    assert object_auc(read, objects).mean() > 0.8


def test_a_channel_is_refused_where_masks_and_objects_differ_in_size():
    with pytest.raises(ValueError, match=r"\(N, H, W\)"):
        best_channel(torch.rand(2, 3, 4, 4), some_objects(2, 8, 8))
