"""The networks by name: their cost and their depth.

Costs are held against arithmetic that is written out here and knows nothing of the
package, against torchvision's own ResNets, and against the numbers of the fact sheet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import torch
from layer_tables import error
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.resnet import Bottleneck, ResNet, resnet152

from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.residual import ResidualUnit

# Attention modules of a stage, p, t, r; parameters for 10 and for 100 classes;
# multiply-adds of one image of 32 pixels with 10 classes.
CIFAR = {
    "cifar_attention56": ((1, 1, 2, 1), 1_030_362, 1_053_492, 122_825_216),
    "cifar_attention92": ((2, 1, 2, 1), 1_841_242, 1_864_372, 211_913_216),
    "cifar_attention128": ((3, 1, 2, 1), 2_652_122, 2_675_252, 301_001_216),
    "cifar_attention164": ((4, 1, 2, 1), 3_463_002, 3_486_132, 390_089_216),
    "cifar_attention236": ((6, 1, 2, 1), 5_084_762, 5_107_892, 568_265_216),
    "cifar_attention452": ((6, 2, 4, 3), 10_181_210, 10_204_340, 984_386_048),
}
RESNETS = {"imagenet_resnet152": [3, 8, 36, 3], "imagenet_resnet200": [3, 24, 36, 3]}


def cost(
    build: Callable[..., nn.Module], size: int, **options: object
) -> tuple[int, int]:
    """Parameters of a network, and multiply-adds of one image."""
    network = build(**options).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, size, size))
    return sum(p.numel() for p in network.parameters()), counter.get_total_flops() // 2


# Arithmetic. Everything is (parameters, multiply-adds).


def unit(inputs: int, outputs: int, side: int, stride: int = 1) -> tuple[int, int]:
    """A pre-activation bottleneck that reads a map of ``side`` pixels."""
    width, small = outputs // 4, side // stride
    reduce, grow = inputs * width, 9 * width**2 + width * outputs
    project = inputs * outputs if inputs != outputs else 0
    norms = 2 * (inputs + width + width)
    macs = side**2 * reduce + small**2 * (grow + project)
    return reduce + grow + project + norms, macs


def mask(channels: int, side: int, poolings: int, r: int) -> Iterator[tuple[int, int]]:
    """A mask's units, level by level, and its two last convolutions."""
    for level in range(1, poolings + 1):
        down_and_up = 2 * r + (1 if level < poolings else 0)  # 1 for the skip
        yield from [unit(channels, channels, side // 2**level)] * down_and_up
    yield 2 * channels**2 + 2 * 2 * channels, side**2 * 2 * channels**2


def cifar_attention(
    modules: int, p: int, t: int, r: int, classes: int
) -> tuple[int, int]:
    """A whole network of the CIFAR family on images of 32 pixels."""
    parts, inputs, side = [(3 * 9 * 16, 32**2 * 3 * 9 * 16)], 16, 32
    for channels, poolings in ((64, 3), (128, 2), (256, 1)):
        stride = 1 if channels == 64 else 2
        parts.append(unit(inputs, channels, side, stride))
        inputs, side = channels, side // stride
        for _ in range(modules):
            parts += [unit(channels, channels, side)] * (2 * p + t)
            parts += mask(channels, side, poolings, r)
        parts.append(unit(channels, channels, side))
    parts.append((2 * 256 + 256 * classes + classes, 256 * classes))
    parameters, macs = zip(*parts, strict=True)
    return sum(parameters), sum(macs)


@pytest.mark.slow
@pytest.mark.parametrize("name", CIFAR)
def test_a_cifar_network_costs_what_its_layers_add_up_to(name: str) -> None:
    (settings, ten, hundred, macs), build = CIFAR[name], getattr(zoo, name)
    assert cost(build, 32) == cifar_attention(*settings, 10) == (ten, macs)
    with_hundred = hundred, macs + 90 * 256
    assert cifar_attention(*settings, 100) == with_hundred
    assert cost(build, 32, num_classes=100) == with_hundred


def test_resnet_164_costs_what_its_layers_add_up_to() -> None:
    parts = [(3 * 9 * 16, 32**2 * 3 * 9 * 16), (2 * 256 + 256 * 10 + 10, 256 * 10)]
    for before, channels, side in ((16, 64, 32), (64, 128, 32), (128, 256, 16)):
        stride = 1 if channels == 64 else 2
        parts.append(unit(before, channels, side, stride))
        parts += [unit(channels, channels, side // stride)] * 17
    parameters, macs = (sum(column) for column in zip(*parts, strict=True))
    assert cost(zoo.cifar_resnet164, 32) == (parameters, macs)
    assert parameters == 1_703_258


# ResNets for ImageNet, against torchvision's.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("imagenet_resnet152", 60_192_808, 11_513_626_624),
        ("imagenet_resnet200", 64_673_832, 15_007_481_856),
    ],
)
def test_a_resnet_costs_what_torchvisions_does(
    name: str, parameters: int, macs: int
) -> None:
    theirs = cost(lambda: ResNet(Bottleneck, RESNETS[name]), 224)
    assert cost(getattr(zoo, name), 224) == theirs == (parameters, macs)


@pytest.mark.slow
def test_the_step_on_the_first_convolution_makes_resnet_152_the_papers() -> None:
    found = cost(zoo.imagenet_resnet152, 224, stride_first=True)
    assert found == (60_192_808, 11_282_415_616)


@pytest.mark.slow
def test_resnet_152_computes_what_torchvisions_does() -> None:
    torch.manual_seed(0)
    ours, theirs = zoo.imagenet_resnet152(num_classes=7), resnet152(num_classes=7)
    tensors = zip(theirs.state_dict(), ours.state_dict().values(), strict=True)
    theirs.load_state_dict(dict(tensors))
    theirs.maxpool = ours.stem.pool  # they pad it, the released files do not
    images = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    with torch.no_grad():
        found, expected = ours.double()(images), theirs.double()(images)
    assert error(found, expected) <= 1e-9


# Depth.


def trunk_layers(part: nn.Module) -> int:
    """Convolutions and linear layers on the way from image to logits.

    A mask stands beside that way, and so does a projection.
    """
    if isinstance(part, nn.Conv2d | nn.Linear):
        return 1
    children = dict(part.named_children())
    beside = {"mask", "projection"} & set(children)
    return sum(trunk_layers(children[name]) for name in set(children) - beside)


@pytest.mark.parametrize("name", zoo.__all__)
def test_the_number_in_a_name_is_the_networks_depth(name: str) -> None:
    with torch.device("meta"):
        network = getattr(zoo, name)()
    assert trunk_layers(network) == int(re.search(r"\d+$", name)[0])


@pytest.mark.parametrize(
    ("name", "modules"),
    [("attention56", [1, 1, 1, 0]), ("attention92", [1, 2, 3, 0])]
    + [(name, [settings[0]] * 3) for name, (settings, *_) in CIFAR.items()],
)
def test_the_stages_hold_the_papers_number_of_modules(
    name: str, modules: list[int]
) -> None:
    with torch.device("meta"):
        network = getattr(zoo, name)()
    kinds = [[type(part) for part in stage] for stage in network.stages]
    assert [Counter(stage)[AttentionModule] for stage in kinds] == modules
    for stage in kinds[:3]:  # the CIFAR networks have a unit behind their modules, too
        assert stage[0] is ResidualUnit
        assert (stage[-1] is ResidualUnit) == name.startswith("cifar")
