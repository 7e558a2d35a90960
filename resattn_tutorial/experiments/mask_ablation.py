"""The mask ablation of chapter 3: the same trunk with and without masks.

``python -m resattn_tutorial.experiments.mask_ablation --network masks --seed 0``
repeats one run and writes its run file. It takes some minutes on two cores.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.data.scenes import Scenes, load_scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.ledger.run import Data, Environment, Results, Run, rounded_curve
from resattn_tutorial.ledger.store import RUNS, write_run
from resattn_tutorial.limits import MOST
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.metrics.localisation import (
    best_channel,
    object_auc,
    read_channel,
)
from resattn_tutorial.models.small_networks import (
    FirstAttentionNetwork,
    FirstResidualNetwork,
)
from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.names import MemoryFormat, require_word
from resattn_tutorial.runtime.device import choose_threads
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.tensor_validation import device_of
from resattn_tutorial.training.run_folder import require_name
from resattn_tutorial.training.simple_loop import train
from resattn_tutorial.validation import require_count, require_number, require_seed

MODULE = "resattn_tutorial.experiments.mask_ablation"
NETWORKS = {"masks": FirstAttentionNetwork, "no-masks": FirstResidualNetwork}
# Tried by hand on training scenes, one seed each: 0.1, 0.2 and 0.4. The largest did
# well for both networks; the search is not recorded.
LEARNING_RATE = 0.4


def masks_at_scene_size(
    network: FirstAttentionNetwork, scenes: Scenes
) -> dict[str, Tensor]:
    """Every stage's mask for every scene, stretched to the scenes' size, on the CPU.

    Returns:
        stage name to ``(N, C, 32, 32)``.
    """
    device = device_of(network)
    with in_evaluation_mode(network), torch.inference_mode():
        images = to_inputs(scenes.images.to(device))
        _, masks = network.with_masks(images)
    size = scenes.objects.shape[-2:]
    return {stage: stretch(m, size).cpu() for stage, m in masks.items()}


def calibrated_untrained(
    seed: int, scenes: Scenes
) -> FirstAttentionNetwork:
    """A network that has learned nothing, with batch norm statistics of real scenes.

    Without them an untrained network's masks would be judged on batch norm's starting
    values, which fit no data.
    """
    torch.manual_seed(require_seed(seed))
    network = FirstAttentionNetwork()
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = None  # average all batches alike
    with torch.inference_mode():
        for images in scenes.images.split(250):
            network(to_inputs(images))
    return network.eval()


def pointing(
    network: FirstAttentionNetwork, chosen_on: Scenes, scored_on: Scenes
) -> dict[str, dict[str, float]]:
    """How well each stage's mask points at the object: mean AUC over scenes.

    Each mask is read twice: by its mean over channels, and by the one channel and sign
    that did best on ``chosen_on``, which must hold other scenes. Each reading is scored
    against the scene's own object and against the object of another scene: what it
    knows of objects in general serves it in both, what it has seen only in the first.

    Returns:
        ``"stage 1, mean"`` and so on to ``{"own": AUC, "another": AUC}``.
    """
    targets = {
        "own": scored_on.objects,
        "another": scored_on.objects.roll(1, dims=0),
    }
    found = {}
    picked_from = masks_at_scene_size(network, chosen_on)
    for stage, masks in masks_at_scene_size(network, scored_on).items():
        channel = best_channel(picked_from[stage], chosen_on.objects)
        readings = {
            f"{stage}, mean": masks.mean(dim=1),
            f"{stage}, one channel": read_channel(masks, channel),
        }
        for reading, maps in readings.items():
            found[reading] = {
                whose: object_auc(maps, objects).mean().item()
                for whose, objects in targets.items()
            }
    return found


@dataclass(frozen=True)
class MaskAblation:
    """One run of the ablation.

    Attributes:
        network: ``"masks"`` or ``"no-masks"``.
        seed: of the weights, the scenes and their order.
        steps: batches to learn from.
        scenes: training scenes.
        points: points of the curve.
        batch_size: scenes in a batch.
        learning_rate: of the first step.
        memory_format: the order of the tensors' values in memory.
        threads: of the processor; ``None`` leaves the choice to PyTorch.

    Raises:
        TypeError, ValueError: a value is invalid.
    """

    network: str
    seed: int = 0
    steps: int = 2400
    scenes: int = 40_000
    points: int = 12
    batch_size: int = 64
    learning_rate: float = LEARNING_RATE
    memory_format: str = "channels_last"
    threads: int | None = None

    def __post_init__(self) -> None:
        require_word("network", self.network, NETWORKS)
        require_seed(self.seed)
        for name in ("steps", "scenes", "points", "batch_size"):
            require_count(name, getattr(self, name))
        require_number("learning_rate", self.learning_rate, above=0)
        if self.threads is not None:
            require_count("threads", self.threads, at_most=MOST["threads"])
        MemoryFormat(self.memory_format)

    @property
    def name(self) -> str:
        """What its run file is called, without the seed."""
        return f"chapter03-{self.network}"

    @property
    def command(self) -> str:
        """What repeats it in a terminal."""
        words = [f"python -m {MODULE} --network {self.network} --seed {self.seed}"]
        words += [f"--steps {self.steps} --scenes {self.scenes}"]
        words += [f"--points {self.points}"]
        words += [f"--threads {self.threads}"] if self.threads else []
        return " ".join(words)


def run_ablation(config: MaskAblation) -> Run:
    """Train one network of the ablation and return its run, ready to be written."""
    choose_threads(config.threads)
    config = replace(config, threads=torch.get_num_threads())
    began = time.monotonic()
    scenes = load_scenes("train", config.scenes, config.seed)
    test = load_scenes("test", 2000, seed=0)
    torch.manual_seed(config.seed)
    network = NETWORKS[config.network]()
    network = network.to(memory_format=getattr(torch, config.memory_format))
    curve = train(
        network, scenes, test, seed=config.seed, steps=config.steps,
        points=config.points, batch_size=config.batch_size,
        learning_rate=config.learning_rate,
    )
    scores = _scores(network, test, config.seed)
    last = curve[-1]
    return Run(
        name=config.name, command=config.command,
        configuration=asdict(config),
        data=Data("built-in scenes", "generated", config.scenes, len(test.labels)),
        environment=Environment(**observed(torch.device("cpu"))),
        results=Results(
            test_error=last.test_error,
            minutes=round((time.monotonic() - began) / 60, 2),
            images_per_second=float(f"{last.images / last.seconds:.3g}"),
            curve=rounded_curve(curve), scores=scores,
        ),
    )


def _scores(network: nn.Module, test: Scenes, seed: int) -> dict[str, Any]:
    """Where the masks point, trained and untrained; nothing for a network without."""
    if not isinstance(network, FirstAttentionNetwork):
        return {}
    chosen_on = load_scenes("train", 500, seed=seed + 1000)
    scored_on = Scenes(*(part[:500] for part in test))
    blank = calibrated_untrained(seed, chosen_on)
    return {
        "pointing": {
            "trained": pointing(network, chosen_on, scored_on),
            "untrained": pointing(blank, chosen_on, scored_on),
        }
    }


def main() -> None:
    """Read the command line, run, write the run file."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {MODULE}", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--network", choices=NETWORKS, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2400, help="batches of 64 scenes")
    parser.add_argument("--scenes", type=int, default=40_000, help="training scenes")
    parser.add_argument("--points", type=int, default=12, help="points of the curve")
    parser.add_argument("--out", type=Path, default=RUNS, help="folder")
    parser.add_argument("--threads", type=int, help="of the processor")
    given = vars(parser.parse_args())
    out = given.pop("out")
    try:
        config = MaskAblation(**given)
        # Before the first step: minutes later it would be too late.
        out.mkdir(parents=True, exist_ok=True)
        require_name(out, f"{config.name}-seed{config.seed}.json")
    except (TypeError, ValueError, OSError) as error:
        parser.error(str(error))
    print("written:", write_run(run_ablation(config), out))


if __name__ == "__main__":
    main()
