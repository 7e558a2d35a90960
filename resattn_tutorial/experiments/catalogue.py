"""All experiments: every table and figure of the paper, at three sizes.

*mini* runs on one core in minutes, *cifar* on one GPU in minutes, *paper* is the
paper's own schedule. Nothing here runs by itself: ``resattn experiment list`` says what
is recorded, ``resattn experiment run NAME`` does what is missing.
"""

from __future__ import annotations

from dataclasses import replace

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.experiments.arms import (
    NOISE,
    TABLE1,
    TABLE3,
    TABLE5,
    deep,
    kinds,
    less,
    noisy,
)
from resattn_tutorial.experiments.declaration import Experiment
from resattn_tutorial.experiments.mini_size import MINI_SIZE
from resattn_tutorial.names import DataName, did_you_mean
from resattn_tutorial.recipes import RECIPES

CIFAR = TrainingConfig(
    "cifar_attention56", data=DataName.CIFAR10.value, recipe=RECIPES["fast-cifar"],
    precision="bfloat16", points=4, save_every=60,
)
PAPER = replace(CIFAR, recipe=RECIPES["paper-cifar"], precision="float32", points=20)
IMAGENET = TrainingConfig(
    "attention56", data="imagenet", data_name="ImageNet",
    recipe=RECIPES["paper-imagenet"], precision="bfloat16", points=20,
)
ONE_GPU, EIGHT_GPUS = "one GPU such as an H100", "eight GPUs such as H100s"
PUBLISHED = {f"Attention-{d}": f"cifar_attention{d}" for d in TABLE3}
AGAINST_RESNET = {
    "Attention-92": {"network": "cifar_attention92"},
    "ResNet-164": {"network": "cifar_resnet164"},
}


def tables_of_cifar(
    size: str, base: TrainingConfig, minutes: float, seeds: int
) -> tuple[Experiment, ...]:
    """Tables 1, 3, 4, 5 and 6 on CIFAR, by one recipe."""
    told = {"seeds": seeds, "minutes": minutes, "machine": ONE_GPU}
    hundred = {"data": DataName.CIFAR100.value}
    deepest = {"network": "cifar_attention236"}, {"network": "cifar_attention452"}
    table6 = {
        "ResNet-164, CIFAR-10": AGAINST_RESNET["ResNet-164"],
        "Attention-92, CIFAR-10": AGAINST_RESNET["Attention-92"],
        "Attention-236, CIFAR-10": deepest[0], "Attention-452, CIFAR-10": deepest[1],
        "ResNet-164, CIFAR-100": AGAINST_RESNET["ResNet-164"] | hundred,
        "Attention-92, CIFAR-100": AGAINST_RESNET["Attention-92"] | hundred,
        "Attention-236, CIFAR-100": deepest[0] | hundred,
        "Attention-452, CIFAR-100": deepest[1] | hundred,
    }
    printed = {"CIFAR-10": "4.99 against 5.46 %", "CIFAR-100": "21.71 against 24.33 %"}
    return (
        Experiment(
            f"table1-{size}", "Table 1", "Is a free mask better than one that is tied?",
            size, base, kinds("residual", "channel", "spatial"), claims=TABLE1, **told,
        ),
        Experiment(
            f"table3-{size}", "Table 3 and Figure 4",
            "Does 1 + M train where M alone does not, as modules are stacked?",
            size, base, deep(PUBLISHED, "residual", "naive"), **told,
            claims=tuple(
                less(f"Attention-{d}, residual", f"Attention-{d}, naive", printed)
                for d, printed in TABLE3.items()
            ),
        ),
        Experiment(
            f"masks-{size}", "not in the paper",
            "Do the masks help at all, and more than their cost spent on the trunk?",
            size, base, kinds("residual", "none", "trunk"), **told,
            claims=(less("residual", "none"), less("residual", "trunk")),
        ),
        Experiment(
            f"table4-{size}", "Table 4", "Does a mask need to look far?",
            size, base, kinds("residual", "local"), **told,
            claims=(less("residual", "local", "5.52 against 6.48 %"),),
        ),
        Experiment(
            f"table5-{size}", "Table 5", "Do masks help against labels that are wrong?",
            size, base, noisy(AGAINST_RESNET), **told,
            claims=tuple(
                less(f"Attention-92, {n:.0%} noise", f"ResNet-164, {n:.0%} noise",
                     TABLE5[n])
                for n in NOISE
            ),
        ),
        Experiment(
            f"table6-{size}", "Table 6", "What does depth buy, beside a ResNet?",
            size, base, table6, **told,
            claims=tuple(
                less(f"Attention-92, {data}", f"ResNet-164, {data}", text)
                for data, text in printed.items()
            ),
        ),
    )


JPEG = Experiment(
    "table3-jpeg", "Table 3", "Naive against residual, on CIFAR-10 as JPEG files.",
    "cifar", replace(
        CIFAR, data="cifar10-jpeg", data_name="CIFAR-10, JPEG quality 75",
        recipe=RECIPES["standard"],
    ),
    deep({"Attention-56": "cifar_attention56"}, "residual", "naive"),
    seeds=3, minutes=1, machine=ONE_GPU,
    claims=(less("Attention-56, residual", "Attention-56, naive", TABLE3[56]),),
)
TABLE7 = Experiment(
    "table7-paper", "Tables 2 and 7", "What do masks buy on ImageNet?",
    "paper", IMAGENET, {
        "Attention-56": {"network": "attention56"},
        "Attention-92": {"network": "attention92"},
        "AttentionNeXt-56": {"network": "attentionnext56"},
        "ResNet-152": {"network": "imagenet_resnet152"},
        "ResNet-200": {"network": "imagenet_resnet200"},
    },
    seeds=1, minutes=2_000, machine=EIGHT_GPUS,
    claims=(
        less("Attention-56", "ResNet-152", "21.76 against 22.16 %"),
        less("Attention-92", "ResNet-200", "19.5 against 20.1 %"),
    ),
)
EXPERIMENTS = {
    one.name: one for one in (
        *MINI_SIZE, JPEG, *tables_of_cifar("cifar", CIFAR, minutes=10, seeds=3),
        *tables_of_cifar("paper", PAPER, minutes=60, seeds=5), TABLE7,
    )
}


def find_experiment(name: str) -> Experiment:
    """The experiment of a name.

    Raises:
        ValueError: there is none; lists them, and names the nearest.
    """
    if name in EXPERIMENTS:
        return EXPERIMENTS[name]
    raise ValueError(
        f"experiment must be one of {', '.join(EXPERIMENTS)}, got {name!r}."
        + did_you_mean(name, EXPERIMENTS)
    )
