"""What is compared: whose network, in which layout, in which type of number."""

from __future__ import annotations

import functools
from typing import NamedTuple

import torch
from torch import nn

from resattn_tutorial.cost.flops import torch_count
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.models.zoo import attention56


class Variant(NamedTuple):
    """A way to run a network.

    Attributes:
        network: ``"ours"``, or ``"theirs"`` from pytorchcv.
        layout: how its values lie in memory, ``"NCHW"`` or ``"channels_last"``.
        dtype: ``"float32"``, or ``"bfloat16"`` by autocast.
        saving: whether it keeps less for the way back, by ``save_memory``.
    """

    network: str
    layout: str = "NCHW"
    dtype: str = "float32"
    saving: bool = False

    def __str__(self) -> str:
        return ", ".join([*self[:3], *["saving"] * self.saving])

    @property
    def memory_format(self) -> torch.memory_format:
        """What torch calls the layout."""
        channels_last = self.layout == "channels_last"
        return torch.channels_last if channels_last else torch.contiguous_format


SHIPPED = Variant("theirs")
THEIRS = Variant("theirs", "channels_last")
OURS = Variant("ours", "channels_last")
HALF = Variant("ours", "channels_last", "bfloat16")
SAVING = Variant("ours", "channels_last", saving=True)
FLOAT32 = (SHIPPED, THEIRS, Variant("ours"), OURS, SAVING)
BFLOAT16 = (Variant("theirs", "channels_last", "bfloat16"), HALF)


def variant_named(name: str) -> Variant:
    """The variant that prints as ``name``."""
    return {str(variant): variant for variant in FLOAT32 + BFLOAT16}[name]


def build(name: str) -> nn.Module:
    """Our Attention-56 or theirs.

    Raises:
        SystemExit: pytorchcv is not installed.
    """
    if name == "ours":
        return attention56()
    try:
        from pytorchcv.models.resattnet import resattnet56
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error}. First: pip install pytorchcv") from error
    return resattnet56()


def prepare(network: nn.Module, variant: Variant) -> nn.Module:
    """Bring a network into the variant's layout, in training mode."""
    if variant.saving:
        save_memory(network)
    return network.to(memory_format=variant.memory_format).train()


@functools.cache
def operations(name: str) -> int:
    """Arithmetic operations for one image of 224 x 224, forward and backward.

    Six for each multiply-add of a convolution or of the classifier: two forward, two
    for the gradient of its input, two for that of its weights.
    """
    with torch.device("meta"):
        return 6 * torch_count(build(name), torch.empty(1, 3, 224, 224)).total()
