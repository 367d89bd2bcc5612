"""Predictor: a checkpoint that scores scans. It owns the model, the card and one lock."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import torch

from core.device import Device, pick
from core.errors import CheckpointError, ScanError
from core.imaging.input import Geometry, InputSpec
from core.inference.calibration import probabilities, score
from core.inference.default_model import mismatch
from core.inference.environment import environment_of
from core.inference.prediction import Prediction
from core.inference.saliency import GRAD_CAM, Saliency
from core.models.architectures import Classifier
from core.models.card import Card
from core.models.checkpoint import load as load_checkpoint
from core.scans.quality import assess
from core.scans.scan import Scan


class Predictor:
    """Scores scans with one checkpoint; safe to share between threads.

    Parameters
    ----------
    card : Card
    model : Classifier
        Taken over (eval mode, frozen, moved to the device).
    device : Device, optional
    any_domain : bool
        True lets a phantom model score a mammogram, and the other way round.

    Whoever uses `model` directly holds `lock` meanwhile.
    """

    def __init__(self, card: Card, model: Classifier, device: Device | None = None, any_domain: bool = False) -> None:
        self.card = card
        self.device = device or pick()
        self.any_domain = any_domain
        self.notes: tuple[str, ...] = ()
        self.model = model.eval().requires_grad_(False)
        self._move()
        # The CAM library is not thread-safe on a shared model: without a lock most maps of four threads are wrong.
        self.lock = threading.RLock()
        self._last: tuple[tuple[str, str, InputSpec], torch.Tensor, Geometry] | None = None

    @classmethod
    def load(cls, name_or_path: str | Path, device: Device | None = None, any_domain: bool = False) -> "Predictor":
        """A Predictor of a shipped checkpoint (by name) or of a folder.

        Raises
        ------
        CheckpointError
            If the checkpoint is missing, incomplete, altered, or does not fit its architecture.
        """
        checkpoint = load_checkpoint(name_or_path)
        return cls(checkpoint.card, checkpoint.model, device, any_domain)

    @property
    def labels(self) -> tuple[str, ...]:
        """What can be explained by default: all classes, and the positive group where it is none of them."""
        space = self.card.label_space
        return tuple(dict.fromkeys((*space.classes, space.positive)))

    def check(self, scan: Scan) -> None:
        """Refuse a scan that cannot be assessed, or is of another domain than the model's.

        Raises
        ------
        ScanError
            If the quality gate refuses the image.
        CheckpointError
            If one is a phantom's and the other is not, unless `any_domain`.
        """
        why = None if self.any_domain else mismatch(self.card, scan)
        if why:
            raise CheckpointError(why, "Choose a checkpoint trained on such images, or load this one with any_domain=True.")
        quality = assess(scan)
        if not quality.ok:
            raise ScanError(f"Cannot assess this image. {' '.join(quality.reasons)}", "Upload a mammogram.")

    def predict(self, scan: Scan, *, input: InputSpec | None = None) -> Prediction:
        """Score a scan. `input` replaces the card's InputSpec; the Prediction then has `input_overridden`.

        Raises
        ------
        CheckpointError
            If the scan's domain is not the model's, or `input` has another number of channels.
        """
        spec = self._spec(scan, input)
        with self.lock, torch.inference_mode():
            start = time.perf_counter()
            features, geometry = self._features(scan, spec)
            logits = self.model.above(features)[0].cpu().numpy()
            seconds = time.perf_counter() - start
        return self._prediction(scan, spec, geometry, logits, seconds)

    def explain(self, scan: Scan, label: str | None = None, *, method: str = GRAD_CAM, input: InputSpec | None = None) -> Saliency:
        """A heatmap for one class or group, the positive one by default; by Grad-CAM or another of `gradcam.METHODS`.

        Raises
        ------
        CheckpointError
            As `read`; also if the model has no such class or group.
        """
        label = self.card.label_space.positive if label is None else label
        return self._explain(scan, (label,), self._spec(scan, input), method)[1][label]

    def predict_and_explain(self, scan: Scan, *, input: InputSpec | None = None) -> tuple[Prediction, dict[str, Saliency]]:
        """Score and Grad-CAM of every label in `labels` for little more than the score alone: what lies below the CAM layer runs once."""
        return self._explain(scan, self.labels, self._spec(scan, input))

    def forget(self) -> None:
        """Drop the cached features of the last scan."""
        with self.lock:
            self._last = None

    def predict_grid(self, scan: Scan, change: Callable[[np.ndarray], np.ndarray]) -> tuple[Prediction, dict[str, Saliency]]:
        """Score and Grad-CAM of every label for an image that no InputSpec makes; the Prediction has `input_overridden`.

        `change` stands in for the filter: it takes the scan's grid, float32 (rows, columns) in [0, 1], and gives one of
        equal shape and range. Its `input` is the card's with the filter "none".

        Raises
        ------
        CheckpointError
            As `read`.
        """
        return self._explain(scan, self.labels, self._spec(scan, self.card.input.with_filter("none")), change=change)

    def logits(self, batch: np.ndarray) -> np.ndarray:
        """Logits, float32 (B, classes), of prepared inputs, float32 (B, channels, rows, columns)."""
        with self.lock, torch.inference_mode():
            features = self._below(torch.from_numpy(np.ascontiguousarray(batch, np.float32)))
            return self.model.above(features).float().cpu().numpy()

    def scores(self, batch: np.ndarray) -> np.ndarray:
        """Calibrated scores, float64 (B,), of prepared inputs, float32 (B, channels, rows, columns)."""
        return score(self.logits(batch), self.card.label_space, self.card.temperature)

    def _explain(
        self,
        scan: Scan,
        labels: Sequence[str],
        spec: InputSpec,
        method: str = GRAD_CAM,
        change: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> tuple[Prediction, dict[str, Saliency]]:
        from core.inference.gradcam import grad_cam, targets_of  # late: the library takes seconds to import

        space = self.card.label_space
        for label in labels:
            if label not in space.classes and label not in space.groups:
                raise CheckpointError(
                    f"{self.card.title} has no class {label!r}.", f"Choose one of: {', '.join((*space.classes, *space.groups))}."
                )
        with self.lock:
            start = time.perf_counter()  # waiting for another thread does not count
            with torch.inference_mode():
                features, geometry = self._features(scan, spec) if change is None else self._changed(scan, spec, change)
            maps, logits = grad_cam(self.model.above, features, targets_of(space, labels), method)
            seconds = time.perf_counter() - start
        cam = self.model.cam
        saliency = {
            label: Saliency(scan.sha256, self.card.name, label, method, cam.name, m, cam.stride, cam.first, geometry)
            for label, m in zip(labels, maps, strict=True)
        }
        prediction = self._prediction(scan, spec, geometry, logits, seconds, len(labels))
        return (prediction if change is None else replace(prediction, input_overridden=True)), saliency

    def _spec(self, scan: Scan, input: InputSpec | None) -> InputSpec:
        self.check(scan)
        spec = input or self.card.input
        if spec.channels != self.card.input.channels:
            raise CheckpointError(
                f"{self.card.title} takes {self.card.input.channels} channels, not {spec.channels}.", "Leave the channels as in the card."
            )
        return spec

    def _features(self, scan: Scan, spec: InputSpec) -> tuple[torch.Tensor, Geometry]:
        """The CAM layer's activations, float32 (1, F, h, w); those of the last scan stay cached, since a heatmap often follows a score."""
        key = (scan.display_key, scan.pixel_sha256, spec)
        if self._last is None or self._last[0] != key:
            array, geometry = spec.prepare(scan)
            self._last = (key, self._below(torch.from_numpy(array[None])), geometry)
        return self._last[1].to(self.device.device), self._last[2]

    def _changed(self, scan: Scan, spec: InputSpec, change: Callable[[np.ndarray], np.ndarray]) -> tuple[torch.Tensor, Geometry]:
        """The same activations of an image that is made by another way than the spec's, and so is not cached."""
        grid, geometry = spec.grid(scan)
        array = spec.finish(change(grid.astype(np.float32) / 65535))
        return self._below(torch.from_numpy(array[None])), geometry

    def _below(self, batch: torch.Tensor) -> torch.Tensor:
        """The CAM layer's activations, float32; smaller batches, then the CPU, where the accelerator's memory is too small."""
        try:
            return self._forward(batch)
        except torch.OutOfMemoryError:
            if self.device.device.type == "cpu":
                raise
        torch.cuda.empty_cache()
        if len(batch) > 1:
            self._note("The batch was split: the accelerator's memory is too small for it.")
            halves = batch.split((len(batch) + 1) // 2)
            parts = [self._below(half) for half in halves]
            return torch.cat([p.to(self.device.device) for p in parts])
        self.device = Device(torch.device("cpu"), torch.float32, "CPU: the accelerator's memory is too small")
        self._note("Computed on the CPU: the accelerator's memory is too small.")
        self._move()
        return self._forward(batch)

    def _forward(self, batch: torch.Tensor) -> torch.Tensor:
        device, dtype = self.device.device, self.device.dtype
        batch = batch.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            return self.model.below(batch).float()

    def _move(self) -> None:
        self.model.to(self.device.device).to(memory_format=torch.channels_last)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes = (*self.notes, text)

    def _prediction(
        self, scan: Scan, spec: InputSpec, geometry: Geometry, logits: np.ndarray, seconds: float, heatmaps: int = 0
    ) -> Prediction:
        card = self.card
        p = probabilities(logits, card.label_space, card.temperature)
        value = float(card.label_space.positive_score(p))
        return Prediction(
            scan_sha256=scan.sha256,
            checkpoint=card.name,
            probabilities={c: float(v) for c, v in zip(card.label_space.classes, p, strict=True)},
            score=value,
            decision="positive" if value >= card.threshold else "negative",
            threshold=card.threshold,
            input=spec,
            input_overridden=spec != card.input,
            logits=tuple(float(x) for x in logits),
            microns=geometry.microns(scan.spacing_mm),
            notes=self.notes,
            heatmaps=heatmaps,
            environment=environment_of(self.device),
            at=datetime.now().replace(microsecond=0),
            milliseconds=1000 * seconds,
        )
