"""Which files look like one exam: by Patient ID, by the names of published sets, by side and view in a name; and which do not."""

from dataclasses import replace

import numpy as np
import pytest

from core.csv_table import read_rows
from core.exams.grouping import MAX_VIEWS, propose
from core.scans import Scan
from core.scans.file_names import named_view
from core.scans.windows import Window

FOUR = [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")]


def scan(name, **tags):
    """A scan that is known by a name."""
    return Scan(np.zeros((4, 4), np.uint16), (Window(2, 4),), False, name, name, "PNG", 8, **tags)


def groups(names, **tags):
    """The proposals for files of these names, each as the set of its names."""
    return [set(p.places) for p in propose([(n, scan(n, **tags)) for n in names])]


def test_patient_id_of_one_day_is_an_exam():
    files = [(f"{n}.dcm", scan(str(n), patient_key="p", shifted_day=7, laterality=s, view=v)) for n, (s, v) in enumerate(FOUR)]
    (found,) = propose(files)
    assert (found.places, found.reason) == ({str(n): place for n, place in enumerate(FOUR)}, "Patient ID")
    prior = [(name, replace(s, shifted_day=8 if n < 2 else 7)) for n, (name, s) in enumerate(files)]
    assert [set(p.places) for p in propose(prior)] == [{"0", "1"}, {"2", "3"}]
    other = [(name, replace(s, patient_key=f"p{n}")) for n, (name, s) in enumerate(files)]
    assert propose(other) == []


@pytest.mark.parametrize(
    ("names", "reason", "places"),
    [
        (
            [f"20586{n}_6c613a14b80a8591_MG_{s}_{v}_ANON.png" for n, s, v in ((908, "R", "CC"), (934, "L", "CC"), (960, "R", "ML"))],
            "INbreast file names",
            [("R", "CC"), ("L", "CC"), ("R", "MLO")],
        ),
        (
            [f"Mass-Test_P_00016_LEFT_{v}/1.3.6.1/1.3.6.2/000000.dcm" for v in ("CC", "MLO")],
            "CBIS-DDSM file names",
            [("L", "CC"), ("L", "MLO")],
        ),
        (["mdb001.pgm", "mdb002.pgm"], "mini-MIAS file names", [(None, "MLO")] * 2),
        (["16955_1179164048_png.rf.f15.jpg", "16955_22164048_png.rf.d10.jpg"], "Roboflow file names", [(None, None)] * 2),
        (["train_images/10006/462822612.dcm", "train_images/10006/1459541791.dcm"], "RSNA file names", [(None, None)] * 2),
        (["10006_462822612.png", "10006_1459541791.png"], "RSNA file names", [(None, None)] * 2),
        ([f"images/{'ab' * 16}/{c * 32}.dicom" for c in "cd"], "VinDr-Mammo file names", [(None, None)] * 2),
        (["case 7/R_MLO.png", "case 7/LMLO.png", "case 7/right-cc.png"], "file names", [("R", "MLO"), ("L", "MLO"), ("R", "CC")]),
    ],
)
def test_names_of_known_sets(names, reason, places):
    (found,) = propose([(n, scan(n)) for n in names])
    assert (found.reason, list(found.places.values())) == (reason, places)


@pytest.mark.parametrize(
    "names",
    [
        ["mdb002.pgm", "mdb003.pgm"],  # two patients
        ["a_R_CC.png", "b_L_CC.png"],
        ["a/R_CC.png", "b/L_CC.png"],
        ["R_CC.png", "RCC.png"],  # one place twice: two exams, or a repeat
        ["sample_D4.jpg", "sample_D3.jpg"],
        ["Mass-Test_P_00016_LEFT_CC_1/000000.dcm", "Mass-Test_P_00016_LEFT_CC_1/000001.dcm"],  # a crop and a mask
        ["left right CC.png", "R_MLO_CC.png"],
        ["lonely_R_CC.png"],
        [f"7_{n}000.png" for n in range(1, MAX_VIEWS + 2)],
    ],
)
def test_what_does_not_look_like_one_exam(names):
    assert groups(names) == []


def test_a_raw_twin_or_a_modified_view_is_no_repeat():
    raw = [
        ("a_R_CC.dcm", scan("1")),
        ("a_RCC.dcm", scan("2", intent="processing")),
        ("a R CC.dcm", scan("3", modifiers=("magnification",))),
    ]
    assert [set(p.places) for p in propose(raw)] == [{"1", "2", "3"}]


def test_tags_outweigh_names():
    (found,) = propose([("a_R_CC.png", scan("1", laterality="L")), ("a_R_MLO.png", scan("2"))])
    assert found.places == {"1": ("L", "CC"), "2": ("R", "MLO")}


def test_real_names_of_published_sets(real_data):
    """Every file of each set finds its patient; INbreast and CBIS-DDSM side and view too, as their tables state them."""

    def names(folder, pattern):
        return [p.relative_to(real_data / folder).as_posix() for p in (real_data / folder).rglob(pattern)]

    roboflow = [named_view(n) for n in names("roboflow-breast-cancer", "*.jpg")]
    assert (len({v.patient for v in roboflow}), {v.source for v in roboflow}) == (758, {"Roboflow"})
    mias = [named_view(n) for n in names("mini-mias", "*.pgm")]
    assert (len({v.patient for v in mias}), {(v.laterality, v.view) for v in mias}) == (161, {(None, "MLO")})
    stated = {r["file name"]: (r["laterality"], r["view"]) for r in lower(real_data / "inbreast" / "INbreast.csv")}
    files = names("inbreast/AllPNG", "*.png")
    assert len(files) > 200
    for name in files:
        found = named_view(name)
        assert (found.laterality, found.view) == stated[name.split("_")[0]]
    for table in (real_data / "cbis-ddsm" / "csv").glob("*_case_description_*.csv"):
        for row in lower(table):
            found = named_view(row["image file path"])
            side = row["left or right breast"][0]
            assert (found.source, found.patient, found.laterality, found.view) == ("CBIS-DDSM", row["patient id"], side, row["image view"])
            assert named_view(row["roi mask file path"]) is None


def lower(table):
    """Rows of a table, keys in lower case with blanks."""
    return [{k.strip().lower().replace("_", " "): v.strip() for k, v in row.items() if k} for row in read_rows(table)]


def test_real_exams_of_inbreast(real_data):
    """Whole exams are offered; of a patient with two of one side and view nothing is."""
    names = sorted(p.name for p in (real_data / "inbreast" / "AllPNG").glob("*.png"))
    found = propose([(n, scan(n)) for n in names])
    assert len(found) > 50
    for proposal in found:
        assert len({n.split("_")[1] for n in proposal.places}) == 1
        assert len(set(proposal.places.values())) == len(proposal.places)
