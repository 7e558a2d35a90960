"""The networks in torchvision's registry, and what their builders refuse."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import torch
from torchvision.models import get_model, get_model_builder, list_models, resnet152

from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.resnet import ResidualNetwork


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.__all__)
def test_torchvision_finds_a_network_by_its_name(name: str) -> None:
    assert name in list_models()
    with torch.device("meta"):
        found = get_model(name, num_classes=7)
        assert isinstance(found, ResidualAttentionNetwork | ResidualNetwork)
        same = getattr(zoo, name)(num_classes=7)
    shapes = [[p.shape for p in network.parameters()] for network in (found, same)]
    assert shapes[0] == shapes[1]
    assert found.head.classify.out_features == 7


def test_the_registry_holds_the_zoo_and_all_that_was_torchvisions() -> None:
    home = {name: get_model_builder(name).__module__ for name in list_models()}
    ours = {name for name, module in home.items() if "resattn" in module}
    assert ours == set(zoo.__all__)
    theirs = {name for name in home if home[name].startswith("torchvision.models.")}
    assert theirs == set(home) - ours and {"resnet152", "googlenet"} <= theirs
    assert get_model_builder("resnet152") is resnet152


def test_the_zoo_may_be_imported_twice() -> None:
    before = list_models()
    importlib.reload(zoo)
    assert list_models() == before


def test_torchvisions_private_registry_is_named_in_one_place() -> None:
    package = Path(zoo.__file__).parent
    private = re.compile(r"_api\b|register_model|BUILTIN_MODELS")
    named = [p for p in package.rglob("*.py") if private.search(p.read_text("utf-8"))]
    assert named == [Path(zoo.__file__)]


@pytest.mark.parametrize("name", zoo.__all__)
def test_a_number_of_classes_that_is_none_is_refused(name: str) -> None:
    for wrong, kind in ((0, ValueError), (-3, ValueError), (2.0, TypeError)):
        with pytest.raises(kind, match=f"^num_classes must .* got {wrong}"):
            getattr(zoo, name)(num_classes=wrong)


@pytest.mark.parametrize("name", zoo.__all__)
def test_an_option_that_no_network_has_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        get_model(name, colour="red")
