"""A residual unit's parameters and multiply-adds, counted rightly and wrongly.

``w`` is the bottleneck's width, a quarter of the unit's channels.
"""

from __future__ import annotations

from itertools import product

# Multiples of w * w: the weights of the three convolutions, 4 + 9 + 4.
RIGHT_KERNELS = 17
WRONG_KERNELS = {
    9: "the 3x3 has nine weights for each pair of channels, and the 1x1 count too",
    11: "with w = channels / 4, a 1x1 has 4 w * w weights, the 3x3 has 9 w * w",
    176: "the bottleneck is missing: inside, the unit has channels / 4",
    152: "the 3x3 stands inside the bottleneck: channels / 4 come in and go out",
    44: "the 3x3 stands inside the bottleneck: only channels / 4 come in",
    13: "there are two 1x1 convolutions, one down and one up",
    52: "the bottleneck is channels / 4 wide, not channels / 2",
    7.25: "the bottleneck is channels / 4 wide, not channels / 8",
    8: "the 3x3 convolution is missing",
}
# Multiples of w: the batch norms' scales and shifts, 2 * (4 + 1 + 1).
RIGHT_NORMS = 12
WRONG_NORMS = {
    0: "the batch norms' scales and shifts are missing",
    6: "each batch norm has two numbers a channel, a scale and a shift",
    18: "the convolutions have no biases",
    24: "running means and variances are not learned, so they do not count; or do you "
    "give all the channels to each batch norm? Two of them have a quarter",
    8: "the two batch norms inside the bottleneck are missing",
    4: "the first batch norm, of all the channels, is missing",
    10: "one of the two batch norms inside the bottleneck is missing",
    20: "the first batch norm has all the channels, the other two a quarter",
    14: "there are three batch norms, of channels, channels / 4 and channels / 4",
}


def parameters(width: int, kernels: float = RIGHT_KERNELS, norms: int = RIGHT_NORMS):
    """Learnable parameters of the identity unit."""
    return kernels * width**2 + norms * width


def multiply_adds(width: int, size: int, kernels: float = RIGHT_KERNELS):
    """Multiply-adds of its convolutions on a map of ``size`` by ``size`` pixels."""
    return kernels * width**2 * size**2


def parameter_mistake(got: float, width: int) -> str | None:
    """Name the mistake behind a wrong number of parameters."""
    right_kernels, right_norms = {RIGHT_KERNELS: ""}, {RIGHT_NORMS: ""}
    ways = product(right_kernels | WRONG_KERNELS, right_norms | WRONG_NORMS)
    for kernels, norms in ways:
        if got == parameters(width, kernels, norms):
            words = WRONG_KERNELS.get(kernels), WRONG_NORMS.get(norms)
            return "; and ".join(filter(None, words))
    return None


def multiply_add_mistake(got: float, width: int, size: int) -> str | None:
    """Name the mistake behind a wrong number of multiply-adds."""
    right, pixels = multiply_adds(width, size), size**2
    bare = 9 * width**2 * (size - 2) ** 2 + 8 * width**2 * pixels
    edged = width**2 * (3 * size - 2) ** 2 + 8 * width**2 * pixels
    forms = {
        2 * right: "a multiplication and its addition count as one multiply-add",
        right // pixels: "that is one pixel: each weight works at size * size of them",
        right // size: "a map has size * size pixels, not size",
        right * pixels: "the pixels are counted twice",
        right / 1e6: "the number itself is asked for, not millions",
        right / 1e9: "the number itself is asked for, not billions",
        edged: "the 3x3 works on the padding's zeros too: nine weights at every pixel",
        bare: "the 3x3 is padded, so its output has size * size pixels too",
        parameters(width): "each weight works at every pixel: times size * size",
    }
    forms |= {
        right + extra * width * pixels: "only the convolutions' multiply-adds count, "
        "not those of batch norms, biases, ReLUs or the sum"
        for extra in (2, 4, 6, 10, 12, 16, 18, 22, 24)
    }
    for kernels, words in WRONG_KERNELS.items():
        wrong = multiply_adds(width, size, kernels)
        forms |= {wrong: words, 2 * wrong: f"{words}; and a multiply-add counts once"}
    return forms.get(got)
