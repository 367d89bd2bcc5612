"""Weights to start from: ImageNet's (torchvision's or timm's), a local file in torchvision's layout, or one of our own checkpoints."""

from pathlib import Path

import torch
from torch import nn

from core.errors import CheckpointError
from core.files import sha256_file
from core.folders import weights_folder
from core.models.architectures import Classifier, architecture
from core.models.timm_trunks import network, trunk_of
from core.models.timm_weights import fill, imagenet, read_weights
from core.models.vision import tv

ORIGINS = {  # sha256 of a weights file → where it comes from and under what licence, for the card
    "70095e6c770ccb11b15c4c8adc449e116be50da8a9acb2a74bde7227096edc73": (
        "Google's 8-bit TensorFlow Lite release of MobileNetV2, dequantised; Apache-2.0"
    ),
}


def start_from(model: Classifier, name: str, source: bool | str) -> str:
    """Load a trunk's weights in place and say where they come from.

    Parameters
    ----------
    source : bool or str
        False: random weights stay. True: the file `<torchvision's name>_imagenet.safetensors` in the folder that
        SECOND_READER_WEIGHTS names, else torchvision's download; for `timm:NAME` see `core.models.timm_weights`.
        A path: such a file, or a checkpoint folder (its trunk is taken).

    Raises
    ------
    CheckpointError
        If the weights cannot be had or do not fit.
    """
    if source is False:
        return "random"
    if source is True:
        return _imagenet(model, name)
    path = Path(source)
    if (path / "card.json").is_file():
        return _own(model, path)
    if not path.is_file():
        raise CheckpointError(f"There are no weights at {path}.", "Correct `pretrained` in the recipe, or set it to false.")
    if of_timm := architecture(name).timm:
        net = network(of_timm)
        fill(net, read_weights(path), of_timm)
        _take_trunk(model, net, of_timm)
    else:
        _load_trunk(model, name, read_weights(path))
    return f"file {path.name}, sha256 {sha256_file(path)[:12]}"


def _imagenet(model: Classifier, name: str) -> str:
    if of_timm := architecture(name).timm:
        net, origin = imagenet(of_timm)
        _take_trunk(model, net, of_timm)
        return origin
    builder = architecture(name).torchvision  # several of our rows may share its weights
    folder = weights_folder()
    local = folder / f"{builder}_imagenet.safetensors" if folder and builder else None
    if local and local.is_file():
        _load_trunk(model, name, read_weights(local))
        digest = sha256_file(local)
        return f"ImageNet, file {local.name}, sha256 {digest[:12]} ({ORIGINS.get(digest, 'origin not known')})"
    if not builder:
        raise CheckpointError(f"{name} is a network of its own; nobody publishes weights for it.", "Set `pretrained = false`.")
    weights = tv.get_model_weights(builder).DEFAULT
    try:
        state = weights.get_state_dict(progress=False)
    except (OSError, RuntimeError) as e:
        raise CheckpointError(
            f"The ImageNet weights of {builder} could not be fetched.",
            f"Go online once; or set SECOND_READER_WEIGHTS to a folder with {builder}_imagenet.safetensors; or set `pretrained = false`.",
        ) from e
    _load_trunk(model, name, state)
    return f"ImageNet, torchvision {weights}"


def _take_trunk(model: Classifier, net: nn.Module, name: str) -> None:
    """Copy the trunk of a network of timm, or its first stages; grey input sums RGB."""
    theirs = trunk_of(net, name).state_dict()
    state = {key: theirs[key] for key in model.trunk.state_dict()}
    for key, value in model.trunk.state_dict().items():
        if value.shape != state[key].shape:
            state[key] = state[key].sum(1, keepdim=True)
    model.trunk.load_state_dict(state)


def _load_trunk(model: Classifier, name: str, state: dict[str, torch.Tensor]) -> None:
    """Copy a torchvision state into the trunk: same order, same shapes, the classifier left out; grey input sums RGB."""
    whole = tv.get_model(architecture(name).torchvision, weights=None)
    own = model.trunk.state_dict()
    # The trunk's modules are torchvision's in torchvision's order, so the first len(own) entries of its state belong to it.
    for (key, target), theirs in zip(own.items(), list(whole.state_dict()), strict=False):
        value = state.get(theirs)
        if value is None:
            if theirs.endswith("num_batches_tracked"):
                continue
            raise CheckpointError(f"The weights hold no {theirs}.", f"Use weights of {name} in torchvision's layout.")
        if value.shape != target.shape and value.ndim == 4 and target.shape[1] == 1:
            value = value.float().sum(1, keepdim=True)
        if value.shape != target.shape:
            raise CheckpointError(
                f"The weight {theirs} has another shape than {name} needs.", f"Use weights of {name} in torchvision's layout."
            )
        own[key] = value.to(target.dtype)
    model.trunk.load_state_dict(own)


def _own(model: Classifier, folder: Path) -> str:
    from core.models.checkpoint import load

    checkpoint = load(folder)
    try:
        model.trunk.load_state_dict(checkpoint.model.trunk.state_dict())
    except RuntimeError as e:
        raise CheckpointError(
            f"The trunk of {checkpoint.card.name} does not fit.", f"It is a {checkpoint.card.architecture}; use that architecture."
        ) from e
    return f"checkpoint {checkpoint.card.name}, weights sha256 {checkpoint.card.weights.sha256[:12]}"


@torch.no_grad()
def recalibrate_batchnorm(model: Classifier, batch: torch.Tensor) -> None:
    """Give BatchNorm the statistics of `batch` (B, C, H, W), layer by layer, without changing what the model computes in eval mode.

    For weights whose BatchNorm was folded into the convolutions: mean 0, variance 1 and the bias there
    stand for no normalisation at all, and training mode would break them. A layer that sees mean m and
    variance v gets running statistics m and v, weight √(v + eps) and bias + m.
    """

    def settle(norm: nn.BatchNorm2d, inputs: tuple[torch.Tensor, ...]) -> None:
        x = inputs[0].float()
        running_mean, running_var = norm.get_buffer("running_mean"), norm.get_buffer("running_var")
        # In eval mode the layer is an affine map, x·a + b. It stays the same, expressed around the statistics of x.
        a = norm.weight / (running_var + norm.eps).sqrt()
        b = norm.bias - running_mean * a
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        running_mean.copy_(mean)
        running_var.copy_(var)
        norm.weight.copy_(a * (var + norm.eps).sqrt())
        norm.bias.copy_(b + a * mean)

    was_training = model.training
    model.eval()
    hooks = [m.register_forward_pre_hook(settle) for m in model.trunk.modules() if isinstance(m, nn.BatchNorm2d)]
    try:
        model.trunk(batch)
    finally:
        for hook in hooks:
            hook.remove()
        model.train(was_training)
