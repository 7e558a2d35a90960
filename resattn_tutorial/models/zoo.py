"""The paper's networks by name (chapter 7).

Each builder is a function in torchvision's manner. Importing this module lists them in
torchvision's registry, so that ``torchvision.models.get_model("attention56")`` and
``list_models()`` find them.
"""

from torchvision.models import _api as registry

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.post_activation import exchange_units, resnext_unit
from resattn_tutorial.models.resnet import (
    cifar_resnet164,
    imagenet_resnet152,
    imagenet_resnet200,
)
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem
from resattn_tutorial.models.weights import CifarAttention56_Weights
from resattn_tutorial.validation import require_sequence

__all__ = [
    "attention56", "attention92", "attentionnext56", "attentionnext92",
    "cifar_attention56", "cifar_attention92", "cifar_attention128",
    "cifar_attention164", "cifar_attention236", "cifar_attention452",
    "cifar_resnet164", "imagenet_resnet152", "imagenet_resnet200",
]


def imagenet_attention(
    modules: tuple[int, int, int], num_classes: int, **options
) -> ResidualAttentionNetwork:
    """The family of Table 2, by the number of modules in each stage."""
    first, second, third = require_sequence("modules", modules, 3)
    stages = [
        Stage(256, first, poolings=3),
        Stage(512, second, poolings=2),
        Stage(1024, third, poolings=1),
        Stage(2048, enter=3),
    ]
    return ResidualAttentionNetwork(
        ImageNetStem(), stages, num_classes, **options
    )


def cifar_attention(
    modules: int, num_classes: int, **options
) -> ResidualAttentionNetwork:
    """The family ``36 * modules + 20``, with as many modules in each stage."""
    stages = [
        Stage(64, modules, poolings=3, leave=1),
        Stage(128, modules, poolings=2, leave=1),
        Stage(256, modules, poolings=1, leave=1),
    ]
    return ResidualAttentionNetwork(
        CifarStem(), stages, num_classes, **options
    )


def attention56(
    num_classes: int = 1000, **options
) -> ResidualAttentionNetwork:
    """Attention-56 for ImageNet: 31,810,728 parameters. Paper: Tables 2 and 7.

    Args:
        num_classes: number of classes.
        options: ``activation`` and ``merge``, as in
            :class:`~resattn_tutorial.models.attention_network.ResidualAttentionNetwork`.
    """
    return imagenet_attention((1, 1, 1), num_classes, **options)


def attention92(
    num_classes: int = 1000, **options
) -> ResidualAttentionNetwork:
    """Attention-92 for ImageNet: 52,466,344 parameters. Paper: Tables 2 and 7."""
    return imagenet_attention((1, 2, 3), num_classes, **options)


def attentionnext56(
    num_classes: int = 1000, **options
) -> ResidualAttentionNetwork:
    """Attention-56 of ResNeXt units: 31,318,824 parameters. Paper: Table 7."""
    return exchange_units(attention56(num_classes, **options), resnext_unit)


def attentionnext92(
    num_classes: int = 1000, **options
) -> ResidualAttentionNetwork:
    """Attention-92 of ResNeXt units: 52,102,952 parameters. A released file."""
    return exchange_units(attention92(num_classes, **options), resnext_unit)


# torchvision reads the kind of weights from the annotation itself, not from its text.
def cifar_attention56(
    num_classes: int = 10,
    *,
    weights: CifarAttention56_Weights | None = None,
    **options,
) -> ResidualAttentionNetwork:
    """One module a stage: 1,030,362 parameters. Paper: Tables 1, 3 and 4.

    Args:
        num_classes: number of classes.
        weights: trained ones, or their name; ``"DEFAULT"`` takes the best there are.
        options: as for :func:`attention56`.

    Raises:
        ValueError: the weights tell another number of classes apart, or none have
            this name; the nearest is named.
    """
    network = cifar_attention(1, num_classes, **options)
    weights = CifarAttention56_Weights.verify(weights)
    if weights is not None:
        known = len(weights.meta["categories"])
        if num_classes != known:
            raise ValueError(
                f"num_classes must be {known} with these weights, got {num_classes}."
            )
        network.load_state_dict(weights.get_state_dict())
    return network


def cifar_attention92(
    num_classes: int = 10, **options
) -> ResidualAttentionNetwork:
    """Two modules a stage: 1,841,242 parameters. Paper: Tables 3, 5 and 6."""
    return cifar_attention(2, num_classes, **options)


def cifar_attention128(
    num_classes: int = 10, **options
) -> ResidualAttentionNetwork:
    """Three modules a stage: 2,652,122 parameters. Paper: Table 3."""
    return cifar_attention(3, num_classes, **options)


def cifar_attention164(
    num_classes: int = 10, **options
) -> ResidualAttentionNetwork:
    """Four modules a stage: 3,463,002 parameters. Paper: Table 3."""
    return cifar_attention(4, num_classes, **options)


def cifar_attention236(
    num_classes: int = 10, **options
) -> ResidualAttentionNetwork:
    """Six modules a stage: 5,084,762 parameters. Paper: Table 6."""
    return cifar_attention(6, num_classes, **options)


def cifar_attention452(
    num_classes: int = 10, **options
) -> ResidualAttentionNetwork:
    """Six larger modules a stage: 10,181,210 parameters. Paper: Table 6.

    ``p = 2, t = 4, r = 3``, as the paper says, which prints 8.6 million.
    """
    return cifar_attention(6, num_classes, p=2, t=4, r=3, **options)


# torchvision keeps the registry private, and refuses a name that it already has.
for _name in __all__:
    if _name not in registry.BUILTIN_MODELS:
        registry.register_model(_name)(globals()[_name])
