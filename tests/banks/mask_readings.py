"""Answers to *What acts on the mask*."""

from __future__ import annotations

import copy

import torch


def part_by_part(module, x):
    names = []
    for name, part in module.named_children():
        _, mask = module.with_mask(x)
        for weight in part.parameters():
            (g,) = torch.autograd.grad(
                mask.sum(), weight, retain_graph=True, allow_unused=True)
            if g is not None and bool((g != 0).any()):
                names.append(name)
                break
    return names


def of_all_weights(module, x):
    mask = module.with_mask(x)[1]
    named = dict(module.named_parameters())
    gradients = torch.autograd.grad(
        mask.sum(), named.values(), allow_unused=True)
    return {
        name.split(".")[0] for name, g in zip(named, gradients, strict=True)
        if g is not None and g.abs().sum() > 0
    }


def backward_on_a_copy(module, x):
    twin = copy.deepcopy(module)
    twin.zero_grad()
    twin.with_mask(x)[1].sum().backward()
    return {
        name for name, part in twin.named_children()
        if any(w.grad is not None and w.grad.count_nonzero() for w in part.parameters())
    }


def by_moving_weights(module, x):
    """No gradient: each part is moved on a copy, and the mask looked at."""
    found = set()
    with torch.no_grad():
        right = module.double().with_mask(x.double())[1]
        module.float()
        for name, _ in module.named_children():
            twin = copy.deepcopy(module).double()
            for weight in getattr(twin, name).parameters():
                weight.add_(0.5)
            if not torch.equal(twin.with_mask(x.double())[1], right):
                found.add(name)
    return found


def backward_on_the_module(module, x):
    module.with_mask(x)[1].sum().backward()
    return {name for name, part in module.named_children()
            if any(w.grad is not None for w in part.parameters())}


def under_no_grad(module, x):
    with torch.no_grad():
        return part_by_part(module, x)


def not_summed(module, x):
    mask = module.with_mask(x)[1]
    torch.autograd.grad(mask, list(module.parameters()), allow_unused=True)


def unused_not_allowed(module, x):
    mask = module.with_mask(x)[1]
    return {name for name, part in module.named_children() if any(
        g.any() for g in torch.autograd.grad(
            mask.sum(), list(part.parameters()), retain_graph=True))}


def graph_not_retained(module, x):
    mask = module.with_mask(x)[1]
    return {name for name, part in module.named_children() if any(
        g is not None and g.any() for g in torch.autograd.grad(
            mask.sum(), list(part.parameters()), allow_unused=True))}


def parts_themselves(module, x):
    return {part for name, part in module.named_children()
            if name in part_by_part(module, x)}


def names_of_weights(module, x):
    mask = module.with_mask(x)[1]
    named = dict(module.named_parameters())
    gradients = torch.autograd.grad(mask.sum(), named.values(), allow_unused=True)
    return {name for name, g in zip(named, gradients, strict=True)
            if g is not None and g.any()}


def both_at_once(module, x):
    return {name for name, part in module.named_children() if any(
        g is not None and g.any() for g in torch.autograd.grad(
            module.with_mask(x).sum(), list(part.parameters()), allow_unused=True))}


def gradients_as_truths(module, x):
    mask = module.with_mask(x)[1]
    return {name for name, part in module.named_children() if any(
        torch.autograd.grad(mask.sum(), list(part.parameters()), retain_graph=True,
                            allow_unused=True))}


def first_weight_if_there(module, x):
    mask = module.with_mask(x)[1]
    return {name for name, part in module.named_children() if torch.autograd.grad(
        mask.sum(), list(part.parameters())[:1], retain_graph=True,
        allow_unused=True)[0] is not None}


def a_text(module, x):
    return ", ".join(part_by_part(module, x))


def a_dictionary(module, x):
    return dict.fromkeys(part_by_part(module, x), True)


def frozen(module, x):
    for name, part in module.named_children():
        part.requires_grad_(name != "trunk")
    return set(part_by_part(module, x))


def fixed_names(module, x):
    return {name for name in ("before", "trunk", "mask", "after")
            if name in part_by_part(module, x)}


RIGHT = [
    ("part by part, weight by weight", part_by_part),
    ("all weights at once, the names cut", of_all_weights),
    ("backward on a copy", backward_on_a_copy),
    ("weights moved, on a copy in float64", by_moving_weights),
]

WRONG = [
    ("backward on the module itself", backward_on_the_module, "torch.autograd.grad"),
    ("under no_grad", under_no_grad, "no_grad"),
    ("the mask is not summed", not_summed, "mask.sum()"),
    ("unused weights are not allowed", unused_not_allowed, "allow_unused"),
    ("the graph is not kept", graph_not_retained, "retain_graph"),
    ("the parts, not their names", parts_themselves, "names"),
    ("names of single weights", names_of_weights, "inside a part"),
    ("with_mask taken for one tensor", both_at_once, "the second"),
    ("gradients taken for truths", gradients_as_truths, "g.any()"),
    ("the first weight, if it has a gradient", first_weight_if_there, "any of its"),
    ("one text", a_text, "a set of names"),
    ("a dictionary", a_dictionary, "a set of names"),
    ("parts frozen on the way", frozen, "requires_grad"),
    ("four names are asked for", fixed_names, "each part in turn"),
]
