import json

import cv2
import numpy as np
import pytest
import torch

from core.cli.prediction import predict_lines
from core.errors import CheckpointError
from core.inference.predictor import Predictor
from core.models.architectures import build
from core.models.card import write_card
from core.models.checkpoint import save_weights
from core.scans.read import read_file, read_scan


class _Quality:
    def __init__(self, ok, reasons=()):
        self.ok, self.reasons = ok, reasons


@pytest.fixture
def shelf(tmp_path, monkeypatch, card_of):
    """Two checkpoints, one for mammograms and one for phantoms, and a gate that refuses small images only."""
    monkeypatch.setenv("SECOND_READER_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr("core.scans.quality.assess", lambda s: _Quality(min(s.shape) >= 100, () if min(s.shape) >= 100 else ("too small",)))
    torch.manual_seed(0)
    for name, synthetic in (("mammograms", False), ("phantoms", True)):
        folder = tmp_path / "checkpoints" / name
        folder.mkdir(parents=True)
        card = card_of(name, synthetic, architecture="vgg_bn_3")
        weights = save_weights(folder, build("vgg_bn_3", 2, in_channels=1), card.label_space, card.input)
        write_card(folder, card.model_copy(update={"weights": weights}))
    return tmp_path


@pytest.fixture
def film(shelf, scan_of):
    path = shelf / "Jane Doe 1950-01-01.png"
    cv2.imwrite(str(path), scan_of().values)
    return str(path)


def test_lines_come_in_order_and_one_bad_file_stops_nothing(shelf, film):
    (shelf / "bad.png").write_bytes(b"no image")
    cv2.imwrite(str(shelf / "small.png"), np.tile(np.arange(64, dtype=np.uint16) * 900, (64, 1)))
    files = [film, *(str(shelf / name) for name in ("bad.png", "gone.png", "small.png")), film]
    first, bad, gone, small, last = predict_lines(files, None)
    assert first == last
    assert list(first) == ["file", "sha256", "checkpoint", "probabilities", "score", "decision", "quality", "assumptions"]
    assert first["checkpoint"] == "mammograms"
    assert first["score"] == first["probabilities"]["tumour"]
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    assert set(bad) == set(gone) == {"file", "error"}
    assert "does not exist" in gone["error"]
    assert small["quality"] == {"ok": False, "reasons": ["too small"]}
    assert "score" not in small
    for line in (first, bad, gone, small):
        json.dumps(line, allow_nan=False)


def test_a_line_says_what_the_reader_says(shelf, film):
    prediction = Predictor.load("mammograms").predict(read_scan(read_file(film)))
    (line,) = predict_lines([film], shelf / "checkpoints" / "mammograms")
    assert (line["score"], line["decision"]) == (prediction.score, prediction.decision)


def test_another_domain_is_refused_with_the_remedy(shelf, film):
    (line,) = predict_lines([film], shelf / "checkpoints" / "phantoms")
    assert "knows phantoms alone" in line["error"]
    assert "--any-domain" in line["error"]
    (line,) = predict_lines([film], shelf / "checkpoints" / "phantoms", any_domain=True)
    assert 0 <= line["score"] <= 1


def test_no_fitting_checkpoint(shelf, film):
    (shelf / "checkpoints" / "mammograms" / "card.json").unlink()
    (line,) = predict_lines([film], None)
    assert "no checkpoint was trained on such images" in line["error"]


def test_an_altered_checkpoint_stops_the_command(shelf, film):
    path = shelf / "checkpoints" / "mammograms" / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="altered"):
        list(predict_lines([film], None))


def test_heatmaps_bear_the_stamp_and_no_file_name(shelf, film):
    (line,) = predict_lines([film], None, saliency=shelf / "maps")
    (image,) = (shelf / "maps").iterdir()
    assert image.name == f"{line['sha256'][:16]}_mammograms.png"
    pixels = cv2.imread(str(image), cv2.IMREAD_UNCHANGED)
    assert pixels.shape == (600, 480, 3)
    corner = pixels[:30, :150]  # background without the stamp
    assert corner.max() > 200
    assert b"Jane" not in image.read_bytes()


def test_files_of_one_folder_share_an_estimated_range(shelf, scan_of):
    """As one upload does: the dim view of an exam is not stretched to the brightness of its partner."""
    bright = scan_of().values >> 4  # 12 bits, the dim view 10
    for name, values in (("bright.png", bright), ("dim.png", bright // 4)):
        cv2.imwrite(str(shelf / name), values)
    (shelf / "other").mkdir()
    cv2.imwrite(str(shelf / "other" / "dim.png"), bright // 4)
    together = list(predict_lines([str(shelf / "bright.png"), str(shelf / "dim.png")], None))
    (alone,) = predict_lines([str(shelf / "other" / "dim.png")], None)
    assert "By the other images opened with this one" in together[1]["assumptions"][0]
    assert not any("other images" in a for a in (*together[0]["assumptions"], *alone["assumptions"]))
    assert together[1]["score"] != alone["score"]
