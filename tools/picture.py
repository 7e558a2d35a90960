"""The picture of the landing page and of README.md: trained masks that find something.

Drawn from the packaged weights whenever the landing page is made.
``python -m tools.picture`` writes it for README.md, as an SVG file, which cannot take
the colour of the text around it: its ink is a grey that reads on white and on black.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.experiments.first_look import look, one_map, usual_values
from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.plotting._svg.sheets import image_panel, sheet
from resattn_tutorial.plotting.figures import Drawing
from resattn_tutorial.plotting.overlays import overlaid
from tools.closure import used_files
from tools.ending import ended
from tools.files import write_whole
from tools.settings import ROOT

# The first of the test scenes; none is chosen.
SCENES = 4
FILE = "book/_static/masks.svg"
INK = '<svg color="#808080" font-family="sans-serif" '


def drawing() -> Drawing:
    """Each scene under the network's answer; below it, what its last mask marks."""
    network = cifar_attention56(weights="SCENES").eval()
    images = load_scenes("test", SCENES).images
    seen = look(network, images, usual_values(network))
    last = list(seen.away.values())[-1]
    pixels = images.permute(0, 2, 3, 1).numpy()
    maps = one_map(last, pixels.shape[1:3]).numpy()
    stacks = [
        [image_panel(image), image_panel(overlaid(image, values))]
        for image, values in zip(pixels, maps, strict=True)
    ]
    answers = "; ".join(seen.answers)
    titles = [answer.replace(", ", "\n") for answer in seen.answers]
    alt = (
        f"{SCENES} small scenes, each with an item of clothing among fragments of "
        f"others, under what a trained network says of it: {answers}. Below each, "
        "the same scene in grey, brightest where the network's last mask says "
        "something unusual."
    )
    return sheet(stacks, pixels.shape[1:3], titles, SCENES, alt)


def made_from(root: Path = ROOT) -> list[Path]:
    """The files that the picture is made from."""
    source = Path(__file__).read_text(encoding="utf-8")
    return [Path(__file__), *used_files([source], root)]


def main() -> int:
    """Write the file."""
    torch.set_num_threads(1)
    write_whole(ROOT / FILE, drawing().svg.replace("<svg ", INK, 1) + "\n")
    print("written:", FILE)
    return 0


if __name__ == "__main__":
    sys.exit(ended(main))
