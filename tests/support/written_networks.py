"""Attention-56 for CIFAR written by other hands: other names, orders and styles."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

STAGES = ((64, 3), (128, 2), (256, 1))


def stretched(y, like):
    return F.interpolate(y, like.shape[2:], mode="bilinear", align_corners=True)


class Block(nn.Module):
    """Made and called in another order: the projection first, its batch norm last."""

    def __init__(self, c_in, c_out, step=1):
        super().__init__()
        quarter = c_out // 4
        if step > 1 or c_in != c_out:
            self.shortcut = nn.Conv2d(c_in, c_out, 1, step, bias=False)
        self.expand = nn.Conv2d(quarter, c_out, 1, bias=False)
        self.look = nn.Conv2d(quarter, quarter, 3, step, 1, bias=False)
        self.squeeze = nn.Conv2d(c_in, quarter, 1, bias=False)
        self.norms = nn.ModuleDict({
            "expand": nn.BatchNorm2d(quarter), "look": nn.BatchNorm2d(quarter),
            "squeeze": nn.BatchNorm2d(c_in),
        })

    def forward(self, x):
        ready = self.norms["squeeze"](x).relu_()
        way = self.shortcut(ready) if hasattr(self, "shortcut") else x
        for name in ("squeeze", "look"):
            ready = getattr(self, name)(ready)
            ready = self.norms[{"squeeze": "look", "look": "expand"}[name]](ready)
            ready = torch.clamp_min(ready, 0)
        return torch.add(way, self.expand(ready))


class Hourglass(nn.Module):
    """A recursive mask, what lies below before the skip."""

    def __init__(self, c, depth):
        super().__init__()
        self.rise = Block(c, c)
        if depth > 1:
            self.inner = Hourglass(c, depth - 1)
            self.aside = Block(c, c)
        self.sink = Block(c, c)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)

    def forward(self, x):
        low = self.sink(self.pool(x))
        if hasattr(self, "inner"):
            low = self.inner(low) + self.aside(low)
        return stretched(self.rise(low), x)


class OtherOrder(nn.Module):
    """The head is made first, masks are called before trunks, (1 + M) T is a product.
    """

    def __init__(self):
        super().__init__()
        self.fc, self.last = nn.Linear(256, 10), nn.BatchNorm2d(256)
        self.leave, self.merge, self.right, self.left, self.split, self.enter = (
            nn.ModuleList(Block(c, c) for c, _ in STAGES) for _ in range(6)
        )
        self.enter = nn.ModuleList(
            [Block(16, 64), Block(64, 128, 2), Block(128, 256, 2)])
        self.masks = nn.ModuleList(nn.Sequential(
            Hourglass(c, d), nn.BatchNorm2d(c), nn.ReLU(True), nn.Conv2d(
                c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(True),
            nn.Conv2d(c, c, 1, bias=False), nn.Sigmoid()) for c, d in STAGES)
        self.entry = nn.Conv2d(3, 16, 3, 1, 1, bias=False)

    def forward(self, x):
        x = self.entry(x)
        for k in range(3):
            x = self.split[k](self.enter[k](x))
            weigh = 1 + self.masks[k](x)
            x = self.leave[k](self.merge[k](weigh * self.right[k](self.left[k](x))))
        x = F.adaptive_avg_pool2d(F.relu(self.last(x)), 1)
        return self.fc(torch.flatten(x, 1))


class Functional(nn.Module):
    """No module inside: parameters, buffers, and functions."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.run(torch.zeros(2, 3, 32, 32), make=True)

    def run(self, x, make=False):
        self.made, self.count = make, 0
        x = self.conv(x, 16, 3)
        for k, (c, depth) in enumerate(STAGES):
            x = self.unit(self.unit(x, c, 1 if k == 0 else 2), c)
            trunk = self.unit(self.unit(x, c), c)
            mask = self.relu(self.relu(self.mask(x, c, depth), c, 1), c, 1)
            x = self.unit(self.unit(trunk + torch.sigmoid(mask) * trunk, c), c)
        x = F.relu(self.norm(x)).mean((2, 3))
        shape = (10, 256)
        return F.linear(x, self.weight(shape), self.weight(shape[:1]))

    def forward(self, x):
        return self.run(x)

    def mask(self, x, c, depth):
        y = self.unit(F.max_pool2d(x, 3, 2, ceil_mode=True), c)
        if depth > 1:
            y = self.unit(y, c) + self.mask(y, c, depth - 1)
        return stretched(self.unit(y, c), x)

    def unit(self, x, c, step=1):
        ready = F.relu(self.norm(x))
        y = self.relu(self.relu(self.conv(ready, c // 4, 1), c // 4, 3, step), c, 1)
        same = x.shape[1] == c and step == 1
        return y + (x if same else self.conv(ready, c, 1, step))

    def relu(self, x, c, kernel, step=1):
        return self.conv(F.relu(self.norm(x)), c, kernel, step)

    def conv(self, x, c, kernel, step=1):
        weight = self.weight((c, x.shape[1], kernel, kernel))
        return F.conv2d(x, weight, None, step, kernel // 2)

    def norm(self, x):
        c = x.shape[1]
        mean, var = self.statistics(torch.zeros(c)), self.statistics(torch.ones(c))
        weight, bias = self.weight((c,)), self.weight((c,))
        return F.batch_norm(x, mean, var, weight, bias, self.training and not self.made)

    def weight(self, shape):
        self.count += 1
        if self.made:
            value = nn.Parameter(0.05 * torch.randn(shape))
            self.register_parameter(f"w{self.count}", value)
        return getattr(self, f"w{self.count}")

    def statistics(self, start):
        self.count += 1
        if self.made:
            self.register_buffer(f"s{self.count}", start)
        return getattr(self, f"s{self.count}")


class Flat(nn.Module):
    """One class, all layers in one list, in the order of their sizes."""

    def __init__(self):
        super().__init__()
        sizes, self.plan = [], []
        for k, (c, depth) in enumerate(STAGES):
            before = (16, 64, 128)[k]
            units = 5 + 2 * depth + depth - 1
            sizes += [(before, c, 1 if k == 0 else 2)] + [(c, c, 1)] * units
        self.norms, self.convs, self.projections = (nn.ModuleList() for _ in range(3))
        for before, c, step in sizes:
            w = c // 4
            self.norms.extend(map(nn.BatchNorm2d, (w, before, w)))
            self.convs.append(nn.Conv2d(w, c, 1, bias=False))
            self.convs.append(nn.Conv2d(w, w, 3, step, 1, bias=False))
            self.convs.append(nn.Conv2d(before, w, 1, bias=False))
            if before != c:
                self.projections.append(nn.Conv2d(before, c, 1, step, bias=False))
        self.ends = nn.ModuleList(nn.Conv2d(c, c, 1, bias=False)
                                  for c, _ in STAGES for _ in range(2))
        self.end_norms = nn.ModuleList(nn.BatchNorm2d(c)
                                       for c, _ in STAGES for _ in range(2))
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn, self.head = nn.BatchNorm2d(256), nn.Linear(256, 10)

    def forward(self, images):
        x, at = self.stem(images), 0
        for k, (_, depth) in enumerate(STAGES):
            x, at = self.unit(x, at, self.projections[k]), at + 1
            x, at = self.unit(x, at), at + 1
            mask, maps, tops = x, [], []
            for _ in range(depth):
                tops.append(mask)
                mask = self.unit(F.max_pool2d(mask, 3, 2, ceil_mode=True), at)
                maps.append(mask)
                at += 1
            for level in reversed(range(depth)):
                mask = stretched(self.unit(mask, at), tops[level])
                at += 1
                if level:
                    mask, at = mask + self.unit(maps[level - 1], at), at + 1
            for j in (2 * k, 2 * k + 1):
                mask = self.ends[j](F.relu(self.end_norms[j](mask)))
            trunk = self.unit(self.unit(x, at), at + 1)
            x = torch.addcmul(trunk, mask.sigmoid(), trunk)
            x, at = self.unit(self.unit(x, at + 2), at + 3), at + 4
        return self.head(F.avg_pool2d(F.relu(self.bn(x)), 8).flatten(1))

    def unit(self, x, at, projection=None):
        ready = F.relu(self.norms[3 * at + 1](x))
        y = F.relu(self.norms[3 * at](self.convs[3 * at + 2](ready)))
        y = F.relu(self.norms[3 * at + 2](self.convs[3 * at + 1](y)))
        y = self.convs[3 * at](y)
        return y + (x if projection is None else projection(ready))
