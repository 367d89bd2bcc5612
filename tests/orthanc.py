"""A real Orthanc with its DICOMweb plugin on free loopback ports, for the tests that exchange with an archive."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests

from core.exchange.settings import Archive, Node

PACKAGES = "dcmtk, dicom3tools, orthanc and orthanc-dicomweb (make hospital-tools)"
_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Orthanc:
    """A server in a folder of its own; `start` again after `stop` finds what was stored."""

    def __init__(self, folder: Path) -> None:
        self.program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin")
        if self.program is None or not _PLUGIN.exists():
            pytest.skip(f"needs Orthanc with its DICOMweb plugin: install {PACKAGES}")
        self.folder, self.http, self.dicom = folder, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "Name": "TEST",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "Plugins": [str(_PLUGIN)],
            "HttpPort": self.http,
            "DicomPort": self.dicom,
            "DicomAet": "ORTHANC",
            "DicomCheckCalledAet": True,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {"reader": "secret"},
            "StableAge": 1,
            "DicomWeb": {"Enable": True},
        }
        (folder / "orthanc.json").write_text(json.dumps(settings))
        self.session = requests.Session()
        self.session.auth = ("reader", "secret")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Orthanc":
        """Start it and wait until it answers."""
        log = open(self.folder / "log", "ab")  # noqa: SIM115, the process writes to it
        self.process = subprocess.Popen([str(self.program), str(self.folder / "orthanc.json")], stdout=log, stderr=log)
        log.close()
        for _ in range(300):
            try:
                if self.session.get(f"{self.url}/system", timeout=2).ok:
                    return self
            except requests.ConnectionError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """Stop it; what it has stored stays."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def archive(self, **changes: object) -> Archive:
        """Its settings as a DICOMweb archive; the environment variable ORTHANC_AUTH must hold `authorization`."""
        return Archive.model_validate(
            {"name": "Orthanc", "url": f"{self.url}/dicom-web", "header_variable": "ORTHANC_AUTH", "timeout_s": 20} | changes
        )

    def node(self) -> Node:
        """Its settings as a C-STORE node."""
        return Node(name="Orthanc node", ae_title="ORTHANC", host="127.0.0.1", port=self.dicom)

    authorization = "Basic cmVhZGVyOnNlY3JldA=="

    def upload(self, data: bytes) -> None:
        """Put a file into it."""
        self.session.post(f"{self.url}/instances", data=data, timeout=20).raise_for_status()

    def files(self) -> dict[str, bytes]:
        """All instances as stored, by SOP Instance UID."""
        found = {}
        for name in self.session.get(f"{self.url}/instances", timeout=20).json():
            uid = self.session.get(f"{self.url}/instances/{name}", timeout=20).json()["MainDicomTags"]["SOPInstanceUID"]
            found[uid] = self.session.get(f"{self.url}/instances/{name}/file", timeout=20).content
        return found

    def empty(self) -> None:
        """Delete everything."""
        for name in self.session.get(f"{self.url}/patients", timeout=20).json():
            self.session.delete(f"{self.url}/patients/{name}", timeout=20).raise_for_status()
