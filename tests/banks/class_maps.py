"""Answers to the exercise on Grad-CAM, right and wrong."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F

from resattn_tutorial.metrics.saliency import grad_cam
from tests.banks import Answer


def cam_plainly(features, head, classes):
    x = features.detach().clone().requires_grad_()
    logits = head(x)
    score = logits[torch.arange(len(classes)), classes].sum()
    slopes = torch.autograd.grad(score, x)[0]
    weights = slopes.mean((2, 3))
    return torch.einsum("nc,nchw->nhw", weights, features).clamp_min(0)


def cam_by_loop(features, head, classes):
    maps = []
    for one, label in zip(features, classes, strict=True):
        x = one[None].clone().requires_grad_()
        (slopes,) = torch.autograd.grad(head(x)[0, label], x)
        total = sum(s.mean() * f for s, f in zip(slopes[0], one, strict=True))
        maps.append(F.relu(total))
    return torch.stack(maps)


def cam_backward_on_a_copy(features, head, classes):
    head = copy.deepcopy(head)
    x = features.clone().requires_grad_()
    picked = F.one_hot(classes, head(x).shape[1])
    (head(x) * picked).sum().backward()
    weights = x.grad.flatten(2).mean(2)[..., None, None]
    with torch.no_grad():
        return F.relu((weights * x).sum(1))


def cam_marks_the_input(features, head, classes):
    features.requires_grad_()
    asked = head(features).gather(1, classes[:, None]).sum()
    (slopes,) = torch.autograd.grad(asked, features)
    return F.relu((slopes.mean((2, 3), True) * features).sum(1)).detach()


def cam_backward_into_the_head(features, head, classes):
    x = features.detach().clone().requires_grad_()
    head(x).gather(1, classes[:, None]).sum().backward()
    return F.relu((x.grad.mean((2, 3), True) * x).sum(1)).detach()


def cam_in_training_mode(features, head, classes):
    head.train()
    return cam_plainly(features, head, classes)


def cam_of_fixed_size(features, head, classes):
    return cam_plainly(features.view(4, 6, 5, 7), head, classes)


def cam_without_asking(features, head, classes):
    asked = head(features).gather(1, classes[:, None]).sum()
    return torch.autograd.grad(asked, features)[0].sum(1)


def cam_of_many_numbers(features, head, classes):
    x = features.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(head(x).gather(1, classes[:, None]), x)
    return F.relu((slopes.mean((2, 3), True) * x).sum(1)).detach()


def cam_as_lists(features, head, classes):
    return list(cam_plainly(features, head, classes))


RIGHT = [
    Answer("grad_cam", "einsum", cam_plainly),
    Answer("grad_cam", "image by image", cam_by_loop),
    Answer("grad_cam", "backward through a copy", cam_backward_on_a_copy),
    Answer("grad_cam", "the package's", grad_cam),
]

WRONG = [
    Answer("grad_cam", "marks the input", cam_marks_the_input, "requires_grad"),
    Answer("grad_cam", "backward into the head", cam_backward_into_the_head, ".grad"),
    Answer("grad_cam", "in training mode", cam_in_training_mode, "training mode"),
    Answer("grad_cam", "one size only", cam_of_fixed_size, "size"),
    Answer("grad_cam", "features that ask for nothing", cam_without_asking,
           "ask for a gradient"),
    Answer("grad_cam", "the slope of many numbers", cam_of_many_numbers, ".sum()"),
    Answer("grad_cam", "a list", cam_as_lists, "return"),
]
