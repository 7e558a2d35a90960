"""What the builders of networks, and the networks themselves, refuse, and in whose
words: every message names the argument, what came and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_module import AttentionModule, local_mask_branch
from resattn_tutorial.models.attention_network import (
    ResidualAttentionNetwork,
    Stage,
    smallest_map,
)
from resattn_tutorial.models.mask_activations import (
    channel_attention,
    spatial_attention,
)
from resattn_tutorial.models.post_activation import PostActivationUnit, exchange_units
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.small_networks import (
    FirstAttentionNetwork,
    FirstResidualNetwork,
)
from resattn_tutorial.models.soft_mask import (
    DownUp,
    SoftMaskBranch,
    row_of_units,
    stretch,
)
from resattn_tutorial.models.stem_and_head import CifarStem, Head, ImageNetStem
from resattn_tutorial.models.weights import CifarAttention56_Weights

STAGES = [Stage(8, 1, poolings=1)]
FEATURES = torch.zeros(1, 8, 8, 8)


def one_a_channel(x: Tensor) -> Tensor:
    return torch.sigmoid(x.mean((2, 3), keepdim=True))


def attention(**changed: Any) -> ResidualAttentionNetwork:
    given = {"stem": CifarStem(), "stages": STAGES, "num_classes": 3} | changed
    return ResidualAttentionNetwork(**given)


def residual(**changed: Any) -> ResidualNetwork:
    given = {"stem": CifarStem(), "stages": [(8, 1)], "num_classes": 3} | changed
    return ResidualNetwork(**given)


REFUSED = [
    (lambda: AttentionModule(8, 1, activation="sigmoid"), TypeError,
     "activation must be a function, got str"),
    (lambda: SoftMaskBranch(8, 1, activation=torch.mean).eval()(FEATURES), ValueError,
     "activation must give a weight for each value, of shape (1, 8, 8, 8), got ()"),
    (lambda: AttentionModule(8, 1, activation=one_a_channel).eval()(FEATURES),
     ValueError, "of shape (1, 8, 8, 8), got (1, 8, 1, 1)"),
    (lambda: SoftMaskBranch(8, 1, activation=Tensor.tolist).eval()(FEATURES),
     TypeError, "what activation gives must be a tensor, got list"),
    (lambda: AttentionModule(8, 1, merge=3), TypeError,
     "merge must be a function, got int"),
    (lambda: AttentionModule(8, 1, r=10**30), ValueError, "r must be at most 1,000"),
    (lambda: AttentionModule(8, 60), ValueError, "poolings must be at most 16, got 60"),
    (lambda: SoftMaskBranch(8, 1, activation=None), TypeError,
     "activation must be a function, got NoneType"),
    (lambda: local_mask_branch(8, 1, activation=torch.zeros(1)), TypeError,
     "activation must be a function, got Tensor"),
    (lambda: local_mask_branch(8, 10**9), ValueError, "units must be at most 1,000"),
    (lambda: row_of_units(8, -1), ValueError, "count must be at least 0, got -1"),
    (lambda: row_of_units(8, "2"), TypeError, "count must be a whole number, got '2'"),
    (lambda: DownUp(8, 0), ValueError, "poolings must be at least 1, got 0"),
    (lambda: DownUp(8, 10**30), ValueError, "poolings must be at most 16"),
    (lambda: attention(stem=None), TypeError, "stem must be a stem such as CifarStem"),
    (lambda: attention(stem=CifarStem), TypeError, "stem must be a stem such as"),
    (lambda: attention(stem=nn.Identity()), TypeError,
     "stem.channels must be a whole number, got None"),
    (lambda: attention(stages=3), TypeError, "stages must be a list or a tuple"),
    (lambda: attention(stages="ab"), TypeError, "stages must be a list or a tuple"),
    (lambda: attention(stages=[(8, 1)]), TypeError, "a stage must be a Stage"),
    (lambda: attention(stages=[None]), TypeError, "a stage must be a Stage"),
    (lambda: attention(stages=[Stage(8, 10**20)]), ValueError, "modules must be at mo"),
    (lambda: attention(num_classes=10**12), ValueError, "num_classes must be at most"),
    (lambda: attention(merge="sum"), TypeError, "merge must be a function, got str"),
    (lambda: smallest_map([]), ValueError, "stages must hold at least one Stage"),
    (lambda: residual(stem="cifar"), TypeError, "stem must be a stem such as"),
    (lambda: residual(stages=[]), ValueError, "stages must hold at least one"),
    (lambda: residual(stages=[(8,)]), ValueError, "a stage must hold 2 values, got 1"),
    (lambda: residual(stages=[8]), TypeError, "a stage must be a list or a tuple"),
    (lambda: residual(stages=[(8, -1)]), ValueError, "units must be at least 1"),
    (lambda: residual(unit=None), TypeError, "unit must be a function, got NoneType"),
    (lambda: zoo.imagenet_resnet152(3, stride_first="no"), TypeError,
     "stride_first must be True or False, got 'no'"),
    (lambda: PostActivationUnit(8, 8, groups=0), ValueError, "groups must be at least"),
    (lambda: PostActivationUnit(8, 8, widening=1.5), TypeError,
     "widening must be a wh"),
    (lambda: exchange_units(None, ResidualUnit), TypeError,
     "network must be an nn.Module, got NoneType"),
    (lambda: exchange_units(residual(), "unit"), TypeError, "unit must be a function"),
    (lambda: he_initialise([]), TypeError, "network must be an nn.Module, got list"),
    (lambda: Head(-1, 3), ValueError, "channels must be at least 1, got -1"),
    (lambda: Head(8, 2.5), TypeError, "classes must be a whole number, got 2.5"),
    (lambda: ImageNetStem().smallest_image("4"), TypeError, "size must be a whole num"),
    (lambda: FirstAttentionNetwork(10**12), ValueError, "classes must be at most"),
    (lambda: FirstResidualNetwork(10**12), ValueError, "classes must be at most"),
    (lambda: build_network("first_residual", 3, "a"), TypeError,
     "seed must be a whole"),
    (lambda: build_network("first_residual", 3, -1), ValueError,
     "seed must be at leas"),
    (lambda: build_network("first_residul", 3), ValueError,
     "Did you mean first_residual?"),
    (lambda: build_network(None, 3), ValueError, "network must be one of"),
    (lambda: zoo.imagenet_attention((1, 1), 3), ValueError,
     "modules must hold 3 value"),
    (lambda: zoo.imagenet_attention(3, 3), TypeError,
     "modules must be a list or a tup"),
    (lambda: zoo.cifar_attention56(weights="x"), ValueError, "weights must be one of"),
    (lambda: zoo.cifar_attention56(weights="SCENE"), ValueError, "Did you mean SCENES"),
    (lambda: zoo.cifar_attention56(weights=3), TypeError,
     "weights must be of CifarAtt"),
    (lambda: zoo.cifar_attention56(in_channels="3"), TypeError, "in_channels must be"),
    (lambda: stretch(None, (4, 4)), TypeError, "x must be a tensor, got NoneType"),
    (lambda: stretch(torch.zeros(1, 1, 4, 4), 4), TypeError, "size must be a list or"),
    (lambda: stretch(torch.zeros(1, 1, 4, 4), (4,)), ValueError,
     "size must hold 2 val"),
    (lambda: channel_attention(torch.zeros(3, 4, 4)), ValueError, "x must have shape"),
    (lambda: spatial_attention(torch.zeros(4, 4)), ValueError, "x must have shape"),
    (lambda: spatial_attention(torch.zeros(1, 1, 2, 2).long()), TypeError,
     "x must hol"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_build_a_network_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


DOORS = {
    "network": (lambda: attention().eval(), "images", (2, 3, 8, 8)),
    "with_masks": (lambda: attention().eval().with_masks, "images", (2, 3, 8, 8)),
    "residual network": (lambda: residual().eval(), "images", (2, 3, 8, 8)),
    "first": (lambda: FirstAttentionNetwork().eval(), "images", (2, 3, 8, 8)),
    "first, plain": (lambda: FirstResidualNetwork().eval(), "images", (2, 3, 8, 8)),
    "stem": (lambda: CifarStem().eval(), "images", (2, 3, 8, 8)),
    "large stem": (lambda: ImageNetStem().eval(), "images", (2, 3, 8, 8)),
    "unit": (lambda: ResidualUnit(8).eval(), "x", (2, 8, 8, 8)),
    "other unit": (lambda: PostActivationUnit(8, 8).eval(), "x", (2, 8, 8, 8)),
    "module": (lambda: AttentionModule(8, 1).eval(), "x", (2, 8, 8, 8)),
    "mask": (lambda: SoftMaskBranch(8, 1).eval(), "x", (2, 8, 8, 8)),
}
INPUTS = [
    (lambda x: x.double(), TypeError,
     "weights' type, torch.float32, got torch.float64"),
    (lambda x: x.half(), TypeError, "weights' type, torch.float32, got torch.float16"),
    (lambda x: x.to("meta"), ValueError, "where the weights do, on cpu, got meta"),
    (lambda x: x.to_sparse(), TypeError, "a dense tensor, got torch.sparse_coo"),
    (lambda x: x.numpy(), TypeError, "a tensor, got ndarray"),
    (lambda x: "image.png", TypeError, "a tensor, got str"),
    (lambda x: x[0], ValueError, "shape (N, C, H, W)"),
    (lambda x: x.long(), TypeError, "floating-point numbers, got torch.int64"),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("made", "error", "words"), INPUTS)
def test_an_input_that_does_not_fit_the_weights_is_refused_by_name(
    door: str, made: Callable[[Tensor], object], error: type[Exception], words: str
) -> None:
    build, name, shape = DOORS[door]
    with pytest.raises(error, match=f"^{name} must ") as refusal:
        build()(made(torch.zeros(shape)))
    assert words in str(refusal.value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("change", ["double", "meta"])
def test_weights_and_input_of_one_type_and_place_are_accepted(
    door: str, change: str
) -> None:
    build, _, shape = DOORS[door]
    called = build()
    network = getattr(called, "__self__", called)
    network.double() if change == "double" else network.to("meta")
    like = next(network.parameters())
    found = called(torch.zeros(shape, dtype=like.dtype, device=like.device))
    found = found[0] if isinstance(found, tuple) else found
    assert (found.dtype, found.device) == (like.dtype, like.device)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_autocast_still_chooses_the_type_of_number_by_itself(
    dtype: torch.dtype,
) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = ResidualUnit(8).eval()(torch.zeros(1, 8, 4, 4, dtype=dtype))
    assert found.shape == (1, 8, 4, 4)


def test_a_network_s_copy_without_parameters_still_sees_images() -> None:
    """So it is with the copies that torch's DataParallel makes."""
    network = attention().eval()
    network.parameters = lambda: iter(())
    assert network(torch.zeros(1, 3, 8, 8)).shape == (1, 3)


def test_weights_are_found_by_every_name_of_theirs() -> None:
    scenes = CifarAttention56_Weights.SCENES
    for given in (scenes, "SCENES", "CifarAttention56_Weights.SCENES"):
        assert CifarAttention56_Weights.verify(given) is scenes
    assert CifarAttention56_Weights.verify(None) is None


def test_a_batch_of_numpy_bytes_is_sent_to_the_function_that_reads_bytes() -> None:
    with pytest.raises(TypeError, match="^images must be a tensor, got ndarray"):
        attention()(np.zeros((1, 3, 8, 8), np.uint8))
