"""The cached grid is the grid that serving makes; a changed file is decoded again."""

import os

import cv2
import numpy as np
import pytest

import core.datasets.cache as cache
from core.datasets import phantom
from core.datasets.sources import open_folder
from core.errors import DataError
from core.files import sha256_bytes
from core.imaging.input import InputSpec
from core.scans import read_scan

SPEC = InputSpec(size=(64, 48))


def draw(path, seed):
    rows, cols = np.mgrid[:160, :120]
    breast = ((rows - 80) / 70) ** 2 + (cols / 90) ** 2 < 1
    noise = np.random.default_rng(seed).integers(0, 4000, (160, 120))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.where(breast, 20000 + 200 * cols + noise, 300).astype(np.uint16))


@pytest.fixture
def folder(tmp_path):
    for n in range(4):
        draw(tmp_path / "data" / ("benign", "malignant")[n % 2] / f"{n}_1.png", n)
    return tmp_path


def decode(folder, spec=SPEC):
    done = []
    manifest, grids = cache.cached_grids(
        open_folder(folder / "data"), spec, folder=folder / "cache", progress=lambda n, total: done.append((n, total))
    )
    return manifest, grids, done


def test_grids_and_hashes_are_those_of_serving(folder):
    manifest, grids, done = decode(folder)
    assert done[-1] == (4, 4)
    for item, grid in zip(manifest.items, grids, strict=True):
        data = (folder / "data" / item.path).read_bytes()
        assert item.sha256 == sha256_bytes(data)
        assert np.array_equal(grid, SPEC.grid(read_scan(data))[0])


def test_places_are_those_of_serving_and_need_no_second_decoding(folder):
    manifest, _, _ = decode(folder)
    places = cache.cached_places(manifest, SPEC, folder=folder / "cache")
    for item, place in zip(manifest.items, places, strict=True):
        assert place.geometry == SPEC.grid(read_scan((folder / "data" / item.path).read_bytes()))[1]
        assert place.microns is None  # PNG files do not tell their spacing
    phantom.make(folder / "p", 1, 3, size="small")
    drawn = open_folder(folder / "p")
    for item, place in zip(drawn.items, cache.cached_places(drawn, SPEC, folder=folder / "cache"), strict=True):
        scan = read_scan((folder / "p" / item.path).read_bytes())
        assert place.spacing_mm == scan.spacing_mm
        assert place.microns == SPEC.grid(scan)[1].microns(scan.spacing_mm) > 1000


def test_decoded_once_for_all_filters_but_again_for_another_size(folder):
    decode(folder)
    assert decode(folder)[2] == []
    assert decode(folder, SPEC.with_filter("laplacian"))[2] == []
    assert decode(folder, InputSpec(size=(32, 24)))[2]


def test_a_changed_file_is_decoded_again(folder):
    _, before, _ = decode(folder)
    path = folder / "data" / "benign" / "0_1.png"
    draw(path, 99)
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    _, after, done = decode(folder)
    assert done
    assert not np.array_equal(before[0], after[0])
    assert np.array_equal(before[1:], after[1:])


def test_a_broken_file_is_named_and_leaves_no_cache(folder):
    (folder / "data" / "benign" / "9_1.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    with pytest.raises(DataError, match="9_1"):
        decode(folder)
    assert [p.name for p in (folder / "cache").iterdir() if p.suffix != ".lock"] == []


def test_phantoms_are_known_in_any_folder_and_not_mixed_with_films(folder, tmp_path):
    view = phantom.draw(phantom.plan_exam(3, 1), "L", "CC", "small")
    path = tmp_path / "data" / "benign" / "8_1.png"
    cv2.imwrite(str(path), view.pixels * 16)
    with pytest.raises(DataError, match="mixes mammograms with 1 phantoms"):
        cache.cached_grids(open_folder(tmp_path / "data"), SPEC, folder=tmp_path / "cache")
    for other in (tmp_path / "data").rglob("?_1.png"):
        cv2.imwrite(str(other), view.pixels * 16 + int(other.stem[0]))
    manifest, _ = cache.cached_grids(open_folder(tmp_path / "data"), SPEC, folder=tmp_path / "cache")
    assert manifest.synthetic


def test_clearing_removes_all_but_what_another_process_decodes(folder):
    decode(folder)
    decode(folder, InputSpec(size=(32, 24)))
    first, second = sorted((folder / "cache").glob("*.npy"))
    with cache.being_built(folder / "cache", first.stem):
        assert cache.clear_cache(folder / "cache") > 0
        assert first.is_file()
        assert not second.exists()
    cache.clear_cache(folder / "cache")
    assert not list((folder / "cache").iterdir())
