"""Out-of-distribution test: nearest training images of a scan in the space of the network's features."""

import io
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from core.errors import CheckpointError
from core.files import write_bytes

FILE = "out_of_distribution.npz"
DIMENSIONS = 32  # principal components that are saved
NEIGHBOURS = 5
OUT_OF_DISTRIBUTION = 0.99  # share of the validation images that must lie nearer for a scan to count as out of distribution


@dataclass(frozen=True)
class Neighbour:
    """A training image: its sha256 (16 hex digits), label, name as a phantom or "", and distance."""

    sha256: str
    label: str
    case: str
    distance: float


@dataclass(frozen=True, eq=False)
class TrainingNeighbours:
    """The training images of a checkpoint in the space of its features.

    Attributes
    ----------
    mean, basis : ndarray, float32, shapes (F,) and (F, D)
        From features to whitened principal components.
    vectors : ndarray, float32, shape (N, D)
    sha256, labels, cases : ndarray of str, shape (N,)
    validation_distances : ndarray, float32, shape (V,)
        Sorted distances of the validation images.
    """

    mean: np.ndarray
    basis: np.ndarray
    vectors: np.ndarray
    sha256: np.ndarray
    labels: np.ndarray
    cases: np.ndarray
    validation_distances: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray, validation: np.ndarray, sha256: list[str], labels: list[str], cases: list[str]) -> "TrainingNeighbours":
        """From features of the training (N, F) and validation (V, F) images."""
        mean = train.mean(0)
        _, scale, axes = np.linalg.svd(train - mean, full_matrices=False)
        d = min(DIMENSIONS, int((scale > 1e-6 * max(scale[0], 1e-12)).sum()))
        basis = axes[:d].T / (scale[:d] / np.sqrt(max(1, len(train) - 1)))
        made = cls(
            mean.astype(np.float32),
            basis.astype(np.float32),
            ((train - mean) @ basis).astype(np.float16).astype(np.float32),
            np.array([s[:16] for s in sha256]),
            np.array(labels),
            np.array(cases),
            np.zeros(0, np.float32),
        )
        validation_distances = np.sort([made.distance(v) for v in validation]).astype(np.float32)
        return cls(made.mean, made.basis, made.vectors, made.sha256, made.labels, made.cases, validation_distances)

    def nearest(self, features: np.ndarray, k: int = NEIGHBOURS) -> list[Neighbour]:
        """The `k` training images most like features (F,), nearest first."""
        distances = self._distances(features)
        rows = np.argsort(distances, kind="stable")[:k]
        return [Neighbour(str(self.sha256[i]), str(self.labels[i]), str(self.cases[i]), float(distances[i])) for i in rows]

    def distance(self, features: np.ndarray) -> float:
        """Mean distance to the `NEIGHBOURS` nearest training images."""
        return float(np.sort(self._distances(features))[:NEIGHBOURS].mean())

    def share_nearer(self, features: np.ndarray) -> float:
        """Share of the validation images that lie nearer to the training images than features (F,) do."""
        return float(np.searchsorted(self.validation_distances, self.distance(features)) / max(1, len(self.validation_distances)))

    def sentence(self, features: np.ndarray) -> str:
        """The finding, as one sentence for the page."""
        share = self.share_nearer(features)
        if self.is_out_of_distribution(features):
            return (
                f"Out of distribution: less typical than {share:.0%} of {len(self.validation_distances)} validation images. "
                "The score may not be valid."
            )
        return f"In distribution: less typical than {share:.0%} of {len(self.validation_distances)} validation images."

    def is_out_of_distribution(self, features: np.ndarray) -> bool:
        """Whether the image lies farther from the training images than nearly all validation images do."""
        return self.share_nearer(features) >= OUT_OF_DISTRIBUTION

    def write(self, folder: Path) -> None:
        """Write out_of_distribution.npz, atomically; 16-bit vectors."""
        out = io.BytesIO()
        np.savez_compressed(
            out,
            mean=self.mean,
            basis=self.basis,
            vectors=self.vectors.astype(np.float16),
            sha256=self.sha256,
            labels=self.labels,
            cases=self.cases,
            validation_distances=self.validation_distances,
        )
        write_bytes(Path(folder) / FILE, out.getvalue())

    @classmethod
    def read(cls, folder: Path) -> "TrainingNeighbours | None":
        """Read out_of_distribution.npz of a checkpoint; None where it has none.

        Raises
        ------
        CheckpointError
            If the file is damaged.
        """
        path = Path(folder) / FILE
        if not path.is_file():
            return None
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as f:
                return cls(**{k: f[k].astype(np.float32) if k == "vectors" else f[k] for k in cls.__dataclass_fields__})
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as e:
            raise CheckpointError(f"{FILE} of {Path(folder).name} is damaged.", "Evaluate the checkpoint again with --save.") from e

    def _distances(self, features: np.ndarray) -> np.ndarray:
        return np.linalg.norm(self.vectors - (features - self.mean) @ self.basis, axis=1)
