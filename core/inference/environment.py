"""Environment: the machine and the versions behind a reading, down to what moves its last digits. No torch until it is measured."""

import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.device import Device

PACKAGES = ("torch", "torchvision", "numpy", "opencv-python-headless", "second-reader")


@dataclass(frozen=True)
class Environment:
    """What a score depends on besides the image and the weights.

    Attributes
    ----------
    device : str
        "cpu" or "cuda:0".
    processor : str
        Its model, and for a CPU the instructions that torch uses: other kernels round otherwise.
    dtype : str
        Of the trunk, e.g. "float32", "bfloat16".
    threads : int
        Of torch on the CPU: sums are split by them, so one and two differ in the last digits.
    versions : dict of str to str
        Package → version; CUDA and cuDNN too where they computed.
    """

    device: str
    processor: str
    dtype: str
    threads: int
    versions: dict[str, str]


def environment_of(device: "Device") -> Environment:
    """The environment of a reading that is computed on `device` now, in this thread."""
    import torch

    kind = device.device.type
    return Environment(
        device=str(device.device),
        processor=_gpu(device.device.index or 0) if kind == "cuda" else _cpu(),
        dtype=str(device.dtype).removeprefix("torch."),
        threads=torch.get_num_threads(),
        versions=_versions(kind == "cuda"),
    )


@cache
def _cpu() -> str:
    import torch

    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {torch.backends.cpu.get_cpu_capability()}"


@cache
def _gpu(index: int) -> str:
    import torch

    return torch.cuda.get_device_name(index)


@cache
def _versions(cuda: bool) -> dict[str, str]:
    import torch

    out = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            continue
    if cuda:
        out |= {"cuda": str(torch.version.cuda), "cudnn": str(torch.backends.cudnn.version())}
    return out
