"""What a fine-tuned network gets wrong, against counts by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.training.tuning_report import judge

CLASSES = ("ant", "bee", "cat")
# The probabilities that the network gives to each image, and the image's class.
SAID = [
    ([0.7, 0.2, 0.1], 0), ([0.6, 0.3, 0.1], 1), ([0.1, 0.8, 0.1], 1),
    ([0.05, 0.9, 0.05], 2), ([0.3, 0.3, 0.4], 2), ([0.5, 0.1, 0.4], 2),
]


class Says(nn.Module):
    """Answers by an image's first byte with what stands in a table."""

    def __init__(self, said: list[list[float]]) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(said).log())

    def forward(self, x: Tensor) -> Tensor:
        return self.logits[x[:, 0, 0, 0].long()]


def held() -> HeldImages:
    images = torch.zeros(len(SAID), 3, 4, 4, dtype=torch.uint8)
    images[:, 0, 0, 0] = torch.arange(len(SAID))
    files = tuple(Path(f"{number}.png") for number in range(len(SAID)))
    return HeldImages(images, torch.tensor([label for _, label in SAID]), files)


def judged(**changed: object):
    given = {"network": Says([said for said, _ in SAID]), "held": held(),
             "classes": CLASSES, "as_inputs": Tensor.float} | changed
    return judge(**given)


def test_error_loss_confusion_and_calibration_are_as_counted_by_hand():
    found = judged()
    assert found.images == 6 and found.error == pytest.approx(3 / 6)
    wanted = -sum(math.log(said[label]) for said, label in SAID) / 6
    assert found.loss == pytest.approx(wanted, rel=1e-6)
    assert found.confusion.tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    # Each of the six has a bin of its own: the mean of |right - confidence|.
    gaps = [1 - 0.7, 0.6, 1 - 0.8, 0.9, 1 - 0.4, 0.5]
    assert found.calibration_error == pytest.approx(sum(gaps) / 6, rel=1e-6)


def test_the_worst_mistakes_are_the_surest_and_come_first():
    mistakes = judged().mistakes
    assert [(one.number, one.image, one.truth, one.answer) for one in mistakes] == [
        (3, "3.png", "cat", "bee"), (1, "1.png", "bee", "ant"),
        (5, "5.png", "cat", "ant")]
    assert [round(one.confidence, 6) for one in mistakes] == [0.9, 0.6, 0.5]
    assert judged(worst=2).mistakes == mistakes[:2] and judged(worst=0).mistakes == ()


def test_a_network_without_mistakes_has_none():
    perfect = Says([[0.9 if k == label else 0.05 for k in range(3)]
                    for _, label in SAID])
    found = judged(network=perfect)
    assert found.error == 0 and found.mistakes == ()
    assert found.calibration_error == pytest.approx(0.1, rel=1e-5)


def test_it_can_be_written_as_json_and_the_network_keeps_its_mode():
    network = Says([said for said, _ in SAID]).train()
    found = judged(network=network)
    assert network.training
    told = json.loads(json.dumps(found.as_dict()))
    assert told["confusion"] == found.confusion.tolist()
    assert told["mistakes"][0] == {
        "image": "3.png", "truth": "cat", "answer": "bee",
        "confidence": found.mistakes[0].confidence}


@pytest.mark.parametrize(("changed", "error", "words"), [
    ({"held": held().only([])}, ValueError, "the number of images must be at least 1"),
    ({"held": [1]}, TypeError, "held must be HeldImages, got list"),
    ({"classes": ("a", "b")}, ValueError, "name the network's 3, got 2"),
    ({"worst": -1}, ValueError, "worst must be at least 0"),
    ({"network": Says([[0.5, 0.5]] * 6)}, ValueError, "labels must be from 0 to 1"),
    ({"network": Says([[math.nan] * 3] * 6)}, ValueError, "must be finite"),
])
def test_what_cannot_be_judged_is_refused(changed: dict, error: type, words: str):
    with pytest.raises(error, match=words):
        judged(**changed)
