"""The slips of *Seen before*: changes of the solution in ``nearest_images``."""

from __future__ import annotations

from resattn_tutorial.checks.engine.slips import Slip

VALUES, MEAN = "values = images.flatten(1)", "values.mean(dim=1, keepdim=True)"
SPREAD = "values.std(dim=1, keepdim=True, correction=0)"
STANDARDISED, BOTH = f"values / {SPREAD}", f"values - {MEAN}"
APART = "apart = rows[1][:, None] - rows[0][None]"
DISTANCE, NEAREST = "apart.square().mean(dim=2).sqrt()", "distance.min(dim=1).values"
END = f"return {NEAREST}"
BY_COLOUR = "apart.unflatten(2, (3, -1)).square()"
ALIKE = "torch.cosine_similarity(rows[1][:, None], rows[0][None], dim=2)"

LIGHT = (
    "each image loses its own mean and is divided by its own deviation, over all of "
    "its values: else the light counts"
)
OWN = (
    "mean and deviation run over an image's own values, dim=1 after flatten(1); this "
    "runs over the images"
)
WHOLE = (
    "one mean and one deviation over all values of an image: flatten(1) first, then "
    "dim=1 runs over all of them"
)
PLACE = "the place of the nearest image came back, its distance is asked for"
NEAR = "the distance is asked for: whether that is near is asked later"
KEEPDIM = "the shape is (M,): the last minimum needs no keepdim=True"


def put(place: str, words: str, *puts: str) -> Slip:
    """Something else stands in one place."""
    return Slip(words, *[{place: one} for one in puts])


def scaled(of: str, dim: str, *, correction: str = ", correction=0") -> dict[str, str]:
    """Images are standardised over these axes, and not once more afterwards."""
    return {
        VALUES: f"values = ((images - {of}.mean(dim={dim}, keepdim=True)) / "
        f"{of}.std(dim={dim}, keepdim=True{correction})).flatten(1)",
        MEAN: "0", SPREAD: "1",
    }


