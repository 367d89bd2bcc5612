"""The images of a ZIP archive or a disc, read in memory within limits. Nothing touches the disk, so no path in it can escape."""

import io
import lzma
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

from core.errors import ScanError

MAX_ENTRIES = 20_000
MAX_TOTAL = 2 * 2**30  # bytes after unpacking, images and archives in the archive
MAX_RATIO = 200  # unpacked over packed size of one file; real scans stay far below, bombs do not
MAX_DEPTH = 2  # a ZIP in a ZIP is opened, no further one
HEAD = 4096  # bytes by which a file is known
SMALLER = "Upload the views themselves, or a smaller archive."
_BAD = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
# Names by which an archive is a document (Office, OpenDocument) or a program (Java): the images in it are no views.
_DOCUMENTS = {"[Content_Types].xml", "META-INF/MANIFEST.MF", "META-INF/manifest.xml"}
_PROTECTED = "protected by a password"


@dataclass(frozen=True)
class Member:
    """One image of an archive, by its name without folders (with them, where two have the same name), and how to read its bytes."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Contents:
    """The images of an archive or folder in its order, and how many other files of each kind are ignored."""

    images: tuple[Member, ...]
    passed_over: Counter[str]

    @property
    def note(self) -> str:
        """One sentence on what is ignored; empty where nothing is."""
        n = self.passed_over.total()
        kinds = ", ".join(f"{kind}: {count}" for kind, count in self.passed_over.most_common())
        return f"{n} other file{'s' * (n > 1)} {'are' if n > 1 else 'is'} not opened ({kinds})." if n else ""


Kind = Literal["DICOM", "image", "archive", "damaged", "other"]


@dataclass(frozen=True)
class _File:
    """A file of an archive or folder, with slashes in its path."""

    path: str
    size: int
    head: Callable[[], bytes]
    read: Callable[[], bytes]


def looks_like(data: bytes) -> bool:
    """True for the first bytes of a ZIP archive, an empty or a split one among them."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def contents(data: bytes) -> Contents:
    """The images of an archive, and of archives in it; each is known by its first bytes and unpacked when it is read.

    Hidden files, DICOMDIR and empty files do not count. On a disc of DICOM images (IHE PDI) other images are
    logos and previews, and are ignored like programs, pages and DICOM objects without pixels.

    Raises
    ------
    ScanError
        If the archive is damaged, protected by a password, beyond `MAX_ENTRIES`, `MAX_TOTAL` or `MAX_RATIO`, or holds no image.
    """
    passed: Counter[str] = Counter()
    try:
        found = _views(_walk(data, passed, [MAX_TOTAL], 1), passed)
    except _BAD as e:
        raise ScanError("The archive is damaged, or packed in a way that is not understood.", "Pack it again as a plain ZIP.") from e
    if not found.images and passed[_PROTECTED]:
        raise ScanError("The archive is protected by a password.", "Unpack it with its password, and upload the images.")
    if not found.images:
        raise ScanError(f"The archive holds no image. {found.note}".strip(), "Upload the images themselves.")
    return found


def disc(files: Sequence[tuple[str, bytes]]) -> Contents | None:
    """The images among the (path, bytes) of an opened folder by the same rules, None where none of them is a DICOMDIR."""
    if not any(_base(path).upper() == "DICOMDIR" for path, _ in files):
        return None
    passed: Counter[str] = Counter()
    whole = [_File(path, 0, partial(bytes, data[:HEAD]), partial(bytes, data)) for path, data in files if data]
    return _views(_sift(whole, passed, [MAX_TOTAL], 1), passed)


def _views(found: Iterator[tuple[_File, Kind, str]], passed: Counter[str]) -> Contents:
    known = list(found)
    if passed.pop("DICOMDIR", 0) or any(kind == "DICOM" for _, kind, _ in known):
        passed.update(what for _, kind, what in known if kind == "image")
        known = [k for k in known if k[1] != "image"]
    names = Counter(_base(file.path) for file, _, _ in known)
    images = (Member(file.path if names[_base(file.path)] > 1 else _base(file.path), file.read) for file, _, _ in known)
    return Contents(tuple(images), passed)


