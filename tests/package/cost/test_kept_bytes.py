"""Bytes kept for the backward pass: against counts by hand, and leaving no trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.cost.kept_bytes import bytes_kept, bytes_saved
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.residual import ResidualUnit

MAP = 2 * 4 * 6 * 6 * 4                              # bytes of (2, 4, 6, 6), float32


def map_of(channels: int = 4, **how: object) -> Tensor:
    return torch.randn(2, channels, 6, 6, **how)


class Does(nn.Module):
    """A network without weights that does one thing."""

    def __init__(self, work: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.work = work

    def forward(self, x: Tensor) -> object:
        return self.work(x)


@pytest.mark.parametrize(("network", "maps"), [
    (nn.Conv2d(4, 8, 1), 1),                         # its input; no weight, no output
    (nn.ReLU(), 1),                                  # its output
    (nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 1)), 1),   # one map that both keep
    (nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()), 2),
    (nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU(inplace=True)), 2),
    (nn.Sigmoid(), 1),
    (nn.Identity(), 0),
    (Does(lambda x: x + 1), 0),                      # a sum keeps nothing
    (Does(lambda x: x * x), 1),                      # one map, twice
    (Does(lambda x: x * x[:, :2].sum()), 1 + 4 / MAP),   # and one number
    (Does(lambda x: F.relu(x)[:1].square()), 1),     # part of a map: kept whole
])
def test_the_maps_that_are_kept_are_counted(network: nn.Module, maps: float) -> None:
    assert bytes_kept(network, map_of(requires_grad=True)) == round(maps * MAP)


def test_a_batch_norm_keeps_its_input_and_the_batch_s_own_statistics() -> None:
    x = map_of(requires_grad=True)
    norm = nn.BatchNorm2d(4)
    assert bytes_kept(norm, x) == MAP + 2 * 4 * 4    # a mean and a deviation a channel
    # Tested, it takes its running statistics, which are there anyway.
    assert MAP <= bytes_kept(norm.eval(), x) <= MAP + 2 * 4 * 4


def test_a_residual_unit_keeps_three_maps_and_what_its_batch_norms_saw() -> None:
    """Its input, that rectified, and a quarter of the channels, four times."""
    unit, x = ResidualUnit(4), map_of(requires_grad=True)
    assert bytes_kept(unit, x) == 3 * MAP + 2 * (4 + 1 + 1) * 4


def test_half_as_long_numbers_take_half_and_twice_the_images_twice_the_bytes() -> None:
    convolution = nn.Conv2d(4, 4, 1).double()
    x = map_of(requires_grad=True).double()
    assert bytes_kept(convolution, x) == 2 * MAP
    assert bytes_kept(convolution, torch.cat([x, x])) == 4 * MAP
    assert bytes_kept(convolution.bfloat16(), x.bfloat16()) == MAP // 2


def test_of_a_part_of_a_tensor_only_that_part_counts() -> None:
    many = map_of().repeat(10, 1, 1, 1)
    assert bytes_kept(nn.Conv2d(4, 4, 1), many[:2]) == MAP
    assert bytes_kept(nn.Conv2d(4, 4, 1), many.to(torch.float64).float()) == 10 * MAP


def test_where_nothing_is_learned_nothing_is_kept() -> None:
    network = nn.Conv2d(4, 4, 1).requires_grad_(False)
    assert bytes_kept(network, map_of()) == 0
    assert bytes_kept(nn.ReLU(), map_of()) == 0
    assert bytes_kept(nn.ReLU(), map_of(requires_grad=True)) == MAP


def test_a_caller_that_asks_for_no_gradients_gets_the_same_count() -> None:
    with torch.no_grad():
        assert bytes_kept(nn.Conv2d(4, 4, 1), map_of()) == MAP


@pytest.mark.parametrize("training", [True, False])
def test_shapes_without_numbers_give_the_same_count(training: bool) -> None:
    network = mini_network(1).train(training)
    kept = bytes_kept(network, torch.randn(2, 3, 32, 32))
    with torch.device("meta"):
        network, x = mini_network(1).train(training), torch.empty(2, 3, 32, 32)
    # Batch norm's own statistics may be kept on one device and not on the other.
    few = sum(2 * 4 * len(part.running_mean) for part in network.modules()
              if isinstance(part, nn.BatchNorm2d))
    assert abs(bytes_kept(network, x) - kept) <= few < 0.01 * kept


def test_counting_changes_nothing() -> None:
    network = nn.Sequential(mini_network(1), nn.Dropout(0.5))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    own = list(network.buffers())
    x, random = torch.randn(2, 3, 32, 32), torch.get_rng_state()
    first = bytes_kept(network, x)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(a is b for a, b in zip(network.buffers(), own, strict=True))
    after = network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(weight.grad is None for weight in network.parameters())
    assert not x.requires_grad and network.training
    assert bytes_kept(network, x) == first > 0


def test_what_work_saves_is_counted_without_what_is_left_out() -> None:
    x, y = (map_of(requires_grad=True) for _ in range(2))
    assert bytes_saved(lambda: x * y) == 2 * MAP
    assert bytes_saved(lambda: x * y, besides=[y]) == MAP
    assert bytes_saved(lambda: x * y, besides=[y[0], map_of()]) == MAP
    assert bytes_saved(lambda: None) == 0


@pytest.mark.parametrize(("call", "words"), [
    (lambda: bytes_kept(F.relu, map_of()), "network must be an nn.Module, got func"),
    (lambda: bytes_kept(nn.ReLU(), [1.0]), "x must be a tensor, got list"),
    (lambda: bytes_saved(map_of()), "work must be a function, got Tensor"),
])
def test_what_cannot_be_counted_so_is_refused(
    call: Callable[[], object], words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        call()
