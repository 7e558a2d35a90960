"""The networks as torchvision's users ask for them: by name, with or without weights,
for another number of classes, and with a transform for any photograph."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.models import get_model, get_model_weights, get_weight, list_models
from torchvision.transforms import v2

from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.models import zoo
from resattn_tutorial.models.weights import CifarAttention56_Weights as Trained
from resattn_tutorial.models.weights import NoWeights

WITHOUT = [name for name in zoo.__all__ if name != "cifar_attention56"]


@pytest.mark.parametrize("name", zoo.__all__)
def test_every_network_is_built_without_weights_for_seven_classes(name: str) -> None:
    with torch.device("meta"):
        network = get_model(name, weights=None, num_classes=7)
        x = torch.empty(2, network.num_features, 5, 5)
        assert network.head(x).shape == (2, 7) and network.num_classes == 7


def test_a_loop_over_all_networks_that_asks_for_their_weights_finds_two_of_ours():
    found = [one for name in list_models() for one in get_model_weights(name)]
    ours = [one for one in found if one.name in Trained.__members__ and one in Trained]
    assert ours == list(Trained)


@pytest.mark.parametrize("name", WITHOUT)
def test_a_network_without_weights_says_so_and_names_the_one_that_has(name: str):
    assert get_model_weights(name) is NoWeights and not list(NoWeights)
    for asked in ("DEFAULT", Trained.SCENES):
        with pytest.raises(ValueError, match="must be None.*cifar_attention56 alone"):
            get_model(name, weights=asked)


def test_torchvision_looks_for_weights_by_their_full_name_among_its_own_only():
    with pytest.raises(ValueError):
        get_weight("CifarAttention56_Weights.SCENES")
    assert get_model_weights("cifar_attention56")["SCENES"] is Trained.SCENES


def test_weights_of_colours_are_refused_for_grey_images():
    with pytest.raises(ValueError, match="in_channels must be 3 with these .* got 1"):
        zoo.cifar_attention56(weights="DEFAULT", in_channels=1)


# The transform


def noise(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize(("height", "width"), [(314, 400), (400, 314), (20, 33)])
def test_a_photograph_of_any_size_is_brought_to_the_networks(height: int, width: int):
    image, inputs = noise(3, height, width), Trained.SCENES.transforms()
    expected = v2.CenterCrop(32)(v2.Resize(32, antialias=True)(image))
    plain = SmallImageInputs(mean=inputs.mean_colour)
    assert torch.equal(inputs(image), plain(expected))
    held = Image.fromarray(image.permute(1, 2, 0).numpy())
    assert torch.equal(inputs(held), plain(expected))


def test_an_image_of_the_networks_size_keeps_every_byte():
    images, inputs = noise(4, 3, 32, 32), Trained.SCENES.transforms()
    expected = images.float() / 255 - torch.tensor(inputs.mean_colour).view(3, 1, 1)
    assert torch.equal(inputs(images), expected)


def test_a_size_that_is_none_leaves_an_image_as_it_is_and_a_bad_one_is_refused():
    assert SmallImageInputs(mean=(0, 0, 0))(noise(3, 7, 9)).shape == (3, 7, 9)
    with pytest.raises(TypeError, match="size must be a whole number"):
        SmallImageInputs(mean=(0, 0, 0), size="32")
    with pytest.raises(ValueError, match="size must be at least 1"):
        SmallImageInputs(mean=(0, 0, 0), size=0)
