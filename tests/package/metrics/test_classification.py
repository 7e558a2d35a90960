"""Evaluation: against counting by hand, image by image; the modes; the parts."""

from __future__ import annotations

import math

import pytest
import torch
from small_runs import noise, small_network
from torch import Tensor, nn

from resattn_tutorial.metrics.classification import Errors, evaluate, in_evaluation_mode
from resattn_tutorial.runtime.distributed import Share

COUNT = 30


class Given(nn.Module):
    """Answers with the logits it is given, and has one parameter to say where it is."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))
        self.asked: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.asked.append(len(x))
        return x


def answers(classes: int, count: int = COUNT) -> tuple[Tensor, Tensor]:
    """Made-up logits and labels."""
    draw = torch.Generator().manual_seed(classes)
    logits = torch.randn(count, classes, generator=draw)
    return logits, torch.randint(classes, (count,), generator=draw)


def by_hand(logits: Tensor, labels: Tensor) -> tuple[float, float, float, int]:
    """Plain Python: sort, look, add."""
    wrong = far = 0
    loss = 0.0
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        ranked = sorted(range(len(row)), key=lambda k: -row[k])
        wrong += ranked[0] != label
        far += label not in ranked[:5]
        loss += math.log(sum(math.exp(value) for value in row)) - row[label]
    return wrong / len(labels), far / len(labels), loss / len(labels), len(labels)


@pytest.mark.parametrize("classes", [2, 4, 5, 6, 20])
@pytest.mark.parametrize("batch_size", [1, 7, 30, 250])
def test_errors_equal_a_count_by_hand(classes: int, batch_size: int) -> None:
    logits, labels = answers(classes)
    network = Given()
    found = evaluate(network, lambda n: logits[n], labels, batch_size=batch_size)
    assert found == pytest.approx(by_hand(logits, labels), abs=1e-6)
    assert found.images == COUNT and max(network.asked) <= batch_size
    if classes <= 5:
        assert found.top5 == 0


def test_the_parts_of_several_processes_make_the_whole() -> None:
    logits, labels = answers(20, 31)
    whole = evaluate(Given(), lambda n: logits[n], labels)
    parts = [
        evaluate(Given(), lambda n: logits[n], labels, share=Share(rank, 3))
        for rank in range(3)
    ]
    assert [part.images for part in parts] == [11, 10, 10]
    joined = [
        sum(part[k] * part.images for part in parts) / 31 for k in range(3)
    ]
    assert joined == pytest.approx(whole[:3], abs=1e-6)


def test_batch_norm_uses_its_running_statistics_and_keeps_them() -> None:
    network, test = small_network().float(), noise(12)
    network[1].running_mean.fill_(0.5)
    kept = {name: value.clone() for name, value in network.state_dict().items()}

    def batch(numbers: Tensor) -> Tensor:
        return test.images[numbers].float() / 255

    one, all_at_once = (
        evaluate(network, batch, test.labels, batch_size=size) for size in (1, 12)
    )
    assert one == pytest.approx(all_at_once, abs=1e-6)
    for name, value in network.state_dict().items():
        assert torch.equal(value, kept[name])


def modes(network: nn.Module) -> list[bool]:
    """Of each part."""
    return [module.training for module in network.modules()]


def test_the_mode_of_each_part_is_put_back_even_after_a_failure() -> None:
    logits, labels = answers(4)
    network = nn.Sequential(Given(), nn.BatchNorm1d(4), nn.Dropout())
    network[1].eval()                                # frozen, as in fine-tuning
    before = modes(network)
    assert before == [True, True, False, True]
    evaluate(network, lambda n: logits[n], labels)
    assert modes(network) == before
    with pytest.raises(RuntimeError, match="no such file"):
        evaluate(network, lambda n: exec("raise RuntimeError('no such file')"), labels)
    assert modes(network) == before
    network.eval()
    evaluate(network, lambda n: logits[n], labels)
    assert not any(modes(network))


def test_inside_every_part_is_in_evaluation_mode() -> None:
    network = small_network(0, nn.Dropout())
    with in_evaluation_mode(network):
        assert not any(modes(network))
    assert all(modes(network))


@pytest.mark.parametrize(
    ("count", "how", "words"),
    [
        (0, {}, "number of images must be at least 1, got 0"),
        (2, {"share": Share(2, 3)}, "number of images must be at least 3, got 2"),
        (2, {"batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_too_few_images_are_refused(count: int, how: dict, words: str) -> None:
    logits, labels = answers(4, count)
    with pytest.raises(ValueError, match=words):
        evaluate(Given(), lambda n: logits[n], labels, **how)


def test_bfloat16_is_used_where_it_is_asked_for() -> None:
    network, test = small_network().float(), noise(12)
    seen = []
    network[5].register_forward_hook(lambda m, x, out: seen.append(out.dtype))

    def batch(numbers: Tensor) -> Tensor:
        return test.images[numbers].float() / 255

    for precision in ("float32", "bfloat16"):
        found = evaluate(network, batch, test.labels, precision=precision)
        assert isinstance(found, Errors) and math.isfinite(found.loss)
    assert seen == [torch.float32, torch.bfloat16]
