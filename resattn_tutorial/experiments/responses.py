"""Figure 4: how strongly each stage of a network responds, before and after its norm.

The paper shows the mean absolute response of each stage's output, and says neither on
which images nor whether before or after batch norm. We measure both, on test images,
with the running statistics.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.validation import require_kind


@torch.inference_mode()
def mean_responses(
    network: ResidualAttentionNetwork, batches: Iterable[tuple[Tensor, Tensor]]
) -> dict[str, dict[str, float]]:
    """The mean absolute output of each stage, over images, channels and positions.

    Args:
        network: its stages' outputs are looked at.
        batches: inputs ``(n, 3, H, W)``, and labels that are not used.

    Returns:
        ``"before norm"``: the raw sums that leave each stage; ``"after norm"``: what
        the next layer sees of them, after its batch norm and ReLU; each by
        ``"stage 1"`` and so on.

    Raises:
        TypeError: the network has no stages.

    Paper: Figure 4.
    """
    require_kind(
        "network", network, ResidualAttentionNetwork, "a ResidualAttentionNetwork"
    )
    norms: list[nn.BatchNorm2d] = [
        *(stage[0].bn1 for stage in list(network.stages)[1:]), network.head.bn
    ]
    sums = torch.zeros(2, len(norms), dtype=torch.float64)
    images = 0
    with in_evaluation_mode(network):
        for inputs, _ in batches:
            x = network.stem(inputs)
            images += len(inputs)
            pairs = zip(network.stages, norms, strict=True)
            for place, (stage, norm) in enumerate(pairs):
                x = stage(x)                         # (n, C, h, w)
                for row, values in enumerate((x, F.relu(norm(x)))):
                    mean = values.abs().mean(dim=(1, 2, 3), dtype=torch.float64)
                    sums[row, place] += mean.sum().cpu()
    return {
        when: {
            f"stage {number}": float(f"{value / images:.4g}")
            for number, value in enumerate(row.tolist(), 1)
        }
        for when, row in zip(("before norm", "after norm"), sums, strict=True)
    }
