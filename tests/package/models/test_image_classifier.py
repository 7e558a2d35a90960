"""Features, head, levels and channels of a network, by timm's names."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_arms import exchange_attention
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.stem_and_head import (
    CifarStem,
    HalvingStem,
    ImageNetStem,
)

STAGES = [Stage(8, 1, poolings=1), Stage(16, 1, poolings=1), Stage(32)]
# Also where channels do not tell where a level ends.
RESNET = [(16, 2), (16, 3), (32, 1)]
SMALL = {
    "masks": lambda stem: ResidualAttentionNetwork(stem, STAGES, 5),
    "no masks": lambda stem: ResidualNetwork(stem, RESNET, 5),
    "gates": lambda stem: exchange_attention(
        ResidualAttentionNetwork(stem, STAGES, 5), "cbam"),
}
EACH = pytest.mark.parametrize("build", SMALL.values(), ids=SMALL)


def seen(channels: int = 3, size: int = 64) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, channels, size, size, generator=generator)


@EACH
def test_features_and_head_one_after_another_are_the_network(build):
    network, images = build(CifarStem()).eval(), seen(size=32)
    with torch.no_grad():
        features, logits = network.forward_features(images), network(images)
        assert features.shape == (2, network.num_features, 8, 8)
        assert torch.equal(network.forward_head(features), logits)
        pooled = network.forward_head(features, pre_logits=True)
        assert torch.equal(network.get_classifier()(pooled), logits)
        network.reset_classifier(0)
        assert torch.equal(network(images), pooled) and network.num_classes == 0


@EACH
@pytest.mark.parametrize("stem", [CifarStem, HalvingStem, ImageNetStem])
def test_what_is_told_of_each_level_is_what_its_module_puts_out(build, stem):
    network, kept, images = build(stem()).eval(), {}, seen()
    for level in network.feature_info:
        network.get_submodule(level["module"]).register_forward_hook(
            lambda _, __, out, name=level["module"]: kept.update({name: out.shape}))
    network(images)
    told = {
        level["module"]: (2, level["num_chs"], *[64 // level["reduction"]] * 2)
        for level in network.feature_info
    }
    assert len(told) == 3 and told == kept


@pytest.mark.parametrize("name", zoo.__all__)
def test_the_papers_networks_tell_their_levels(name: str):
    with torch.device("meta"):
        levels = getattr(zoo, name)().feature_info
    widths, first = ([64, 128, 256], 1) if "cifar" in name else (
        [256, 512, 1024, 2048], 4)
    assert [level["num_chs"] for level in levels] == widths
    assert [level["reduction"] for level in levels] == [
        first * 2**k for k in range(len(widths))]


def test_a_new_last_layer_tells_other_classes_apart_and_leaves_the_rest():
    network = mini_network(1, 10).double()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.reset_classifier(3)
    images = seen(size=32).double()
    assert network(images).shape == (2, 3) and network.num_classes == 3
    network.eval()
    after = network.state_dict()
    kept = [name for name in before if "running" not in name and "tracked" not in name]
    changed = [name for name in kept if not torch.equal(before[name], after[name])]
    assert changed == ["head.classify.weight", "head.classify.bias"]
    for wrong, error in ((-1, ValueError), ("3", TypeError)):
        with pytest.raises(error, match="num_classes must be"):
            network.reset_classifier(wrong)


# Channels


@pytest.mark.parametrize("name", zoo.__all__)
def test_every_network_takes_images_of_other_channels(name: str):
    with torch.device("meta"):
        network = getattr(zoo, name)(num_classes=5, in_channels=7)
    assert network.stem.conv.in_channels == network.stem.in_channels == 7
    plain = getattr(zoo, name)
    with torch.device("meta"):
        more = sum(p.numel() for p in network.parameters())
        colours = plain(num_classes=5)
    window = network.stem.conv.weight[0, 0].numel() * network.stem.channels
    assert more - sum(p.numel() for p in colours.parameters()) == 4 * window


@EACH
@pytest.mark.parametrize("channels", [1, 2, 12])
def test_a_network_of_some_channels_refuses_other_images_by_name(build, channels):
    network = build(CifarStem(channels)).eval()
    assert network(seen(channels, 32)).shape == (2, 5)
    wrong = f"images must have {channels} channels, got {channels + 1}"
    with pytest.raises(ValueError, match=wrong):
        network(seen(channels + 1, 32))


def replaced_convolution(network: nn.Module) -> None:
    network.stem.conv = nn.Conv2d(4, 16, 3, padding=1, bias=False)


def replaced_by_a_convolution(network: nn.Module) -> None:
    network.stem = nn.Conv2d(4, 16, 3, padding=1)


def replaced_by_a_row(network: nn.Module) -> None:
    network.stem = nn.Sequential(nn.Conv2d(4, 16, 3, padding=1), nn.ReLU())


@EACH
@pytest.mark.parametrize(
    "replace", [replaced_convolution, replaced_by_a_convolution, replaced_by_a_row])
def test_a_replaced_stem_is_asked_what_it_takes(build, replace):
    network = build(CifarStem()).eval()
    replace(network)
    assert network(seen(4, 32)).shape == (2, 5)
    features = network.forward_features(seen(4, 32))
    assert features.shape == (2, network.num_features, 8, 8)
    with pytest.raises((ValueError, RuntimeError), match="channels"):
        network(seen(3, 32))


@pytest.mark.parametrize(("channels", "error"), [(0, ValueError), ("3", TypeError)])
@pytest.mark.parametrize("stem", [CifarStem, HalvingStem, ImageNetStem])
def test_a_stem_refuses_what_is_no_number_of_channels(stem, channels, error):
    with pytest.raises(error, match="in_channels must be"):
        stem(channels)
