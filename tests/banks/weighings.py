"""Answers to the exercise on the attention residual form, right and wrong."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from tests.banks import Answer


def weigh_spread_out(trunk, mask):
    return trunk + mask * trunk


def weigh_by_torch(trunk, mask):
    return torch.addcmul(trunk, trunk, mask)


def weigh_by_loop(trunk, mask):
    images = [(torch.ones_like(m) + m).mul(t) for t, m in zip(trunk, mask, strict=True)]
    return torch.stack(images)


class Weigher(nn.Module):
    def forward(self, trunk, mask):
        return torch.einsum("nchw,nchw->nchw", trunk, 1 + mask)


def weigh_mask_in_place(trunk, mask):
    return mask.add_(1) * trunk


def weigh_shown_size(trunk, mask):
    return (1 + mask.view(2, 3, 4, 4)) * trunk


def weigh_new_tensor(trunk, mask):
    return torch.tensor(((1 + mask) * trunk).tolist())


def weigh_noisy(trunk, mask):
    return (1 + F.dropout(mask, 0.1)) * trunk


RIGHT = [
    Answer("weigh", "spread out", weigh_spread_out),
    Answer("weigh", "as the chapter has it", lambda trunk, mask: (1 + mask) * trunk),
    Answer("weigh", "torch.addcmul", weigh_by_torch),
    Answer("weigh", "image by image", weigh_by_loop),
    Answer("weigh", "a module object, called like a function", Weigher()),
]

WRONG = [
    Answer("weigh", "a new tensor", weigh_new_tensor, "NumPy"),
    Answer("weigh", "mask in place", weigh_mask_in_place, "in-place"),
    Answer("weigh", "one size only", weigh_shown_size, "size"),
    Answer("weigh", "dropout on the mask", weigh_noisy, "drawn"),
    Answer("weigh", "an and", lambda t, m: (1 + m) & t, "type"),
]
