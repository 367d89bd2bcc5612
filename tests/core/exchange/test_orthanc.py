"""The way in against a real archive: Orthanc with its DICOMweb plugin, filled by storescu."""

import io
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from datetime import date

import pytest
from pydicom import dcmread

pytest.importorskip("dicomweb_client", reason="needs the extra dicom")

from core.exchange import ExchangeError
from core.exchange.dicomweb import DicomWeb
from core.exchange.query import Query
from core.exchange.retrieval import Retrieval
from core.exchange.settings import Archive
from core.files import sha256_bytes
from tests.fake_archive import changed, study

PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture(scope="module")
def files():
    found = [changed(f, PatientID="P1") for date in ("20240105", "20220101") for f in study(date=date, accession=f"A{date}")]
    return [*found, changed(found[0], SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3", SOPInstanceUID="1.2.3.4")]


@pytest.fixture(scope="module")
def orthanc(files, tmp_path_factory):
    """Its settings; a user and a password are needed."""
    program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if not program or not shutil.which("storescu"):
        pytest.skip("needs Orthanc, its DICOMweb plugin and dcmtk: apt-get install orthanc orthanc-dicomweb dcmtk")
    folder = tmp_path_factory.mktemp("orthanc")
    http, dicom = free_ports(2)
    settings = {
        "Name": "Test",
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "Plugins": [PLUGIN],
        "HttpPort": http,
        "DicomPort": dicom,
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {"reader": "secret"},
        "UnknownSopClassAccepted": True,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{http}/system", server, folder / "log")
        paths = []
        for n, data in enumerate(files):
            paths.append(folder / f"{n}.dcm")
            paths[-1].write_bytes(data)
        subprocess.run(["storescu", "-R", "-aec", "ORTHANC", "127.0.0.1", str(dicom), *map(str, paths)], check=True, timeout=120)
        yield Archive(name="Orthanc", url=f"http://127.0.0.1:{http}/dicom-web", header_variable="ORTHANC_HEADER")
    finally:
        server.terminate()
        server.wait(30)


def _wait(url, server, log):
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5)
        except urllib.error.HTTPError as e:
            e.close()
            return  # it asks for a password
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text())


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("ORTHANC_HEADER", "Basic cmVhZGVyOnNlY3JldA==")


def pixels(data):
    """What distinguishes the images; an archive may rewrite the header around them."""
    return sha256_bytes(dcmread(io.BytesIO(data)).PixelData)


def test_a_study_is_found_by_each_field(orthanc):
    with DicomWeb(orthanc) as line:
        assert [s.date for s in line.search(Query(patient_id="P1"))] == ["20240105", "20220101"]
        (one,) = line.search(Query(accession="A20220101"))
        assert line.search(Query(study_uid=one.uid)) == [one]
        assert [s.date for s in line.search(Query(first=date(2023, 1, 1)))] == ["20240105"]
        assert line.search(Query(patient_id="nobody")) == []


def test_a_study_comes_with_its_prior_and_only_the_mammograms(orthanc, files):
    progress = []
    found = list(Retrieval(orthanc, Query(accession="A20240105")).studies(lambda *now: progress.append(now)))
    assert [(len(w.files), w.prior) for w in found] == [(4, False), (4, True)]
    assert {pixels(f) for f in found[0].files} == {pixels(f) for f in files[:4]}
    assert {pixels(f) for f in found[1].files} == {pixels(f) for f in files[4:8]}
    assert "Breast Tomosynthesis Image: 1" in found[0].note
    assert progress[-1][:2] == (4, 4)


def test_a_wrong_password_is_a_sentence(orthanc, monkeypatch):
    monkeypatch.setenv("ORTHANC_HEADER", "Basic d3Jvbmc6d3Jvbmc=")
    with DicomWeb(orthanc) as line, pytest.raises(ExchangeError, match="token or header"):
        line.search(Query(patient_id="P1"))


def test_a_study_that_it_does_not_have_is_a_sentence(orthanc):
    with pytest.raises(ExchangeError, match="no such study"):
        next(Retrieval(orthanc, Query(study_uid="1.2.3.4.5")).studies(lambda *now: None))
