"""The most bytes alive: against counts by hand, and against what the system gave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.checkpoint import checkpoint

from resattn_tutorial.cost.kept_bytes import bytes_kept
from resattn_tutorial.cost.peak_bytes import peak_bytes
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.recompute import recompute_modules, recompute_stages
from resattn_tutorial.models.save_memory import save_memory

MAP = 2 * 4 * 6 * 6 * 4                              # bytes of (2, 4, 6, 6), float32
NUMBER = 4


def a_map(**how: object) -> Tensor:
    return torch.randn(2, 4, 6, 6, **how)


def learn(network: nn.Module, x: Tensor) -> None:
    """A training step on the sum of what a network gives."""
    network(x).sum().backward()


class Recomputed(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return checkpoint(super().forward, x, use_reentrant=False)


def sigmoids(count: int, kind: type[nn.Sequential] = nn.Sequential) -> nn.Sequential:
    return kind(*(nn.Sigmoid() for _ in range(count)))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_stack_holds_all_its_maps_and_the_first_gradient(count: int) -> None:
    """Each sigmoid keeps its output. From then on, where a gradient comes, a map goes.

    The sum is one number more, and so is the gradient that all begins with.
    """
    work = partial(learn, sigmoids(count), a_map(requires_grad=True))
    assert peak_bytes(work) == (count + 1) * MAP + 2 * NUMBER


@pytest.mark.parametrize("count", [2, 7])
def test_without_gradients_only_a_layer_s_input_and_output_are_there(
    count: int
) -> None:
    with torch.no_grad():
        assert peak_bytes(partial(sigmoids(count), a_map())) == min(count, 2) * MAP


@pytest.mark.parametrize(("parts", "inside"), [(2, 2), (3, 4), (5, 2)])
def test_a_recomputing_stack_holds_inputs_and_one_part_s_maps(
    parts: int, inside: int
) -> None:
    """All parts' outputs but the last, a part's maps once more, and a gradient."""
    x = a_map(requires_grad=True)
    network = nn.Sequential(*(sigmoids(inside, Recomputed) for _ in range(parts)))
    kept, most = bytes_kept(network, x), peak_bytes(partial(learn, network, x))
    assert kept == parts * MAP                       # the first one's input is x
    assert most == (parts - 1 + inside + 1) * MAP + 2 * NUMBER
    plain = sigmoids(parts * inside)
    assert peak_bytes(partial(learn, plain, a_map(requires_grad=True))) == (
        (parts * inside + 1) * MAP + 2 * NUMBER
    )


def test_gradients_of_weights_count_where_they_are_not_there_yet() -> None:
    layer, x = nn.Linear(50, 30, bias=False), torch.randn(2, 50)
    weights, out = 50 * 30 * NUMBER, 2 * 30 * NUMBER
    work = partial(learn, layer, x)
    # The output is gone when the backward pass begins; the sum is not.
    assert peak_bytes(work) == weights + 2 * NUMBER > out
    # Once there, the old ones do not count; the new ones are there for a moment.
    assert peak_bytes(work) == weights + 2 * NUMBER


def test_what_was_there_before_does_not_count_even_if_it_goes() -> None:
    held = [a_map()]

    def work() -> None:
        part = held[0][:1].view(-1)
        double = part.mul_(2).unsqueeze(0)
        held.clear()
        del part, double
        torch.zeros(1)

    assert peak_bytes(work) == NUMBER


def test_views_and_changes_in_place_add_nothing() -> None:
    def work() -> None:
        x = torch.zeros(2, 4, 6, 6)
        F.relu_(x.flatten(1).t()).add_(1)[:3].clone()

    assert peak_bytes(work) == MAP + 3 * 2 * NUMBER


def test_memory_that_is_given_back_may_be_taken_again() -> None:
    def work() -> None:
        for _ in range(50):
            torch.zeros(2, 4, 6, 6)

    assert peak_bytes(work) == MAP


def test_each_piece_of_memory_counts_whole_and_all_results_do() -> None:
    def work() -> None:
        few = torch.zeros(100)[:1]
        torch.ones(5).max(dim=0), few.add_(1)

    assert peak_bytes(work) == 100 * 4 + 5 * 4 + 4 + 8   # a value and where it stands


def test_what_is_made_of_python_s_numbers_is_not_seen() -> None:
    assert peak_bytes(lambda: torch.tensor([1.0, 2.0])) == 0
    assert peak_bytes(lambda: None) == 0


class Forks(nn.Module):
    """A map that goes two ways: on the way back its gradients are added."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = (nn.Linear(60, 60, bias=False) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        y = self.outer(torch.relu(self.inner(x)))
        return torch.tanh(y) * torch.sigmoid(x) + x


def given_by_the_system(work: Callable[[], object]) -> int:
    """The peak of what PyTorch's allocator gave, by its own notes, taken one by one."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        work()
    events = profiler.profiler.kineto_results.events()
    notes = sorted(
        (event.start_ns(), event.nbytes()) for event in events
        if event.name() == "[memory]"
    )
    now = most = 0
    for _, change in notes:
        now += change
        most = max(most, now)
    return most


def test_the_system_gave_as_much() -> None:
    network = nn.Sequential(nn.Linear(60, 60, bias=False), Forks(), Forks())
    work = partial(learn, network, torch.randn(64, 60))
    found = peak_bytes(work)
    network.zero_grad()
    assert found == given_by_the_system(work) > 5 * 64 * 60 * NUMBER


CHANGES = [lambda network: network, save_memory, recompute_modules, recompute_stages]


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_of_a_network_the_system_gave_hardly_more_and_shapes_count_the_same(
    change: Callable[[nn.Module], nn.Module]
) -> None:
    network, x = change(mini_network(2)), torch.randn(16, 3, 32, 32)
    work = partial(learn, network, x)
    found = peak_bytes(work)
    network.zero_grad()
    # Convolutions take a little for themselves.
    assert found <= given_by_the_system(work) < 1.05 * found
    with torch.device("meta"):
        network, x = change(mini_network(2)), torch.empty(16, 3, 32, 32)
    assert peak_bytes(partial(learn, network, x)) == found > bytes_kept(network, x)


def test_recomputing_by_stages_keeps_less_and_holds_more() -> None:
    x = torch.randn(4, 3, 32, 32)
    modules = recompute_modules(mini_network(1))
    stages = recompute_stages(mini_network(1))
    assert bytes_kept(stages, x) < bytes_kept(modules, x)
    by_modules, by_stages = (
        peak_bytes(partial(learn, network, x)) for network in (modules, stages)
    )
    assert by_modules < by_stages


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="work must be a function, got Tensor"):
        peak_bytes(a_map())


def test_a_fault_of_the_work_comes_through_and_nothing_is_watched_any_more() -> None:
    def fail() -> None:
        torch.zeros(2) @ torch.zeros(3)

    with pytest.raises(RuntimeError, match="size"):
        peak_bytes(fail)
    assert peak_bytes(partial(torch.zeros, 3)) == 3 * NUMBER
