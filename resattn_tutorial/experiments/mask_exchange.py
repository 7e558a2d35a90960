"""What a trained network loses when its masks are exchanged (chapter 13).

``python -m resattn_tutorial.experiments.mask_exchange`` puts something else in the
place of the masks of the packaged network, in one module or in all, measures its error
on built-in test scenes, and writes its run file. It takes some minutes on one core.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.data.scenes import Scenes, load_scenes
from resattn_tutorial.experiments.command import (
    Experiment,
    in_figures,
    looked_results,
    record,
)
from resattn_tutorial.experiments.mask_maps import masks_of, packaged
from resattn_tutorial.ledger.run import Data, Environment, Run
from resattn_tutorial.metrics.bootstrap import mean_interval
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.tensor_validation import device_of, require_images
from resattn_tutorial.validation import require_callable

BATCH = 100
EVERY = "every module"


@dataclass(frozen=True)
class MaskExchange(Experiment):
    """One series of exchanges.

    Attributes:
        seed: of the training scenes and the resampling.
        threads: of the processor; 0 leaves the choice to torch.
        usual_on: training scenes whose masks make the usual values.
        scored_on: test scenes, the first of the split.
    """

    usual_on: int = 500
    scored_on: int = 2000

    module = "resattn_tutorial.experiments.mask_exchange"
    name = "chapter13-mask-exchange"


def with_exchanged(
    network: ResidualAttentionNetwork,
    images: Tensor,
    exchange: Callable[[str, Tensor], Tensor],
) -> Tensor:
    """Classify images with other masks than the network's own: its logits.

    Args:
        network: as it is; its own way of merging is used.
        images: its inputs, ``(N, 3, H, W)``.
        exchange: takes a module's name, as ``with_masks`` gives it, and its mask, and
            returns the mask to use, of a shape that fits.

    Raises:
        TypeError, ValueError: as the network, or ``exchange`` is no function.
    """
    require_images(images, network)
    require_callable("exchange", exchange)
    x = network.stem(images)
    for number, stage in enumerate(network.stages, 1):
        modules = 0
        for part in stage:
            if not isinstance(part, AttentionModule):
                x = part(x)                          # (N, C, h, w)
                continue
            modules += 1
            x = part.before(x)
            name = f"stage {number}, module {modules}"
            mask = exchange(name, part.mask(x))      # (N, C, h, w)
            x = part.after(part.merge(mask, part.trunk(x)))
    return network.head(x)                           # (N, num_classes)


def own(mask: Tensor, usual: Tensor) -> Tensor:
    """The mask as it is."""
    return mask


def flat(mask: Tensor, usual: Tensor) -> Tensor:
    """Each channel's mean over the image: which channels is kept, where is not."""
    return mask.mean(dim=(2, 3), keepdim=True)


def constant(mask: Tensor, usual: Tensor) -> Tensor:
    """Each channel's usual value, whatever the image."""
    return usual.view(1, -1, 1, 1).to(mask)


def anothers(mask: Tensor, usual: Tensor) -> Tensor:
    """The mask of the next image of the batch."""
    return mask.roll(1, dims=0)


def nothing(mask: Tensor, usual: Tensor) -> Tensor:
    """No mask: the trunk as it is, where masks are added to 1."""
    return torch.zeros_like(mask)


EXCHANGES = {
    "its mean over the image": flat,
    "its usual values": constant,
    "another scene's": anothers,
    "none": nothing,
}


@torch.inference_mode()
def mistakes(
    network: ResidualAttentionNetwork,
    scenes: Scenes,
    transform: Callable[[Tensor], Tensor],
    usual: Mapping[str, Tensor],
    put: Callable[[Tensor, Tensor], Tensor] = own,
    where: str = EVERY,
) -> tuple[Tensor, Tensor]:
    """Which scenes are classified wrongly, and each one's loss: both ``(N,)``.

    Args:
        network: in any mode; it has its own back afterwards.
        scenes: what it classifies, a hundred at once.
        transform: turns image bytes into its inputs.
        usual: the usual values of each module's channels.
        put: what stands for the mask.
        where: the module whose mask is exchanged, or all of them.

    Raises:
        TypeError, ValueError: as :func:`with_exchanged`.
    """
    def exchange(name: str, mask: Tensor) -> Tensor:
        return put(mask, usual[name]) if where in (name, EVERY) else mask

    device, wrong, losses = device_of(network), [], []
    with in_evaluation_mode(network):
        for batch in torch.arange(len(scenes.labels)).split(BATCH):
            inputs = transform(scenes.images[batch].to(device))
            logits = with_exchanged(network, inputs, exchange).cpu()
            labels = scenes.labels[batch]
            wrong.append(logits.argmax(dim=1) != labels)
            losses.append(F.cross_entropy(logits, labels, reduction="none"))
    return torch.cat(wrong), torch.cat(losses)


def run_exchange(config: MaskExchange) -> Run:
    """Exchange masks, module by module and all at once; the run, to be written."""
    began, device = time.monotonic(), choose_device()
    network, transform = packaged(device)
    usual_on = load_scenes("train", config.usual_on, config.seed + 1000)
    test = load_scenes("test", config.scored_on)
    masks = masks_of(network, usual_on, transform)
    usual = {name: mask.mean(dim=(0, 2, 3)) for name, mask in masks.items()}
    wrong, loss = mistakes(network, test, transform, usual)
    scores = {"its own": {"error": in_figures(mean_interval(wrong, seed=config.seed))}}
    for title, put in EXCHANGES.items():
        scores[title] = {}
        for where in (*usual, EVERY):
            now, _ = mistakes(network, test, transform, usual, put, where)
            more = now.double() - wrong.double()
            scores[title][where] = {
                "error": in_figures(mean_interval(now, seed=config.seed)),
                "more": in_figures(mean_interval(more, seed=config.seed)),
            }
            print(f"{title:24s} {where:20s} {mean_interval(more)}", flush=True)
    error, loss = wrong.double().mean().item(), loss.mean().item()
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data("built-in scenes", "generated", config.usual_on, config.scored_on),
        environment=Environment(**observed(device)),
        results=looked_results(began, config.scored_on, loss, error, scores),
    )


if __name__ == "__main__":
    record(MaskExchange, run_exchange, __doc__)
