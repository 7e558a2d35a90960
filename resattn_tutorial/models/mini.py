"""The mini family: the paper's architecture at a size that two cores can train.

An experiment with five seeds and four arms is twenty trainings. At this size each takes
two to five minutes on one core, and the paper's question stays the same.
"""

from __future__ import annotations

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.stem_and_head import HalvingStem
from resattn_tutorial.validation import require_count


def mini_stages(modules: int) -> list[Stage]:
    """The stages of a mini network with ``modules`` attention modules in the first two.

    16, 8 and 4 pixels wide on images of 32: each mask's smallest map is as large as
    the trunk's, as in the paper's networks.
    """
    require_count("modules", modules, at_most=100)
    return [Stage(32, modules, poolings=2), Stage(64, modules, poolings=1), Stage(128)]


def mini_network(modules: int, num_classes: int = 10) -> ResidualAttentionNetwork:
    """A mini network: images ``(N, 3, H, W)`` to ``(N, num_classes)``.

    Args:
        modules: attention modules in each of the first two stages; the third stage is
            one residual unit.
        num_classes: number of classes.

    Raises:
        TypeError, ValueError: as
            :class:`~resattn_tutorial.models.attention_network.ResidualAttentionNetwork`.
    """
    return ResidualAttentionNetwork(HalvingStem(), mini_stages(modules), num_classes)
