"""What chapter 2 says of what masks see, and of mistakes that raise no error."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter02.measuring import influence
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import DownUp, SoftMaskBranch, stretch


@pytest.fixture
def x() -> Tensor:
    torch.manual_seed(0)
    return torch.randn(8, 16, 32, 32)


def rows_seen(seen: Tensor) -> int:
    return int((seen.sum(dim=1) > 0).sum())


def test_each_unit_widens_the_view_by_one_pixel_on_every_side(x) -> None:
    for count in (1, 3):
        units = nn.Sequential(*[ResidualUnit(16) for _ in range(count)])
        assert rows_seen(influence(he_initialise(units).eval(), x)) == 2 * count + 1
    unit = he_initialise(ResidualUnit(16)).train()
    assert (influence(unit, x) > 0).all()


def test_two_poolings_see_the_whole_map_and_a_third_moves_the_weight_out(x) -> None:
    shares, rows = [], []
    for poolings in range(4):
        seen = influence(he_initialise(SoftMaskBranch(16, poolings)).eval(), x)
        far = seen.clone()
        far[11:22, 11:22] = 0
        rows.append(rows_seen(seen))
        shares.append((far.sum() / seen.sum()).item())
    assert rows == [5, 13, 32, 32]
    assert shares[1] < 0.1 < shares[2] < shares[3] and shares[3] > 0.6


def test_each_pooling_with_padding_adds_a_shift_of_one_of_its_own_pixels() -> None:
    def first(pool: nn.Module, poolings: int, output: int = 2) -> int:
        """The first pixel of a line that one output reads."""
        bright = torch.eye(64).view(64, 1, 1, 64)
        for _ in range(poolings):
            bright = pool(bright)
        return int(bright[:, 0, 0, output].nonzero()[0])

    right = nn.MaxPool2d((1, 3), (1, 2), 0, ceil_mode=True)
    padded = nn.MaxPool2d((1, 3), (1, 2), (0, 1))
    shifts = [first(right, k) - first(padded, k) for k in (1, 2, 3)]
    assert shifts == [1, 1 + 2, 1 + 2 + 4]


def test_only_corners_on_corners_keep_a_straight_line_straight() -> None:
    line = torch.arange(4.0).view(1, 1, 1, 4)
    ways = (stretch(line, (1, 10)), F.interpolate(line, (1, 10), mode="bilinear"),
            F.interpolate(line, (1, 10)))
    bends = [way[0, 0, 0].diff(n=2).abs().max().item() for way in ways]
    assert bends[0] < 1e-5 and min(bends[1:]) > 0.1


def test_padding_changes_almost_half_of_a_mask_and_no_skips_nearly_all(x) -> None:
    torch.manual_seed(0)
    mask = he_initialise(SoftMaskBranch(16, poolings=3))
    mask(x)
    right = mask.eval()(x)

    def change(edit: Callable[[DownUp], None]) -> float:
        other = deepcopy(mask)
        for part in other.modules():
            if isinstance(part, DownUp):
                edit(part)
        return ((other(x) - right).std() / right.std()).item()

    def pad(part: DownUp) -> None:
        part.pool = nn.MaxPool2d(3, stride=2, padding=1)

    def forget(part: DownUp) -> None:
        if part.skip is not None:
            part.skip = nn.Threshold(float("inf"), 0.0)

    assert 0.35 < change(pad) < 0.5
    assert 0.8 < change(forget) < 1
