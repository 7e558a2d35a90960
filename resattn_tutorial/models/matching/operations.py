"""What PyTorch's operations are to a trace: layers with weights, or steps in words."""

from __future__ import annotations

from typing import Any

WORDS = {
    "relu": "a ReLU", "sigmoid": "a sigmoid", "add": "an addition",
    "mul": "a product", "sub": "a subtraction", "mean": "a mean",
    "tanh": "a tanh", "leaky_relu": "a leaky ReLU", "_softmax": "a softmax",
    "_log_softmax": "a log_softmax", "cat": "maps put side by side",
    "constant_pad_nd": "padding", "amax": "a largest value",
    "upsample_nearest2d": "a stretch by the nearest pixel",
    "div": "a division", "convolution": "a convolution without weights",
}
# They move values, and change none.
SILENT = {
    "view", "_unsafe_view", "t", "transpose", "permute", "detach", "clone", "alias",
    "squeeze", "unsqueeze", "expand", "copy", "_to_copy", "select", "slice", "empty",
    "as_strided", "lift_fresh", "contiguous", "reshape",
}


def short_name(op: Any) -> str:
    """An operation's name, the same for the one that works in place."""
    name = op.overloadpacket.__name__
    return name if name.startswith("__") else name.rstrip("_")


def by_name(op: Any, args: tuple, kwargs: dict) -> dict[str, Any]:
    """The arguments of a call by the names in the operation's schema."""
    names = [one.name for one in op._schema.arguments]
    defaults = {
        one.name: one.default_value for one in op._schema.arguments
        if one.has_default_value()
    }
    return {**defaults, **dict(zip(names, args, strict=False)), **kwargs}


def layer_of(op: Any, args: tuple, kwargs: dict) -> dict[str, Any] | None:
    """What kind of layer an operation is, its form, settings and weights.

    ``None`` if it is none. ``always`` says that it is one whatever enters; a matrix
    product is one only if a weight of the network does. ``running`` is false for a
    batch norm that uses the statistics of its batch.
    """
    name = short_name(op)
    if "convolution" in name:
        return _convolution(by_name(op, args, kwargs))
    if "batch_norm" in name:
        return _batch_norm(by_name(op, args, kwargs))
    if name in ("addmm", "mm", "linear", "matmul"):
        return _linear(name, by_name(op, args, kwargs))
    return None


def _convolution(given: dict[str, Any]) -> dict[str, Any]:
    weight, bias = given["weight"], given.get("bias")
    out, into, *kernel = weight.shape
    groups = given.get("groups", 1)
    return {
        "kind": "convolution", "always": True,
        "weights": {"weight": weight, "bias": bias},
        "form": {
            "kernel": tuple(kernel), "channels": (into * groups, out),
            "stride": tuple(given["stride"]), "groups": groups,
            "dilation": tuple(given["dilation"]), "bias": bias is not None,
        },
        "settings": {"padding": tuple(given["padding"])},
    }


def _batch_norm(given: dict[str, Any]) -> dict[str, Any]:
    weight, bias = given.get("weight"), given.get("bias")
    mean, variance = given.get("running_mean"), given.get("running_var")
    return {
        "kind": "batch norm", "always": True,
        "weights": {
            "weight": weight, "bias": bias,
            "running mean": mean, "running variance": variance,
        },
        "form": {
            "channels": (given["input"].shape[1],),
            "scale and shift": weight is not None and bias is not None,
        },
        "settings": {"eps": given.get("eps", given.get("epsilon"))},
        "running": mean is not None and not given.get("training", False),
    }


def _linear(name: str, given: dict[str, Any]) -> dict[str, Any]:
    weight, bias = given.get("mat2"), given.get("self") if name == "addmm" else None
    if name in ("linear", "matmul"):
        weight, bias = given.get("weight", given.get("other")), given.get("bias")
    return {
        "kind": "linear layer", "always": False,
        "weights": {"weight": weight, "bias": bias},
        "form": {"channels": tuple(weight.shape[:2]), "bias": bias is not None},
        "settings": {},
    }


def word_of(op: Any, args: tuple, kwargs: dict) -> str:
    """What a step is called in a message; empty if it only moves values."""
    name = short_name(op)
    if name in SILENT:
        return ""
    if name.startswith("max_pool2d"):
        given = by_name(op, args, kwargs)
        kernel, step = _one(given["kernel_size"]), _one(given["stride"])
        up = ", sizes rounded up" if given.get("ceil_mode") else ""
        return (f"a {kernel}×{kernel} max pooling of stride {step or kernel} and "
                f"padding {_one(given['padding'])}{up}")
    if name.startswith("upsample_bilinear"):
        corners = by_name(op, args, kwargs)["align_corners"]
        return f"a bilinear stretch with align_corners={bool(corners)}"
    return WORDS.get(name, name)


def _one(value: Any) -> Any:
    """A pair of equal numbers as one."""
    pair = [value] if isinstance(value, int) else list(value)
    return pair[0] if len(set(pair)) == 1 else "×".join(map(str, pair)) or None
