"""Peaks, shares and overlaps, by hand and by chance."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial.metrics.overlap import (
    best_share,
    highest_pixels,
    highest_share,
    overlap,
    peak_hits,
)

MAP = torch.tensor([[5.0, 1.0, 4.0], [2.0, 3.0, 0.0]])[None]
OBJECT = torch.tensor([[True, False, True], [False, False, False]])[None]


@pytest.mark.parametrize(
    ("values", "hit"),
    [
        ([5.0, 1.0, 4.0, 2.0, 3.0, 0.0], 1),
        ([1.0, 5.0, 4.0, 2.0, 3.0, 0.0], 0),
        ([-1.0, -5.0, -4.0, -2.0, -3.0, -6.0], 1),
        ([0.0] * 6, 2 / 6),
        ([5.0, 5.0, 1.0, 1.0, 5.0, 1.0], 1 / 3),
    ],
)
def test_a_peak_hits_where_it_lies_on_the_object_and_ties_share(
    values: list[float], hit: float
) -> None:
    found = peak_hits(torch.tensor(values).view(1, 2, 3), OBJECT)
    assert found.tolist() == pytest.approx([hit])


@pytest.mark.parametrize("count", range(7))
def test_exactly_the_highest_pixels_are_marked(count: int) -> None:
    marked = highest_pixels(MAP, torch.tensor([count]))
    wanted = set(MAP.flatten().sort(descending=True).values[:count].tolist())
    assert set(MAP[marked].tolist()) == wanted


def test_each_map_has_its_own_count_and_ties_never_make_it_more() -> None:
    counts = torch.tensor([0, 5, 12, 3])
    maps = torch.randint(2, (4, 3, 4), generator=torch.Generator().manual_seed(0))
    marked = highest_pixels(maps, counts)
    assert marked.flatten(1).sum(dim=1).tolist() == counts.tolist()
    for one, chosen in zip(maps, marked, strict=True):
        if chosen.any() and not chosen.all():
            assert one[chosen].min() >= one[~chosen].max()


def test_among_equal_values_every_pixel_is_as_likely() -> None:
    marked = highest_pixels(torch.zeros(4000, 3, 3), torch.full((4000,), 3))
    share = marked.float().mean(dim=0)
    assert (share - 1 / 3).abs().max() < 0.04
    again = highest_pixels(torch.zeros(4000, 3, 3), torch.full((4000,), 3))
    other = highest_pixels(torch.zeros(4000, 3, 3), torch.full((4000,), 3), seed=1)
    assert torch.equal(marked, again) and not torch.equal(marked, other)


def test_the_order_alone_decides() -> None:
    torch.manual_seed(0)
    maps = torch.randn(5, 4, 4)
    changed = (3 * maps - 7).exp()
    assert torch.equal(highest_share(maps, 0.3), highest_share(changed, 0.3))


@pytest.mark.parametrize(
    ("marked", "wanted"),
    [
        ([1, 0, 1, 0, 0, 0], 1),
        ([0, 1, 0, 1, 1, 1], 0),
        ([1, 1, 1, 1, 1, 1], 2 / 6),
        ([1, 1, 0, 0, 0, 0], 1 / 3),
        ([0, 0, 0, 0, 0, 0], 0),
    ],
)
def test_overlap_is_intersection_over_union(marked: list[int], wanted: float) -> None:
    found = overlap(torch.tensor(marked).bool().view(1, 2, 3), OBJECT)
    assert found.tolist() == pytest.approx([wanted])


def test_the_best_share_is_the_objects_own_where_the_map_is_right() -> None:
    torch.manual_seed(0)
    objects = torch.zeros(6, 10, 10, dtype=torch.bool)
    objects[:, 2:5, 3:8] = True                      # 15 of 100 pixels
    right = objects + 0.5 * torch.rand(6, 10, 10)
    assert best_share(right, objects) == 0.15
    assert best_share(right, objects, (0.5, 0.3)) == 0.3
    assert best_share(-right, objects) == 1          # it avoids them: mark everything


COUNTS = torch.tensor([1])
REFUSED = [
    (lambda: peak_hits(MAP, OBJECT[:, :1]), ValueError, "maps and objects must both"),
    (lambda: peak_hits(MAP, OBJECT.float()), TypeError, "objects must be boolean"),
    (lambda: highest_pixels(MAP, torch.tensor([7])), ValueError, "from 0 to 6"),
    (lambda: highest_pixels(MAP, torch.tensor([-1])), ValueError, "from 0 to 6"),
    (lambda: highest_pixels(MAP, torch.tensor([1.0])), TypeError, "counts must be a"),
    (lambda: highest_pixels(MAP, torch.tensor([1, 1])), ValueError, "counts (N,)"),
    (lambda: highest_pixels(MAP * float("nan"), COUNTS), ValueError, "got NaN"),
    (lambda: highest_pixels(MAP, COUNTS, seed=-1), ValueError, "seed must be at least"),
    (lambda: highest_share(MAP, 1.5), ValueError, "share must be"),
    (lambda: highest_share([1], 0.5), TypeError, "maps must be a tensor"),
    (lambda: overlap(MAP, OBJECT), TypeError, "marked must be a tensor of torch.bool"),
    (lambda: best_share(MAP, OBJECT, ()), ValueError, "at least one share"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_marked_is_refused_by_name(call, error, words) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
