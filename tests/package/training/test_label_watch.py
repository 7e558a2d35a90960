"""What a training with noisy labels is watched for."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.data.label_noise import add_label_noise
from resattn_tutorial.training import label_watch as watching
from resattn_tutorial.training.label_watch import VALIDATION_SEED, label_watch

CPU = torch.device("cpu")
CLASSES = tuple("abcd")
NOISE = 0.5


class Reader(nn.Module):
    """Answers the class that is written into an image's first pixel."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.one_hot(x[:, 0, 0, 0].long(), len(CLASSES)).float()


def showing(answers: Tensor, labels: Tensor) -> ImageSet:
    """Images to which :class:`Reader` gives these answers."""
    images = answers.to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 4, 4)
    return ImageSet("made up", "generated", CLASSES, images.contiguous(), labels)


def drawn(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(len(CLASSES), (count,), generator=generator)


def watched(answers: Tensor, test: ImageSet, truth: Tensor, given: Tensor) -> dict:
    train = showing(answers, truth)
    return label_watch(
        Reader(), train, given, test, lambda x: x.float(), NOISE, CPU, "float32"
    )()


def test_shares_are_those_of_the_labels_that_were_learned_from() -> None:
    truth = drawn(200, 1)
    given = add_label_noise(truth, NOISE, len(CLASSES), 3)
    test = showing(drawn(40, 2), drawn(40, 2))
    by_heart = watched(given, test, truth, given)
    assert (by_heart["memorised"], by_heart["corrected"], by_heart["learned"]) == (
        1, 0, 1
    )
    taught = watched(truth, test, truth, given)
    assert (taught["memorised"], taught["corrected"], taught["learned"]) == (0, 1, 1)


def test_one_half_of_the_test_images_chooses_and_the_other_judges() -> None:
    labels = drawn(40, 2)
    answers = labels.clone()
    answers[30:] = (labels[30:] + 1) % len(CLASSES)  # ten wrong ones, all at the end
    given = add_label_noise(labels, NOISE, len(CLASSES), 3)
    found = watched(labels, showing(answers, labels), labels, given)
    assert found["clean validation"] == 0
    assert found["other half"] == 0.5
    noisy = add_label_noise(labels[:20], NOISE, len(CLASSES), VALIDATION_SEED)
    changed = (noisy != labels[:20]).double().mean().item()
    assert 0 < found["noisy validation"] == changed < 1


def test_of_many_images_the_first_are_looked_at(monkeypatch) -> None:
    monkeypatch.setattr(watching, "WATCHED", 50)
    monkeypatch.setattr(watching, "HALF", 10)
    truth = drawn(200, 1)
    given = add_label_noise(truth, NOISE, len(CLASSES), 3)
    answers = torch.cat([given[:50], truth[50:]])
    labels = drawn(40, 2)
    wrong = (labels + 1) % len(CLASSES)
    test = showing(torch.cat([labels[:10], wrong[10:30], labels[30:]]), labels)
    found = watched(answers, test, truth, given)
    assert found["memorised"] == 1
    assert found["clean validation"] == found["other half"] == 0
