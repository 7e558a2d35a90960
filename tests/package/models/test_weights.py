"""The weights in the package: they load, they are small, and they err as they say."""

from __future__ import annotations

import math
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.models import get_model, get_model_weights

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.ledger import store
from resattn_tutorial.metrics.classification import evaluate
from resattn_tutorial.models import weights
from resattn_tutorial.models.weights import CifarAttention56_Weights as Trained
from resattn_tutorial.models.zoo import cifar_attention56

SHARED = Path(__file__).parents[4] / "shared/data/cifar10-jpeg.tar.xz"
IMAGES = 500


def test_torchvision_finds_the_weights_by_the_networks_name():
    assert get_model_weights("cifar_attention56") is Trained
    by_name = get_model("cifar_attention56", weights="DEFAULT").state_dict()
    for name, value in cifar_attention56(weights=Trained.DEFAULT).state_dict().items():
        assert torch.equal(value, by_name[name]), name


def test_without_weights_a_network_is_untrained():
    torch.manual_seed(0)
    plain = cifar_attention56().state_dict()
    trained = Trained.DEFAULT.get_state_dict()
    assert plain.keys() == trained.keys()
    assert not torch.equal(plain["stem.conv.weight"], trained["stem.conv.weight"])


def test_weights_for_another_number_of_classes_are_refused():
    with pytest.raises(ValueError, match="num_classes must be 10 .* got 100"):
        cifar_attention56(100, weights="DEFAULT")
    with pytest.raises(ValueError, match="^weights must be one of .* got .NONE_SUCH."):
        cifar_attention56(weights="NONE_SUCH")


@pytest.mark.parametrize("one", list(Trained))
def test_a_file_of_weights_is_small_and_its_run_stands_behind_it(one):
    assert (weights.PRETRAINED / one.url).stat().st_size < 4_000_000
    name, _, seed = one.meta["run"].rpartition("-seed")
    [run] = [run for run in store.read_runs(name) if run.seed == int(seed)]
    assert run.configuration["network"] == "cifar_attention56"
    error = run.results.scores["test_error_in_16_bits"]
    told = one.meta["_metrics"][run.data.name]["acc@1"]
    assert one.transforms().mean_colour == run.data.mean_colour
    assert told == pytest.approx(100 * (1 - error), abs=0.005)
    assert one.meta["data"] == run.data.name


@pytest.mark.slow
def test_the_weights_of_the_scenes_err_on_the_test_scenes_as_often_as_they_say():
    scenes, weights = open_set("builtin", "test"), Trained.SCENES
    network = cifar_attention56(weights="SCENES")
    assert weights.meta["categories"] == scenes.classes
    batches = scenes.test_batches(weights.transforms(), torch.device("cpu"))
    told = 1 - weights.meta["_metrics"]["built-in scenes"]["acc@1"] / 100
    # Rounding differs from machine to machine, and may turn an image in a thousand.
    assert evaluate(network, batches).top1 == pytest.approx(told, abs=0.002)


@pytest.mark.slow
def test_the_weights_err_on_some_test_images_as_often_as_they_say():
    if not SHARED.is_file():
        pytest.skip(f"needs {SHARED.name}, which is no part of the project")
    network = cifar_attention56(weights="DEFAULT").eval()
    inputs, kinds = Trained.DEFAULT.transforms(), Trained.DEFAULT.meta["categories"]
    images, truth = [], []
    with tarfile.open(SHARED) as archive:
        for member in archive:
            parts = Path(member.name).parts
            if member.isfile() and "test" in parts and int(parts[-1][:4]) % 20 == 0:
                images.append(inputs(Image.open(archive.extractfile(member))))
                truth.append(kinds.index(parts[-2]))
    assert len(images) == IMAGES
    with torch.inference_mode():
        guesses = network(torch.stack(images)).argmax(1)
    error = (guesses != torch.tensor(truth)).float().mean().item()
    told = 1 - Trained.DEFAULT.meta["_metrics"]["CIFAR-10, JPEG q75"]["acc@1"] / 100
    # Five standard deviations of a share of so many images.
    assert error == pytest.approx(told, abs=5 * math.sqrt(told * (1 - told) / IMAGES))
