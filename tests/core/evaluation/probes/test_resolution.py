"""Coarser inputs: what is lost, what is not, and which folders may be asked."""

import shutil

import pytest

from core.__main__ import main
from core.datasets.phantom import make
from core.datasets.sources import open_folder
from core.errors import DataError
from core.evaluation.probes.resolution import by_resolution
from core.files import read_json, write_json
from core.folders import checkpoints_folder
from core.labels import CALCIFICATION

SHIPPED = checkpoints_folder() / "phantom-calcifications"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return make(tmp_path_factory.mktemp("drawn") / "phantoms", 6, 77, size="small", workers=1)


@pytest.fixture
def copied(tmp_path):
    """The shipped checkpoint in a folder of its own."""
    return shutil.copytree(SHIPPED, tmp_path / "phantom-calcifications")


def test_three_levels_with_their_micrometres_and_the_paired_loss(drawn):
    found = by_resolution("phantom-calcifications", drawn, split="all")
    assert (found.n, found.n_patients, found.synthetic) == (24, 6, True)
    assert [x.factor for x in found.levels] == [1, 2, 4]
    assert [x.size for x in found.levels] == [(448, 320), (224, 160), (112, 80)]
    full, half, quarter = found.levels
    assert 250 < full.microns < 600
    assert [half.microns, quarter.microns] == pytest.approx([2 * full.microns, 4 * full.microns])
    assert full.difference is None
    assert half.difference.value == pytest.approx(half.auroc.value - full.auroc.value)
    assert set(full.by_class) == set(CALCIFICATION.classes)
    assert full.auroc.n_patients == 6


def test_a_folder_that_the_checkpoint_knows_or_does_not_know(drawn, copied):
    with pytest.raises(DataError, match="no patient of phantom-calcifications's test part"):
        by_resolution("phantom-calcifications", drawn)
    known = open_folder(drawn, CALCIFICATION).items[0].patient_key
    table = (copied / "predictions.csv").read_text()
    validated = next(line for line in table.splitlines() if ",validation," in line).split(",")[2]
    (copied / "predictions.csv").write_text(table.replace(validated, known))
    with pytest.raises(DataError, match="was validated or tested on patients of this folder"):
        by_resolution(copied, drawn, split="all")
    card = read_json(copied / "card.json")
    card["data"]["synthetic"] = False
    write_json(copied / "card.json", card)
    with pytest.raises(DataError, match="knows mammograms, and the folder holds phantoms"):
        by_resolution(copied, drawn, split="all")


def test_the_test_part_is_found_by_its_patients(drawn, copied):
    key = next(i.patient_key for i in open_folder(drawn, CALCIFICATION).items if i.path.startswith("exam_0003"))
    lines = (copied / "predictions.csv").read_text().splitlines()
    tested = next(line for line in lines if ",test," in line).split(",")[2]
    (copied / "predictions.csv").write_text("\n".join(lines).replace(tested, key) + "\n")
    found = by_resolution(copied, drawn)
    assert (found.n, found.n_patients) == (4, 1)


def test_the_command(drawn, copied, capsys):
    assert main(["resolution", str(copied), "--data", str(drawn), "--split", "all", "--save"]) == 0
    saved = read_json(copied / "resolution.json")
    assert saved["weights_sha256"] == read_json(copied / "card.json")["weights"]["sha256"]
    assert saved["split"] == "all"
    said = capsys.readouterr().out
    assert "SYNTHETIC" in said.splitlines()[0]
    assert "1/4: 112 × 80 pixels of detail" in said
    assert "auroc less full" in said
