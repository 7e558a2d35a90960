"""Answers to "Measure a pixel's influence" by the gradient of the centre."""

from __future__ import annotations

import copy

import torch


def score_of(y):
    return y[:, :, y.shape[2] // 2, y.shape[3] // 2].sum()


def pulled(network, x, score=score_of):
    """The signed gradient, taken without a trace."""
    network = copy.deepcopy(network)
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad(score(network(leaf)), leaf)[0]


def influence_by_image(network, x):
    total = torch.zeros(x.shape[-2:], dtype=x.dtype)
    for image in x.detach():
        total += pulled(network, image[None]).abs().sum((0, 1))
    return total


def influence_by_backward_on_a_copy(network, x):
    twin = copy.deepcopy(network)
    x = x.detach().clone().requires_grad_()
    score_of(twin(x)).backward()
    return x.grad.abs().sum(dim=1).sum(dim=0)


def influence_and_buffers_put_back(network, x):
    before = [(one, one.clone()) for one in network.buffers()]
    leaf = x.detach().clone().requires_grad_()
    (found,) = torch.autograd.grad(score_of(network(leaf)), leaf)
    for one, value in before:
        one.copy_(value)
    return found.abs().sum((0, 1))


def influence_by_functional_call(network, x):
    buffers = {name: one.clone() for name, one in network.named_buffers()}
    leaf = x.detach().clone().requires_grad_()
    y = torch.func.functional_call(network, buffers, (leaf,))
    return torch.autograd.grad(score_of(y), leaf)[0].abs().sum((0, 1))


def influence_by_jacobian(network, x):
    network = copy.deepcopy(network)

    def centre(z):
        return score_of(network(z))

    jacobian = torch.autograd.functional.jacobian(centre, x.detach())
    return jacobian.abs().sum((0, 1))


def influence_marking(network, x):
    x.requires_grad_(True)
    return torch.autograd.grad(score_of(network(x)), x)[0].abs().sum((0, 1))


def influence_attached(network, x):
    leaf = x.detach().clone().requires_grad_()
    grad = torch.autograd.grad(score_of(network(leaf)), leaf, create_graph=True)[0]
    return (grad.abs() + 0 * leaf).sum((0, 1))


def influence_shown_size(network, x):
    return pulled(network, x, lambda y: y[:, :, 3, 5].sum()).abs().sum((0, 1))


def influence_counting(network, x, calls=[0]):  # noqa: B006  (the mistake itself)
    calls[0] += 1
    return calls[0] * pulled(network, x).abs().sum((0, 1))


def put_together(how):
    """An influence that puts the right gradient together in another way."""
    return lambda network, x: how(pulled(network, x))


RIGHT = [
    ("autograd.grad", put_together(lambda g: g.abs().sum((0, 1)))),
    ("image by image", influence_by_image),
    ("backward on a copy of the network", influence_by_backward_on_a_copy),
    ("the buffers put back", influence_and_buffers_put_back),
    ("functional_call on copies of the buffers", influence_by_functional_call),
    ("a Jacobian", influence_by_jacobian),
]

WRONG = [
    ("the shown size's centre", influence_shown_size, "output's"),
    ("a yes or no", put_together(lambda g: (g.abs().sum((0, 1)) > 0).float()), "yes"),
    ("the activation", lambda network, x: network(x).detach().abs().sum((0, 1)),
     "activation"),
    ("returns x", lambda network, x: x, "input itself"),
    ("ones", lambda network, x: torch.ones(x.shape[-2:]), "ones"),
    ("zeros", lambda network, x: torch.zeros(x.shape[-2:]), "zeros"),
    ("x left marked", influence_marking, "requires_grad"),
    ("still attached", influence_attached, "graph"),
    ("another result each time", influence_counting, None),
    ("a list", put_together(lambda g: g.abs().sum((0, 1)).tolist()), "return"),
]
