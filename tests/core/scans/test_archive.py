"""Archives are read in memory, within limits, and never onto the disk; what is no image is counted."""

import io
import os
import zipfile

import pytest
from pydicom import uid

from core.errors import ScanError
from core.scans import archive
from core.scans.archive import contents, disc, looks_like

PGM = b"P5\n2 2\n255\n\0\1\2\3"


def zipped(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content, **options)
    return out.getvalue()


def names(data):
    return [m.name for m in contents(data).images]


def pgm(n):
    return b"P5\n1 1\n255\n" + bytes([n])


def test_images_come_in_order_without_their_folders():
    data = zipped({"exam/b.pgm": pgm(2), "exam/sub/a": pgm(1), "exam/": b"", ".DS_Store": b"x", "__MACOSX/._b": pgm(3), "empty.pgm": b""})
    assert looks_like(data)
    found = contents(data)
    assert [(m.name, m.read()) for m in found.images] == [("b.pgm", pgm(2)), ("a", pgm(1))]
    assert found.note == ""


def test_paths_that_climb_are_only_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = zipped({"../../evil.pgm": pgm(1), "/etc/passwd": pgm(2), "C:\\scans\\left.pgm": pgm(3)})
    assert names(data) == ["evil.pgm", "passwd", "left.pgm"]
    assert list(tmp_path.rglob("*")) == []


def test_two_files_of_one_name_show_their_folders():
    assert names(zipped({"S1/IM1": pgm(1), "S2/IM1": pgm(2), "S2/IM2": pgm(3)})) == ["S1/IM1", "S2/IM1", "IM2"]


def test_names_in_cp437_and_in_utf8_without_the_flag():
    """APPNOTE 6.3.10, D.1: cp437 where bit 11 is not set; the Finder of macOS writes UTF-8 all the same."""
    for stored in ("Müller".encode("cp437"), "Müller".encode()):
        data = zipped({"M_ller" + "x" * (len(stored) - 6): PGM})
        placeholder = b"M_ller" + b"x" * (len(stored) - 6)
        assert names(data.replace(placeholder, stored)) == ["Müller"]


def test_a_disc_with_its_viewer_opens_as_its_views(make_dicom):
    """IHE PDI: DICOMDIR, images without suffix, a viewer, a web page and previews beside them."""
    report = make_dicom(SOPClassUID=uid.MammographyCADSRStorage)
    files = {
        "DICOMDIR": make_dicom(SOPClassUID=uid.MediaStorageDirectoryStorage),
        **{f"DICOM/IM{n}": make_dicom(InstanceNumber=n) for n in range(4)},
        "DICOM/SR1": report,
        "VIEWER.EXE": b"MZ" + bytes(100),
        "VIEWER/CORE.DLL": b"MZ" + bytes(100),
        "INDEX.HTM": b"<!DOCTYPE html><html></html>",
        "IHE_PDI/LOGO.JPG": b"\xff\xd8\xff\xe0" + bytes(100),
        "README.TXT": b"Open INDEX.HTM",
        "AUTORUN.INF": b"[autorun]\r\nopen=VIEWER.EXE",
    }
    found = contents(zipped(files))
    assert [m.name for m in found.images] == ["IM0", "IM1", "IM2", "IM3"]
    assert "7 other files are not opened" in found.note
    assert disc([(name, content) for name, content in files.items() if name != "DICOMDIR"]) is None
    folder = disc(list(files.items()))
    assert ([m.read() for m in folder.images], folder.note) == ([m.read() for m in found.images], found.note)
    for kind in ("Windows program: 2", "text file: 2", "JPEG image: 1", "web page: 1", "DICOM object without an image: 1"):
        assert kind in found.note


def test_images_of_an_archive_without_dicom_are_its_views():
    assert names(zipped({"logo.txt": b"hello", "a.png": b"\x89PNG\r\n\x1a\n" + bytes(9), "b.pgm": PGM})) == ["a.png", "b.pgm"]


