"""``import resattn_tutorial.timm`` lists the networks in timm's registry; nothing else
does.

In a process of its own: what is registered once stays.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import warnings
warnings.simplefilter("error")
import timm, torch
before = set(timm.list_models())
"""
ALONE = """
import importlib, pkgutil
import resattn_tutorial
for found in pkgutil.walk_packages(resattn_tutorial.__path__, "resattn_tutorial."):
    if found.name != "resattn_tutorial.timm" and not found.name.endswith("__main__"):
        importlib.import_module(found.name)
assert set(timm.list_models()) == before
"""
LISTED = """
from resattn_tutorial.models import zoo
import resattn_tutorial.timm
assert set(timm.list_models()) - before == set(zoo.__all__)
trained = ["cifar_attention56.cifar10_jpeg_q75_v1", "cifar_attention56.scenes"]
assert timm.list_pretrained("*attention*") == trained
"""
TRAINED = """
from resattn_tutorial.models.zoo import cifar_attention56
import resattn_tutorial.timm
x = torch.randn(2, 3, 32, 32)
for name, weights in (("", "CIFAR10_JPEG_Q75_V1"), (".scenes", "SCENES")):
    theirs = timm.create_model("cifar_attention56" + name, pretrained=True).eval()
    assert torch.equal(theirs(x), cifar_attention56(weights=weights).eval()(x))
# timm leaves the last layer new for other classes, and sums colours for grey images.
asked = {"num_classes": 7, "in_chans": 1}
grey = timm.create_model("cifar_attention56", pretrained=True, **asked)
own, new = cifar_attention56(weights="DEFAULT").state_dict(), grey.state_dict()
assert grey(x[:, :1]).shape == (2, 7)
torch.testing.assert_close(
    new["stem.conv.weight"], own["stem.conv.weight"].sum(1, keepdim=True))
same = "stages.2.1.mask.conv1.weight"
assert torch.equal(new[same], own[same])
settings = timm.data.resolve_model_data_config(grey)
from resattn_tutorial.models.weights import CifarAttention56_Weights as Weights
assert settings["mean"] == Weights.DEFAULT.transforms().mean_colour
assert settings["std"] == (1, 1, 1) and settings["input_size"] == (3, 32, 32)
"""
FEATURES = """
import resattn_tutorial.timm
network = timm.create_model("cifar_attention56", features_only=True).eval()
x = torch.randn(2, 3, 32, 32)
assert [tuple(y.shape) for y in network(x)] == [
    (2, 64, 32, 32), (2, 128, 16, 16), (2, 256, 8, 8)]
assert network.feature_info.reduction() == [1, 2, 4]
last = timm.create_model("cifar_resnet164", features_only=True, out_indices=(2,))
assert [tuple(y.shape) for y in last(x)] == [(2, 256, 8, 8)]
assert timm.create_model("cifar_resnet164", num_classes=0)(x).shape == (2, 256)
"""
REFUSED = """
import resattn_tutorial.timm
for asked, error, words in (
    ({"pretrained": True}, RuntimeError, "No pretrained weights"),
    ({"drop_path_rate": 0.1}, TypeError, "drop_path_rate"),
    ({"in_chans": 0}, ValueError, "in_channels must be at least 1"),
):
    try:
        timm.create_model("cifar_resnet164", **asked)
    except error as found:
        assert words in str(found), found
    else:
        raise AssertionError(asked)
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [
    pytest.param(ALONE, id="nothing else in the package registers with timm"),
    pytest.param(LISTED, id="all networks are listed, and those with weights"),
    pytest.param(TRAINED, id="timm loads our weights, for other classes and channels"),
    pytest.param(FEATURES, id="timm takes the features of each level"),
    pytest.param(REFUSED, id="timm is told what there is not"),
])
def test_timm_builds_our_networks_where_it_was_asked_to(program: str):
    pytest.importorskip("timm", reason="timm is the test extra's: not installed")
    done = subprocess.run(
        [sys.executable, "-c", START + program],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
