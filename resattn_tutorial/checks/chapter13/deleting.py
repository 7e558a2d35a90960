"""The table of *Delete what a map marks*."""

from __future__ import annotations

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_deletion(images: Tensor, maps: Tensor, counts: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    order = maps.flatten(1).argsort(dim=1, descending=True)
    rank = order.argsort(dim=1)
    marked = (rank < counts[:, None]).view(maps.shape)
    colour = images.mean(dim=(2, 3), keepdim=True)
    return torch.where(marked[:, None], colour, images)


def drawn(
    counts: tuple[int, ...], height: int, width: int, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Images of unlike colours, maps without equal values, and how many pixels to mark.
    """
    draw = torch.Generator().manual_seed(seed)
    number = len(counts)
    level = 2 * torch.randn(number, 3, 1, 1, generator=draw)
    images = level + torch.randn(number, 3, height, width, generator=draw)
    maps = torch.stack([
        torch.randperm(height * width, generator=draw).view(height, width)
        for _ in counts
    ])
    scale = 0.1 + torch.rand(number, 1, 1, generator=draw)
    return images, scale * (maps - 11.5), torch.tensor(counts)


RANK = "order.argsort(dim=1)"
MARKED = "(rank < counts[:, None]).view(maps.shape)"
COLOUR = "images.mean(dim=(2, 3), keepdim=True)"
END = "torch.where(marked[:, None], colour, images)"
COUNT = "each map has a count of its own: {}"
FILL = "the filling is each image's own mean colour, over all of its pixels: {}"
KEPT = "(images * {0}[:, None]).sum((2, 3), True) / {0}[:, None].sum((2, 3), True)"


def colour(words: str, *puts: str) -> Slip:
    """Something else is filled in."""
    return Slip(words, *[{COLOUR: put} for put in puts])


def marked(words: str, *puts: str) -> Slip:
    """Other pixels are marked."""
    return Slip(words, *[{MARKED: put} for put in puts])


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


SLIPS = (
    Slip("the lowest pixels are deleted; the highest are asked for",
         {", descending=True": ""}),
    Slip("argsort tells which pixel comes first, second and so on; whether a pixel is "
         "among the first is told by its rank, order.argsort(dim=1)", {RANK: "order"}),
    Slip("one pixel too many: ranks begin at 0, so that the first counts[n] are those "
         "with rank < counts[n]", {"rank <": "rank <="}),
    Slip("one pixel too few: the first counts[n] are those with rank < counts[n]",
         {"rank < counts[:, None]": "rank < counts[:, None] - 1"}),
    Slip("what the map marks is kept and everything else deleted: the other way round",
         {END: "torch.where(marked[:, None], images, colour)"}),
    marked(COUNT.format("this is the first one's, for all"),
           "(rank < counts[0]).view(maps.shape)"),
    marked(COUNT.format("this is the largest of them, for all"),
           "(rank < counts.max()).view(maps.shape)"),
    marked(COUNT.format("this is their mean, for all"),
           "(rank < counts.float().mean()).view(maps.shape)"),
    marked("a threshold decides, and with it the number of pixels: exactly counts[n] "
           "of them are asked for",
           "maps > maps.mean(dim=(1, 2), keepdim=True)", "maps > 0",
           "maps > maps.amax(dim=(1, 2), keepdim=True) / 2"),
    marked("the pixels of all images are ranked together: rank those of each map by "
           "itself, dim=1",
           "(maps.flatten().argsort(descending=True).argsort() < counts.sum())"
           ".view(maps.shape)"),
    marked("everything is marked", "(rank >= 0).view(maps.shape)"),
    colour(FILL.format("black, or 0, is another colour"),
           "torch.zeros_like(images)"),
    colour(FILL.format("not the mean of all images of the batch"),
           "images.mean(dim=(0, 2, 3), keepdim=True)"),
    colour(FILL.format("not one grey for all three channels"),
           "images.mean(dim=(1, 2, 3), keepdim=True)", "images.mean()"),
    colour(FILL.format("this is the mean over the channels of each pixel, a picture in "
                       "grey"), "images.mean(dim=1, keepdim=True)"),
    colour(FILL.format("not of the pixels that stay"), KEPT.format("(~marked)")),
    colour(FILL.format("not of the pixels that go"), KEPT.format("marked")),
    colour(FILL.format("the median is another"),
           "images.flatten(2).median(dim=2).values[..., None, None]"),
    colour(FILL.format("not its lightest"), "images.amax(dim=(2, 3), keepdim=True)"),
    colour(FILL.format("not its darkest"), "images.amin(dim=(2, 3), keepdim=True)"),
    colour(FILL.format("this is the mean of each row, or of each column"),
           "images.mean(dim=3, keepdim=True)", "images.mean(dim=2, keepdim=True)"),
    end("the mean colour is added to the pixel; it takes its place",
        "images + marked[:, None] * colour"),
    end("only one channel is replaced; all three are asked for",
        "torch.cat([torch.where(marked[:, None], colour[:, :1], images[:, :1]), "
        "images[:, 1:]], dim=1)"),
    end("the images come back as they were", "images.clone()"),
    end("what is marked comes back; the images without it are asked for",
        "marked[:, None].expand_as(images).to(images)"),
    end("the map is multiplied into the images: it tells where, not how much",
        "images * maps[:, None]"),
)
DELETING = Table(
    title="Delete what a map marks",
    usage="my_deletion(images, maps, counts)",
    reference=my_deletion,
    cases=(
        Case(drawn((3, 9, 1, 14), 4, 6, seed=1),
             "as many of each map's highest pixels as are asked for have their image's "
             "mean colour, all others are as they were"),
        Case(drawn((6, 2), 5, 5, seed=2), "so it is with other sizes"),
        Case(drawn((7,), 3, 8, seed=3), "so it is for a single image"),
        Case(drawn((0, 20), 4, 5, seed=4),
             "a count of 0 deletes nothing, and one of all pixels everything",
             look="the ends: a threshold must lie above every value where the count is "
             "0, and below every one where it is all of them"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(dtype=True),
    errors={
        "is invalid for input": "a size is fixed in the code: take it from the "
        "input tensors",
        "must match": "marked has no axis of channels: marked[:, None] fits images",
        "selected index k out of range": "topk takes one number for all maps; each has "
        "its own",
        "argument 'k'": "topk takes one number for all maps; each map has its own "
        "count",
    },
)
