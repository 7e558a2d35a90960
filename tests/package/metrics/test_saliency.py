"""Grad-CAM against captum's, and the departure of masks by hand."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from captum.attr import LayerGradCam
from torch import Tensor, nn

from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.metrics.saliency import departure, grad_cam
from resattn_tutorial.models.weights import CifarAttention56_Weights
from resattn_tutorial.models.zoo import cifar_attention56

CLASSES = torch.tensor([0, 2, 1, 2, 2])


class Small(nn.Module):
    """Features and a head with a ReLU in it, so that slopes differ from place to place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 6, 3, padding=1)
        self.mix = nn.Conv2d(6, 8, 1)
        self.classify = nn.Linear(8, 3)

    def head(self, features: Tensor) -> Tensor:
        return self.classify(F.relu(self.mix(features)).mean(dim=(2, 3)))

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.body(images))


@pytest.fixture
def small() -> Small:
    torch.manual_seed(0)
    return Small().double()


@pytest.fixture
def images() -> Tensor:
    return torch.randn(5, 3, 7, 6, generator=torch.Generator().manual_seed(1)).double()


def test_grad_cam_is_captums(small: Small, images: Tensor) -> None:
    ours = grad_cam(small.body(images), small.head, CLASSES)
    theirs = LayerGradCam(small, small.body).attribute(
        images, CLASSES, relu_attributions=True
    )
    torch.testing.assert_close(ours, theirs[:, 0].detach())
    assert (ours > 0).any() and (ours == 0).any()


def test_grad_cam_of_the_packaged_network_is_captums() -> None:
    weights = CifarAttention56_Weights.SCENES
    network = cifar_attention56(weights=weights).eval()
    inputs = weights.transforms()(load_scenes("test", 4).images)
    with torch.no_grad():
        features = network.stages(network.stem(inputs))
        classes = network.head(features).argmax(dim=1)
    theirs = LayerGradCam(network, network.stages).attribute(
        inputs, classes, relu_attributions=True
    )
    ours = grad_cam(features, network.head, classes)
    torch.testing.assert_close(ours, theirs[:, 0].detach(), rtol=1e-4, atol=1e-5)


def test_grad_cam_is_the_formula_written_with_loops(
    small: Small, images: Tensor
) -> None:
    features = small.body(images).detach()
    found = grad_cam(features, small.head, CLASSES)
    for n, label in enumerate(CLASSES.tolist()):
        weights = []
        for c in range(6):
            # Along a whole channel at once, by a small step to either side.
            step = torch.zeros_like(features[n : n + 1])
            step[:, c] = 1e-6
            above = small.head(features[n : n + 1] + step)[0, label]
            below = small.head(features[n : n + 1] - step)[0, label]
            weights.append((above - below).item() / 2e-6 / 42)
        summed = sum(w * one for w, one in zip(weights, features[n], strict=True))
        torch.testing.assert_close(found[n], summed.clamp_min(0), rtol=1e-4, atol=1e-7)


def test_grad_cam_leaves_features_gradients_and_modes_as_they_were(
    small: Small, images: Tensor
) -> None:
    features = small.body(images)
    kept = features.detach().clone()
    found = grad_cam(features, small.head, CLASSES)
    assert torch.equal(features, kept) and not found.requires_grad
    assert all(weight.grad is None for weight in small.parameters())


def test_grad_cam_takes_what_was_computed_in_inference_mode(
    small: Small, images: Tensor
) -> None:
    usual = grad_cam(small.body(images), small.head, CLASSES)
    with torch.inference_mode():
        found = grad_cam(small.body(images), small.head, CLASSES + 0)
    assert torch.equal(found, usual)


def test_the_departure_is_the_distance_by_hand() -> None:
    masks = torch.tensor([0.1, 0.9, 0.5, 0.5]).view(1, 2, 1, 2)
    usual = torch.tensor([0.5, 0.2])
    found = departure(masks, usual)
    by_hand = [math.hypot(0.4, 0.3) / 2**0.5, math.hypot(0.4, 0.3) / 2**0.5]
    assert found.shape == (1, 1, 2)
    assert found.flatten().tolist() == pytest.approx(by_hand)


def test_a_channel_counts_alike_whether_it_rises_or_falls() -> None:
    torch.manual_seed(0)
    masks, usual = torch.rand(2, 5, 3, 3), torch.rand(5)
    turned = masks.clone()
    turned[:, 2] = 2 * usual[2] - turned[:, 2]
    torch.testing.assert_close(departure(masks, usual), departure(turned, usual))


FEATURES = torch.rand(2, 4, 3, 3)
TWO = torch.tensor([0, 1])


def head(features: Tensor) -> Tensor:
    return features.mean(dim=(2, 3))


REFUSED = [
    (lambda: grad_cam(FEATURES[0], head, TWO), ValueError, "features must have shape"),
    (lambda: grad_cam(FEATURES.byte(), head, TWO), TypeError, "features must hold"),
    (lambda: grad_cam(FEATURES, None, TWO), TypeError, "head must be"),
    (lambda: grad_cam(FEATURES, head, TWO + 3), ValueError,
     "labels must be from 0 to 3"),
    (lambda: grad_cam(FEATURES, head, TWO.float()), TypeError, "labels must be a tens"),
    (lambda: grad_cam(FEATURES, head, TWO[:1]), ValueError, "classes must be one"),
    (lambda: departure(FEATURES[0], torch.rand(4)), ValueError, "masks must have shap"),
    (lambda: departure(FEATURES, torch.rand(3)), ValueError, "each of 4 channels"),
    (lambda: departure(FEATURES, 0.5), TypeError, "usual must be a tensor"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_gives_no_picture_is_refused_by_name(call, error, words) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
