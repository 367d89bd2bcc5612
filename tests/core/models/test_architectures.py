"""Every row of the table: shapes, gradients, and the same function as torchvision's own network."""

import pytest
import torch
from torch import nn
from torchvision import models as tv
from torchvision.ops import SqueezeExcitation

from core.errors import CheckpointError
from core.models.architectures import ARCHITECTURES, LITE0, build, describe, eval_frozen_stages, unfreeze
from core.models.heads import CellHead, Neighbourhood, SquaredDeviation, deviation
from core.models.pretrained import recalibrate_batchnorm, start_from
from core.models.timm_trunks import _positions, network, trunk_of

NOT_LINEAR = (nn.BatchNorm2d, nn.InstanceNorm2d, nn.LayerNorm, nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU, SqueezeExcitation)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_forward_is_head_of_trunk_and_every_parameter_learns(name):
    torch.manual_seed(0)
    model = build(name, 3, in_channels=1)
    x = torch.randn(2, 1, 64, 48)
    model.eval()
    with torch.no_grad():
        features = model.trunk(x)
        assert features.shape[:2] == (2, ARCHITECTURES[name].features)
        assert torch.equal(model.head(features), model(x))
        assert torch.equal(model.above(model.below(x)), model(x))
    model.train()(x).square().sum().backward()
    assert [n for n, p in model.named_parameters() if p.grad is None] == []


def centre_of_cell(layer: nn.Module, cell: int, size: int) -> float:
    """Where in the input a cell looks: the circular mean of its gradient, once the layer is linear, positive, and wraps round."""
    for module in list(layer.modules()):
        for child, m in module.named_children():
            if isinstance(m, nn.MaxPool2d):
                setattr(module, child, nn.AvgPool2d(m.kernel_size, m.stride, m.padding))
            elif isinstance(m, NOT_LINEAR):
                setattr(module, child, nn.Identity())
    for m in layer.modules():
        if isinstance(m, nn.Conv2d | nn.Linear):
            nn.init.constant_(m.weight, 1 / m.weight[0].numel())
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        if isinstance(m, nn.Conv2d) and any(m.padding):
            m.padding_mode = "circular"  # zeros beyond the border would pull the mean inwards
    x = torch.ones(1, 1, size, size, requires_grad=True)
    layer(x * 1)[0, 0, cell, cell].backward()
    turn = (x.grad[0, 0].sum(1) * torch.exp(2j * torch.pi * torch.arange(size) / size)).sum().angle()
    return float(turn / (2 * torch.pi) * size) % size


@pytest.mark.parametrize("name", [n for n, row in ARCHITECTURES.items() if not row.timm])  # TensorFlow's padding is not symmetric
def test_cells_of_the_cam_layer_look_where_the_table_says(name):
    layer, cam = build(name, 2, in_channels=1).eval().below, ARCHITECTURES[name].cam
    size = 256
    middle = round((size / 2 - cam.first) / cam.stride)
    for cell in (middle, middle + 1):
        assert centre_of_cell(layer, cell, size) == pytest.approx(cam.first + cam.stride * cell, abs=cam.stride / 16)


@pytest.mark.parametrize("name", [n for n, row in ARCHITECTURES.items() if row.torchvision == n])
def test_split_network_computes_what_torchvision_computes(name, tmp_path):
    torch.manual_seed(1)
    whole = tv.get_model(name, weights=None, num_classes=5).eval()
    model = build(name, 5).eval()
    path = tmp_path / "weights.pth"
    torch.save(whole.state_dict(), path)
    start_from(model, name, str(path))
    last_theirs = [m for m in whole.modules() if isinstance(m, nn.Linear)][-1]
    model.head[-1].load_state_dict(last_theirs.state_dict())
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model(x), whole(x), rtol=1e-4, atol=1e-5)


def test_a_trunk_that_ends_earlier_takes_the_same_weights(tmp_path):
    whole, model = tv.mobilenet_v2(weights=None).eval(), build("mobilenet_v2_cells", 3).eval()
    torch.save(whole.state_dict(), tmp_path / "weights.pth")
    start_from(model, "mobilenet_v2_cells", str(tmp_path / "weights.pth"))
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model.trunk[:14](x), whole.features[:14](x))


def test_a_image_is_judged_by_its_least_healthy_cells():
    head = CellHead(2, 3, 0.0).eval()
    with torch.no_grad():
        head.cells.weight.zero_()
        head.cells.bias.zero_()
        head.cells.weight[1, 0] = head.cells.weight[2, 1] = 1  # odds of the classes: the two channels themselves
        maps = torch.randn(1, 2, 9, 7)
        odds = maps[0].flatten(1)
        worst = odds.exp().sum(0).argsort(descending=True)[:4]
        torch.testing.assert_close(head.pooled(maps)[0], odds[:, worst].mean(1))
        assert head(maps).shape == (1, 3)


def test_a_cell_is_known_by_itself_and_its_neighbours_whatever_the_film():
    maps = torch.randn(2, 3, 6, 5)
    known = Neighbourhood(3)(maps)
    around = nn.functional.avg_pool2d(maps, 3, 1, 1, count_include_pad=False)
    torch.testing.assert_close(around[:, :, 1, 1], maps[:, :, :3, :3].mean((2, 3)))
    torch.testing.assert_close(known, nn.functional.instance_norm(torch.cat([maps, around], 1)))
    torch.testing.assert_close(Neighbourhood(3)(3 * maps + 5), known, rtol=1e-3, atol=1e-3)


