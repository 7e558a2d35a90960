"""Hooks see what a layer puts out, and what a gradient is; so captum works."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.post_activation import PostActivationUnit, exchange_units
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.models.stem_and_head import ImageNetStem

STAGES = [Stage(16, 1, poolings=2), Stage(32, 1, poolings=1)]


def large_stem() -> nn.Module:
    return ResidualAttentionNetwork(ImageNetStem(), STAGES, num_classes=5)


def later_units() -> nn.Module:
    return exchange_units(large_stem(), PostActivationUnit)


NETWORKS = {
    "small stem": lambda: mini_network(1),
    "large stem": large_stem,
    "later units": later_units,
    "no masks": zoo.cifar_resnet164,
    "saves memory": lambda: save_memory(mini_network(1)),
}
SOME = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)


def leaves(network: nn.Module) -> dict[str, nn.Module]:
    return {
        name: part for name, part in network.named_modules()
        if not list(part.children()) and list(part.parameters())
    }


def seen() -> Tensor:
    return torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@SOME
@pytest.mark.parametrize("training", [True, False])
def test_what_a_hook_keeps_of_any_layer_is_what_that_layer_put_out(build, training):
    network, kept, copies = build().train(training), {}, {}
    for name, layer in leaves(network).items():
        def keep(_: nn.Module, __: tuple, out: Tensor, name: str = name) -> None:
            kept[name], copies[name] = out, out.detach().clone()

        layer.register_forward_hook(keep)
    network(seen())
    changed = [name for name in kept if not torch.equal(kept[name], copies[name])]
    assert kept.keys() == leaves(network).keys() and not changed


@SOME
def test_a_backward_hook_on_any_layer_is_given_its_gradient(build):
    network, found = build(), {}
    for name, layer in leaves(network).items():
        layer.register_full_backward_hook(
            lambda _, inputs, outputs, name=name: found.update({name: outputs[0]}))
    logits = network(seen().requires_grad_())
    F.cross_entropy(logits, torch.zeros(4, dtype=torch.int64)).backward()
    assert found.keys() == leaves(network).keys()
    assert all(gradient is not None for gradient in found.values())


def grad_cam(network: nn.Module, layer: nn.Module, images: Tensor) -> Tensor:
    """Grad-CAM by hand: maps, weighted by their mean gradient, summed, rectified."""
    kept = []
    hook = layer.register_forward_hook(lambda _, __, out: kept.append(out))
    chosen = network(images)[:, 3].sum()
    hook.remove()
    [gradient] = torch.autograd.grad(chosen, kept)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return F.relu((weights * kept[0]).sum(dim=1, keepdim=True)).detach()


@pytest.mark.parametrize("name", [
    "stem", "stages.0", "stages.1", "stages.1.1", "stages.1.1.mask", "stages.2",
    "stages.1.1.trunk.0.bn2", "head.bn",
])
def test_captums_grad_cam_of_any_stage_is_the_one_by_hand(name: str):
    captum = pytest.importorskip("captum.attr", reason="captum is the test extra's")
    network, images = zoo.cifar_attention56(weights="SCENES").eval(), seen()[:2]
    layer = network.get_submodule(name)
    found = captum.LayerGradCam(network, layer).attribute(
        images, target=3, relu_attributions=True)
    torch.testing.assert_close(found, grad_cam(network, layer, images))
    assert found.shape[:2] == (2, 1)
