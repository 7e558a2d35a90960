"""A first look: what a trained network answers, and where its masks depart."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.experiments.first_look import (
    Look,
    asked,
    look,
    one_map,
    show_look,
    usual_values,
)
from resattn_tutorial.metrics.saliency import departure
from resattn_tutorial.models.zoo import cifar_attention56

SCENES = load_scenes("test", 3)


@pytest.fixture(scope="module")
def network():
    return cifar_attention56(weights="SCENES")


@pytest.fixture(scope="module")
def usual(network):
    return usual_values(network)


def test_a_network_in_training_mode_answers_as_trained_and_stays_in_it(network) -> None:
    network.train()
    logits, _ = asked(network, SCENES.images)
    assert network.training
    again, _ = asked(network.eval(), SCENES.images)
    assert torch.equal(logits, again)


def test_what_is_away_and_the_usual_values_are_the_mask(network, usual) -> None:
    seen = look(network, SCENES.images, usual)
    _, masks = asked(network, SCENES.images)
    for name, mask in masks.items():
        assert torch.allclose(seen.away[name] + usual[name], mask)
        assert mask.shape[1] == usual[name].shape[1]
    assert torch.allclose(seen.shares.sum(dim=1), torch.ones(3))
    named = [answer.split(",")[0] for answer in seen.answers]
    assert named == [CLASSES[k] for k in seen.shares.argmax(dim=1)]


def test_one_map_at_the_mask_s_own_size_is_chapter_13_s_departure(
    network, usual
) -> None:
    _, masks = asked(network, SCENES.images)
    seen = look(network, SCENES.images, usual)
    for name, mask in masks.items():
        own = one_map(seen.away[name], tuple(mask.shape[-2:]))
        assert torch.allclose(own, departure(mask, usual[name].flatten()), atol=1e-6)


def test_the_picture_is_drawn_by_the_map_that_is_given(network, usual) -> None:
    seen = look(network, SCENES.images, usual)

    def corner(away, size):
        maps = torch.zeros(len(away), *size)
        maps[:, 4, 6] = 1
        return maps

    drawing = show_look(SCENES.images, seen, corner)
    assert drawing.alt.count("in row 5, column 7") == 9
    assert all(answer in drawing.alt for answer in seen.answers)


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: asked(nn.Identity(), SCENES.images), TypeError,
     "network must be an attention network, got Identity"),
    (lambda: asked(cifar_attention56(), SCENES.images.float()), TypeError, "uint8"),
    (lambda: look(cifar_attention56(), SCENES.images, {}), ValueError,
     "usual must hold values for stage 1, module 1"),
    (lambda: one_map("away", (3, 3)), TypeError, "away must be"),
    (lambda: one_map(torch.zeros(1, 2, 3, 3), 3), TypeError, "size must be"),
    (lambda: show_look(SCENES.images, "look"), TypeError, "seen must be"),
    (lambda: show_look(SCENES.images, Look(torch.zeros(3, 10), {}), 3), TypeError,
     "to_map must be"),
])
def test_what_cannot_be_looked_at_is_refused(call, error, words: str) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
