"""Answers to *Compute it again*."""

from __future__ import annotations

import copy

import torch

from tests.banks import Answer

NAME = "again"


def weighed_sum(block, x, gradient):
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        loss = (block(x) * gradient).sum()
        return list(torch.autograd.grad(loss, [x] + list(block.parameters())))


@torch.enable_grad()
def decorated(block, x, gradient):
    x = x.detach()
    x.requires_grad = True
    return torch.autograd.grad(
        outputs=block(x), inputs=(x, *block.parameters()), grad_outputs=gradient)


def twice_through_one_graph(block, x, gradient):
    with torch.set_grad_enabled(True):
        leaf = x.detach().requires_grad_()
        y = block(leaf)
    (at_x,) = torch.autograd.grad(y, leaf, gradient, retain_graph=True)
    return at_x, *torch.autograd.grad(y, list(block.parameters()), gradient)


def on_a_copy(block, x, gradient):
    """Only here .grad is nobody else's."""
    twin = copy.deepcopy(block)
    leaf = x.detach().requires_grad_()
    with torch.enable_grad():
        twin(leaf).backward(gradient)
    return leaf.grad, *[one.grad for one in twin.parameters()]


def by_vjp(block, x, gradient):
    """Functional transforms do not ask whether gradients are switched off."""
    names = dict(block.named_parameters())
    values = {name: one.detach() for name, one in names.items()}

    def run(x, values):
        return torch.func.functional_call(block, values, (x,))

    _, back = torch.func.vjp(run, x.detach(), values)
    at_x, at_names = back(gradient)
    return at_x, *[at_names[name] for name in names]


RIGHT = [
    Answer(NAME, "of the outputs' weighed sum", weighed_sum),
    Answer(NAME, "decorated", decorated),
    Answer(NAME, "two questions to one graph", twice_through_one_graph),
    Answer(NAME, "backward on a copy", on_a_copy),
    Answer(NAME, "a vector-Jacobian product", by_vjp),
]


def asking(at, *how, run=lambda block, x: block(x)):
    """The usual way, with other places to take gradients at, or another loss."""
    def answer(block, x, gradient):
        x = x.detach().requires_grad_()
        with torch.enable_grad():
            y = run(block, x)
        given = [put(y, gradient) for put in how] or [gradient]
        return torch.autograd.grad(y, at(block, x), *given)

    return answer


def all_of(block, x):
    return [x, *block.parameters()]


def nested(block, x, gradient):
    return x, asking(lambda block, x: [*block.parameters()])(block, x, gradient)


def graph_is_gone(block, x, gradient):
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        y = block(x)
    (at_x,) = torch.autograd.grad(y, x, gradient)
    return at_x, *torch.autograd.grad(y, list(block.parameters()), gradient)


def by_name(block, x, gradient):
    names = ["x", *dict(block.named_parameters())]
    return dict(zip(names, asking(all_of)(block, x, gradient), strict=True))


def in_eval_mode(block, x, gradient):
    block.eval()
    return asking(all_of)(block, x, gradient)


def marked(block, x, gradient):
    x.requires_grad = True
    with torch.enable_grad():
        y = block(x)
    return torch.autograd.grad(y, all_of(block, x), gradient)


def unused(block, x, gradient):
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        y = block(x.detach())
    return torch.autograd.grad(y, all_of(block, x), gradient, allow_unused=True)


def where_nothing_was_written(block, x, gradient):
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        y = block(x)
    torch.autograd.grad(y, all_of(block, x), gradient)
    return x.grad, *[one.grad for one in block.parameters()]


def x_itself(block, x, gradient):
    x = x.detach().requires_grad_()
    return x, *asking(all_of)(block, x, gradient)[1:]


def put_back(block, x, gradient):
    """backward(), and the parameters' .grad as it was; but x is not cut off."""
    before = [one.grad for one in block.parameters()]
    for one in block.parameters():
        one.grad = None
    with torch.enable_grad():
        x = (x * 1.0) if x.requires_grad else x.clone().requires_grad_()
        x.retain_grad()
        block(x).backward(gradient)
    found = x.grad, *[one.grad for one in block.parameters()]
    for one, old in zip(block.parameters(), before, strict=True):
        one.grad = old
    return found


def layer_by_layer(block, x):
    for layer in block.children():
        x = layer(x)
    return x


def joined(block, x, gradient):
    return torch.cat([one.flatten() for one in asking(all_of)(block, x, gradient)])


def shuffled_and_summed(block, x, gradient):
    """Two mistakes at once."""
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        loss = block(x).sum()
    return torch.autograd.grad(loss, [*block.parameters(), x])


def forwards(block, x, gradient):
    return block(gradient), *[gradient.mean() * one for one in block.parameters()]


WRONG = [
    Answer(NAME, "a tuple within a tuple", nested, "flat"),
    Answer(NAME, "the graph is gone", graph_is_gone, "must run once"),
    Answer(NAME, "a dictionary", by_name, "a tuple"),
    Answer(NAME, "in eval mode", in_eval_mode, "outlasts"),
    Answer(NAME, "x.requires_grad = True", marked, "must not change"),
    Answer(NAME, "detached where the block runs",
           asking(all_of, run=lambda block, x: block(x.detach())), "the very x"),
    Answer(NAME, "the same, and unused allowed", unused, "the very x"),
    Answer(NAME, "a sum's gradient, given as that of many",
           asking(all_of, run=lambda block, x: block(x).sum()), "no sum of y"),
    Answer(NAME, "no gradient given", asking(all_of, lambda y, gradient: None),
           "at each of them"),
    Answer(NAME, "x's gradient alone, out of its tuple",
           lambda *x: asking(lambda block, x: x)(*x)[0], "a tuple"),
    Answer(NAME, "block.parameters() in the list",
           asking(lambda block, x: [x, block.parameters()]), "a star"),
    Answer(NAME, "named_parameters()",
           asking(lambda block, x: [x, *block.named_parameters()]), "pairs of a name"),
    Answer(NAME, "one weight, one bias",
           asking(lambda block, x: [x, block.weight, block.bias]), "any module"),
    Answer(NAME, "from .grad, which stays empty", where_nothing_was_written,
           "leaves .grad"),
    Answer(NAME, "x itself", x_itself, "x itself"),
    Answer(NAME, "backward, put back, not detached", put_back, "history"),
    Answer(NAME, "layer by layer", asking(all_of, run=layer_by_layer), "block itself"),
    Answer(NAME, "one vector", joined, "a tuple"),
    Answer(NAME, "x last, of the sum", shuffled_and_summed, "; and "),
    Answer(NAME, "the block runs on the gradient", forwards, None),
]
