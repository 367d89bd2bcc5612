"""A DICOMweb archive in memory, on a free loopback port, that can be told to go wrong."""

import io
import json
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pydicom import dcmread
from pydicom.dataset import Dataset

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.datasets.phantom.draw import PhantomView
from core.exchange.settings import Archive

BOUNDARY = "a-boundary-of-the-fake-archive"
VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))


def study(exam: int = 2, date: str = "20240105", accession: str = "ACC1", views: tuple[tuple[str, str], ...] = VIEWS) -> list[bytes]:
    """Files of a phantom study; studies of one `exam` with different dates are one patient's."""
    files = [dicom_bytes(_drawn(exam, *view), date=date) for view in views]
    return [changed(f, AccessionNumber=accession) for f in files]


@cache
def _drawn(exam: int, laterality: str, view: str) -> PhantomView:
    return draw(plan_exam(4, exam), laterality, view, "small")


def changed(file: bytes, **values: object) -> bytes:
    """A DICOM file with other values."""
    ds = dcmread(io.BytesIO(file))
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


class FakeArchive:
    """Serves files by QIDO-RS and WADO-RS.

    Attributes
    ----------
    rows : list of (Dataset, bytes)
        Header and file of each instance.
    requests : list of str
        Paths without their queries, in the order of arrival.
    fault : callable
        Called with the request's handler and path before an answer; True where it has answered itself.
    part : callable
        Alters the multipart body of an instance.
    page : int
        Rows of an answer at most; 0 ignores limit and offset.
    """

    def __init__(self, files: list[bytes], tls: ssl.SSLContext | None = None) -> None:
        self.rows: list[tuple[Dataset, bytes]] = []
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.fault: Callable[[BaseHTTPRequestHandler, str], bool] = lambda handler, path: False
        self.part: Callable[[bytes], bytes] = lambda body: body
        self.page = 1000
        self.add(files)
        archive = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                archive._get(self)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' * bool(tls)}://127.0.0.1:{self._server.server_address[1]}/dicom-web"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def add(self, files: list[bytes]) -> None:
        self.rows += [(dcmread(io.BytesIO(f), stop_before_pixels=True), f) for f in files]

    def settings(self, **changes: object) -> Archive:
        return Archive(**{"name": "PACS", "url": self.url, "timeout_s": 30, **changes})

    def fetched(self) -> list[str]:
        """The requests for instances."""
        return [r for r in self.requests if "/instances/" in r]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        path = parts.path.removeprefix("/dicom-web")
        self.requests.append(path)
        self.headers.append(dict(handler.headers))
        try:
            if self.fault(handler, path):
                return
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            self._answer(handler, path.strip("/").split("/"), query)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client hung up

    def _answer(self, handler: BaseHTTPRequestHandler, path: list[str], query: dict[str, str]) -> None:
        if len(path) == 6:
            found = [file for ds, file in self.rows if (ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID) == tuple(path[1::2])]
            body = self.part(multipart(found))
            return send(handler, body, f'multipart/related; type="application/dicom"; boundary={BOUNDARY}', 200 if found else 404)
        datasets = [ds for ds, _ in self.rows if len(path) < 2 or ds.StudyInstanceUID == path[1]]
        if len(path) == 1:
            studies = {(ds.StudyInstanceUID, ds.PatientID): ds for ds in datasets if _matches(ds, query)}
            rows = [_of_study(ds, self.rows) for ds in studies.values()]
        elif len(path) == 3:
            rows = list({ds.SeriesInstanceUID: _row(ds, ("SeriesInstanceUID", "Modality")) for ds in datasets}.values())
        else:
            rows = [ds for ds in datasets if ds.SeriesInstanceUID == path[3]]
        if self.page:
            offset = int(query.get("offset", 0))
            rows = rows[offset : offset + min(self.page, int(query.get("limit", self.page)))]
        if len(path) == 5:
            rows = [_row(ds, ("SOPInstanceUID", "SOPClassUID", "NumberOfFrames")) for ds in rows]
        send(handler, json.dumps(rows).encode(), "application/dicom+json")


def multipart(files: list[bytes]) -> bytes:
    parts = [b"--" + BOUNDARY.encode() + b"\r\nContent-Type: application/dicom\r\n\r\n" + f + b"\r\n" for f in files]
    return b"".join(parts) + b"--" + BOUNDARY.encode() + b"--"


def send(handler: BaseHTTPRequestHandler, body: bytes, kind: str, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def status(code: int, times: int = 10**9, only: str = "") -> Callable[[BaseHTTPRequestHandler, str], bool]:
    """A fault: this status, so many times, for paths that hold `only`."""
    left = [times]

    def fault(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if only not in path or not left[0]:
            return False
        left[0] -= 1
        send(handler, b"", "text/plain", code)
        return True

    return fault


def silent(seconds: float, only: str = "") -> Callable[[BaseHTTPRequestHandler, str], bool]:
    """A fault: no answer for so long."""

    def fault(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if only in path:
            time.sleep(seconds)
        return False

    return fault


def drop(after: int, times: int = 10**9) -> Callable[[BaseHTTPRequestHandler, str], bool]:
    """A fault: the line drops in the middle of an instance, so many times, once `after` instances were sent."""
    count = [0]

    def fault(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if "/instances/" not in path:
            return False
        count[0] += 1
        if not after < count[0] <= after + times:
            return False
        handler.send_response(200)
        handler.send_header("Content-Type", f'multipart/related; type="application/dicom"; boundary={BOUNDARY}')
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(multipart([b"x" * 50_000])[:40_000])
        handler.wfile.flush()
        handler.connection.close()
        return True

    return fault


def _matches(ds: Dataset, query: dict[str, str]) -> bool:
    for keyword in ("PatientID", "AccessionNumber", "StudyInstanceUID"):
        if keyword in query and str(ds.get(keyword, "")) != query[keyword]:
            return False
    if "StudyDate" in query:
        first, _, last = query["StudyDate"].partition("-")
        return (first or "0") <= ds.StudyDate <= (last or "9")
    return True


def _of_study(ds: Dataset, rows: list[tuple[Dataset, bytes]]) -> dict[str, object]:
    names = ("StudyInstanceUID", "PatientID", "PatientName", "AccessionNumber", "StudyDate", "StudyDescription")
    of_study = [other for other, _ in rows if other.StudyInstanceUID == ds.StudyInstanceUID]
    row = _row(ds, names)
    row["00080061"] = {"vr": "CS", "Value": sorted({other.Modality for other in of_study})}
    row["00201208"] = {"vr": "IS", "Value": [len(of_study)]}
    return row


def _row(ds: Dataset, names: tuple[str, ...]) -> dict[str, object]:
    return {
        f"{ds[n].tag:08X}": {"vr": ds[n].VR, "Value": [{"Alphabetic": str(ds[n].value)} if ds[n].VR == "PN" else str(ds[n].value)]}
        for n in names
        if n in ds
    }
