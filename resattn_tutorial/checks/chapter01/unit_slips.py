"""Usual mistakes that both residual units of chapter 1 share, as edits of either."""

from __future__ import annotations

from itertools import product

from resattn_tutorial.checks.engine.module_trial import OF_BATCH
from resattn_tutorial.checks.engine.slips import Slip

INIT = "super().__init__()"
STEPS = ("F.relu(self.bn1(x))", "F.relu(self.bn2(y))", "F.relu(self.bn3(y))")
PLACES = ("first", "second", "third")
PADDED = "padding=1"
WIDTH = "nn.BatchNorm2d(width)"
JOINED = "shortcut and branch are not simply added: {}"
ALONE = "each image is normalised alone, that is {} norm; take batch norm"
POST = "BN and ReLU come after the convolutions; they must stand before each one"
OWN_NORM = (
    "one batch norm is missing: each convolution needs its own, with its own statistics"
)
BEFORE = "a batch norm has the channels of what comes in: it stands before its "
BEFORE += "convolution"
ERRORS = {
    "must match the size": "maps of two sizes meet in the sum: the 3x3 has padding=1, "
    "and branch and shortcut have the same stride",
    "should contain": BEFORE,
    "has no attribute": "forward uses a layer that __init__ did not keep as self.name",
    "is invalid for input": "a map's size is fixed: take it from x.shape",
    "normalized_shape": "a map's size is fixed: batch norm needs the channels alone",
    "to have": "a number of channels is fixed, or layers are called in another order "
    "than they were made for",
}


def sums(shortcut: str, total: str, plus: str) -> list[Slip]:
    """Wrong ways to join shortcut and ``y``; ``total`` is their sum."""
    puts = {
        f"the shortcut is missing: {plus}": "y",
        "the three convolutions are missing from the output": shortcut,
        "a ReLU comes after the sum; nothing may follow the sum": f"F.relu({total})",
        "a ReLU comes after the last convolution; the sum takes it as it is":
            f"{shortcut} + F.relu(y)",
        JOINED.format("they are multiplied"): f"{shortcut} * y",
        JOINED.format("the sum is halved"): f"({total}) / 2",
        JOINED.format("the larger one is taken"): f"torch.maximum({shortcut}, y)",
        "shortcut and branch are concatenated: they must be added":
            f"torch.cat([{shortcut}, y], 1)",
    }
    pairs = {
        JOINED.format("one is subtracted"): (f"{shortcut} - y", f"y - {shortcut}"),
        JOINED.format("one counts twice"): (f"{shortcut} + {total}", f"{total} + y"),
    }
    return [Slip(words, {total: put}) for words, put in puts.items()] + [
        Slip(words, *[{total: put} for put in both]) for words, both in pairs.items()]


def activations() -> list[Slip]:
    """ReLUs before the wrong thing, left out in some places, and others in theirs."""
    found = [Slip("the ReLU comes before its batch norm", {
        step: step.replace("F.relu(self.bn", "self.bn").replace("(", "(F.relu(", 1)
        for step in STEPS})]
    for here in product((True, False), repeat=3):
        gone = [k for k in range(3) if not here[k]]
        if gone:
            found.append(Slip(
                f"no ReLU before the {' and '.join(PLACES[k] for k in gone)} "
                "convolution",
                {STEPS[k]: STEPS[k].removeprefix("F.relu(")[:-1] for k in gone}))
    names = ("leaky_relu", "gelu", "elu", "silu", "relu6", "softplus", "sigmoid",
             "tanh")
    return found + [
        Slip(f"the activation is {name}; the unit takes a ReLU",
             {"F.relu(": f"F.{name}("}) for name in names]


def windows(middle: str) -> list[Slip]:
    """What other 3x3 convolutions see; ``middle`` are the arguments of the right one.
    """
    modes = {"reflect": "mirrored pixels", "replicate": "repeated pixels",
             "circular": "the far edge"}
    return [
        Slip(f"the 3x3 pads with {what}, not with zeros",
             {PADDED: f"padding=1, padding_mode='{mode}'"})
        for mode, what in modes.items()
    ] + [
        Slip("the 3x3 is dilated: it looks at the next pixels, dilation=1",
             {PADDED: "padding=2, dilation=2"}),
        Slip("the middle convolution must be a 3x3",
             *[{middle: middle.replace("3,", put).replace(PADDED, pad)}
               for put, pad in (("5,", "padding=2"), ("1,", "padding=0"))]),
        Slip("the 3x3 must see all its input channels: groups=1",
             {middle: f"{middle}, groups=width"}),
    ]


def norms(first: str) -> list[Slip]:
    """Other normalisations; ``first`` are the channels of what comes in."""
    known = (f"nn.BatchNorm2d({first})", WIDTH)

    def everywhere(words: str, norm: str) -> Slip:
        return Slip(words, {one: one.replace("nn.BatchNorm2d(", norm) for one in known})

    return [
        everywhere(ALONE.format("instance"), "nn.InstanceNorm2d(affine=True, "
                   "num_features="),
        everywhere(ALONE.format("layer"), "nn.GroupNorm(1, "),
        everywhere(OF_BATCH, "nn.BatchNorm2d(track_running_stats=False, "
                   "num_features="),
        everywhere("the batch norms lack scale and shift",
                   "nn.BatchNorm2d(affine=False, num_features="),
        everywhere("nn.BatchNorm2d(channels) before each convolution is missing",
                   "nn.Identity("),
        Slip("the first batch norm is missing", {known[0]: "nn.Identity()"}),
        Slip(OWN_NORM, {f"self.bn3 = {WIDTH}": "self.bn3 = self.bn2"}),
    ]


def biases(*parts: str) -> Slip:
    """A bias in one convolution, or in all; the parts name each one."""
    return Slip("a convolution has a bias: the batch norms shift already (bias=False)",
                *[{one: one.removesuffix(", bias=False")} for one in parts],
                {", bias=False": ""})
