"""What a residual unit does, judged from outside; its layers are in
``test_layer_tables.py``."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models.residual import ResidualUnit, he_initialise

KINDS = {"identity": (8, 8, 1), "projection": (8, 16, 1), "stride": (8, 8, 2)}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(params=KINDS)
def unit(request: pytest.FixtureRequest) -> ResidualUnit:
    """Each kind of unit in turn, in eval, with norms away from their first values."""
    unit = ResidualUnit(*KINDS[request.param])
    for _ in range(3):
        unit(3 + 2 * torch.randn(8, 8, 6, 6))
    return unit.eval()


def always_open(unit: ResidualUnit) -> ResidualUnit:
    """Make every weight positive and every ReLU pass: all paths can be seen."""
    for name, weight in unit.named_parameters():
        nn.init.constant_(weight, 10.0 if name.startswith("bn") else 0.1)
    return unit.eval()


def touched(unit: ResidualUnit, size: int) -> Tensor:
    """Which pixels of an image ``(size, size)`` change the output: booleans."""
    x = torch.randn(1, unit.in_channels, size, size, requires_grad=True)
    unit(x).sum().backward()
    return (x.grad[0] != 0).any(dim=0)


def test_a_unit_gives_back_its_input_where_the_last_convolution_is_zero() -> None:
    unit = ResidualUnit(8).eval()
    nn.init.zeros_(unit.conv3.weight)
    x = 5 * torch.randn(2, 8, 7, 7)
    assert torch.equal(unit(x), x)


def test_a_units_output_is_a_raw_sum_that_may_be_negative(unit: ResidualUnit) -> None:
    assert (unit(torch.randn(4, 8, 6, 6)) < 0).float().mean() > 0.1


@pytest.mark.parametrize("kind", ["projection", "stride"])
def test_a_projection_starts_from_the_normalised_input(kind: str) -> None:
    unit = ResidualUnit(*KINDS[kind])
    x = torch.randn(8, 8, 6, 6)
    # While training, batch norm takes out what scale and shift put in.
    expected, found = unit(x), unit(50 * x + 7)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


def test_an_identity_shortcut_starts_from_the_raw_input() -> None:
    unit = ResidualUnit(8)
    x = torch.randn(8, 8, 6, 6)
    branch, branch_of_scaled = unit(x) - x, unit(50 * x + 7) - (50 * x + 7)
    torch.testing.assert_close(branch_of_scaled, branch, atol=1e-3, rtol=1e-3)


def test_a_projection_sees_nothing_of_what_the_first_relu_drops() -> None:
    unit = ResidualUnit(8, 16).eval()
    nn.init.zeros_(unit.conv3.weight)
    assert not unit(-torch.rand(2, 8, 6, 6)).any()
    assert unit(torch.rand(2, 8, 6, 6)).any()


def test_with_a_stride_the_branch_still_reads_every_pixel() -> None:
    unit = always_open(ResidualUnit(8, 16, stride=2))
    nn.init.zeros_(unit.projection.weight)
    assert touched(unit, size=6).all()


def test_with_a_stride_the_projection_reads_every_second_pixel() -> None:
    unit = always_open(ResidualUnit(8, 16, stride=2))
    nn.init.zeros_(unit.conv3.weight)
    expected = torch.zeros(6, 6, dtype=torch.bool)
    expected[::2, ::2] = True
    assert torch.equal(touched(unit, size=6), expected)


def test_one_pixel_reaches_its_eight_neighbours_and_no_further() -> None:
    unit = always_open(ResidualUnit(8))
    x = torch.zeros(1, 8, 7, 7)
    dot = x.clone()
    dot[:, :, 3, 3] = 1
    changed = (unit(dot) != unit(x))[0].any(dim=0)
    expected = torch.zeros(7, 7, dtype=torch.bool)
    expected[2:5, 2:5] = True
    assert torch.equal(changed, expected)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 5, 6, 7])
def test_a_units_output_is_the_inputs_size_over_the_stride_rounded_up(
    size: int, stride: int
) -> None:
    unit = ResidualUnit(4, 8, stride).eval()
    expected = -(-size // stride)
    assert unit(torch.randn(3, 4, size, size)).shape == (3, 8, expected, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_units_gradients_are_right(kind: str) -> None:
    sizes = {"identity": (4, 4, 1), "projection": (4, 8, 1), "stride": (4, 4, 2)}
    unit = ResidualUnit(*sizes[kind]).double()
    unit(torch.randn(8, 4, 3, 3).double())
    unit.eval()
    names, values = zip(*unit.named_parameters(), strict=True)

    def outputs(x: Tensor, *weights: Tensor) -> Tensor:
        settings = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(unit, settings, (x,))

    x = torch.randn(2, 4, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(outputs, (x, *values))


def test_every_parameter_of_a_unit_receives_gradient(unit: ResidualUnit) -> None:
    unit(torch.randn(4, 8, 6, 6)).square().sum().backward()
    assert all(weight.grad.any() for weight in unit.parameters())


def test_a_unit_leaves_its_input_alone(unit: ResidualUnit) -> None:
    x = torch.randn(2, 8, 6, 6)
    before = x.clone()
    unit(x)
    assert torch.equal(x, before)


def test_an_empty_batch_passes_a_unit_in_eval(unit: ResidualUnit) -> None:
    full, empty = unit(torch.randn(2, 8, 5, 5)), unit(torch.randn(0, 8, 5, 5))
    assert empty.shape == (0, *full.shape[1:])


def test_an_empty_batch_is_refused_in_training_and_leaves_no_mark() -> None:
    unit = ResidualUnit(8)
    with pytest.raises(ValueError, match="^x is an empty batch; training needs"):
        unit(torch.randn(0, 8, 5, 5))
    assert all(tensor.isfinite().all() for tensor in unit.state_dict().values())


@pytest.mark.parametrize(
    ("x", "kind", "message"),
    [
        (torch.zeros(1, 3, 5, 5), ValueError, "x must have 8 channels, got 3."),
        (torch.zeros(8, 5, 5), ValueError, "(N, C, H, W), got (8, 5, 5)."),
        (torch.zeros(1, 8, 5, 5).byte(), TypeError, "numbers, got torch.uint8."),
        (torch.zeros(1, 8, 0, 5), ValueError, "at least 1 x 1 pixels, got 0 x 5."),
    ],
)
def test_a_unit_refuses_an_input_that_does_not_fit(
    x: Tensor, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        ResidualUnit(8)(x)


@pytest.mark.parametrize(
    ("counts", "kind", "message"),
    [
        ((0, 8), ValueError, "in_channels must be at least 1, got 0."),
        ((8, 2), ValueError, "out_channels must be a multiple of 4, got 2."),
        ((8, 10), ValueError, "out_channels must be a multiple of 4, got 10."),
        ((8, 8, 0), ValueError, "stride must be at least 1, got 0."),
        ((8.0, 8), TypeError, "in_channels must be a whole number, got 8.0."),
        ((8, 8, (2, 2)), TypeError, "stride must be a whole number, got (2, 2)."),
    ],
)
def test_a_unit_refuses_counts_that_do_not_fit(
    counts: tuple, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        ResidualUnit(*counts)


def test_a_unit_runs_in_bfloat16_and_channels_last(unit: ResidualUnit) -> None:
    x = torch.randn(2, 8, 6, 6)
    expected = unit(x)
    last = x.to(memory_format=torch.channels_last)
    torch.testing.assert_close(unit(last), expected, atol=1e-5, rtol=1e-5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = unit(x)
    torch.testing.assert_close(found.float(), expected, atol=0.1, rtol=0.1)


@pytest.mark.slow
@pytest.mark.xdist_group("compile")  # the compiler takes seconds to import
def test_a_unit_compiles_without_a_graph_break(unit: ResidualUnit) -> None:
    compiled = torch.compile(unit, fullgraph=True, backend="aot_eager")
    x = torch.randn(2, 8, 6, 6)
    torch.testing.assert_close(compiled(x), unit(x))


def test_he_initialise_draws_normal_weights_of_variance_two_over_fan_in() -> None:
    network = nn.Sequential(nn.Conv2d(64, 256, 3, bias=False), nn.Conv2d(256, 256, 1))
    assert he_initialise(network) is network
    for layer, fan_in in zip(network, (64 * 9, 256), strict=True):
        weights = layer.weight.detach().double()
        sigma = (2 / fan_in) ** 0.5
        assert weights.var() == pytest.approx(sigma**2, rel=0.03)
        assert weights.mean().abs() < 0.02 * sigma
        # The share within one sigma is 0.683 for a normal, 0.577 for a uniform.
        assert (weights.abs() < sigma).double().mean() == pytest.approx(0.683, abs=0.01)


def test_he_initialise_touches_convolutions_only() -> None:
    network = nn.Sequential(ResidualUnit(8, 16), nn.Linear(16, 3))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    he_initialise(network)
    after = network.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    convolutions = ("conv1", "conv2", "conv3", "projection")
    assert changed == {f"0.{name}.weight" for name in convolutions}


def test_he_initialise_repeats_with_the_seed() -> None:
    draws = []
    for _ in range(2):
        torch.manual_seed(7)
        draws.append(he_initialise(ResidualUnit(8)).conv2.weight)
    assert torch.equal(*draws)