STANDARDISING = (
    Slip(LIGHT, {MEAN: "0", SPREAD: "1"}, {MEAN: "0"}, {MEAN: "0", SPREAD: "255"},
         {MEAN: "values.mean()"}, {MEAN: "0", SPREAD: "values.std(correction=0)"},
         {MEAN: "values.mean()", SPREAD: "values.std(correction=0)"},
         {MEAN: "training.mean()", SPREAD: "training.std(correction=0)"},
         scaled("images", "(0, 2, 3)"), scaled("training", "(0, 2, 3)")),
    put(SPREAD, "only the mean is taken away: a brighter light also stretches the "
        "differences within an image, so divide by the deviation", "1", "255",
        "values.std(correction=0)", "images.std(correction=0)"),
    put(SPREAD, "divide by the deviation, the root of the variance",
        "values.var(dim=1, keepdim=True, correction=0)",
        "values.var(dim=1, keepdim=True)"),
    Slip("the deviation is that of these very values: correction=0. torch's own "
         "choice is a little larger", {SPREAD: "values.std(dim=1, keepdim=True)"},
         {DISTANCE: "apart.std(dim=2)"}),
    put(SPREAD, "the deviation stands alone: what is added to it counts where the "
        "light is low", f"({SPREAD} + 1)", f"({SPREAD} + 0.1)"),
    Slip("the root of a sum stands where the root of a mean is asked for: an image's "
         "length in the deviation's place, or a sum that is divided after its root",
         {SPREAD: "values.norm(dim=1, keepdim=True)"}),
    Slip("an image's length is the root of a sum, with the mean still in it; take "
         "away the mean, and divide by the deviation",
         {MEAN: "0", SPREAD: "values.norm(dim=1, keepdim=True)"}),
    Slip("mean and deviation are asked for; lowest and highest value hang on two "
         "pixels alone",
         {MEAN: "values.amin(dim=1, keepdim=True)",
          SPREAD: "(values.amax(dim=1, keepdim=True) - values.amin(dim=1, "
          "keepdim=True))"}),
    put(MEAN, "the median is taken away; the mean is asked for",
        "values.median(dim=1, keepdim=True).values"),
    Slip("brackets: (values - mean) / deviation. Without them the mean alone is "
         "divided", {BOTH: f"{BOTH} / {SPREAD}", STANDARDISED: "values"}),
    Slip(OWN, {MEAN: "values.mean(dim=0, keepdim=True)"},
         {MEAN: "values.mean(dim=0, keepdim=True)",
          SPREAD: "values.std(dim=0, keepdim=True, correction=0)"}),
    Slip("both sets are to be freed of their light, the training images as well",
         {"rows.append(values": "rows.append(images.flatten(1) if not rows else values"
          }),
    Slip("both sets are to be freed of their light, the validation images as well",
         {"rows.append(values": "rows.append(images.flatten(1) if rows else values"}),
    Slip("the colours are an image's own, too: one mean and one deviation for the "
         "image, not for each channel", scaled("images", "(2, 3)"),
         scaled("images", "(2, 3)", correction=""),
         {VALUES: "values = (images - images.mean(dim=(2, 3), keepdim=True))"
          ".flatten(1)"}),
    Slip(WHOLE, scaled("images", "1"), scaled("images", "1", correction=""),
         scaled("images", "3"), scaled("images", "3", correction=""),
         {VALUES: "values = (images / images.norm(dim=1, keepdim=True)).flatten(1)",
          MEAN: "0", SPREAD: "1"}),
    put(VALUES, "a row is one image, flatten(1); these rows mix images",
        "values = images.reshape(-1, len(images)).T"),
    put(VALUES, "the colours are averaged away: two pieces of other colours can be "
        "alike in grey", "values = images.mean(dim=1).flatten(1)"),
    put(VALUES, "only the first channel is compared",
        "values = images[:, 0].flatten(1)"),
)
DISTANCES = (
    put(DISTANCE, "the mean absolute difference: the root of the mean square is asked "
        "for", "apart.abs().mean(dim=2)", "apart.abs().sum(dim=2)"),
    put(DISTANCE, "the mean square is not yet a distance: take its root",
        "apart.square().mean(dim=2)"),
    put(DISTANCE, "the squares are summed: their mean is asked for, so that near means "
        "the same for images of any size", "apart.square().sum(dim=2).sqrt()"),
    put(DISTANCE, "the squares are summed, and no root is taken: the root of their "
        "mean is asked for", "apart.square().sum(dim=2)"),
    put(DISTANCE, "n counts all values, of all three colours: divide by that",
        "(3 * apart.square().mean(dim=2)).sqrt()"),
    put(DISTANCE, "nothing is halved: two images that have nothing in common are 1.4 "
        "apart", "apart.square().mean(dim=2).sqrt() / 2 ** 0.5",
        "apart.square().mean(dim=2).sqrt() / 2"),
    put(DISTANCE, "the largest difference: the root of the mean square is asked for",
        "apart.abs().max(dim=2).values"),
    put(DISTANCE, "the median of the squares; their mean is asked for",
        "apart.square().median(dim=2).values.sqrt()"),
    put(DISTANCE, "one mean over all values of all three colours, and one root: first "
        "the squares of whole images, then the root",
        f"{BY_COLOUR}.mean(dim=3).sqrt().mean(dim=2)",
        f"{BY_COLOUR}.mean(dim=3).sqrt().amin(dim=2)",
        f"{BY_COLOUR}.sum(dim=2).sqrt().mean(dim=2)",
        f"{BY_COLOUR}.mean(dim=2).sqrt().mean(dim=2)"),
)
NEIGHBOURS = (
    put(NEAREST, "the nearest of all training images decides, not their mean",
        "distance.mean(dim=1)", "distance.median(dim=1).values"),
    put(NEAREST, "the farthest training image is taken: the nearest decides",
        "distance.max(dim=1).values"),
    put(NEAREST, "the second nearest is taken: no image is in both sets, so the "
        "nearest is never the image itself", "distance.sort(dim=1).values[:, 1]"),
    put(NEAREST, "twins are left out, and they are what is looked for: a distance of 0 "
        "counts as well", "distance.where(distance > 1e-3, 9.0).min(dim=1).values"),
    put(NEAREST, "a search for the smallest begins with infinity: a distance may be "
        "larger than 1", "distance.clamp(max=1.0).min(dim=1).values"),
    put(NEAREST, "the search begins anew with each validation image",
        "distance.min(dim=1).values.cummin(dim=0).values"),
    put(NEAREST, "this says of each training image whether it has a twin: the "
        "validation images are asked about", "distance.min(dim=0).values"),
    Slip("the nearest is a whole image: first the distance of each pair, then the "
         "smallest", {DISTANCE: "apart.square().min(dim=1).values.mean(dim=1).sqrt()",
                      NEAREST: "distance"},
         {DISTANCE: "apart.square().min(dim=2).values.sqrt()"}),
    put(END, "the distances stay in the order of the validation images: do not sort",
        f"return {NEAREST}.sort().values",
        f"return {NEAREST}.sort(descending=True).values"),
    put(END, KEEPDIM, "return distance.min(dim=1, keepdim=True).values"),
    put(END, PLACE, "return distance.argmin(dim=1)",
        "return distance.argmin(dim=1).float()"),
    put(END, "do not round", f"return {NEAREST}.round(decimals=2)",
        f"return {NEAREST}.round(decimals=1)"),
    put(END, "the distance is asked for, not how alike the images are",
        f"return 1 - {NEAREST}", f"return -{NEAREST}",
        f"return {ALIKE}.max(dim=1).values"),
    put(END, "1 - r is another measure of two images: their distance is the root of "
        "2 - 2 r", f"return (1 - {ALIKE}).min(dim=1).values"),
    put(END, NEAR, f"return {NEAREST} < 0.4", f"return ({NEAREST} < 0.4).float()"),
    put(APART, "each validation image is compared with the training image of its "
        "number: compare it with every one",
        "apart = (rows[1] - rows[0][torch.arange(len(rows[1])) % len(rows[0])])[:, "
        "None]"),
    put(APART, "each validation image is compared with the first training image alone",
        "apart = (rows[1] - rows[0][:1])[:, None]"),
    put(APART, "each validation image is compared with the last training image alone: "
        "keep the smallest distance so far",
        "apart = (rows[1] - rows[0][-1:])[:, None]"),
    put(APART, "each validation image is compared with the mean of the training "
        "images, and that is none of them",
        "apart = (rows[1] - rows[0].mean(dim=0))[:, None]"),
    put(APART, "every distance is 0. The validation images are compared among "
        "themselves, and each is its own twin; or differences are summed with their "
        "signs, and cancel; or a search for the smallest begins with 0",
        "apart = rows[1][:, None] - rows[1][None]"),
    Slip("the validation images are compared among themselves; training images are "
         "what they may be twins of",
         {APART: "apart = rows[1][:, None] - rows[1][None]",
          NEAREST: "(distance + 9 * torch.eye(len(distance))).min(dim=1).values"}),
)
SLIPS = (*STANDARDISING, *DISTANCES, *NEIGHBOURS)
