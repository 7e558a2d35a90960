"""What else works with the networks, row by row of the page *What works with what*:
tracing, pruning, averaged weights, functional calls, checkpointing, int8.

Compiling, exporting and other types stand in ``test_compile_and_export``.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.checkpoint import checkpoint

from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.recompute import recompute_modules
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.models.weights import CifarAttention56_Weights as Weights
from resattn_tutorial.models.zoo import cifar_attention56

# PyTorch asks to switch to torch.compile or torch.export, which work, too.
DEPRECATED = pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated")
OTHER_IMAGES = [(1, 32, 32), (5, 40, 24), (3, 33, 47)]  # number, height, width


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return mini_network(1).eval()


def seen(number: int = 2, height: int = 32, width: int = 32) -> Tensor:
    generator = torch.Generator().manual_seed(number)
    return torch.randn(number, 3, height, width, generator=generator)


# What the checks at the door compare is said to be fixed in a trace, which is so.
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@DEPRECATED
def test_a_jit_trace_says_the_same_of_other_numbers_and_sizes_of_images(network):
    traced = torch.jit.trace(network, seen())
    for number, height, width in OTHER_IMAGES:
        images = seen(number, height, width)
        assert torch.equal(traced(images), network(images))


@DEPRECATED
def test_jit_script_does_not_read_the_checks_at_the_door(network):
    with pytest.raises(Exception, match="Unknown type annotation"):
        torch.jit.script(network)


def test_pruning_sets_weights_to_zero_and_the_network_still_runs(network):
    chosen = [
        (layer, "weight") for layer in network.modules() if isinstance(layer, nn.Conv2d)
    ]
    before = network(seen())
    prune.global_unstructured(chosen, pruning_method=prune.L1Unstructured, amount=0.3)
    pruned = network(seen())
    for layer, name in chosen:
        prune.remove(layer, name)
    zeros = sum((layer.weight == 0).sum().item() for layer, _ in chosen)
    share = zeros / sum(layer.weight.numel() for layer, _ in chosen)
    assert share == pytest.approx(0.3, abs=1e-4)
    assert torch.equal(network(seen()), pruned) and not torch.equal(before, pruned)


def test_averaged_weights_follow_the_network_with_its_running_statistics(network):
    averaged = AveragedModel(
        network, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
    first = copy.deepcopy(network).state_dict()
    averaged.update_parameters(network)              # the first copies
    network.train()(seen(8))
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(1)
    averaged.update_parameters(network)
    for name, value in averaged.module.state_dict().items():
        if value.is_floating_point():
            expected = 0.9 * first[name] + 0.1 * network.state_dict()[name]
            torch.testing.assert_close(value, expected)


def test_a_functional_call_gives_each_images_own_gradient(network):
    from torch.func import functional_call, grad, vmap

    network, images = network.double(), seen(3).double()
    weights = {name: value.detach() for name, value in network.named_parameters()}
    rest = dict(network.named_buffers())

    def total(weights: dict[str, Tensor], image: Tensor) -> Tensor:
        return functional_call(network, (weights, rest), (image[None],)).sum()

    found = vmap(grad(total), (None, 0))(weights, images)["stem.conv.weight"]
    for image, gradient in zip(images, found, strict=True):
        network.zero_grad()
        network(image[None]).sum().backward()
        torch.testing.assert_close(gradient, network.stem.conv.weight.grad)


def test_a_whole_network_is_saved_and_read_again(network):
    file = io.BytesIO()
    torch.save(network, file)
    file.seek(0)
    again = torch.load(file, weights_only=False)
    assert torch.equal(again(seen()), network(seen()))


def moved(network: nn.Module, run: nn.Module | None = None) -> dict[str, Tensor]:
    """The running statistics after one step."""
    (run or network)(seen(8)).sum().backward()
    return dict(network.named_buffers())


class Checkpointed(nn.Module):
    """A network of which torch alone recomputes each stage."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        x = self.network.stem(images)
        for stage in self.network.stages:
            x = checkpoint(stage, x, use_reentrant=False)
        return self.network.head(x)


def test_our_recomputing_counts_running_statistics_once_and_torchs_own_twice(network):
    plain = moved(copy.deepcopy(network).train())
    ours = moved(recompute_modules(copy.deepcopy(network)).train())
    twin = copy.deepcopy(network).train()
    torchs = moved(twin, Checkpointed(twin))
    counted = [name for name in plain if name.endswith("num_batches_tracked")]
    assert {plain[name].item() for name in counted} == {1}
    assert all(torch.equal(plain[name], ours[name]) for name in plain)
    twice = [name for name in counted if torchs[name] == 2]
    assert twice and all(name.startswith("stages.") for name in twice)


# int8


class Scenes:
    """Scenes in batches, as onnxruntime wants them for finding each map's range."""

    def __init__(self, inputs: Tensor) -> None:
        self.batches: Iterator = iter(inputs.split(50))

    def get_next(self) -> dict | None:
        batch = next(self.batches, None)
        return None if batch is None else {"images": batch.numpy()}


@pytest.mark.slow
@pytest.mark.xdist_group("compile")
def test_in_int8_onnxruntime_tells_scenes_apart_nearly_as_well(tmp_path: Path):
    why = "onnx, onnxscript and onnxruntime are the test extra's: not installed"
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package, reason=why)
    runtime = pytest.importorskip("onnxruntime", reason=why)
    from onnxruntime import quantization

    network, scenes = cifar_attention56(weights="SCENES").eval(), load_scenes(
        "test", 300)
    inputs = Weights.SCENES.transforms()(scenes.images)
    large, small = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    torch.onnx.export(
        network, (inputs,), input_names=["images"], verbose=False,
        dynamic_shapes={"images": {0: torch.export.Dim.DYNAMIC}},
    ).save(large)
    quantization.quantize_static(
        large, small, Scenes(inputs[:100]), per_channel=True,
        op_types_to_quantize=["Conv"],
    )
    [found] = runtime.InferenceSession(small).run(None, {"images": inputs.numpy()})
    with torch.no_grad():
        expected = network(inputs)
    guesses = torch.from_numpy(found).argmax(1)
    assert (guesses == expected.argmax(1)).float().mean() > 0.95
    right = [(one == scenes.labels).float().mean() for one in (
        guesses, expected.argmax(1))]
    assert right[0] > right[1] - 0.03 and right[0] > 0.8
    assert small.stat().st_size < 0.6 * large.stat().st_size


@pytest.mark.slow
@pytest.mark.xdist_group("compile")
@pytest.mark.parametrize("change", [recompute_modules, save_memory])
def test_the_compiler_follows_no_network_that_computes_again(network, change):
    compiled = torch.compile(change(network), fullgraph=True, backend="aot_eager")
    with pytest.raises(RuntimeError, match="checkpoint"):
        compiled(seen())
