"""The networks under what PyTorch does with a module: compiling, exporting, autocast,
other layouts and types. Bfloat16 and channels_last of whole networks without masks,
saving and copying are in ``test_network_input`` and ``test_attention_network``."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from resattn_tutorial.models.stem_and_head import CifarStem

pytestmark = pytest.mark.slow
STAGES = [Stage(8, 1, poolings=2), Stage(16, 1, poolings=1)]
OTHER_IMAGES = [(1, 32, 32), (5, 40, 24), (3, 33, 47)]  # number, height, width
# The compiler and the exporter share seconds of imports: one process for all of them.
compiling = pytest.mark.xdist_group("compile")


@pytest.fixture
def network() -> ResidualAttentionNetwork:
    """A small network in eval, whose batch norms have seen some images."""
    torch.manual_seed(0)
    network = ResidualAttentionNetwork(CifarStem(), STAGES, num_classes=5)
    with torch.no_grad():
        for _ in range(20):
            network(torch.randn(8, 3, 32, 32))
    return network.eval()


@pytest.fixture
def images() -> Tensor:
    return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def learned(network: nn.Module, images: Tensor, **compiling: object) -> dict:
    """Logits and every parameter's gradient of a step in training, by a copy."""
    twin = copy.deepcopy(network).train()
    run = torch.compile(twin, **compiling) if compiling else twin
    logits = run(images)
    F.cross_entropy(logits, torch.tensor([1, 3])).backward()
    named = {name: weights.grad for name, weights in twin.named_parameters()}
    return named | {"logits": logits}


@compiling
def test_a_network_compiles_without_a_graph_break_and_learns_the_same(network, images):
    found = learned(network, images, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(found, learned(network, images))
    assert all(values.any() for values in found.values())


def dynamic_shapes() -> dict:
    """Any number of images, which has a name, of any size, which has none."""
    from torch.export import Dim

    if not hasattr(Dim, "DYNAMIC"):
        pytest.skip("PyTorch 2.5 exports a network for one size of image")
    return {"images": {0: Dim("batch"), 2: Dim.DYNAMIC, 3: Dim.DYNAMIC}}


@compiling
def test_sizes_with_names_contradict_a_pooling_that_rounds_up():
    from torch.export import Dim

    mask, x = SoftMaskBranch(4, poolings=1).eval(), torch.randn(2, 4, 32, 32)
    sizes = {2: Dim("height", min=2), 3: Dim("width", min=2)}
    # A name promises every size; that a rounded-up window begins inside the map is
    # asked by a rule that torch cannot prove of all sizes.
    with pytest.raises(Exception, match="Constraints violated|Not all values of"):
        torch.export.export(mask, (x,), dynamic_shapes={"x": sizes})


@compiling
def test_an_exported_network_takes_other_numbers_and_sizes_of_images(network, images):
    shapes = dynamic_shapes()
    exported = torch.export.export(network, (images,), dynamic_shapes=shapes).module()
    # With PyTorch 2.11, max_pool2d holds sizes to be as even as the example's are.
    even = torch.__version__.startswith("2.11.")
    for number, height, width in OTHER_IMAGES:
        others = torch.randn(number, 3, height, width)
        if even and (height % 2 or width % 2):
            with pytest.raises(AssertionError, match="Guard failed: .* % 2 == 0"):
                exported(others)
            continue
        torch.testing.assert_close(exported(others), network(others))
    # PyTorch 2.8 says it in the other way.
    refused = "Guard failed|Expected input at .* to be >= 4, but got 3"
    with pytest.raises((AssertionError, RuntimeError), match=refused):
        exported(torch.randn(2, 3, 3, 3))  # too small for two poolings


@compiling
def test_an_onnx_file_computes_the_same_for_other_numbers_and_sizes_of_images(
    network, images, tmp_path: Path
):
    why = "onnx, onnxscript and onnxruntime are the test extra's: not installed"
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package, reason=why)
    onnxruntime = pytest.importorskip("onnxruntime", reason=why)
    program = torch.onnx.export(
        network, (images,), dynamic_shapes=dynamic_shapes(),
        input_names=["images"], verbose=False,
    )
    program.save(tmp_path / "network.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    for number, height, width in OTHER_IMAGES:
        others = torch.randn(number, 3, height, width)
        (found,) = session.run(None, {"images": others.numpy()})
        expected = network(others).detach()
        torch.testing.assert_close(torch.from_numpy(found), expected)


def test_under_autocast_masks_stay_in_range_and_gradients_finite(network, images):
    expected, _ = network.with_masks(images)
    with torch.autocast("cpu", torch.bfloat16):
        logits, masks = network.with_masks(images)
        trained, _ = network.train().with_masks(images)
        F.cross_entropy(trained, torch.tensor([1, 3])).backward()
    assert (logits.float() - expected).norm() < 0.05 * expected.norm()
    for mask in masks.values():
        assert mask.dtype == torch.bfloat16
        assert 0 <= mask.min() and mask.max() <= 1 and mask.float().std() > 0
    for weights in network.parameters():
        assert weights.grad.dtype == torch.float32 and weights.grad.isfinite().all()


def test_in_channels_last_masks_are_laid_so_and_numbers_are_the_same(network, images):
    expected, plain = network.with_masks(images)
    network.to(memory_format=torch.channels_last)
    images = images.to(memory_format=torch.channels_last)
    found, masks = network.with_masks(images)
    torch.testing.assert_close(found, expected)
    for name, mask in masks.items():
        assert mask.is_contiguous(memory_format=torch.channels_last)
        torch.testing.assert_close(mask, plain[name])


def test_in_channels_last_a_network_learns_the_same(network, images):
    # In float64: in float32 a value may be rounded to the other side of a ReLU.
    network, images = network.double(), images.double()
    expected = learned(network, images)
    network.to(memory_format=torch.channels_last)
    found = learned(network, images.to(memory_format=torch.channels_last))
    torch.testing.assert_close(found, expected)


def test_in_float64_a_network_computes_the_same_more_exactly(network, images):
    single, _ = network.with_masks(images)
    double, masks = network.double().with_masks(images.double())
    assert {x.dtype for x in (double, *masks.values())} == {torch.float64}
    torch.testing.assert_close(single.double(), double, atol=1e-5, rtol=1e-5)
    assert not torch.equal(single.double(), double)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_without_gradients_logits_and_masks_are_the_same(network, images, mode):
    expected, plain = network.with_masks(images)
    with mode():
        found, masks = network.with_masks(images)
    assert not any(x.requires_grad for x in (found, *masks.values()))
    assert torch.equal(found, expected)
    assert all(torch.equal(mask, plain[name]) for name, mask in masks.items())


@pytest.mark.parametrize("name", ["attention56", "attentionnext56", "cifar_resnet164"])
def test_a_network_learns_on_the_meta_device_without_numbers(name):
    with torch.device("meta"):
        network = getattr(zoo, name)(num_classes=11)
        logits = network(torch.empty(2, 3, 64, 64))
    assert logits.shape == (2, 11) and logits.is_meta
    logits.sum().backward()
    assert all(weights.grad.is_meta for weights in network.parameters())
