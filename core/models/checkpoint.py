"""Checkpoint: a folder with weights and their card. Strict loading, or a reasoned refusal."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from core.errors import CheckpointError
from core.files import sha256_bytes, write_bytes
from core.models.architectures import Classifier, build
from core.models.card import Card, Weights, find_checkpoint, read_card

COPY_AGAIN = "Copy the whole folder again from its source."


@dataclass(frozen=True)
class Checkpoint:
    """A card and its model, in eval mode, float32."""

    card: Card
    model: Classifier


def save_weights(folder: Path, model: Classifier, dtype: str = "float16") -> Weights:
    """Write weights.safetensors atomically and return its entry for the card.

    Raises
    ------
    CheckpointError
        If a parameter is not finite in `dtype` ("float16" or "float32"): such a model answers nonsense.
    """
    kind = getattr(torch, dtype)
    state = {k: (v.to(kind) if v.is_floating_point() else v).contiguous() for k, v in model.state_dict().items()}
    _check_finite(state, Path(folder).name)
    data = save_tensors(state)
    weights = Weights(sha256=sha256_bytes(data), dtype=dtype, parameters=sum(p.numel() for p in model.parameters()))
    write_bytes(Path(folder) / weights.file, data)
    return weights


def load(name_or_path: str | Path) -> Checkpoint:
    """Load a checkpoint by name or folder.

    Raises
    ------
    CheckpointError
        If the folder is not complete, the weights' sha256 is not the card's, a parameter is missing,
        left over, of another shape or not finite, or the architecture is unknown.
    """
    folder = find_checkpoint(name_or_path)
    card = read_card(folder)
    path = folder / card.weights.file
    if path.parent != folder or not path.is_file():
        raise CheckpointError(f"The checkpoint {card.name} has no file {card.weights.file}.", COPY_AGAIN)
    data = path.read_bytes()
    if sha256_bytes(data) != card.weights.sha256:
        raise CheckpointError(f"The weights of {card.name} are not those that its card names; the file was altered or torn.", COPY_AGAIN)
    try:
        state = load_tensors(data)
    except SafetensorError as e:
        raise CheckpointError(f"The weights of {card.name} cannot be read.", COPY_AGAIN) from e
    _check_finite(state, card.name)
    model = build(card.architecture, len(card.label_space.classes), card.dropout, card.input.channels)
    try:
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()}, strict=True)
    except RuntimeError as e:
        first = str(e).splitlines()[1].strip() if "\n" in str(e) else str(e)
        raise CheckpointError(
            f"The weights of {card.name} do not fit the architecture {card.architecture} ({first[:120]}).", COPY_AGAIN
        ) from e
    return Checkpoint(card, model.eval())


def _check_finite(state: dict[str, torch.Tensor], name: str) -> None:
    for key, value in state.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise CheckpointError(
                f"The weights of {name} hold values that are not numbers (in {key}).", "Train again with a smaller learning rate."
            )