def test_weights_for_three_channels_serve_one_grey_channel(tmp_path):
    whole = tv.resnet18(weights=None)
    path = tmp_path / "weights.pth"
    torch.save(whole.state_dict(), path)
    grey, colour = build("resnet18", 2, in_channels=1).eval(), build("resnet18", 2).eval()
    start_from(grey, "resnet18", str(path))
    start_from(colour, "resnet18", str(path))
    x = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(grey.trunk(x), colour.trunk(x.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-4)


def test_unfreeze_lets_the_last_stages_learn_and_frozen_norms_rest():
    model = build("resnet18", 2)
    unfreeze(model, 1)
    learning = {n.split(".")[1] for n, p in model.trunk.named_parameters(prefix="trunk") if p.requires_grad}
    assert learning == {"4"}
    assert all(p.requires_grad for p in model.head.parameters())
    model.train()
    eval_frozen_stages(model)
    resting = {n for n, m in model.trunk.named_modules() if isinstance(m, nn.BatchNorm2d) and not m.training}
    assert resting
    assert all(not n.startswith("4") for n in resting)
    unfreeze(model, None)
    assert all(p.requires_grad for p in model.parameters())


def test_calibrating_folded_norms_keeps_the_function_and_mends_training_mode():
    torch.manual_seed(2)
    model = build("mobilenet_v2", 2).eval()
    for m in model.trunk.modules():
        if isinstance(m, nn.BatchNorm2d):  # as in weights whose norms were folded away
            m.running_var.fill_(1 - m.eps)
            nn.init.normal_(m.bias, std=0.1)
    batch = torch.randn(16, 3, 96, 96) + 2
    with torch.no_grad():
        before = model(batch)
        recalibrate_batchnorm(model, batch)
        torch.testing.assert_close(model(batch), before, rtol=1e-3, atol=1e-4)
        first = next(m for m in model.trunk.modules() if isinstance(m, nn.BatchNorm2d))
        assert (first.running_mean.abs() > 0.01).any()
        for m in model.modules():  # dropout off, batch statistics on
            m.training = isinstance(m, nn.BatchNorm2d)
        torch.testing.assert_close(model(batch), before, rtol=1e-2, atol=1e-3)


def test_table_of_parameters_sums_up():
    text = describe("cancerdetectnet", 3, 1)
    expected = sum(p.numel() for p in build("cancerdetectnet", 3, in_channels=1).parameters())
    assert f"{expected:,}" in text.splitlines()[-1]


def test_unknown_architecture_lists_the_known():
    with pytest.raises(CheckpointError, match="resnet18"):
        describe("alexnet")


def test_weights_that_cannot_be_had_say_what_to_do(tmp_path, monkeypatch):
    model = build("resnet18", 2)
    monkeypatch.setenv("SECOND_READER_WEIGHTS", str(tmp_path))

    def offline(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", offline)
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    with pytest.raises(CheckpointError, match="SECOND_READER_WEIGHTS"):
        start_from(model, "resnet18", True)
    with pytest.raises(CheckpointError, match="no weights at"):
        start_from(model, "resnet18", str(tmp_path / "none.pth"))
    with pytest.raises(CheckpointError, match="pretrained = false"):
        start_from(build("vgg_bn_3", 2), "vgg_bn_3", True)
    (tmp_path / "bad.pth").write_bytes(b"not weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        start_from(model, "resnet18", str(tmp_path / "bad.pth"))


def test_the_mean_of_squared_deviations_is_the_variance_and_grad_cam_shares_the_score_out():
    torch.manual_seed(0)
    maps = torch.randn(2, 5, 6, 4)
    squared = SquaredDeviation()(maps)
    torch.testing.assert_close(squared.mean((2, 3)), maps.var((2, 3), correction=0))
    head = deviation(5, 2, 0.0).eval()
    squared.requires_grad_(True)
    logit = head(squared)[0, 1]
    logit.backward()
    weights = squared.grad[0]
    assert torch.allclose(weights, weights.mean((1, 2), keepdim=True))  # one weight a channel: Grad-CAM loses nothing
    explained = 2 * (weights * squared.detach()[0]).sum() + head[-1].bias[1]  # the root of a sum has half its own gradient times it
    torch.testing.assert_close(explained, logit.detach(), rtol=1e-4, atol=1e-4)


def test_cells_of_lite0_deviation_lie_where_the_table_says():
    row = ARCHITECTURES["lite0_deviation"]
    ramp, ones = _positions(build("lite0_deviation", 2).trunk[:8].eval())
    centres = (ramp[-1] / ones[-1])[0].mean((0, 1))
    middle = len(centres) // 2
    assert centres[middle].item() == pytest.approx(row.cam.first + row.cam.stride * middle, abs=2)


def test_lite0_deviation_takes_the_first_stages_of_timms_network(tmp_path):
    net = network(LITE0)
    torch.save(net.state_dict(), tmp_path / "weights.pth")
    model = build("lite0_deviation", 2, in_channels=1)
    start_from(model, "lite0_deviation", str(tmp_path / "weights.pth"))
    grey = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        coloured = trunk_of(net.eval(), LITE0)[:8](grey.expand(-1, 3, -1, -1))
        torch.testing.assert_close(model.eval().trunk[:8](grey), coloured, rtol=1e-3, atol=1e-4)
