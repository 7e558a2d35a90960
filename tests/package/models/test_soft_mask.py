"""What a soft mask branch does, judged from outside; its layers are in
``test_layer_tables.py``."""

from __future__ import annotations

import io
import re
from collections import Counter

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import DownUp, SoftMaskBranch, stretch

POOLINGS = range(5)
UNITS = (1, 2, 3)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def calibrated(poolings: int, units: int = 1, channels: int = 8) -> SoftMaskBranch:
    """A mask in eval whose running statistics are those of random images."""
    mask = SoftMaskBranch(channels, poolings, units)
    norms = [layer for layer in mask.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        mask(torch.randn(4, channels, 32, 32))
    return mask.eval()


def units_of(mask: SoftMaskBranch) -> list[ResidualUnit]:
    return [layer for layer in mask.modules() if isinstance(layer, ResidualUnit)]


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("poolings", POOLINGS)
def test_a_mask_holds_the_papers_number_of_units_and_uses_each_once(
    poolings: int, units: int
) -> None:
    mask = calibrated(poolings, units)
    calls: Counter[ResidualUnit] = Counter()
    for unit in units_of(mask):
        unit.register_forward_hook(lambda unit, *_: calls.update([unit]))
    mask(torch.randn(1, 8, 16, 16))
    skips = max(poolings - 1, 0)
    expected = 2 * units * max(poolings, 1) + skips
    assert len(units_of(mask)) == len(calls) == expected
    assert set(calls.values()) == {1}


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("poolings", POOLINGS)
def test_every_parameter_of_a_mask_receives_gradient_and_so_does_its_input(
    poolings: int, units: int
) -> None:
    mask = SoftMaskBranch(8, poolings, units)
    x = torch.randn(4, 8, 32, 32, requires_grad=True)
    mask(x).square().sum().backward()
    assert x.grad.any()
    without = [n for n, weight in mask.named_parameters() if not weight.grad.any()]
    assert without == []


@pytest.mark.parametrize("poolings", [2, 3, 4])
def test_a_masks_skip_units_change_the_mask(poolings: int) -> None:
    mask = calibrated(poolings)
    x = torch.randn(1, 8, 32, 32)
    with torch.no_grad():
        before = mask(x)
        for part in mask.modules():
            if isinstance(part, DownUp) and part.skip is not None:
                nn.init.zeros_(part.skip.conv3.weight)
                after = mask(x)
                assert (after - before).abs().max() > 1e-4
                before = after


@pytest.mark.parametrize("poolings", POOLINGS)
def test_every_value_of_a_mask_lies_between_0_and_1(poolings: int) -> None:
    values = calibrated(poolings)(torch.randn(4, 8, 32, 32))
    assert values.min() > 0 and values.max() < 1
    assert values.std() > 0.01


def test_the_activation_is_the_last_step_and_may_be_another() -> None:
    mask = calibrated(poolings=2)
    x = torch.randn(2, 8, 16, 16)
    soft = mask(x)
    mask.activation = nn.Identity()
    raw = mask(x)
    assert raw.min() < 0
    torch.testing.assert_close(torch.sigmoid(raw), soft)
    chosen = SoftMaskBranch(8, 2, activation=torch.tanh).eval()
    chosen.load_state_dict(mask.state_dict())
    torch.testing.assert_close(chosen(x), torch.tanh(raw))


@pytest.mark.parametrize("size", [17, 31, 33, 299])
@pytest.mark.parametrize("poolings", [1, 2, 3, 4])
def test_a_mask_of_an_odd_size_has_the_same_size(poolings: int, size: int) -> None:
    mask = SoftMaskBranch(4, poolings).eval()
    with torch.no_grad():
        assert mask(torch.randn(1, 4, size, size)).shape == (1, 4, size, size)


def test_a_mask_need_not_be_square() -> None:
    mask = SoftMaskBranch(4, 3).eval()
    assert mask(torch.randn(2, 4, 9, 30)).shape == (2, 4, 9, 30)


@pytest.mark.parametrize("size", [2, 3, 7, 8, 13])
def test_a_pooled_pixel_is_the_largest_of_the_three_by_three_it_begins(
    size: int,
) -> None:
    x = torch.randn(1, 4, size, size)
    found = DownUp(4, 1).pool(x)
    expected = torch.empty(1, 4, size // 2, size // 2)
    for i in range(size // 2):
        for j in range(size // 2):
            window = x[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            expected[:, :, i, j] = window.amax(dim=(2, 3))
    assert torch.equal(found, expected)


@pytest.mark.parametrize(("old", "new"), [(1, 5), (2, 7), (7, 14), (8, 17), (9, 4)])
def test_a_stretch_is_linear_from_corner_to_corner(old: int, new: int) -> None:
    line = torch.randn(old, dtype=torch.float64)
    x = line.expand(1, 1, 3, old)
    at = np.linspace(0, old - 1, new)
    expected = torch.from_numpy(np.interp(at, np.arange(old), line.numpy()))
    found = stretch(x, (6, new))
    torch.testing.assert_close(found, expected.expand(1, 1, 6, new))
    found = stretch(x.mT, (new, 6))
    torch.testing.assert_close(found, expected[:, None].expand(1, 1, new, 6))


@pytest.mark.parametrize("poolings", POOLINGS)
def test_an_empty_batch_passes_a_mask_in_eval(poolings: int) -> None:
    mask = SoftMaskBranch(4, poolings).eval()
    assert mask(torch.randn(0, 4, 17, 19)).shape == (0, 4, 17, 19)


def test_an_empty_batch_is_refused_in_training_and_leaves_no_mark() -> None:
    mask = SoftMaskBranch(8, 2)
    with pytest.raises(ValueError, match="^x is an empty batch; training needs"):
        mask(torch.randn(0, 8, 16, 16))
    assert all(tensor.isfinite().all() for tensor in mask.state_dict().values())


@pytest.mark.parametrize("poolings", POOLINGS)
def test_the_smallest_image_passes_and_a_smaller_one_is_refused(poolings: int) -> None:
    mask, smallest = SoftMaskBranch(4, poolings).eval(), 2**poolings
    shape = (1, 4, smallest, smallest)
    assert mask(torch.randn(shape)).shape == shape
    size = f"{smallest - 1} x {smallest}"
    message = f"^x must be at least {smallest} x {smallest} pixels, got {size}\\.$"
    with pytest.raises(ValueError, match=message):
        mask(torch.randn(1, 4, smallest - 1, smallest))


@pytest.mark.parametrize(
    ("x", "kind", "message"),
    [
        (torch.zeros(1, 3, 8, 8), ValueError, "x must have 8 channels, got 3."),
        (torch.zeros(8, 8, 8), ValueError, "(N, C, H, W), got (8, 8, 8)."),
        (torch.zeros(1, 8, 8, 8).byte(), TypeError, "numbers, got torch.uint8."),
        ([[0.0]], TypeError, "x must be a tensor, got list."),
    ],
)
def test_a_mask_refuses_an_input_that_does_not_fit(
    x: Tensor, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        SoftMaskBranch(8, 2)(x)


@pytest.mark.parametrize(
    ("counts", "kind", "message"),
    [
        ((8, -1), ValueError, "poolings must be at least 0, got -1."),
        ((8, 2, 0), ValueError, "units must be at least 1, got 0."),
        ((8, 1.5), TypeError, "poolings must be a whole number, got 1.5."),
        ((8, 2, True), TypeError, "units must be a whole number, got True."),
    ],
)
def test_a_mask_refuses_counts_that_do_not_fit(
    counts: tuple, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        SoftMaskBranch(*counts)


@pytest.mark.parametrize(
    ("channels", "kind", "message"),
    [
        (0, ValueError, "at least"),
        (6, ValueError, "a multiple of 4, got 6"),
        ("8", TypeError, "a whole number, got '8'"),
    ],
)
@pytest.mark.parametrize("poolings", [0, 2])
def test_a_mask_refuses_channels_by_the_name_of_its_own_argument(
    poolings: int, channels: object, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=f"^channels must .*{message}"):
        SoftMaskBranch(channels, poolings)


def test_a_saved_mask_comes_back_the_same() -> None:
    mask, file = calibrated(poolings=3), io.BytesIO()
    torch.save(mask.state_dict(), file)
    file.seek(0)
    again = SoftMaskBranch(8, 3).eval()
    x = torch.randn(2, 8, 32, 32)
    assert not torch.equal(again(x), mask(x))
    again.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(again(x), mask(x))


def test_a_mask_leaves_its_input_alone() -> None:
    x = torch.randn(2, 8, 16, 16)
    before = x.clone()
    calibrated(poolings=2)(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("poolings", [0, 3])
def test_a_mask_runs_in_bfloat16(poolings: int) -> None:
    mask, x = calibrated(poolings), torch.randn(2, 8, 32, 32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = mask(x)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), mask(x), atol=0.05, rtol=0)


@pytest.mark.parametrize("poolings", [0, 3])
def test_a_mask_runs_in_channels_last(poolings: int) -> None:
    mask, x = calibrated(poolings), torch.randn(2, 8, 32, 32)
    last = x.to(memory_format=torch.channels_last)
    found = mask.to(memory_format=torch.channels_last)(last)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, mask(x), atol=1e-5, rtol=0)


@pytest.mark.slow
@pytest.mark.xdist_group("compile")  # the compiler takes seconds to import
def test_a_mask_compiles_without_a_graph_break() -> None:
    mask, x = calibrated(poolings=1), torch.randn(2, 8, 8, 8)
    compiled = torch.compile(mask, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), mask(x))
