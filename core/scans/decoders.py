"""Stored pixel values of a DICOM file, decoded where a hostile file can do no harm.

Decoders believe the codestream, not the header: a file of 870 bytes can ask for gigabytes. So the size in
the codestream is compared with Rows × Columns first, and compressed files are decoded in a worker process
with bounded memory and time. The worker is kept: starting one costs about as much as decoding.
"""

import atexit
import contextlib
import os
import pickle
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import DecodeOptions, get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEGLSTransferSyntaxes

from core.errors import ScanError
from core.scans import codestream
from core.scans.part10 import NATIVE, frame

MAX_PIXELS = 100_000_000
SECONDS = 60.0
WORKER_MEMORY = 6 * 2**30  # bytes of address space; the largest legitimate view needs about a tenth

# One plug-in a syntax, by name: pydicom's default order takes what happens to be installed.
PLUGINS: dict[uid.UID, str] = {
    uid.RLELossless: "pylibjpeg",
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "imagecodecs",  # gdcm and Pillow read 8 bits of it only
    uid.JPEGLossless: "gdcm",
    uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pylibjpeg",
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2KLosslessRPCL: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
}
_Task = tuple[bytes, str, str, DecodeOptions]  # bitstream, transfer syntax, plug-in, options of pydicom's decoder
_Answer = np.ndarray | str  # the values, or the name of an error


def stored_values(ds: Dataset, syntax: uid.UID, assumed: list[str]) -> np.ndarray:
    """Stored values of a single-frame data set: (H, W), or RGB (H, W, 3) where Samples per Pixel is 3; `assumed` takes what was assumed.

    Only Bits Stored bits count, whatever lies in the others (PS3.5 8.1.1); signed values are extended over them.

    Raises
    ------
    ScanError
        If the syntax is not known, the codestream contradicts the header or is cut off, or decoding
        takes too much memory or time.
    """
    colour = int(ds.SamplesPerPixel) > 1
    if syntax in NATIVE:
        if colour:
            _check_length(ds)
            return pixel_array(ds)
        return _meant(_native(ds, syntax), ds, int(ds.BitsAllocated), None)
    if syntax not in PLUGINS:
        name = "is private or unknown" if syntax.name == str(syntax) else f"({syntax.name}) is not supported"
        raise ScanError(f"The transfer syntax {syntax} {name}.", "Export the view uncompressed or as JPEG 2000.")
    bitstream = frame(ds.PixelData)
    if bitstream[4:8] == b"jP  ":  # a JP2 file instead of its codestream (PS3.5 A.4.4 forbids it)
        bitstream = bitstream[max(0, bitstream.find(codestream.JPEG2000)) :]
    bitstream, precision, signed = _check_codestream(bitstream, syntax, ds, assumed)
    values = _WORKER.decode((bitstream, str(syntax), PLUGINS[syntax], _options(ds, colour)))
    return values if colour else _meant(values, ds, precision, signed)


def _native(ds: Dataset, syntax: uid.UID) -> np.ndarray:
    """The cells of uncompressed grey pixel data as unsigned numbers, (H, W), read-only."""
    _check_length(ds)
    rows, columns, size = int(ds.Rows), int(ds.Columns), int(ds.BitsAllocated) // 8
    data: bytes = ds.PixelData
    big = syntax == uid.ExplicitVRBigEndian
    if big and size == 1 and ds["PixelData"].VR == "OW":  # words of two pixels, swapped (PS3.5 8.2)
        data = np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
    return np.frombuffer(data, f"{'>' if big else '<'}u{size}", rows * columns).reshape(rows, columns)


