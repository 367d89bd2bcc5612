"""No patient stands on two sides."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.manifest import Item, Manifest
from core.datasets.sources import open_folder
from core.datasets.split import assign
from core.errors import DataError
from core.labels import TUMOUR


def manifest_of(patients, labels, **changes):
    items = tuple(Item(f"{n}.png", TUMOUR.classes[y], p, "x") for n, (p, y) in enumerate(zip(patients, labels, strict=True)))
    return Manifest(Path("."), TUMOUR, items, terms="t", **changes)


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 4), min_size=40, max_size=60), seed=st.integers(0, 99), folds=st.integers(3, 6))
def test_parts_are_disjoint_complete_and_repeatable(sizes, seed, folds):
    patients = [str(p) for p, n in enumerate(sizes) for _ in range(n)]
    whole = manifest_of(patients, [int(p) % 2 for p in patients])
    split = assign(whole, folds=folds, seed=seed)
    parts = [{i.patient for i in split.part(s)} for s in ("train", "validation", "test")]
    assert all(parts)
    assert sum(len(p) for p in parts) == len(set(patients))
    assert set().union(*parts) == set(patients)
    assert split == assign(whole, folds=folds, seed=seed)
    split.check()


def test_the_seed_decides_the_split():
    whole = manifest_of([str(n // 2) for n in range(120)], [n % 4 // 2 for n in range(120)])
    assert assign(whole, seed=1).split_sha256 != assign(whole, seed=2).split_sha256
    assert assign(whole, seed=1).sha256 == whole.sha256


def test_names_without_a_patient_need_a_waiver(tmp_path):
    for i in range(60):
        path = tmp_path / ("benign", "malignant")[i % 2] / f"IMG{i}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    manifest = open_folder(tmp_path)
    with pytest.raises(DataError, match="both sides of the split"):
        assign(manifest)
    assert {i.split for i in assign(manifest.waived("one image a patient")).items} == {"train", "validation", "test"}


def test_too_few_patients_mean_a_wrong_key():
    few = manifest_of([str(n % 4) for n in range(80)], [n % 2 for n in range(80)])
    with pytest.raises(DataError, match="4 patients were found in"):
        assign(few)
    assert assign(few.waived("a test"), folds=3).part("test")


def test_one_patient_may_not_hold_a_tenth():
    patients = ["same"] * 20 + [str(n) for n in range(80)]
    with pytest.raises(DataError, match="One patient holds 20 of 100"):
        assign(manifest_of(patients, [n % 2 for n in range(100)]))


def test_training_part_needs_every_class():
    only = manifest_of([str(n) for n in range(60)], [0] * 60)
    with pytest.raises(DataError, match="no image of: tumour"):
        assign(only).check()


def test_published_key_is_opaque_and_differs_between_sources():
    a, b = Item("1.png", "tumour", "10011", "x"), Item("1.png", "tumour", "10011", "y")
    assert "10011" not in a.patient_key
    assert a.patient_key != b.patient_key
