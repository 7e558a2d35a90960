"""Networks that keep less for the way back: the same to the last bit, and less kept."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from resattn_tutorial.training.grad_accumulation import RunningStatistics


def first_attention() -> nn.Module:
    return build_network("first_attention", 10)


PARTS: dict[str, Callable[[], tuple[nn.Module, int]]] = {
    "a unit": lambda: (ResidualUnit(8), 8),
    "a unit that changes shape": lambda: (ResidualUnit(8, 16, stride=2), 8),
    "a mask": lambda: (SoftMaskBranch(8, poolings=2), 8),
    "a network": lambda: (first_attention(), 3),
}


def pair(name: str) -> tuple[nn.Module, nn.Module, Tensor]:
    """A part as it is, the same one saving, and an input."""
    torch.manual_seed(0)
    part, channels = PARTS[name]()
    return part, save_memory(copy.deepcopy(part)), torch.randn(4, channels, 32, 32)


def learned(part: nn.Module, x: Tensor, dtype: torch.dtype | None = None) -> list:
    """Output, all gradients and all running statistics after two passes."""
    x = x.clone().requires_grad_()
    for _ in range(2):
        with torch.autocast("cpu", dtype or torch.bfloat16, enabled=dtype is not None):
            y = part(x)
        y.square().mean().backward()
    grads = [value.grad for value in part.parameters()]
    return [y, x.grad, *grads, *part.state_dict().values()]


def kept(part: nn.Module, x: Tensor) -> int:
    """Numbers that are kept for the way back, those that always are left out."""
    own = {value.untyped_storage().data_ptr() for value in part.state_dict().values()}
    found: dict[int, torch.UntypedStorage] = {}

    def note(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in own:
            found[storage.data_ptr()] = storage
        return value

    with torch.autograd.graph.saved_tensors_hooks(note, lambda value: value):
        y = part(x.requires_grad_())
    del y
    return sum(storage.nbytes() // 4 for storage in found.values())


@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", PARTS)
def test_a_saving_part_learns_the_same_to_the_last_bit(
    name: str, training: bool, dtype: torch.dtype | None
) -> None:
    plain, saving, x = pair(name)
    wanted = learned(plain.train(training), x, dtype)
    found = learned(saving.train(training), x, dtype)
    assert len(wanted) == len(found)
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))


def test_a_unit_keeps_what_enters_its_batch_norms_only() -> None:
    plain, saving, x = pair("a unit")
    size = x.numel()
    few = 3 * 2 * 8                                  # the batch norms' statistics
    # Input, its normalised form, and a quarter of the channels, four times.
    assert size * 3 <= kept(plain, x) <= size * 3 + few
    assert size * 1.5 <= kept(saving, x) <= size * 1.5 + few


@pytest.mark.parametrize("name", ["a mask", "a network"])
def test_masks_and_networks_keep_much_less(name: str) -> None:
    plain, saving, x = pair(name)
    assert kept(saving, x) < 0.75 * kept(plain, x)


def test_a_saving_network_keeps_its_names_and_copies_and_is_tested_alike() -> None:
    plain, saving, x = pair("a network")
    assert list(plain.state_dict()) == list(saving.state_dict())
    assert str(saving).replace("SavingUnit", "ResidualUnit").replace(
        "SavingMask", "SoftMaskBranch"
    ) == str(plain)
    again = copy.deepcopy(save_memory(saving)).eval()
    with torch.inference_mode():
        assert torch.equal(again(x), plain.eval()(x))


def test_gradients_are_right_in_64_bits() -> None:
    torch.manual_seed(0)
    unit = save_memory(ResidualUnit(4)).double()
    x = torch.randn(3, 4, 4, 4, dtype=torch.float64, requires_grad=True)
    momentum = unit.bn1.momentum
    assert torch.autograd.gradcheck(unit, (x,))
    assert unit.bn1.momentum == momentum and unit.bn1.num_batches_tracked > 0


def test_statistics_that_others_hold_stay_the_network_s() -> None:
    _, saving, x = pair("a network")
    statistics = RunningStatistics(saving)
    saving(x).sum().backward()
    norm = next(m for m in saving.modules() if isinstance(m, ResidualUnit)).bn1
    assert any(norm.num_batches_tracked is count for count in statistics.counts)
    assert norm.num_batches_tracked == 1


def test_a_unit_without_its_first_batch_norm_still_learns_the_same() -> None:
    plain, saving, x = pair("a unit")
    plain.bn1, saving.bn1 = nn.Identity(), nn.Identity()
    for a, b in zip(learned(saving, x), learned(plain, x), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(("wrong", "kind", "words"), [
    (nn.Conv2d(3, 4, 1), ValueError, "network must hold a ResidualUnit, .* got none"),
    (F.relu, TypeError, "network must be"),
])
def test_what_cannot_save_is_refused(
    wrong: object, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        save_memory(wrong)
