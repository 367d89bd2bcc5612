"""A checkpoint loads whole and unaltered, or not at all."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import CheckpointError
from core.files import sha256_bytes
from core.imaging.input import InputSpec
from core.labels import TRIAGE
from core.models.architectures import build
from core.models.card import Card, DataUse, Estimate, list_cards, write_card
from core.models.checkpoint import load, save_weights, signature

NOTHING = Estimate(value=None, undefined="not measured", method="none", n=0)


@pytest.fixture
def saved(tmp_path):
    """A folder with a checkpoint, and its card."""
    torch.manual_seed(0)
    folder = tmp_path / "tiny"
    folder.mkdir()
    spec = InputSpec(size=(64, 48), channels=1)
    weights = save_weights(folder, build("cancerdetectnet", 3, in_channels=1), TRIAGE, spec, "float32")
    use = DataUse(sources=("x",), terms="t", synthetic=True, manifest_sha256="0", split_sha256="1", images={}, patients={}, classes={})
    card = Card(
        name="tiny",
        title="t",
        summary="s",
        architecture="cancerdetectnet",
        dropout=0.0,
        label_space=TRIAGE,
        input=spec,
        temperature=1.0,
        threshold=0.5,
        threshold_rule="r",
        data=use,
        metrics={},
        majority_baseline=NOTHING,
        intended_use="research",
        limits=(),
        licence="l",
        weights=weights,
        initial_weights="random",
        versions={},
        created="2026-01-01",
        recipe={},
    )
    write_card(folder, card)
    return folder, card


def rewrite(folder, card, change):
    """Alter the weights and let the card name the new file, so that only the content can betray it."""
    path = folder / card.weights.file
    state = load_file(path)
    change(state)
    save_file(state, path)
    digest = sha256_bytes(path.read_bytes())
    new = card.weights.model_copy(update={"sha256": digest, "signature": signature(digest, card.label_space, card.input)})
    write_card(folder, card.model_copy(update={"weights": new}))


def test_what_was_saved_comes_back(saved):
    folder, card = saved
    checkpoint = load(folder)
    assert checkpoint.card == card
    assert not checkpoint.model.training
    torch.manual_seed(0)
    expected = build("cancerdetectnet", 3, in_channels=1).state_dict()
    assert all(torch.equal(v, expected[k]) for k, v in checkpoint.model.state_dict().items())


def test_one_flipped_bit_is_noticed(saved):
    folder, card = saved
    path = folder / card.weights.file
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="not those that its card names"):
        load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("head.2.bias"), "do not fit"),
        (lambda s: s.update(extra=torch.zeros(1)), "do not fit"),
        (lambda s: s.update({"head.2.bias": torch.zeros(3)}), "do not fit"),
        (lambda s: s["head.2.bias"].fill_(float("nan")), "not numbers"),
    ],
    ids=["missing", "left over", "shape", "nan"],
)
def test_weights_that_do_not_fit_are_refused(saved, change, message):
    folder, card = saved
    rewrite(folder, card, change)
    with pytest.raises(CheckpointError, match=message):
        load(folder)


def test_another_architecture_is_refused(saved):
    folder, card = saved
    write_card(folder, card.model_copy(update={"architecture": "vgg_bn_3"}))
    with pytest.raises(CheckpointError, match="do not fit the architecture vgg_bn_3"):
        load(folder)


def test_tensors_of_another_dtype_than_the_card_says_are_refused(saved):
    folder, card = saved
    rewrite(folder, card, lambda state: state.update({"head.2.bias": state["head.2.bias"].half()}))
    with pytest.raises(CheckpointError, match="float16 and float32, and its card says float32"):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"label_space": TRIAGE.model_copy(update={"classes": ("malignant", "benign", "normal")})},
        {"label_space": TRIAGE.model_copy(update={"positive": "benign"})},
        {"input": InputSpec(size=(64, 48), channels=1, filter="laplacian")},
    ],
)
def test_a_card_with_other_classes_or_input_than_the_training_is_refused(saved, change):
    folder, card = saved
    write_card(folder, card.model_copy(update=change))
    with pytest.raises(CheckpointError, match="not the one that its weights were trained with"):
        load(folder)


def test_weights_outside_the_folder_are_refused(saved):
    folder, card = saved
    outside = card.weights.model_copy(update={"file": "../weights.safetensors"})
    write_card(folder, card.model_copy(update={"weights": outside}))
    with pytest.raises(CheckpointError, match="no file"):
        load(folder)


def test_weights_without_a_card_are_not_complete(saved):
    folder, _ = saved
    (folder / "card.json").unlink()
    with pytest.raises(CheckpointError):
        load(folder)


def test_saving_refuses_what_half_precision_cannot_hold(tmp_path):
    model = build("cancerdetectnet", 3)
    with torch.no_grad():
        model.head[2].bias[0] = 1e6
    with pytest.raises(CheckpointError, match="not numbers"):
        save_weights(tmp_path, model, TRIAGE, InputSpec(), "float16")
    assert not (tmp_path / "weights.safetensors").exists()


@pytest.mark.parametrize("name", [card.name for card in list_cards()])
def test_every_shipped_checkpoint_loads(name):
    assert load(name).card.name == name