def _check_length(ds: Dataset) -> None:
    samples = 2 if ds.PhotometricInterpretation == "YBR_FULL_422" else int(ds.SamplesPerPixel)
    needed, found = int(ds.Rows) * int(ds.Columns) * samples * (int(ds.BitsAllocated) // 8), len(ds.PixelData)
    if found < needed:
        raise ScanError(f"The pixel data are cut off: {found} of {needed} bytes.", "Copy the file again from its source.")


def _meant(cells: np.ndarray, ds: Dataset, precision: int, signed: bool | None) -> np.ndarray:
    """Cells without the bits that are not stored, and with their sign.

    High Bit should be Bits Stored - 1. Where cells really reach a higher one, the samples stand further up and are shifted down.
    `signed` is what the codestream says of itself, None where it says nothing.
    """
    stored, high = int(ds.BitsStored), int(ds.HighBit)
    cells = cells.view(f"{cells.dtype.byteorder}u{cells.dtype.itemsize}".replace("|", ""))
    width = cells.dtype.itemsize * 8
    if high >= stored and precision > high:
        cells = cells >> (high + 1 - stored)
    if int(ds.PixelRepresentation) == 0:
        if stored < min(width, precision) or signed:
            cells = cells & cells.dtype.type(2**stored - 1)
        return cells.astype(cells.dtype.newbyteorder("="), copy=False)
    bits = stored if signed is None else min(stored, precision)
    values = cells.astype(f"i{cells.dtype.itemsize}")
    if bits < width:
        values <<= width - bits
        values >>= width - bits
    return values


def _options(ds: Dataset, colour: bool) -> DecodeOptions:
    """Options of pydicom's decoder: whole unsigned cells for grey images, so that bits and signs are settled in one place."""
    allocated = int(ds.BitsAllocated)
    return {
        "rows": int(ds.Rows),
        "columns": int(ds.Columns),
        "number_of_frames": 1,
        "samples_per_pixel": int(ds.SamplesPerPixel),
        "bits_allocated": allocated,
        "bits_stored": int(ds.BitsStored) if colour else allocated,
        "pixel_representation": 0,
        "photometric_interpretation": str(ds.PhotometricInterpretation) if colour else "MONOCHROME2",
        "planar_configuration": int(ds.get("PlanarConfiguration", 0) or 0),
        "pixel_keyword": "PixelData",
    }


def _check_codestream(stream: bytes, syntax: uid.UID, ds: Dataset, assumed: list[str]) -> tuple[bytes, int, bool | None]:
    """The codestream without what lies behind it, its bits a sample, and whether it calls them signed (None where it cannot say)."""
    if syntax == uid.RLELossless:
        return stream, int(ds.BitsAllocated), None  # has no size of its own; the decoder takes the header's
    rows, columns = int(ds.Rows), int(ds.Columns)
    found = codestream.size(stream)
    if found[:2] != (rows, columns):
        raise ScanError(
            f"The header says {rows} × {columns} pixels, the compressed image {found.rows} × {found.columns}.",
            "Export it again from the source system.",
        )
    jpeg2000 = stream[:4] == codestream.JPEG2000
    signed = bool(stream[42] & 0x80) if jpeg2000 else False if syntax in JPEGLSTransferSyntaxes else None
    return codestream.whole(stream, assumed), found.bits, signed


class _Worker:
    """A child process that decodes one file after another; killed and replaced when it hangs or dies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)

    def decode(self, task: _Task) -> np.ndarray:
        """Values of the bitstream in `task`, as the header in its options shapes them; ScanError where that fails."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None  # both are pipes
            assert process.stdout is not None
            timer = threading.Timer(SECONDS, process.kill)
            timer.start()
            try:
                _send(process.stdin, task)
                answer: _Answer = pickle.loads(_receive(process.stdout))  # both ends are this module
            except (OSError, EOFError, pickle.UnpicklingError) as e:
                self.stop()
                raise ScanError("Decoding the compressed image took too much memory or time.", "Export the view uncompressed.") from e
            finally:
                timer.cancel()
        if isinstance(answer, str):
            raise ScanError("The compressed image in the file cannot be decoded.", "Export it again, uncompressed or as JPEG 2000.")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            root = str(Path(__file__).resolve().parents[2])  # a parent may know the package by sys.path alone
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.scans.decoders"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(x for x in (root, os.environ.get("PYTHONPATH")) if x)},
            )
        return self._process

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._process = None


_WORKER = _Worker()


def _send(pipe: IO[bytes], value: _Task | _Answer) -> None:
    data = pickle.dumps(value, protocol=5)
    pipe.write(struct.pack(">Q", len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    return pipe.read(struct.unpack(">Q", head)[0])


def _serve() -> None:
    """The worker's loop: a task in, array or the name of an error out."""
    import imagecodecs
    from pydicom.encaps import encapsulate

    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such module, macOS and a lower limit of the host refuse
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY, WORKER_MEMORY))
    results = sys.stdout.buffer
    sys.stdout = sys.stderr  # decoders print; only answers may go through the pipe
    while True:
        try:
            task: _Task = pickle.loads(_receive(sys.stdin.buffer))
        except EOFError:
            return
        bitstream, syntax, plugin, options = task
        try:
            if plugin == "imagecodecs":  # no plug-in of pydicom
                values = imagecodecs.jpeg_decode(bitstream)
            else:
                decoder = get_decoder(uid.UID(syntax))
                # pydicom annotates each keyword as if it were all options
                values, _ = decoder.as_array(encapsulate([bitstream]), decoding_plugin=plugin, **options)  # type: ignore[arg-type]
            _send(results, np.ascontiguousarray(values))
        except Exception as e:
            _send(results, type(e).__name__)


if __name__ == "__main__":
    _serve()
