"""Answers to "Measure a pixel's influence" by the gradient of the centre."""

from __future__ import annotations

import copy

import torch


def score_of(y):
    return y[:, :, y.shape[2] // 2, y.shape[3] // 2].sum()


def pulled(network, x, score=score_of):
    """The signed gradient, taken without a trace."""
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


def influence_and_modes_put_back(network, x):
    modes = [(part, part.training) for part in network.modules()]
    network.eval()
    found = pulled(network, x).abs().sum((0, 1))
    for part, mode in modes:
        part.training = mode
    return found


def influence_and_mode_put_back(network, x):
    """Wrong: a frozen batch norm comes back in training mode."""
    mode = network.training
    network.eval()
    found = pulled(network, x).abs().sum((0, 1))
    network.train(mode)
    return found


def influence_in_training(network, x):
    return pulled(copy.deepcopy(network).train(), x).abs().sum((0, 1))


def influence_by_jacobian(network, x):
    def centre(z):
        return score_of(network(z))

    jacobian = torch.autograd.functional.jacobian(centre, x.detach())
    return jacobian.abs().sum((0, 1))


def influence_by_backward(network, x):
    x = x.detach().clone().requires_grad_()
    score_of(network(x)).backward()
    return x.grad.abs().sum((0, 1))


def influence_zeroing(network, x):
    found = influence_by_backward(network, x)
    network.zero_grad()
    return found


def influence_marking(network, x):
    x.requires_grad_(True)
    return torch.autograd.grad(score_of(network(x)), x)[0].abs().sum((0, 1))


def influence_backward_on_x(network, x):
    x.requires_grad_(True)
    twin = copy.deepcopy(network)
    score_of(twin(x)).backward()
    found = x.grad.abs().sum((0, 1))
    x.requires_grad_(False)
    return found


def influence_unmarking(network, x):
    found = influence_marking(network, x)
    x.requires_grad_(False)
    return found


def influence_clearing(network, x):
    x.grad = None
    return pulled(network, x).abs().sum((0, 1))


def influence_freezing(network, x):
    for weight in network.parameters():
        weight.requires_grad_(False)
    return influence_by_backward(network, x)


def influence_in_eval(network, x):
    return pulled(network.eval(), x).abs().sum((0, 1))


def influence_with_step(network, x):
    found = pulled(network, x).abs().sum((0, 1))
    with torch.no_grad():
        for weight in network.parameters():
            weight -= 0.1 * weight
    return found


def influence_attached(network, x):
    leaf = x.detach().clone().requires_grad_()
    grad = torch.autograd.grad(score_of(network(leaf)), leaf, create_graph=True)[0]
    return (grad.abs() + 0 * leaf).sum((0, 1))


def influence_of_unmarked(network, x):
    return torch.autograd.grad(score_of(network(x)), x)[0].abs().sum((0, 1))


def influence_vector_backward(network, x):
    x = x.detach().clone().requires_grad_()
    y = network(x)
    return torch.autograd.grad(y[:, :, y.shape[2] // 2, y.shape[3] // 2], x)[0]


def influence_by_steps(network, x, step=1.0):
    found = torch.zeros(x.shape[-2:])
    with torch.no_grad():
        start = score_of(network(x))
        for row in range(x.shape[2]):
            for column in range(x.shape[3]):
                raised = x.clone()
                raised[:, :, row, column] += step
                found[row, column] = (score_of(network(raised)) - start).abs()
    return found


def influence_of_inputs_centre(network, x):
    h, w = x.shape[-2:]
    return pulled(network, x, lambda y: y[:, :, h // 2, w // 2].sum()).abs().sum((0, 1))


def influence_shown_size(network, x):
    return pulled(network, x, lambda y: y[:, :, 3, 5].sum()).abs().sum((0, 1))


def influence_float32(network, x):
    return influence_by_image(network, x).float()


def influence_counting(network, x, calls=[0]):  # noqa: B006  (the mistake itself)
    calls[0] += 1
    return calls[0] * pulled(network, x).abs().sum((0, 1))


def influence_on_x_itself(network, x):
    x += 1
    return pulled(network, x).abs().sum((0, 1))


def summed(score):
    """An influence of another number than the centre's sum."""
    return lambda network, x: pulled(network, x, score).abs().sum((0, 1))


def put_together(how):
    """An influence that puts the right gradient together in another way."""
    return lambda network, x: how(pulled(network, x))


RIGHT = [
    ("autograd.grad", put_together(lambda g: g.abs().sum((0, 1)))),
    ("image by image", influence_by_image),
    ("backward on a copy of the network", influence_by_backward_on_a_copy),
    ("the modes put back, each part's own", influence_and_modes_put_back),
    ("a Jacobian", influence_by_jacobian),
]

WRONG = [
    ("all outputs", summed(lambda y: y.sum()), "all outputs"),
    ("all outputs' mean", summed(lambda y: y.mean()), "all outputs"),
    ("the corner", summed(lambda y: y[:, :, 0, 0].sum()), "corner"),
    ("one pixel off", summed(
        lambda y: y[:, :, (y.shape[2] - 1) // 2, (y.shape[3] - 1) // 2].sum()),
     "beside"),
    ("h and w swapped", summed(
        lambda y: y[:, :, y.shape[3] // 2, y.shape[2] // 2].sum()), "swapped"),
    ("the input's centre", influence_of_inputs_centre, "output's"),
    ("h // 2 for both axes", summed(
        lambda y: y[:, :, y.shape[2] // 2, y.shape[2] // 2].sum()), "both axes"),
    ("w // 2 for both axes", summed(
        lambda y: y[:, :, y.shape[3] // 2, y.shape[3] // 2].sum()), "both axes"),
    ("one output channel", summed(
        lambda y: y[:, 0, y.shape[2] // 2, y.shape[3] // 2].sum()),
     "one output channel"),
    ("one image", summed(
        lambda y: y[0, :, y.shape[2] // 2, y.shape[3] // 2].sum()), "one image"),
    ("the centre's mean", summed(
        lambda y: y[:, :, y.shape[2] // 2, y.shape[3] // 2].mean()), "mean"),
    ("the centre squared", summed(lambda y: score_of(y**2)), "squared"),
    ("abs of the output", summed(lambda y: score_of(y.abs())), "abs"),
    ("the shown size's centre", influence_shown_size, "output's"),
    ("no abs", put_together(lambda g: g.sum((0, 1))), "abs"),
    ("abs of the sum", put_together(lambda g: g.sum((0, 1)).abs()), "abs"),
    ("positive parts", put_together(lambda g: g.relu().sum((0, 1))), "negative"),
    ("squares", put_together(lambda g: (g**2).sum((0, 1))), "squares"),
    ("norm", put_together(lambda g: g.norm(dim=(0, 1))), "squares"),
    ("mean", put_together(lambda g: g.abs().mean((0, 1))), "mean"),
    ("mean over channels", put_together(lambda g: g.abs().mean(1).sum(0)), "mean"),
    ("mean over images", put_together(lambda g: g.abs().mean(0).sum(0)), "mean"),
    ("maximum", put_together(lambda g: g.abs().amax((0, 1))), "largest"),
    ("maximum over channels, sum over images", put_together(
        lambda g: g.abs().amax(1).sum(0)), "largest"),
    ("maximum over channels", put_together(lambda g: g.abs().amax(1)), "largest"),
    ("first channel", put_together(lambda g: g[:, 0].abs().sum(0)), "one channel"),
    ("(C, H, W)", put_together(lambda g: g.abs().sum(0)), "axis"),
    ("(N, H, W)", put_together(lambda g: g.abs().sum(1)), "axis"),
    ("(N, C, H, W)", put_together(lambda g: g.abs()), "axis"),
    ("(1, 1, H, W)", put_together(lambda g: g.abs().sum((0, 1), keepdim=True)), "axis"),
    ("a number", put_together(lambda g: g.abs().sum()), "number"),
    ("scaled to 1", put_together(
        lambda g: g.abs().sum((0, 1)) / g.abs().sum((0, 1)).max()), "rescaling"),
    ("a yes or no", put_together(lambda g: (g.abs().sum((0, 1)) > 0).float()), "yes"),
    ("transposed", put_together(lambda g: g.abs().sum((0, 1)).T), "swapped"),
    ("gradient times x", lambda network, x: (
        pulled(network, x) * x.detach()).abs().sum((0, 1)), "multiplied"),
    ("the activation", lambda network, x: network(x).detach().abs().sum((0, 1)),
     "activation"),
    ("x itself", lambda network, x: x.detach().abs().sum((0, 1)), "input itself"),
    ("returns x", lambda network, x: x, "input itself"),
    ("ones", lambda network, x: torch.ones(x.shape[-2:]), "ones"),
    ("zeros", lambda network, x: torch.zeros(x.shape[-2:]), "zeros"),
    ("steps of 1", influence_by_steps, "step"),
    ("backward", influence_by_backward, ".grad"),
    ("backward, then zero_grad", influence_zeroing, "zero_grad"),
    ("x left marked", influence_marking, "requires_grad"),
    ("x unmarked, though it was marked before", influence_unmarking, "requires_grad"),
    ("x.grad cleared", influence_clearing, "copy"),
    ("x.grad left filled", influence_backward_on_x, "copy"),
    ("the network left frozen", influence_freezing, "freez"),
    ("the network left in eval mode", influence_in_eval, "eval"),
    ("the top's mode put back", influence_and_mode_put_back, "train(mode)"),
    ("measured in training mode", influence_in_training, "mode in which it comes"),
    ("a step taken", influence_with_step, "step"),
    ("still attached", influence_attached, "graph"),
    ("x not marked", influence_of_unmarked, "requires_grad"),
    ("backward from many numbers", influence_vector_backward, "sum"),
    ("float32 whatever came", influence_float32, ".float()"),
    ("another result each time", influence_counting, None),
    ("x changed", influence_on_x_itself, "in-place"),
    ("nothing", lambda network, x: None, "return"),
    ("NumPy", put_together(lambda g: g.abs().sum((0, 1)).numpy()), "return"),
    ("a list", put_together(lambda g: g.abs().sum((0, 1)).tolist()), "return"),
    ("one argument", lambda network: network, "arguments"),
]
