"""Every number that the paper prints about training, and which of our runs answers it.

One row for each printed number of Tables 1 and 3 to 7 and of Figure 4. The counts of
Tables 2, 6 and 7 are no experiment: chapter 8 counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# An experiment's name and an arm of it.
Arm = tuple[str, str]


class Printed(NamedTuple):
    """A number of the paper, and what answers it.

    Attributes:
        table: such as ``"Table 3"``.
        row: what it is the number of.
        value: as printed, with its unit.
        arms: by size, the experiment and arm that repeat it; what is missing is not
            declared at that size.
        why_not: why nobody can run it from what was published.
    """

    table: str
    row: str
    value: str
    arms: Mapping[str, Arm]
    why_not: str | None = None


QUOTED = "the paper quotes it from another one"
NO_GRAPH = "the paper gives no structure, and the authors no file"


def everywhere(table: str, row: str, value: str, arm: str) -> Printed:
    """A row whose arm has one name at all three sizes."""
    name = table.lower().replace(" ", "")
    sizes = ("mini", "cifar", "paper")
    return Printed(table, row, value, {size: (f"{name}-{size}", arm) for size in sizes})


def table1() -> list[Printed]:
    """What a mask may say."""
    values = {
        "residual": ("f1, mixed attention", "5.52 %"),
        "channel": ("f2, channel attention", "6.24 %"),
        "spatial": ("f3, spatial attention", "6.33 %"),
    }
    return [everywhere("Table 1", *told, arm) for arm, told in values.items()]


def table3() -> list[Printed]:
    """Residual beside naive attention as modules are stacked.

    The mini family has one, three and six modules a stage; the paper's networks have
    one, two, three and four. One stands for one, and three for three.
    """
    values = {
        56: ("5.52 %", "5.89 %"), 92: ("4.99 %", "5.35 %"),
        128: ("4.44 %", "5.57 %"), 164: ("4.31 %", "7.18 %"),
    }
    minis = {56: "1 module", 128: "3 modules"}
    rows = []
    for depth, printed in values.items():
        for kind, value in zip(("residual", "naive"), printed, strict=True):
            arms = {
                size: (f"table3-{size}", f"Attention-{depth}, {kind}")
                for size in ("cifar", "paper")
            }
            if depth in minis:
                arms = {"mini": ("table3-mini", f"{minis[depth]}, {kind}")} | arms
            rows.append(Printed("Table 3", f"Attention-{depth}, {kind}", value, arms))
    return rows


def table4() -> list[Printed]:
    """A mask that looks far beside one that does not."""
    return [
        everywhere("Table 4", "local convolutions", "6.48 %", "local"),
        everywhere("Table 4", "encoder and decoder", "5.52 %", "residual"),
    ]


def table5() -> list[Printed]:
    """Label noise."""
    values = {
        0.1: ("5.93 %", "5.15 %"), 0.3: ("6.61 %", "5.79 %"),
        0.5: ("8.35 %", "7.27 %"), 0.7: ("17.21 %", "15.75 %"),
    }
    minis = {"ResNet-164": "no masks, equal cost", "Attention-92": "masks"}
    return [
        Printed("Table 5", f"{network}, {noise:.0%} noise", value, {
            "mini": ("table5-mini", f"{minis[network]}, {noise:.0%} noise"),
            "cifar": ("table5-cifar", f"{network}, {noise:.0%} noise"),
            "paper": ("table5-paper", f"{network}, {noise:.0%} noise"),
        })
        for noise, printed in values.items()
        for network, value in zip(minis, printed, strict=True)
    ]


def table6() -> list[Printed]:
    """Depth, beside other networks."""
    values = {
        "ResNet-164": ("5.46 %", "24.33 %"), "Attention-92": ("4.99 %", "21.71 %"),
        "Attention-236": ("4.14 %", "21.16 %"), "Attention-452": ("3.90 %", "20.45 %"),
    }
    quoted = {
        "ResNet-1001": ("4.64 %", "22.71 %"), "WRN-16-8": ("4.81 %", "22.07 %"),
        "WRN-28-10": ("4.17 %", "20.50 %"),
    }
    data = ("CIFAR-10", "CIFAR-100")
    return [
        Printed("Table 6", f"{network}, {name}", value, {
            size: (f"table6-{size}", f"{network}, {name}")
            for size in ("cifar", "paper")
        })
        for network, printed in values.items()
        for name, value in zip(data, printed, strict=True)
    ] + [
        Printed("Table 6", f"{network}, {name}", value, {}, QUOTED)
        for network, printed in quoted.items()
        for name, value in zip(data, printed, strict=True)
    ]


def table7() -> list[Printed]:
    """ImageNet, one crop: top-1 and top-5 error."""
    values = {
        "ResNet-152": "22.16 / 6.16 %", "Attention-56": "21.76 / 5.9 %",
        "AttentionNeXt-56": "21.2 / 5.6 %", "ResNet-200": "20.1 / 4.8 %",
        "Attention-92": "19.5 / 4.8 %",
    }
    others = {
        "ResNeXt-101": ("21.2 / 5.6 %", QUOTED),
        "Inception-ResNet-v1": ("21.3 / 5.5 %", QUOTED),
        "AttentionInception-56": ("20.36 / 5.29 %", NO_GRAPH),
        "Inception-ResNet-v2": ("19.9 / 4.9 %", QUOTED),
    }
    return [
        Printed("Table 7", network, value, {"paper": ("table7-paper", network)})
        for network, value in values.items()
    ] + [
        Printed("Table 7", network, value, {}, why)
        for network, (value, why) in others.items()
    ]


PRINTED = [*table1(), *table3(), *table4(), *table5(), *table6(), *table7()]
# The mean response of stages 2 and 3 beside stage 1, read off Figure 4's curves.
FIGURE4 = {"residual": (0.524, 0.299), "naive": (0.016, 0.009)}
