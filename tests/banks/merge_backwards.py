"""Answers to "Send the gradient back": both merges' backward passes by hand."""

from __future__ import annotations

import torch


def send_back(mask, trunk, gradient, form):
    factor = mask if form == "naive" else 1 + mask
    return factor * gradient, trunk * gradient


def spread_out(mask, trunk, gradient, form):
    to_trunk = mask * gradient
    if form == "residual":
        to_trunk = to_trunk + gradient
    return [to_trunk, gradient * trunk]


def by_autograd(mask, trunk, gradient, form):
    m, t = (x.detach().clone().requires_grad_() for x in (mask, trunk))
    with torch.enable_grad():
        out = m * t if form == "naive" else t + m * t
        return torch.autograd.grad(out, (t, m), gradient)


def by_differences(mask, trunk, gradient, form):
    """Right: both merges are linear in either input, so a difference is exact."""

    def merge(m, t):
        return m * t if form == "naive" else (1 + m) * t

    m, t, one = mask.double(), trunk.double(), 1.0
    to_trunk = (merge(m, t + one) - merge(m, t)) * gradient
    to_mask = (merge(m + one, t) - merge(m, t)) * gradient
    return to_trunk.to(mask.dtype), to_mask.to(mask.dtype)


RIGHT = [
    ("as the chapter has it", send_back),
    ("spread out, as a list", spread_out),
    ("by autograd on copies", by_autograd),
    ("by differences", by_differences),
    ("stacked", lambda m, t, g, f: torch.stack(send_back(m, t, g, f))),
]


def wrong(to_trunk=None, to_mask=None):
    """A wrong answer from functions of mask, trunk, gradient and factor."""

    def answer(mask, trunk, gradient, form):
        right = send_back(mask, trunk, gradient, form)
        factor = mask if form == "naive" else 1 + mask
        given = mask, trunk, gradient, factor
        return (
            to_trunk(*given) if to_trunk else right[0],
            to_mask(*given) if to_mask else right[1],
        )

    return answer


def wrong_residual(to_trunk):
    """A wrong answer for the trunk, in the residual form only."""

    def answer(mask, trunk, gradient, form):
        right = send_back(mask, trunk, gradient, form)
        if form == "naive":
            return right
        return to_trunk(mask, trunk, gradient), right[1]

    return answer


def no_mask_gradient(mask, trunk, gradient, form):
    return send_back(mask, trunk, gradient, form)[0]


def residual_only(mask, trunk, gradient, form):
    if form == "residual":
        to_trunk = (1 + mask) * gradient
    return to_trunk, trunk * gradient


def in_place(mask, trunk, gradient, form):
    to_trunk = gradient.mul_(mask if form == "naive" else 1 + mask)
    return to_trunk, trunk * gradient


def asks_autograd(mask, trunk, gradient, form):
    out = mask * trunk if form == "naive" else (1 + mask) * trunk
    return torch.autograd.grad(out, (trunk, mask), gradient)


def shown_size(mask, trunk, gradient, form):
    return tuple(x.view(2, 3, 4, 4) for x in send_back(mask, trunk, gradient, form))


def float32(mask, trunk, gradient, form):
    return tuple(x.float() for x in send_back(mask, trunk, gradient, form))


def random(mask, trunk, gradient, form):
    return tuple(x + 1e-2 * torch.randn_like(x)
                 for x in send_back(mask, trunk, gradient, form))


def exchanged_forms(mask, trunk, gradient, form):
    return send_back(mask, trunk, gradient, "naive" if form != "naive" else "other")


