"""A scene changed by hand changes in what was asked for, and in nothing else."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial.data.arranging import FRAGMENTS, arranged_scene
from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.scenes import load_scenes


@pytest.fixture(scope="module")
def scenes():
    return load_scenes("test", 100)


@pytest.mark.parametrize("number", [0, 29, 99])
def test_a_scene_of_which_nothing_is_changed_is_the_scene(scenes, number: int) -> None:
    for ours, theirs in zip(arranged_scene(number), scenes, strict=True):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs[number : number + 1])


@pytest.mark.parametrize("place", [(0, 0), (12, 12), [3, 7]])
def test_an_item_moves_whole_and_the_rest_of_the_scene_stays(scenes, place) -> None:
    moved = arranged_scene(29, place=place)
    row, column = (index.min() for index in moved.objects[0].nonzero(as_tuple=True))
    at = [index.min() for index in scenes.objects[29].nonzero(as_tuple=True)]
    own = arranged_scene(29, place=(0, 0)).objects[0].nonzero().amin(dim=0)
    assert (row - own[0], column - own[1]) == tuple(place)
    assert moved.objects.sum() == scenes.objects[29].sum() and len(at) == 2
    changed = (moved.images[0] != scenes.images[29]).any(dim=0)
    rows, columns = torch.meshgrid(*[torch.arange(32)] * 2, indexing="ij")
    near = [place, (at[0] - own[0], at[1] - own[1])]
    boxes = [
        (rows >= top) & (rows < top + 20) & (columns >= left) & (columns < left + 20)
        for top, left in near
    ]
    assert not (changed & ~(boxes[0] | boxes[1])).any()


@pytest.mark.parametrize("item", [0, 200, 1999])
def test_another_item_brings_its_label(item: int) -> None:
    assert arranged_scene(29, item=item).labels.tolist() == [item // 200]
    assert len(CLASSES) == 10


def test_each_fragment_is_laid_alone_and_none_leaves_the_ground(scenes) -> None:
    counts = [arranged_scene(29, fragments=k).images for k in range(FRAGMENTS + 1)]
    assert torch.equal(counts[-1][0], scenes.images[29])
    for fewer, more in zip(counts, counts[1:], strict=False):
        changed = (fewer != more).any(dim=1).sum()
        assert 0 < changed <= 100
    apart = (counts[0] != counts[-1]).any(dim=1)[0]
    assert not (apart & scenes.objects[29]).any()    # the item lies on top


@pytest.mark.parametrize(("number", "asked", "error", "words"), [
    (100, {}, ValueError, "number must be at most 99"),
    (-1, {}, ValueError, "number must be at least 0"),
    ("0", {}, TypeError, "number must be a whole number"),
    (0, {"item": 2000}, ValueError, "item must be at most 1,999"),
    (0, {"item": 1.0}, TypeError, "item must be a whole number"),
    (0, {"place": 3}, TypeError, "place must be a list or a tuple"),
    (0, {"place": (1,)}, ValueError, "place must hold 2 values"),
    (0, {"place": (13, 0)}, ValueError, "place's row must be at most 12"),
    (0, {"place": (0, -1)}, ValueError, "place's column must be at least 0"),
    (0, {"fragments": 7}, ValueError, "fragments must be at most 6"),
])
def test_what_no_scene_can_have_is_refused(number, asked, error, words: str) -> None:
    with pytest.raises(error) as refusal:
        arranged_scene(number, **asked)
    assert words in str(refusal.value)
