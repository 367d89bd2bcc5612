"""Archives are unpacked in memory, within limits, and never onto the disk."""

import io
import os
import zipfile

import pytest

from core.errors import ScanError
from core.scans import archive
from core.scans.archive import looks_like, unpack


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.getvalue()


def test_files_come_in_order_without_their_folders():
    data = zipped(
        **{"exam/b.dcm": b"two", "exam/sub/a.dcm": b"one", "exam/": b"", ".DS_Store": b"x", "__MACOSX/._b": b"x", "DICOMDIR": b"x"}
    )
    assert looks_like(data)
    assert list(unpack(data)) == [("b.dcm", b"two"), ("a.dcm", b"one")]


def test_paths_that_climb_are_only_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert list(unpack(zipped(**{"../../evil.dcm": b"x", "/etc/passwd": b"y"}))) == [("evil.dcm", b"x"), ("passwd", b"y")]
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("limit", "value", "words"), [("MAX_FILES", 1, "2 files"), ("MAX_TOTAL", 5, "more than"), ("MAX_RATIO", 0, "hundreds of times")]
)
def test_limits(monkeypatch, limit, value, words):
    data = zipped(a=os.urandom(2**24 + 1), b=b"123456")
    assert len(list(unpack(data))) == 2
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(ScanError, match=words):
        list(unpack(data))


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(ScanError, match="hundreds of times"):
        list(unpack(zipped(a=b"\0" * (2**24 + 1))))


def test_damage_and_encryption_have_sentences():
    data = zipped(a=b"hello" * 100)
    for bad in (data[:60], data[:-30], data[:40] + b"\xff" * 20 + data[60:]):
        with pytest.raises(ScanError, match="Pack it again"):
            list(unpack(bad))
    locked = bytearray(data)
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1  # the flag of encryption in the directory
    with pytest.raises(ScanError, match="encrypted"):
        list(unpack(bytes(locked)))
