"""Which processor to compute on, and why."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Device:
    """A processor with the number format that suits it.

    Attributes
    ----------
    device : torch.device
    dtype : torch.dtype
        Of the trunk under autocast; float32 means no autocast.
    reason : str
        Why this one, in words for the user.
    """

    device: torch.device
    dtype: torch.dtype
    reason: str


def pick(prefer: str | None = None) -> Device:
    """The CUDA device with bfloat16 where there is one that can, else the CPU with float32.

    `prefer` is "cpu", "cuda" or "cuda:N". A preference that cannot be met falls back to the CPU and the
    reason says so.
    """
    if prefer == "cpu":
        return Device(torch.device("cpu"), torch.float32, "CPU, as requested")
    if not torch.cuda.is_available():
        why = "no CUDA device can be used" if prefer is None else f"{prefer} was requested, but no CUDA device can be used"
        return Device(torch.device("cpu"), torch.float32, f"CPU: {why}")
    device = torch.device(prefer or "cuda")
    if device.index is not None and device.index >= torch.cuda.device_count():
        return Device(torch.device("cpu"), torch.float32, f"CPU: {prefer} was requested, but there is no such device")
    name = torch.cuda.get_device_name(device)
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return Device(device, torch.bfloat16, f"{name} with bfloat16")
    return Device(device, torch.float32, f"{name} with float32: it has no bfloat16")
