"""Attention-56 for CIFAR, whole, as somebody writes it into an empty file."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class MyUnit(nn.Module):
    def __init__(self, before, channels, stride=1):
        super().__init__()
        width = channels // 4
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(
            width, width, 3, stride, padding=1, bias=False
        )
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.project = None
        if before != channels or stride != 1:
            self.project = nn.Conv2d(
                before, channels, 1, stride, bias=False
            )

    def forward(self, x):
        ready = F.relu(self.bn1(x))
        y = self.conv1(ready)
        y = self.conv2(F.relu(self.bn2(y)))
        y = self.conv3(F.relu(self.bn3(y)))
        return y + (x if self.project is None else self.project(ready))


class MyMask(nn.Module):
    def __init__(self, channels, poolings):
        super().__init__()
        self.down, self.skips, self.up = (
            nn.ModuleList(MyUnit(channels, channels) for _ in range(count))
            for count in (poolings, poolings - 1, poolings)
        )
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, y):
        sizes, maps = [], []
        for unit in self.down:
            sizes.append(y.shape[-2:])
            y = unit(F.max_pool2d(y, 3, stride=2, ceil_mode=True))
            maps.append(y)
        for k in reversed(range(len(self.up))):
            if k < len(self.skips):
                y = y + self.skips[k](maps[k])
            y = F.interpolate(
                self.up[k](y), sizes[k], mode="bilinear", align_corners=True
            )
        y = self.conv1(F.relu(self.bn1(y)))
        y = self.conv2(F.relu(self.bn2(y)))
        return torch.sigmoid(y)


class MyModule(nn.Module):
    def __init__(self, channels, poolings):
        super().__init__()
        self.before = MyUnit(channels, channels)
        self.trunk = nn.Sequential(
            MyUnit(channels, channels), MyUnit(channels, channels)
        )
        self.mask = MyMask(channels, poolings)
        self.after = MyUnit(channels, channels)

    def forward(self, x):
        x = self.before(x)
        trunk = self.trunk(x)
        return self.after(trunk + self.mask(x) * trunk)


class MyNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.stages = nn.Sequential()
        before, stride = 16, 1
        for channels, poolings in ((64, 3), (128, 2), (256, 1)):
            self.stages.append(nn.Sequential(
                MyUnit(before, channels, stride),
                MyModule(channels, poolings),
                MyUnit(channels, channels),
            ))
            before, stride = channels, 2
        self.bn = nn.BatchNorm2d(before)
        self.classify = nn.Linear(before, 10)

    def forward(self, images):
        x = self.stages(self.stem(images))
        return self.classify(F.relu(self.bn(x)).mean(dim=(2, 3)))
