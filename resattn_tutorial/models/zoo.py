"""The paper's networks by name (chapter 7).

Each builder is a function in torchvision's manner. Importing this module lists them in
torchvision's registry, so that ``torchvision.models.get_model("attention56")`` and
``list_models()`` find them. All take the same arguments:

* ``num_classes``: number of classes.
* ``weights``: trained ones, or their name; ``"DEFAULT"`` takes the best there are.
  Most networks have none: see :class:`~resattn_tutorial.models.weights.NoWeights`.
* ``in_channels``: channels of the images, 3 for colours.

They raise TypeError or ValueError for an invalid number, and ValueError for weights
that there are not. What stands in a mask's place, another merge for one, is exchanged
afterwards: :func:`~resattn_tutorial.models.attention_arms.exchange_attention`.
"""

from torchvision.models import _api as registry

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.post_activation import exchange_units, resnext_unit
from resattn_tutorial.models.resnet import (
    ResidualNetwork,
    cifar_resnet,
    imagenet_resnet,
)
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem
from resattn_tutorial.models.weights import CifarAttention56_Weights, NoWeights
from resattn_tutorial.validation import require_sequence

__all__ = [
    "attention56", "attention92", "attentionnext56", "attentionnext92",
    "cifar_attention56", "cifar_attention92", "cifar_attention128",
    "cifar_attention164", "cifar_attention236", "cifar_attention452",
    "cifar_resnet164", "imagenet_resnet152", "imagenet_resnet200",
]


def imagenet_attention(
    modules: tuple[int, int, int], num_classes: int, in_channels: int = 3
) -> ResidualAttentionNetwork:
    """The family of Table 2, by the number of modules in each stage."""
    first, second, third = require_sequence("modules", modules, 3)
    stages = [
        Stage(256, first, poolings=3),
        Stage(512, second, poolings=2),
        Stage(1024, third, poolings=1),
        Stage(2048, enter=3),
    ]
    return ResidualAttentionNetwork(ImageNetStem(in_channels), stages, num_classes)


def cifar_attention(
    modules: int,
    num_classes: int,
    in_channels: int = 3,
    p: int = 1,
    t: int = 2,
    r: int = 1,
) -> ResidualAttentionNetwork:
    """The family ``36 * modules + 20``, with as many modules in each stage.

    ``p``, ``t`` and ``r`` as in
    :class:`~resattn_tutorial.models.attention_module.AttentionModule`.
    """
    stages = [
        Stage(64, modules, poolings=3, leave=1),
        Stage(128, modules, poolings=2, leave=1),
        Stage(256, modules, poolings=1, leave=1),
    ]
    stem = CifarStem(in_channels)
    return ResidualAttentionNetwork(stem, stages, num_classes, p, t, r)


# torchvision reads the kind of weights from the annotation itself, not from its text.
def attention56(
    num_classes: int = 1000,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Attention-56 for ImageNet: 31,810,728 parameters. Paper: Tables 2 and 7."""
    NoWeights.verify(weights)
    return imagenet_attention((1, 1, 1), num_classes, in_channels)


def attention92(
    num_classes: int = 1000,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Attention-92 for ImageNet: 52,466,344 parameters. Paper: Tables 2 and 7."""
    NoWeights.verify(weights)
    return imagenet_attention((1, 2, 3), num_classes, in_channels)


def attentionnext56(
    num_classes: int = 1000,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Attention-56 of ResNeXt units: 31,318,824 parameters. Paper: Table 7."""
    NoWeights.verify(weights)
    network = imagenet_attention((1, 1, 1), num_classes, in_channels)
    return exchange_units(network, resnext_unit)


def attentionnext92(
    num_classes: int = 1000,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Attention-92 of ResNeXt units: 52,102,952 parameters. A released file."""
    NoWeights.verify(weights)
    network = imagenet_attention((1, 2, 3), num_classes, in_channels)
    return exchange_units(network, resnext_unit)


def cifar_attention56(
    num_classes: int = 10,
    *,
    weights: CifarAttention56_Weights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """One module a stage: 1,030,362 parameters. Paper: Tables 1, 3 and 4.

    Raises:
        ValueError: besides what all of them refuse: the weights tell another number of
            classes apart, or take another number of channels.
    """
    network = cifar_attention(1, num_classes, in_channels)
    weights = CifarAttention56_Weights.verify(weights)
    if weights is not None:
        known = len(weights.meta["categories"])
        for name, found, wanted in (
            ("num_classes", num_classes, known), ("in_channels", in_channels, 3)
        ):
            if found != wanted:
                raise ValueError(
                    f"{name} must be {wanted} with these weights, got {found}."
                )
        network.load_state_dict(weights.get_state_dict())
    return network


def cifar_attention92(
    num_classes: int = 10,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Two modules a stage: 1,841,242 parameters. Paper: Tables 3, 5 and 6."""
    NoWeights.verify(weights)
    return cifar_attention(2, num_classes, in_channels)


def cifar_attention128(
    num_classes: int = 10,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Three modules a stage: 2,652,122 parameters. Paper: Table 3."""
    NoWeights.verify(weights)
    return cifar_attention(3, num_classes, in_channels)


def cifar_attention164(
    num_classes: int = 10,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Four modules a stage: 3,463,002 parameters. Paper: Table 3."""
    NoWeights.verify(weights)
    return cifar_attention(4, num_classes, in_channels)


def cifar_attention236(
    num_classes: int = 10,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Six modules a stage: 5,084,762 parameters. Paper: Table 6."""
    NoWeights.verify(weights)
    return cifar_attention(6, num_classes, in_channels)


def cifar_attention452(
    num_classes: int = 10,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualAttentionNetwork:
    """Six larger modules a stage: 10,181,210 parameters. Paper: Table 6.

    ``p = 2, t = 4, r = 3``, as the paper says, which prints 8.6 million.
    """
    NoWeights.verify(weights)
    return cifar_attention(6, num_classes, in_channels, p=2, t=4, r=3)


def cifar_resnet164(
    num_classes: int = 10,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
) -> ResidualNetwork:
    """ResNet-164 for 32x32 images: 3 stages of 18 pre-activation units.

    1,703,258 parameters for 10 classes. Paper: Tables 5 and 6.
    """
    NoWeights.verify(weights)
    return cifar_resnet(18, num_classes, in_channels)


def imagenet_resnet152(
    num_classes: int = 1000,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
    stride_first: bool = False,
) -> ResidualNetwork:
    """ResNet-152: 50 units of the older kind, 60,192,808 parameters. Paper: Table 7."""
    NoWeights.verify(weights)
    return imagenet_resnet((3, 8, 36, 3), num_classes, in_channels, stride_first)


def imagenet_resnet200(
    num_classes: int = 1000,
    *,
    weights: NoWeights | None = None,
    in_channels: int = 3,
    stride_first: bool = False,
) -> ResidualNetwork:
    """ResNet-200: 66 units of the older kind, 64,673,832 parameters. Paper: Table 7."""
    NoWeights.verify(weights)
    return imagenet_resnet((3, 24, 36, 3), num_classes, in_channels, stride_first)


# torchvision keeps the registry private, and refuses a name that it already has.
for _name in __all__:
    if _name not in registry.BUILTIN_MODELS:
        registry.register_model(_name)(globals()[_name])