def test_images_of_a_document_are_no_views():
    document = zipped({"[Content_Types].xml": b"<?xml?>", "word/media/image1.pgm": PGM})
    found = contents(zipped({"a.pgm": PGM, "letter.docx": document}))
    assert [m.name for m in found.images] == ["a.pgm"]
    assert "document or program: 1" in found.note
    with pytest.raises(ScanError, match="document or program"):
        contents(document)


def test_an_archive_in_an_archive():
    inner = zipped({"x.pgm": pgm(1), "readme.txt": b"hello"})
    found = contents(zipped({"a.pgm": pgm(2), "inner.zip": inner}))
    assert [(m.name, m.read()) for m in found.images] == [("a.pgm", pgm(2)), ("x.pgm", pgm(1))]
    assert "text file: 1" in found.note
    assert "ZIP archive: 1" in contents(zipped({"a.pgm": PGM, "b.zip": zipped({"c.zip": inner})})).note
    torn = contents(zipped({"a.pgm": PGM, "torn.zip": inner[:50]}))
    assert [m.name for m in torn.images] == ["a.pgm", "torn.zip"]  # reading it says what is wrong


@pytest.mark.parametrize(
    ("limit", "value", "words"), [("MAX_ENTRIES", 1, "2 files"), ("MAX_TOTAL", 5, "more than"), ("MAX_RATIO", 0, "hundreds of times")]
)
def test_limits(monkeypatch, limit, value, words):
    data = zipped({"a": b"P5\n" + os.urandom(2**24 + 1), "b": PGM})
    assert len(contents(data).images) == 2
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(ScanError, match=words):
        contents(data)


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: zipped({"inner.zip": d})])
def test_a_bomb_is_refused_before_it_is_unpacked(wrap):
    with pytest.raises(ScanError, match="hundreds of times"):
        contents(wrap(zipped({"a.pgm": b"P5\n" + b"\0" * (2**24 + 1)})))


def test_a_file_larger_than_its_entry_says_is_refused():
    data = bytearray(zipped({"a.pgm": PGM * 100}))
    size = (len(PGM) * 100).to_bytes(4, "little")
    at = data.rindex(size)  # in the directory
    data[at : at + 4] = (20).to_bytes(4, "little")
    (member,) = contents(bytes(data)).images
    with pytest.raises(ScanError, match=r"smaller size|damaged"):
        member.read()


def test_a_damaged_archive_has_its_sentence_and_a_damaged_file_its_own():
    data = zipped({"a.pgm": PGM * 100, "b.pgm": pgm(7)})
    for bad in (data[:60], data[:-30]):
        with pytest.raises(ScanError, match="Pack it again"):
            contents(bad)
    torn = bytearray(data)
    torn[40:44] = b"\xff" * 4
    first, second = contents(bytes(torn)).images
    with pytest.raises(ScanError, match="damaged in the archive"):
        first.read()
    assert second.read() == pgm(7)


def test_a_damaged_file_on_a_disc_is_no_logo(make_dicom):
    data = bytearray(zipped({"IM1": make_dicom(), "IM2": PGM * 300}))
    at = data.index(b"IM2") + 3
    data[at : at + 8] = b"\xff" * 8
    view, damaged = contents(bytes(data)).images
    assert (view.name, damaged.name) == ("IM1", "IM2")
    with pytest.raises(ScanError, match="damaged in the archive"):
        damaged.read()


def test_a_password_and_an_archive_without_images():
    locked = bytearray(zipped({"a.pgm": PGM}))
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1  # the flag of encryption in the directory
    with pytest.raises(ScanError, match=r"password.*Unpack it"):
        contents(bytes(locked))
    with pytest.raises(ScanError, match=r"no image.*text file: 1"):
        contents(zipped({"a.txt": b"hello"}))
    with pytest.raises(ScanError, match="no image"):
        contents(zipped({}))
