"""What a file is that holds no mammogram this product reads: its name by its first bytes, and what to do."""

import codecs

_EXPORT = "Export the view as DICOM, 16-bit PNG or TIFF."
_UNPACK = "Unpack it and upload the images, or pack them as a ZIP."
_FRAME = "Upload the views as DICOM; a video holds too few grey levels."
# (offset, bytes, what it is, what to do), the first that matches counts.
_SIGNATURES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"GIF8", "a GIF image", "GIF holds 256 colours at most. " + _EXPORT),
    (0, b"BM", "a BMP image", _EXPORT),
    (8, b"WEBP", "a WebP image", _EXPORT),
    (8, b"AVI ", "an AVI video", _FRAME),
    (8, b"WAVE", "a sound file", _EXPORT),
    (4, b"ftyphei", "a HEIC image, as phones take them", "A photo of a monitor is no mammogram. " + _EXPORT),
    (4, b"ftyphev", "a HEIC image, as phones take them", "A photo of a monitor is no mammogram. " + _EXPORT),
    (4, b"ftypmif1", "a HEIC image, as phones take them", "A photo of a monitor is no mammogram. " + _EXPORT),
    (4, b"ftypmsf1", "a HEIC image, as phones take them", "A photo of a monitor is no mammogram. " + _EXPORT),
    (4, b"ftypavi", "an AVIF image", _EXPORT),
    (4, b"ftypcrx", "a camera's raw image", _EXPORT),
    (4, b"ftyp", "an MP4 or QuickTime video", _FRAME),
    (4, b"moov", "a QuickTime video", _FRAME),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM video", _FRAME),
    (0, b"\0\0\1\xba", "an MPEG video", _FRAME),
    (0, b"\0\0\1\xb3", "an MPEG video", _FRAME),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a Windows Media video", _FRAME),
    (0, b"%PDF", "a PDF document", "A PDF holds images for print. " + _EXPORT),
    (0, b"7z\xbc\xaf'\x1c", "a 7z archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"\x1f\x8b", "a gzip file", "Unpack it (gunzip) and upload what it holds."),
    (0, b"BZh", "a bzip2 file", "Unpack it (bunzip2) and upload what it holds."),
    (0, b"\xfd7zXZ\0", "an xz file", "Unpack it (unxz) and upload what it holds."),
    (0, b"(\xb5/\xfd", "a Zstandard file", "Unpack it (unzstd) and upload what it holds."),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"PK\3\4", "a ZIP archive", "Upload it on the Read page, or unpack it first."),
    (0, b"PK\5\6", "an empty ZIP archive", "Pack the images again."),
    (0, b"PK\7\x08", "a part of a ZIP archive", "Join its parts and unpack them first."),
    (32769, b"CD001", "an image of a disc (ISO)", "Open the disc and upload its images, or its folder."),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 image outside DICOM", _EXPORT),
    (0, b"\xffO\xffQ", "a JPEG 2000 codestream outside DICOM", _EXPORT),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL image", _EXPORT),
    (0, b"\xff\n", "a JPEG XL image", _EXPORT),
    (0, b"8BPS", "a Photoshop document", _EXPORT),
    (0, b"v/1\1", "an OpenEXR image", _EXPORT),
    (0, b"\0\0\1\0", "an icon", _EXPORT),
    (0, b"P1\n", "a PBM bitmap, which knows black and white only", _EXPORT),
    (0, b"P4\n", "a PBM bitmap, which knows black and white only", _EXPORT),
    (0, b"P7\n", "a PAM image", "Convert it to PGM (pamtopnm). " + _EXPORT),
    (0, b"Pf\n", "a PFM image", _EXPORT),
    (0, b"PF\n", "a PFM image", _EXPORT),
    (344, b"n+1\0", "a NIfTI volume", "Export single views as DICOM, PNG or TIFF."),
    (0, b"NRRD", "an NRRD volume", "Export single views as DICOM, PNG or TIFF."),
    (0, b"\x93NUMPY", "a NumPy array", "Save it as 16-bit PNG or TIFF."),
    (0, b"\x89HDF\r\n", "an HDF5 file", "Save its images as 16-bit PNG or TIFF."),
    (0, b"\xd0\xcf\x11\xe0", "an Office document", _EXPORT),
    (0, b"{\\rtf", "a text document", _EXPORT),
    (0, b"MZ", "a Windows program", "Upload the images themselves."),
    (0, b"\x7fELF", "a program", "Upload the images themselves."),
    (0, b"\xcf\xfa\xed\xfe", "a program", "Upload the images themselves."),
    (0, b"\xca\xfe\xba\xbe", "a program", "Upload the images themselves."),
    (0, b"SQLite format 3", "a database", "Upload the images themselves."),
)
_MARKUP = ((b"<svg", "an SVG drawing"), (b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML file"))


def named(data: bytes) -> tuple[str, str] | None:
    """(what the file is, with its article, and what to do), or None where its first bytes say nothing."""
    text = data[:4096].startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or all(b in b"\t\n\f\r" or b > 31 for b in data[:4096])
    for at, magic, what, remedy in _SIGNATURES:
        if data[at : at + len(magic)] == magic and not (text and len(magic) == 2):  # a text may begin with BM or MZ
            return what, remedy
    start = data[:1024].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for magic, what in _MARKUP:
        if start.startswith(magic):
            return what, "Upload the images themselves."
    return ("a text file", "Upload the images themselves.") if text else None
