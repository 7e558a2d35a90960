"""Three steps tell whether code still trains as it did; changed words do not count."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tiny_grid import BASE

from resattn_tutorial.experiments import probe as module
from resattn_tutorial.experiments.probe import is_stale, probe, unsettled
from resattn_tutorial.experiments.queue import read_ledger
from resattn_tutorial.models import attention_arms, residual, soft_mask
from resattn_tutorial.training import step


@pytest.fixture(autouse=True)
def anew():
    module._probe.cache_clear()
    yield
    module._probe.cache_clear()


def test_a_probe_is_the_same_twice_and_leaves_the_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    first = probe(BASE)
    assert torch.equal(torch.rand(2), expected)
    module._probe.cache_clear()
    assert probe(BASE) == first
    assert set(first) == {"loss 1", "loss 2", "loss 3", "moved", "signed"}


def test_settings_that_make_no_other_run_give_the_same_probe():
    recipe = replace(BASE.recipe, learning_rate=0.3, steps=900)
    other = replace(
        BASE, threads=2, points=1, seed=9, save_every=3, graphs=False,
        recipe=replace(recipe, steps=BASE.recipe.steps), data="builtin-search",
    )
    assert probe(other) == probe(BASE)


def test_unchanged_code_is_fresh_also_in_the_last_digits():
    then = {name: value * (1 + 1e-9) for name, value in probe(BASE).items()}
    assert not is_stale(BASE, then)
    assert is_stale(BASE, {"loss 1": then["loss 1"]})


def changed(monkeypatch, what: str) -> None:
    """Change one thing in the code, as a commit might."""
    if what == "the mask's shape":
        monkeypatch.setattr(soft_mask, "stretch", lambda x, size: (
            torch.nn.functional.interpolate(x, size=size, mode="nearest")
        ))
    elif what == "how naive attention merges":
        monkeypatch.setattr(
            attention_arms, "naive_attention", lambda mask, trunk: mask * trunk * 0.9
        )
    elif what == "the first weights":
        drawn = torch.nn.init.kaiming_normal_
        monkeypatch.setattr(residual.nn.init, "kaiming_normal_", lambda w, **how: (
            drawn(w, **how).data.mul_(1.01)
        ))
    elif what == "the learning rate":
        monkeypatch.setattr(step, "set_rate", lambda optimizer, rate: None)


@pytest.mark.parametrize("what", [
    "the mask's shape", "how naive attention merges", "the first weights",
    "the learning rate",
])
def test_code_that_trains_otherwise_makes_a_run_stale(what, monkeypatch):
    config = replace(BASE, attention="naive")
    then = probe(config)
    module._probe.cache_clear()
    changed(monkeypatch, what)
    assert is_stale(config, then)


def test_label_noise_and_attention_are_part_of_the_probe():
    plain = probe(BASE)
    others = {"label_noise": 0.7, "attention": "spatial", "network": "mini2"}
    for name, value in others.items():
        assert is_stale(replace(BASE, **{name: value}), plain), name


def test_what_another_processor_rounds_otherwise_makes_no_run_stale():
    """What rounds otherwise must not count: another order in memory stands for it."""
    then, contiguous = probe(BASE), replace(BASE, memory_format="contiguous_format")
    assert probe(contiguous) != then and not is_stale(contiguous, then)


def test_numbers_that_the_last_digits_decide_are_not_compared_and_others_are():
    """Six naive modules: their gradients explode, and only the first steps are sure."""
    naive = replace(BASE, network="mini6", attention="naive")
    then = probe(naive)
    elsewhere = then | {name: then[name] * 1.05 for name in ("moved", "signed")}
    assert unsettled(naive) >= {"moved", "signed"}
    assert not is_stale(naive, elsewhere)
    for name in ("loss 1", "loss 2"):
        assert is_stale(naive, elsewhere | {name: then[name] * 1.001}), name


def test_where_gradients_are_tame_every_number_is_compared():
    then = probe(BASE)
    assert unsettled(BASE) == set()
    for name, value in then.items():
        assert is_stale(BASE, then | {name: value * 1.001}), name


def test_a_recorded_probe_is_today_s():
    """Of each kind of training one recorded run; a change of the code turns this red.

    If it is meant to train otherwise from now on, the runs are to be made again.
    """
    stale = read_ledger().stale
    assert not stale, sorted(run.stem for run in stale.values())
