"""The usual mistakes of a residual unit, and which of them an answer holds.

A check cannot read an answer's source, but it can compute what the answer would give
if it held this mistake or that, and see which one it is. In training mode a batch
norm's place changes the numbers, so the forms do not fall together.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter01.unit_forms import Form, Weights, close, project


def by_hand(dims: tuple[int, ...], correction: int = 0) -> Callable:
    """Normalise over ``dims``; the variance divides by count - ``correction``."""

    def norm(x: Tensor, place: int) -> Tensor:
        variance = x.var(dims, correction=correction, keepdim=True)
        return (x - x.mean(dims, keepdim=True)) / (variance + 1e-5).sqrt()

    return norm


def pooled(pool: Callable) -> Callable:
    """A projection that pools instead of stepping."""

    def shortcut(form: Form, x: Tensor, w: Weights) -> Tensor:
        ready = pool(form.ready(x, 0), w.stride, ceil_mode=True)
        return F.conv2d(ready, w.project)

    return shortcut


def raw_where_it_fits(on_top: bool) -> Callable:
    """A projection that gives way to the raw x where that fits, or adds it on top."""

    def shortcut(form: Form, x: Tensor, w: Weights) -> Tensor:
        right = project(form.ready(x, 0), w)
        if x.shape[1] != right.shape[1]:
            return right
        raw = x[..., :: w.stride, :: w.stride]
        return right + raw if on_top else raw

    return shortcut


OWN_NORMS = (
    "all is in place but the batch norms' scale and shift: has each convolution a "
    "batch norm of its own, and is each used once?"
)
# What differs from the right form, and the words for it; the likely ones come first.
Mistakes = list[tuple[dict[str, Any], str]]

ON_SHORTCUT = "{} sits on the shortcut; the sum needs the raw x"
IDENTITY: Mistakes = [
    ({"shortcut": lambda f, x, w: f.ready(x, 0)}, ON_SHORTCUT.format("BN-ReLU")),
    ({"shortcut": lambda f, x, w: f.bend(x)}, ON_SHORTCUT.format("the ReLU")),
    ({"shortcut": lambda f, x, w: f.norm(x, 0)}, ON_SHORTCUT.format("a batch norm")),
]
POOLS = "the shortcut pools; its 1x1 has the stride instead"
STEM = "the projection starts from {}; it must take the first BN-ReLU's output"
PROJECTION: Mistakes = [
    ({"shortcut": lambda f, x, w: project(x, w)}, STEM.format("the raw x")),
    ({"shortcut": lambda f, x, w: project(f.norm(x, 0), w)},
     STEM.format("the batch norm's output, without the ReLU")),
    ({"shortcut": lambda f, x, w: project(f.bend(x), w)},
     STEM.format("relu(x), without the batch norm")),
    ({"shortcut": lambda f, x, w: f.bend(project(f.ready(x, 0), w))},
     "a ReLU sits behind the projection; the sum takes it as it is"),
    ({"shortcut": lambda f, x, w: f.norm(project(f.ready(x, 0), w), 0)},
     "a batch norm sits behind the projection; the sum takes it as it is"),
    ({"shortcut": raw_where_it_fits(on_top=False)},
     "the raw x goes past where it fits; the shortcut is a projection there too"),
    ({"shortcut": raw_where_it_fits(on_top=True)},
     "the raw x is added on top where it fits; the projection is the whole shortcut"),
    ({"shortcut": pooled(F.avg_pool2d)}, POOLS),
    ({"shortcut": pooled(F.max_pool2d)}, POOLS),
    ({"stepped": 0}, "the stride sits on the first 1x1; it belongs on the 3x3"),
    ({"stepped": 2}, "the stride sits on the last 1x1; it belongs on the 3x3"),
]
POST = "BN and ReLU come after the convolutions; they must stand before each one"
ALONE = "each image is normalised alone, that is {} norm; take batch norm"
JOINED = "the two ways are not simply added: {}"
BOTH: Mistakes = [
    ({"join": lambda s, y: y}, "the shortcut is missing: `+ x`, or `+` its projection"),
    ({"join": lambda s, y: s}, "the three convolutions are missing from the output"),
    ({"join": lambda s, y: F.relu(s + y)},
     "a ReLU sits behind the sum; nothing follows the sum"),
    ({"join": lambda s, y: s + F.relu(y)},
     "a ReLU sits behind the last convolution; the sum takes it as it is"),
    ({"join": torch.mul}, JOINED.format("they are multiplied")),
    ({"join": lambda s, y: s - y}, JOINED.format("one is subtracted")),
    ({"join": lambda s, y: y - s}, JOINED.format("one is subtracted")),
    ({"join": lambda s, y: (s + y) / 2}, JOINED.format("the sum is halved")),
    ({"join": lambda s, y: 2 * s + y}, JOINED.format("the shortcut counts twice")),
    ({"join": lambda s, y: s + 2 * y}, JOINED.format("the convolutions count twice")),
    ({"join": torch.maximum}, JOINED.format("the larger one is taken")),
    ({"order": "convolve, norm, bend (not last)"}, POST),
    ({"order": "convolve, norm, bend"}, POST),
    ({"order": "bend, norm, convolve"},
     "the ReLU comes before its batch norm"),
    ({"padding": "reflect"}, "the 3x3 pads with mirrored pixels, not with zeros"),
    ({"padding": "replicate"}, "the 3x3 pads with repeated pixels, not with zeros"),
    ({"padding": "circular"}, "the 3x3 pads with the far edge, not with zeros"),
    ({"reach": 2}, "the 3x3 is dilated: it looks at the next pixels, dilation=1"),
    ({"norm": lambda x, place: x / (1 + 1e-5) ** 0.5},
     "in training mode batch norm takes the batch's own mean and variance"),
    ({"norm": by_hand((2, 3))}, ALONE.format("instance")),
    ({"norm": by_hand((1, 2, 3))}, ALONE.format("layer")),
    ({"norm": by_hand((0, 2, 3), 1)},
     "batch norm divides by the full count: x.var(…, correction=0)"),
]
PLACES = ("first", "second", "third")
BOTH += [
    ({"bent": bent}, f"no ReLU before the {' and '.join(missing)} convolution")
    for bent in [(b // 4 % 2 > 0, b // 2 % 2 > 0, b % 2 > 0) for b in range(6, -1, -1)]
    if (missing := [p for p, here in zip(PLACES, bent, strict=True) if not here])
]
BOTH += [
    ({"bend": bend}, f"the activation is {bend.__name__}; the unit takes a ReLU")
    for bend in (F.leaky_relu, F.gelu, F.elu, F.silu, F.relu6, F.softplus,
                 torch.sigmoid, torch.tanh)
]


def name_mistake(
    got: Tensor, x: Tensor, weights: Weights, usual: Mistakes
) -> str | None:
    """Return the words of the mistake, or of the two, that give ``got``.

    Args:
        got: what an answer gave for ``x``; its batch norms do not scale or shift.
        x: the input, of shape ``(N, C, H, W)``.
        weights: the answer's own kernels.
        usual: mistakes to look for besides those of every unit.
    """

    def fits(changes: dict[str, Any]) -> bool:
        return close(got, Form(**changes)(x, weights))

    if fits({}):
        return OWN_NORMS
    known = usual + BOTH
    single = next((words for changes, words in known if fits(changes)), None)
    if single is not None:
        return single
    for (one, first), (two, second) in combinations(known, 2):
        if not one.keys() & two.keys() and fits({**one, **two}):
            return f"two things: {first}; and {second}"
    return None
