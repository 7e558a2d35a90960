"""Answers to *Keep a run, and put it back*."""

from __future__ import annotations

import copy

import torch
from torch import nn

from tests.banks import Answer

NAME = "run_state"


def take(run):
    return {
        "network": run.network.state_dict(), "optimizer": run.optimizer.state_dict(),
        "step": run.step, "random": torch.get_rng_state(),
    }


def put(run, state):
    if "network" in state:
        run.network.load_state_dict(state["network"])
    if "optimizer" in state:
        run.optimizer.load_state_dict(state["optimizer"])
    if "step" in state:
        run.step = state["step"]
    if "random" in state:
        torch.set_rng_state(state["random"])


def both(taking, putting=put):
    """An answer of two halves."""
    def my_state(run, state=None):
        if state is None:
            return taking(run)
        return putting(run, state)
    return my_state


def without(*names):
    return both(lambda run: {k: v for k, v in take(run).items() if k not in names})


def by_copies(run):
    return {
        "weights": [p.detach().clone() for p in run.network.parameters()],
        "buffers": [b.clone() for b in run.network.buffers()],
        "momenta": [
            run.optimizer.state[p]["momentum_buffer"].clone()
            for p in run.network.parameters() if p in run.optimizer.state
        ],
        "where": {"step": torch.tensor(run.step)},
        "random": torch.random.get_rng_state().tolist(),
    }


@torch.no_grad()
def from_copies(run, state):
    for mine, kept in zip(run.network.parameters(), state["weights"], strict=True):
        mine.copy_(kept)
    for mine, kept in zip(run.network.buffers(), state["buffers"], strict=True):
        mine.copy_(kept)
    run.optimizer.state.clear()
    for mine, kept in zip(run.network.parameters(), state["momenta"], strict=False):
        run.optimizer.state[mine] = {"momentum_buffer": kept.clone()}
    run.step = int(state["where"]["step"])
    torch.random.set_rng_state(torch.tensor(state["random"], dtype=torch.uint8))


def deeply(run):
    return copy.deepcopy(take(run))


def put_and_return(run, state):
    put(run, state)
    return run


def new_optimizer(run, state):
    put(run, state)
    run.optimizer = torch.optim.SGD(run.network.parameters(), 0.1, momentum=0.9)
    run.optimizer.load_state_dict(state["optimizer"])


def copied_by_hand(run, state=None):
    return by_copies(run) if state is None else from_copies(run, state)


RIGHT = [
    Answer(NAME, "two state dictionaries, a number and a tensor", both(take)),
    Answer(NAME, "everything copied by hand", copied_by_hand),
    Answer(NAME, "a deep copy, the run returned", both(deeply, put_and_return)),
    Answer(NAME, "an optimizer made anew", both(take, new_optimizer)),
    Answer(NAME, "with the learning rate besides", both(
        lambda run: take(run) | {"lr": run.optimizer.param_groups[0]["lr"]})),
]


def momenta_that_are_there(run, state):
    """Leaves the other run's momentum where none was kept."""
    with torch.no_grad():
        for mine, kept in zip(run.network.parameters(), state["momenta"], strict=False):
            run.optimizer.state[mine]["momentum_buffer"].copy_(kept)
        for kind in ("parameters", "buffers"):
            kept = state["weights" if kind == "parameters" else "buffers"]
            for mine, value in zip(getattr(run.network, kind)(), kept, strict=True):
                mine.copy_(value)
    run.step = int(state["where"]["step"])
    torch.set_rng_state(torch.tensor(state["random"], dtype=torch.uint8))


SHELF: dict = {}


def on_a_shelf(run):
    SHELF.update(copy.deepcopy(take(run)))
    return {"step": run.step}


WRONG = [
    Answer(NAME, "kept outside",
           both(on_a_shelf, lambda run, state: put(run, SHELF)), "outside"),
    Answer(NAME, "network and optimizer only", without("step", "random"), "run.step"),
    Answer(NAME, "the network only", without("optimizer", "step", "random"),
           "momentum"),
    Answer(NAME, "momentum left over", both(by_copies, momenta_that_are_there),
           "momentum"),
    Answer(NAME, "a function in it",
           both(lambda run: take(run) | {"rate": lambda step: 0.1}), "object"),
    Answer(NAME, "a tuple", both(lambda run: tuple(take(run).values())), "dictionary"),
    Answer(NAME, "a module", nn.Identity(), "dictionary"),
]
