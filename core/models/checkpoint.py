"""Checkpoint: a folder with weights and their card. Strict loading, or a reasoned refusal."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from core.errors import CheckpointError
from core.files import sha256_bytes, write_bytes
from core.imaging.input import InputSpec
from core.labels import LabelSpace
from core.models.architectures import Classifier, build
from core.models.card import Card, Weights, WeightsDtype, find_checkpoint, read_card

COPY_AGAIN = "Copy the whole folder again from its source."


@dataclass(frozen=True)
class Checkpoint:
    """A card and its model, in eval mode, float32."""

    card: Card
    model: Classifier


def save_weights(folder: Path, model: Classifier, space: LabelSpace, spec: InputSpec, dtype: WeightsDtype = "float16") -> Weights:
    """Write weights.safetensors atomically and return its entry for the card.

    The model's own parameters are rounded to what was written, so that its figures are those of the file.

    Raises
    ------
    CheckpointError
        If a parameter is not finite in `dtype`: the predictions of such a model mean nothing.
    """
    kind = getattr(torch, dtype)
    state = {k: (v.to(kind) if v.is_floating_point() else v).contiguous() for k, v in model.state_dict().items()}
    _check_finite(state, Path(folder).name)
    data = save_tensors(state)
    digest, parameters = sha256_bytes(data), sum(p.numel() for p in model.parameters())
    weights = Weights(sha256=digest, dtype=dtype, parameters=parameters, signature=signature(digest, space, spec))
    write_bytes(Path(folder) / weights.file, data)
    model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return weights


def signature(weights_sha256: str, space: LabelSpace, spec: InputSpec) -> str:
    """Hex sha256 of weights, label space and input together: it changes where the order of the outputs or the input does.

    Of the label space only what gives the outputs their meaning counts. Defaults are left out, so that a field which is added to
    InputSpec later does not change it.
    """
    meaning = space.model_dump(mode="json", include={"name", "classes", "kind", "positive", "groups"}, exclude_defaults=True)
    text = json.dumps([weights_sha256, meaning, spec.model_dump(mode="json", exclude_defaults=True)], sort_keys=True)
    return sha256_bytes(text.encode())


def load(name_or_path: str | Path) -> Checkpoint:
    """Load a checkpoint by name or folder.

    Raises
    ------
    CheckpointError
        If the folder is not complete, the weights' sha256 is not the card's, a parameter is missing,
        left over, of another shape or dtype or not finite, the card's classes or input are not those that the
        weights were trained with, or the architecture is unknown.
    """
    folder = find_checkpoint(name_or_path)
    card = read_card(folder)
    path = folder / card.weights.file
    if path.parent != folder or not path.is_file():
        raise CheckpointError(f"The checkpoint {card.name} has no file {card.weights.file}.", COPY_AGAIN)
    data = path.read_bytes()
    if sha256_bytes(data) != card.weights.sha256:
        raise CheckpointError(f"The weights of {card.name} are not those that its card names; the file was altered or torn.", COPY_AGAIN)
    if signature(card.weights.sha256, card.label_space, card.input) != card.weights.signature:
        raise CheckpointError(
            f"The label space or input in the card of {card.name} is not the one that its weights were trained with.", COPY_AGAIN
        )
    try:
        state = load_tensors(data)
    except SafetensorError as e:
        raise CheckpointError(f"The weights of {card.name} cannot be read.", COPY_AGAIN) from e
    _check_finite(state, card.name)
    found = {str(v.dtype).removeprefix("torch.") for v in state.values() if v.is_floating_point()}
    if found != {card.weights.dtype}:
        raise CheckpointError(
            f"The weights of {card.name} are {' and '.join(sorted(found))}, and its card says {card.weights.dtype}.", COPY_AGAIN
        )
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
