"""Stored pixel values of a DICOM file, decoded where a hostile file can do no harm.

Decoders believe the codestream, not the header: a file of 870 bytes can ask for gigabytes. So the size in
the codestream is compared with Rows × Columns first, and compressed files are decoded in a worker process
with bounded memory and time. The worker is kept: starting one costs about as much as decoding.
"""

import atexit
import contextlib
import io
import pickle
import struct
import subprocess
import sys
import threading

import numpy as np
import pydicom
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame

from core.errors import ScanError

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
NATIVE = {uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian}
_NOT_SIZE = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC lie among the SOF markers (ITU-T T.81, table B.1)


def stored_values(ds: Dataset, data: bytes) -> np.ndarray:
    """Stored values (H, W) of a single-frame grey dataset that was read from `data`.

    Raises
    ------
    ScanError
        If the syntax is not known, the codestream contradicts the header or is cut off, or decoding
        takes too much memory or time.
    """
    syntax = ds.file_meta.TransferSyntaxUID
    if syntax in NATIVE:
        return ds.pixel_array
    if syntax not in PLUGINS:
        raise ScanError(f"The compression {syntax.name!r} is not supported.", "Export the view uncompressed or as JPEG 2000.")
    frame = get_frame(ds.PixelData, 0, number_of_frames=1)
    _check_codestream(frame, syntax, int(ds.Rows), int(ds.Columns))
    return _WORKER.decode(data, PLUGINS[syntax])


def _check_codestream(frame: bytes, syntax: uid.UID, rows: int, columns: int) -> None:
    if syntax == uid.RLELossless:
        return  # has no size of its own; the decoder takes the header's
    found = _jpeg2000_size(frame) if frame[:4] == b"\xff\x4f\xff\x51" else _jpeg_size(frame)
    if found is None:
        raise ScanError("The compressed picture in the file is damaged.", "Export it again from the source system.")
    if found != (rows, columns):
        raise ScanError(
            f"The header says {rows} × {columns} pixels, the compressed picture {found[0]} × {found[1]}.",
            "Export it again from the source system.",
        )
    if b"\xff\xd9" not in frame[-16:]:
        # Some decoders fill the missing part of a cut-off picture with rubbish and report no error.
        raise ScanError("The compressed picture in the file is cut off.", "Copy it again from its source.")


def _jpeg2000_size(frame: bytes) -> tuple[int, int] | None:
    """Rows and columns in the SIZ segment (ISO/IEC 15444-1, A.5.1)."""
    if len(frame) < 24:
        return None
    x1, y1, x0, y0 = struct.unpack(">4I", frame[8:24])
    return y1 - y0, x1 - x0


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    """Rows and columns in the SOF segment (ITU-T T.81, B.2.2; JPEG-LS has SOF55)."""
    at = 2
    while at + 9 < len(frame):
        if frame[at] != 0xFF:
            return None
        marker = frame[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in _NOT_SIZE):
            return struct.unpack(">2H", frame[at + 5 : at + 9])
        at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return None


class _Worker:
    """A child process that decodes one file after another; killed and replaced when it hangs or dies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        atexit.register(self.stop)

    def decode(self, data: bytes, plugin: str) -> np.ndarray:
        with self._lock:
            process = self._running()
            timer = threading.Timer(SECONDS, process.kill)
            timer.start()
            try:
                _send(process.stdin, (data, plugin))
                answer = _receive(process.stdout)
            except (OSError, EOFError, pickle.UnpicklingError) as e:
                self.stop()
                raise ScanError("Decoding the compressed picture took too much memory or time.", "Export the view uncompressed.") from e
            finally:
                timer.cancel()
        if isinstance(answer, str):
            raise ScanError("The compressed picture in the file cannot be decoded.", "Export it again, uncompressed or as JPEG 2000.")
        return answer

    def _running(self) -> subprocess.Popen:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.scans.decoders"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()
            self._process = None


_WORKER = _Worker()


def _send(pipe: io.BufferedIOBase, value: object) -> None:
    data = pickle.dumps(value, protocol=5)
    pipe.write(struct.pack(">Q", len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: io.BufferedIOBase) -> object:
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    return pickle.loads(pipe.read(struct.unpack(">Q", head)[0]))  # both ends are this module


def _serve() -> None:
    """The worker's loop: (file bytes, plug-in) in, array or the name of an error out."""
    import imagecodecs
    from pydicom.pixels import pixel_array

    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY, WORKER_MEMORY))
    results = sys.stdout.buffer
    sys.stdout = sys.stderr  # decoders print; only answers may go through the pipe
    while True:
        try:
            data, plugin = _receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            ds = pydicom.dcmread(io.BytesIO(data))
            if plugin == "imagecodecs":  # no plug-in of pydicom
                values = imagecodecs.jpeg_decode(get_frame(ds.PixelData, 0, number_of_frames=1))
            else:
                values = pixel_array(ds, decoding_plugin=plugin)
            _send(results, np.ascontiguousarray(values))
        except Exception as e:
            _send(results, type(e).__name__)


if __name__ == "__main__":
    _serve()
