"""Prediction and Grad-CAM of all classes over one plain forward, resnet18 at 512 px. Limit 1.2.

Both sides share weights, dtype, memory format and threads, and take turns; medians of the repetitions.
"""

import statistics
import sys
import time

import numpy as np
import torch

from core.device import pick
from core.inference.gradcam import grad_cam, targets_of
from core.labels import TRIAGE
from core.models.architectures import build

LIMIT, REPEATS, WARM_UP = 1.2, 25, 5


def main() -> int:
    torch.manual_seed(0)
    chosen = pick()
    device, dtype = chosen.device, chosen.dtype
    model = build("resnet18", 3).eval().requires_grad_(False).to(device)
    plain = build("resnet18", 3).eval().requires_grad_(False).to(device)
    plain.load_state_dict(model.state_dict())
    model = model.to(memory_format=torch.channels_last)
    image = torch.from_numpy(np.random.default_rng(0).random((1, 3, 512, 512), np.float32)).to(device)
    last = image.to(memory_format=torch.channels_last)
    targets = targets_of(TRIAGE, TRIAGE.classes)
    cast = torch.autocast(device.type, dtype, enabled=dtype != torch.float32)

    def forward():
        with torch.inference_mode(), cast:
            return model(last)

    def explained():
        with torch.inference_mode(), cast:
            features = model.below(last).float()
        return grad_cam(model.above, features, targets)

    def eager():
        with torch.no_grad():
            return plain(image)

    seconds = {f: [] for f in (forward, explained, eager)}
    for i in range(WARM_UP + REPEATS):
        for f in seconds:
            start = time.perf_counter()
            f()
            if device.type == "cuda":
                torch.cuda.synchronize()
            if i >= WARM_UP:
                seconds[f].append(time.perf_counter() - start)
    median = {f: statistics.median(s) for f, s in seconds.items()}
    ratio = median[explained] / median[forward]
    print(
        f"prediction + Grad-CAM of 3 classes / plain forward: {ratio:.3f} (limit {LIMIT}; {1000 * median[forward]:.1f} ms; {chosen.reason})"
    )
    print(f"prediction + Grad-CAM of 3 classes / eager fp32 NCHW forward: {median[explained] / median[eager]:.3f}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
