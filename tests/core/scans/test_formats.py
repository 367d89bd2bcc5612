"""Files that are no image read here are named as what they are, with what to do."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from PIL import Image

from core.errors import ScanError
from core.scans import read_scan
from core.scans.formats import named


def image(kind, **options):
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, kind, **options)
    return out.getvalue()


def tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.dcm"))
    return out.getvalue()


def empty_zip():
    out = io.BytesIO()
    zipfile.ZipFile(out, "w").close()
    return out.getvalue()


FILES = {
    "GIF image": image("GIF"),
    "BMP image": image("BMP"),
    "WebP image": image("WEBP"),
    "HEIC image": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "AVIF image": b"\0\0\0\x18ftypavif\0\0\0\0",
    "MP4 or QuickTime video": b"\0\0\0\x18ftypmp42\0\0\0\0",
    "AVI video": b"RIFF\0\0\0\0AVI LIST",
    "Matroska or WebM video": b"\x1aE\xdf\xa3\x01\0\0",
    "PDF document": image("PDF"),
    "7z archive": b"7z\xbc\xaf'\x1c\0\4",
    "RAR archive": b"Rar!\x1a\x07\x01\0",
    "gzip file": gzip.compress(b"x"),
    "bzip2 file": bz2.compress(b"x"),
    "xz file": lzma.compress(b"x"),
    "tar archive": tar(),
    "empty ZIP archive": empty_zip(),
    "JPEG 2000 image": image("JPEG2000"),
    "PBM bitmap": b"P4\n8 1\n\xff",
    "web page": b"\xef\xbb\xbf\n<!DOCTYPE html><html>",
    "XML file": b"<?xml version='1.0'?><ClinicalDocument/>",
    "text file": "Anamnese: unauffällig.\r\n".encode(),
    "text file.": b"BMI: 23. MZ, P2 and II*.",
    "Windows program": b"MZ\x90\0\3",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_with_what_to_do(name):
    with pytest.raises(ScanError, match=name) as caught:
        read_scan(FILES[name])
    assert caught.value.remedy.endswith(".")
    assert "DICOM, PNG, JPEG, TIFF, PGM" not in str(caught.value)


def test_unknown_bytes_have_no_name():
    assert named(b"\x00\x01\x02\x03" * 50) is None
    with pytest.raises(ScanError, match="not a DICOM, PNG, JPEG, TIFF, PGM or PPM file"):
        read_scan(b"\x00\x01\x02\x03" * 50)