WRONG = [
    ("naive for both", lambda m, t, g, f: (m * g, t * g), "residual form's"),
    ("residual for both", lambda m, t, g, f: ((1 + m) * g, t * g), "naive form's"),
    ("the forms exchanged", exchanged_forms, "naive form's"),
    ("clamped", lambda m, t, g, f: send_back(m.clamp(0, 1), t, g, f), "finished"),
    ("swapped", lambda m, t, g, f: send_back(m, t, g, f)[::-1], "swapped"),
    ("the gradient as it came", wrong(lambda m, t, g, w: g), "no effect"),
    ("the factor alone", wrong(lambda m, t, g, w: w), "that came back"),
    ("the forward pass", wrong(lambda m, t, g, w: w * t), "forward pass"),
    ("the forward pass too", wrong(lambda m, t, g, w: w * t * g), "itself"),
    ("the factor twice", wrong(lambda m, t, g, w: w * w * g), "twice"),
    ("1 - mask", wrong(lambda m, t, g, w: (1 - m) * g), "sign"),
    ("a step downhill", wrong(lambda m, t, g, w: -w * g), "sign"),
    ("absolute values", wrong(lambda m, t, g, w: (w * g).abs()), "signs"),
    ("a ReLU", wrong(lambda m, t, g, w: (w * g).relu()), "signs"),
    ("divided", wrong(lambda m, t, g, w: g / w), "division"),
    ("a second sigmoid",
     lambda m, t, g, f: send_back(m.sigmoid(), t, g, f), "finished"),
    ("summed over the batch", wrong(lambda m, t, g, w: (w * g).sum(0)), "no sum"),
    ("mean over positions",
     wrong(lambda m, t, g, w: (w * g).mean((2, 3), keepdim=True)), "no mean"),
    ("one weight a map",
     wrong(lambda m, t, g, w: w.mean((2, 3), keepdim=True) * g), "no mean"),
    ("one weight a position",
     wrong(lambda m, t, g, w: w.mean(1, keepdim=True) * g), "no mean"),
    ("the mask gets the 1", wrong(None, lambda m, t, g, w: (1 + t) * g), "T alone"),
    ("the trunk's again", wrong(None, lambda m, t, g, w: w * g), "again"),
    ("the mask times gradient", wrong(None, lambda m, t, g, w: m * g), None),
    ("the mask in its own", wrong(None, lambda m, t, g, w: m * t * g), "own"),
    ("the trunk alone", wrong(None, lambda m, t, g, w: t), "that came back"),
    ("the gradient for the mask", wrong(None, lambda m, t, g, w: g), "trunk has no"),
    ("through the sigmoid",
     wrong(None, lambda m, t, g, w: m * (1 - m) * t * g), "slope"),
    ("no gradient for the mask", wrong(None, lambda m, t, g, w: 0 * g), "both forms"),
    ("one for each position",
     wrong(None, lambda m, t, g, w: (t * g).sum(1, keepdim=True)), "no sum"),
    ("absolute for the mask", wrong(None, lambda m, t, g, w: (t * g).abs()), "signs"),
    ("the trunk for the 1", wrong_residual(lambda m, t, g: t + m * g), "the 1 in"),
    ("1 and the product", wrong_residual(lambda m, t, g: 1 + m * g), "the 1 in"),
    ("2 + mask", wrong_residual(lambda m, t, g: (2 + m) * g), "the 1 in"),
    ("twice the naive one", wrong_residual(lambda m, t, g: 2 * m * g), "the 1 in"),
    ("1 off the trunk", wrong(None, lambda m, t, g, w: (t - 1) * g), "T alone"),
    ("the gradient as well", wrong(None, lambda m, t, g, w: g + t * g), "T alone"),
    ("a mean over the batch",
     wrong(lambda m, t, g, w: w * g / len(g), lambda m, t, g, w: t * g / len(g)),
     "no mean"),
    ("the gradient's size", wrong(None, lambda m, t, g, w: t * g.abs()), "signs"),
    ("the sum of both", lambda m, t, g, f: sum(send_back(m, t, g, f)), "return to"),
    ("the trunk's alone", no_mask_gradient, "return to_trunk"),
    ("nothing", lambda m, t, g, f: None, "return to_trunk"),
    ("lists of numbers",
     lambda m, t, g, f: [x.tolist() for x in send_back(m, t, g, f)], "return to_trunk"),
    ("only one form", residual_only, "form is either"),
    ("autograd without a graph", asks_autograd, "without a graph"),
    ("in place", in_place, "in-place"),
    ("one size only", shown_size, "fixed size"),
    ("always float32", float32, "float"),
    ("noise", random, None),
    ("three arguments", lambda m, t, g: (m * g, t * g), "arguments"),
    ("a class", type("SendBack", (), {}), "brackets"),
]
