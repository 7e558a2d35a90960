"""Answers to the exercise on one step of training, right and wrong."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import nn

from tests.banks import Answer


def step_as_shown(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def step_zero_through_network(network, images, labels, optimizer):
    logits = network(images)
    chosen = logits.log_softmax(dim=1)[torch.arange(len(labels)), labels]
    loss = -chosen.mean()
    network.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def step_by_hand(network, images, labels, optimizer):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    logits = network(images)
    log_sum = torch.log(torch.exp(logits).sum(dim=1))
    loss = (log_sum - logits.gather(1, labels[:, None])[:, 0]).sum() / len(labels)
    value = loss.detach().numpy().item()
    torch.autograd.backward(loss)
    optimizer.step()
    return value


def step_by_closure(network, images, labels, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(network(images), labels)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


def step_with_one_hot(network, images, labels, optimizer):
    network.train()
    logits = network(images)
    targets = F.one_hot(labels, logits.shape[1]).float()
    loss = F.cross_entropy(logits, targets)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.tolist()


def make_step(order="zfbs", loss=F.cross_entropy, give=lambda value: value.item()):
    """A step with its moves in this order: zero, forward, backward, step."""

    def my_step(network, images, labels, optimizer):
        value = torch.zeros(())
        for move in order:
            if move == "z":
                optimizer.zero_grad()
            elif move == "f":
                value = loss(network(images), labels)
            elif move == "b":
                value.backward()
            elif move == "B":
                value.backward(retain_graph=True)
            else:
                optimizer.step()
        return give(value)

    return my_step


def accuracy_loss(logits, labels):
    return -(logits.argmax(dim=1) == labels).float().mean()


def argmax_loss(logits, labels):
    return F.mse_loss(logits.argmax(dim=1).float(), labels.float())


def focal_loss(logits, labels):
    each = F.cross_entropy(logits, labels, reduction="none")
    return ((1 - torch.exp(-each)) ** 2 * each).mean()


def step_on_a_copy(network, images, labels, optimizer):
    return step_as_shown(copy.deepcopy(network), images, labels, optimizer)


def step_on_a_new_network(network, images, labels, optimizer):
    network = nn.Sequential(nn.Flatten(), nn.Linear(images[0].numel(), 5))
    return step_as_shown(network, images, labels, optimizer)


def step_clipped(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return loss.item()


def step_clipped_by_value(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    nn.utils.clip_grad_value_(network.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def step_with_own_update(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter -= 0.1 * parameter.grad
    return loss.item()


def step_with_own_update_at_its_rate(network, images, labels, optimizer):
    """As the handed optimizer would move the network, but without its state."""
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter -= optimizer.param_groups[0]["lr"] * parameter.grad
    return loss.item()


def step_and_again_without_gradients(network, images, labels, optimizer):
    value = step_as_shown(network, images, labels, optimizer)
    optimizer.zero_grad()
    optimizer.step()
    return value


def step_with_other_rate(network, images, labels, optimizer):
    optimizer.param_groups[0]["lr"] = 0.01
    return step_as_shown(network, images, labels, optimizer)


def step_with_penalty(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    penalty = sum((parameter**2).sum() for parameter in network.parameters())
    (loss + 0.01 * penalty).backward()
    optimizer.step()
    return loss.item()


def step_without_graph(network, images, labels, optimizer):
    optimizer.zero_grad()
    with torch.no_grad():
        loss = F.cross_entropy(network(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def step_item_too_early(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels).item()
    loss.backward()
    optimizer.step()
    return loss


def step_detached(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images).detach(), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def step_swapped_loss(network, images, labels, optimizer):
    loss = F.cross_entropy(labels, network(images))
    loss.backward()
    return loss.item()


def step_float_labels(network, images, labels, optimizer):
    return step_as_shown(network, images, labels.float(), optimizer)


def step_mse_on_labels(network, images, labels, optimizer):
    loss = ((network(images) - labels) ** 2).mean()
    loss.backward()
    return loss.item()


def step_of_the_loss(network, images, labels, optimizer):
    loss = F.cross_entropy(network(images), labels)
    loss.zero_grad()
    loss.step()
    return loss.item()


def step_takes_loss(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    optimizer.step(loss)
    return loss.item()


def step_normalises(network, images, labels, optimizer):
    images = (images - images.mean()) / images.std()
    return step_as_shown(network, images + 1, labels, optimizer)


def step_shown_batch(network, images, labels, optimizer):
    return step_as_shown(network, images.view(6, 3, 6, 6), labels, optimizer)


def step_half_frozen(network, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    network[0].weight.grad = None
    optimizer.step()
    return loss.item()


class StepOnlyOnce:
    """Learns from the first batch and then no more."""

    def __init__(self):
        self.seen = None

    def __call__(self, network, images, labels, optimizer):
        if self.seen is network:
            return 0.0
        self.seen = network
        return step_as_shown(network, images, labels, optimizer)


RIGHT = [
    Answer("train_step", "as the chapter has it", step_as_shown),
    Answer("train_step", "zeroed through the network", step_zero_through_network),
    Answer("train_step", "cross-entropy by hand", step_by_hand),
    Answer("train_step", "through a closure", step_by_closure),
    Answer("train_step", "one-hot targets, train() inside", step_with_one_hot),
    Answer("train_step", "forward first, then zero", make_step("fzbs")),
]

WRONG = [
    Answer("train_step", "backward on a freed graph", make_step("zfbbs"), "twice"),
    Answer(
        "train_step",
        "no zero_grad and softmax",
        make_step("fbs", lambda x, y: F.cross_entropy(x.softmax(1), y)),
        "softmax",
    ),
    Answer(
        "train_step",
        "a loss for each image",
        make_step(loss=lambda x, y: F.cross_entropy(x, y, reduction="none")),
        "mean",
    ),
    Answer("train_step", "focal loss", make_step(loss=focal_loss)),
    Answer("train_step", "loss of the argmax", make_step(loss=argmax_loss), "argmax"),
    Answer(
        "train_step", "accuracy as the loss", make_step(loss=accuracy_loss), "accuracy"
    ),
    Answer(
        "train_step", "a tensor with its graph", make_step(give=lambda v: v), ".item()"
    ),
    Answer(
        "train_step",
        "a detached tensor",
        make_step(give=lambda v: v.detach()),
        ".item()",
    ),
    Answer(
        "train_step", "an array", make_step(give=lambda v: v.detach().numpy()), "number"
    ),
    Answer("train_step", "a string", make_step(give=lambda v: f"{v:.3f}"), "number"),
    Answer("train_step", "a pair", make_step(give=lambda v: (v.item(), 0.5)), "number"),
    Answer("train_step", "a copy is trained", step_on_a_copy, "copy"),
    Answer("train_step", "a new network is trained", step_on_a_new_network, "copy"),
    Answer("train_step", "gradients clipped", step_clipped, "clipping"),
    Answer(
        "train_step", "gradients clipped by value", step_clipped_by_value, "clipping"
    ),
    Answer("train_step", "an update of its own", step_with_own_update, "handed over"),
    Answer(
        "train_step",
        "an update of its own at the optimizer's rate",
        step_with_own_update_at_its_rate,
        "handed over",
    ),
    Answer(
        "train_step",
        "one more step without gradients",
        step_and_again_without_gradients,
        "one step()",
    ),
    Answer(
        "train_step", "another learning rate", step_with_other_rate, "learning rate"
    ),
    Answer("train_step", "a penalty on weights", step_with_penalty, "penalty"),
    Answer("train_step", "no_grad", step_without_graph, "no_grad"),
    Answer("train_step", "detached logits", step_detached, "detach"),
    Answer("train_step", "item before backward", step_item_too_early, ".item()"),
    Answer("train_step", "labels before logits", step_swapped_loss, "order"),
    Answer("train_step", "labels as floats", step_float_labels, "labels"),
    Answer("train_step", "error against labels", step_mse_on_labels, "labels"),
    Answer("train_step", "step on the loss", step_of_the_loss, "belongs"),
    Answer("train_step", "loss handed to step", step_takes_loss, "takes none"),
    Answer("train_step", "images shifted", step_normalises),
    Answer("train_step", "part of the network frozen", step_half_frozen, "part"),
    Answer("train_step", "one batch size only", step_shown_batch, "batch size"),
    Answer("train_step", "learns only once", StepOnlyOnce(), "kept"),
    Answer("train_step", "returns its input", lambda n, i, y, o: i, "never"),
]
