"""A head for other classes on a trained network (chapter 10).

What a network has learned to see serves other classes, too; which of them an image
shows, its last layer must learn anew. Classes are compared by name, never by number.
"""

from __future__ import annotations

import torch
from torch import nn

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.own_folder import OwnFolder
from resattn_tutorial.training.trained_network import TrainedNetwork
from resattn_tutorial.validation import require_fields, require_seed


def with_head(trained: TrainedNetwork, data: OwnFolder, seed: int) -> OwnFolder:
    """Give a network a head that tells a folder's classes apart, where it has none.

    If the folder's classes are the network's by name, the head is kept, and so is the
    order of its answers: the labels are numbered by it.

    Args:
        trained: whose network gets the head, in place, on the processor.
        data: the folder's images.
        seed: of the new layer's weights; no other random number is drawn from it.

    Returns:
        the data with classes and labels that fit to the network.

    Raises:
        TypeError: an argument is of another kind; ValueError: the seed is out of
            bounds.
    """
    require_fields("trained", trained, TrainedNetwork)
    require_fields("data", data, OwnFolder)
    require_seed(seed)
    network, learned = trained.network, tuple(trained.classes)
    if sorted(learned) == sorted(data.classes):
        places = torch.tensor([learned.index(name) for name in data.classes])
        return data._replace(
            classes=learned, training=_renumbered(data.training, places),
            validation=_renumbered(data.validation, places),
            test=data.test and _renumbered(data.test, places),
        )
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed, which would seed a GPU as well.
        torch.default_generator.manual_seed(seed)
        if hasattr(network, "reset_classifier"):
            network.reset_classifier(len(data.classes))
        else:                                        # chapter 3's two networks
            head = network.head
            head.classify = nn.Linear(head.channels, len(data.classes))
    return data


def _renumbered(held: HeldImages, places: torch.Tensor) -> HeldImages:
    return held._replace(labels=places[held.labels])
