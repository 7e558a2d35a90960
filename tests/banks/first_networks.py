"""Chapter 3's network: right ones, and wrong ones that no slip makes."""

from __future__ import annotations

import torch
from torch import nn

from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.small_networks import FirstAttentionStage as Stage
from resattn_tutorial.models.stem_and_head import Head
from tests.banks import Answer


class Network(nn.Module):
    """The plain answer, its parts made in another order."""

    def __init__(self, classes=10):
        super().__init__()
        self.head = Head(128, classes)
        self.third = nn.Sequential(ResidualUnit(64, 128, 2), ResidualUnit(128))
        self.two, self.into_two = Stage(64, 1), ResidualUnit(32, 64, 2)
        self.one = Stage(32, 2)
        self.begin = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1, bias=False), ResidualUnit(32))
        self.end()

    def end(self):
        he_initialise(self)

    def forward(self, images):
        return self.with_masks(images)[0]

    def with_masks(self, images):
        x, one = self.one(self.begin(images))
        x, two = self.two(self.into_two(x))
        return self.head(self.third(x)), {"stage 2": two, "stage 1": one}


class InAList(nn.Module):
    """One list of parts; a part that gives a pair is a stage."""

    def __init__(self, classes=10):
        super().__init__()
        self.parts = nn.ModuleList([nn.Conv2d(3, 32, 3, 2, 1, bias=False)])
        before = 32
        for channels, poolings, stride in ((32, 2, 1), (64, 1, 2), (128, 0, 2)):
            self.parts.append(ResidualUnit(before, channels, stride))
            self.parts.append(
                Stage(channels, poolings) if poolings else ResidualUnit(channels))
            before = channels
        self.parts.append(Head(128, classes))
        self.apply(lambda part: he_initialise(part))

    def with_masks(self, images):
        x, masks = images, {}
        for part in self.parts:
            x = part(x)
            if isinstance(x, tuple):
                x, masks[f"stage {len(masks) + 1}"] = x
        return [x, masks]

    def forward(self, images):
        logits, _ = self.with_masks(images)
        return logits


class TwoWays(Network):
    """Its forward goes its own way, without the masks."""

    def forward(self, images):
        x = self.into_two(self.one(self.begin(images))[0])
        return self.head(self.third(self.two(x)[0]))


class ByHand(Network):
    """A head and first weights written by hand."""

    def end(self):
        for weight in self.parameters():
            if weight.dim() == 4:
                nn.init.normal_(weight, 0, (2 / weight[0].numel()) ** 0.5)


def replacing(**pieces):
    """The plain network with some of its methods replaced."""
    return type("MyNetwork", (Network,), pieces)


def in_numpy(self, images):
    logits, masks = Network.with_masks(self, images)
    return logits, {name: mask.detach().numpy() for name, mask in masks.items()}



def of_one_image(self, images):
    logits, masks = Network.with_masks(self, images)
    return logits, {name: mask[:1] for name, mask in masks.items()}


class NoReturn(TwoWays):
    def with_masks(self, images):
        Network.with_masks(self, images)


class Misspelled(nn.Module):
    """The second method has another name."""

    def __init__(self, classes=10):
        super().__init__()
        self.parts = InAList(classes)

    def forward(self, images):
        return self.parts(images)

    def with_mask(self, images):
        return self.parts.with_masks(images)


class NoClasses(Network):
    def __init__(self):
        super().__init__()


RIGHT = [
    Answer("network", "in another order", Network),
    Answer("network", "in a list", InAList),
    Answer("network", "two ways through the parts", TwoWays),
    Answer("network", "first weights by hand", ByHand),
]
WRONG = [
    Answer("network", "masks in NumPy", replacing(with_masks=in_numpy), "two things"),
    Answer("network", "with_masks misspelled", Misspelled, "is missing, or spelled"),
    Answer("network", "no classes to ask for", NoClasses, "arguments"),
    Answer("network", "first weights of Xavier", replacing(end=lambda self: [
        nn.init.xavier_normal_(w) for w in self.parameters() if w.dim() == 4]), None),
    Answer("network", "the logits detached", replacing(
        forward=lambda self, images: Network.forward(self, images).detach()), "cut"),
    Answer("network", "images detached", replacing(
        forward=lambda self, images: Network.forward(self, images.detach())), "cut"),
    Answer("network", "training mode always", replacing(
        forward=lambda self, images: Network.forward(self.train(), images)), "eval"),
    Answer("network", "with_masks returns nothing", NoReturn, "two things"),
    Answer("network", "masks of the first image alone", replacing(
        with_masks=of_one_image), None),
    Answer("network", "a function of images", lambda images: torch.rand(3, 10),
           "nn.Module"),
]