def _walk(data: bytes, passed: Counter[str], budget: list[int], depth: int) -> Iterator[tuple[_File, Kind, str]]:
    """The images below one archive; counts the rest in `passed` and takes what will be unpacked from `budget`."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    if not _DOCUMENTS.isdisjoint(archive.namelist()):
        passed["document or program"] += 1
        return
    yield from _sift(_entries(archive, passed), passed, budget, depth)


def _sift(files: Iterable[_File], passed: Counter[str], budget: list[int], depth: int) -> Iterator[tuple[_File, Kind, str]]:
    for file in files:
        if any(part.startswith((".", "__MACOSX")) and part != ".." for part in file.path.split("/")):
            continue
        if _base(file.path).upper() == "DICOMDIR":
            passed["DICOMDIR"] = 1
            continue
        kind, what = _known(file)
        if kind == "other" or (kind == "archive" and depth == MAX_DEPTH):
            passed[what] += 1
            continue
        budget[0] -= file.size
        if budget[0] < 0:
            raise ScanError(f"The archive would unpack to more than {MAX_TOTAL // 2**30} GB.", SMALLER)
        if kind == "archive":
            with suppress(_Damaged):
                yield from _nested(file, passed, budget, depth)
                continue
        yield file, kind, what


class _Damaged(Exception):
    """An archive in an archive that cannot be opened; reading it as an image says what is wrong."""


def _nested(file: _File, passed: Counter[str], budget: list[int], depth: int) -> Iterator[tuple[_File, Kind, str]]:
    try:
        yield from _walk(file.read(), passed, budget, depth + 1)
    except _BAD as e:
        raise _Damaged from e


def _entries(archive: zipfile.ZipFile, passed: Counter[str]) -> Iterator[_File]:
    """The files that can be looked into."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ScanError(f"The archive holds {len(entries)} files; at most {MAX_ENTRIES} are looked through.", SMALLER)
    for entry in entries:
        if entry.is_dir() or not entry.file_size:
            continue
        if entry.flag_bits & 1:
            passed[_PROTECTED] += 1
        elif entry.file_size > MAX_RATIO * max(1, entry.compress_size) and entry.file_size > 2**24:
            raise ScanError("A file of the archive would unpack to hundreds of times its size.", SMALLER)
        else:
            yield _File(_path(entry), entry.file_size, partial(_head, archive, entry), partial(_read, archive, entry))


def _known(file: _File) -> tuple[Kind, str]:
    """What a file is by its first bytes, and its name in the note on what is ignored."""
    from core.scans import formats, part10, raster  # late: pydicom takes a third of a second

    try:
        head = file.head()
    except _BAD:
        return "damaged", "damaged file"  # reading it says so
    if part10.looks_like(head):
        return ("DICOM", "DICOM") if _has_pixels(head) else ("other", "DICOM object without an image")
    if name := raster.format_of(head):
        return "image", f"{name} image"
    what = formats.named(head)
    return "archive" if looks_like(head) else "other", what[0].split(",")[0].removeprefix("a ").removeprefix("an ") if what else "other"


def _head(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as f:
        return f.read(HEAD)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as f:
            content = f.read(entry.file_size + 1)
    except _BAD as e:
        raise ScanError(
            "The file is damaged in the archive, or packed in a way that is not understood.", "Pack it again as a plain ZIP."
        ) from e
    if len(content) != entry.file_size:
        raise ScanError("The archive states a smaller size than the file in it has.", SMALLER)
    return content


def _has_pixels(head: bytes) -> bool:
    """False for the DICOM storage classes that are no image: reports, presentation states, directories."""
    from pydicom.filereader import read_partial
    from pydicom.uid import UID

    with suppress(Exception):  # whatever is wrong with it is said when it is read
        dataset = read_partial(io.BytesIO(head), stop_when=lambda tag, *_: tag > 0x00080016, force=True)
        storage = UID(str(dataset.SOPClassUID))
        return storage.name == str(storage) or "Image" in storage.name
    return True


def _path(entry: zipfile.ZipInfo) -> str:
    """Folders and name with slashes. Names without the flag for UTF-8 are cp437 by the standard; macOS writes UTF-8 without it."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/"))


def _base(path: str) -> str:
    return path.rsplit("/", 1)[-1]
