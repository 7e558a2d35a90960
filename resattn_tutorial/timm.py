"""The paper's networks in timm's registry: ``import resattn_tutorial.timm``.

After that ``timm.create_model("attention56", num_classes=7, in_chans=1)`` builds them,
``features_only=True`` included, and ``pretrained=True`` loads the trained weights where
the package has some. Nothing else in the package imports timm or registers with it.

Raises ImportError, on import, where timm is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from timm.models import (
    build_model_with_cfg,
    generate_default_cfgs,
    register_model,
)
from torch import nn

from resattn_tutorial.data.transforms import DEVIATION, MEAN
from resattn_tutorial.models import zoo
from resattn_tutorial.models.weights import PRETRAINED, CifarAttention56_Weights
from resattn_tutorial.names import NetworkName

WITH_WEIGHTS = "cifar_attention56"
TRAINED = {weights.name.lower(): weights for weights in CifarAttention56_Weights}


def _settings(name: NetworkName, **known: Any) -> dict[str, Any]:
    """What timm wants to know of a network: its images, its first and last layer."""
    photographs = name.size > 32
    return {
        "num_classes": name.classes, "input_size": (3, name.size, name.size),
        "pool_size": None, "fixed_input_size": False, "interpolation": "bilinear",
        "crop_pct": 224 / 256 if photographs else 1.0,
        "mean": MEAN if photographs else (0.5, 0.5, 0.5),
        "std": DEVIATION if photographs else (1.0, 1.0, 1.0),
        "first_conv": "stem.conv", "classifier": "head.classify",
    } | known


def _all_settings() -> dict[str, dict[str, Any]]:
    """The settings by a network's name, or by ``name.weights``; the first counts."""
    found = {name: _settings(NetworkName(name)) for name in zoo.__all__}
    del found[WITH_WEIGHTS]
    for tag, weights in TRAINED.items():
        found[f"{WITH_WEIGHTS}.{tag}"] = _settings(
            NetworkName(WITH_WEIGHTS), mean=weights.transforms().mean_colour,
            file=str(PRETRAINED / weights.url),
        )
    return found


def _built(name: str) -> Callable[..., nn.Module]:
    """A network from timm's arguments; with no class it gives features."""

    def build(num_classes: int, in_chans: int = 3) -> nn.Module:
        network = getattr(zoo, name)(num_classes=num_classes or 1, in_channels=in_chans)
        if num_classes == 0:
            network.reset_classifier(0)
        return network

    return build


def _entrance(name: str) -> Callable[..., nn.Module]:
    """The function that timm calls; what it is asked for goes back to timm."""

    def create(pretrained: bool = False, **options: Any) -> nn.Module:
        tag = options.get("pretrained_cfg") or next(iter(TRAINED))
        known = isinstance(tag, str) and tag in TRAINED      # or a setting of timm's
        if pretrained and name == WITH_WEIGHTS and known:
            # timm does not read our files by itself.
            overlay = options.pop("pretrained_cfg_overlay", None) or {}
            overlay = overlay | {"state_dict": TRAINED[tag].get_state_dict()}
            options["pretrained_cfg_overlay"] = overlay
        return build_model_with_cfg(
            _built(name), name, pretrained, kwargs_filter=("global_pool",),
            feature_cfg={
                "flatten_sequential": True,
                "out_indices": tuple(range(LEVELS[NetworkName(name).size])),
            },
            **options,
        )

    create.__name__ = name
    return create


LEVELS = {32: 3, 224: 4}     # sizes of maps, by the size of the images
default_cfgs = generate_default_cfgs(_all_settings())
for _name in zoo.__all__:
    register_model(_entrance(_name))
