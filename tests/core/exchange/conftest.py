"""Phantom exams with their results, and the programs of Debian that check them."""

import io
import shutil
import subprocess
from datetime import datetime

import numpy as np
import pydicom
import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.exams.assessment import Assessment, Finding
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.source import source_header
from core.inference.evidence import Evidence
from core.inference.predictor import Predictor
from core.scans import read_scan

AT = datetime(2026, 1, 2, 3, 4, 6)
NAME = "Müller^Zoë"  # neither ASCII nor the character set of the source


def program(name):
    """Path of a Debian program; without it the test is skipped and says what to install."""
    found = shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/bin")
    if found is None:
        pytest.skip(f"needs {name}: install dcmtk, dicom3tools, orthanc and orthanc-dicomweb (make hospital-tools)")
    return found


def run(name, *arguments):
    """What a program prints, both streams together."""
    done = subprocess.run([program(name), *map(str, arguments)], capture_output=True, text=True, errors="replace", timeout=120)
    return done.stdout + done.stderr


def source_bytes(side, view, change=lambda ds: None, monochrome1=False):
    """A phantom view as a DICOM file of a patient with a name in Latin-1."""
    ds = pydicom.dcmread(io.BytesIO(dicom_bytes(draw(plan_exam(4, 2), side, view, "small"), monochrome1=monochrome1, date="20250203")))
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName, ds.PatientID, ds.IssuerOfPatientID, ds.AccessionNumber = NAME, "P-0815", "HOSPITAL", "A-4711"
    ds.PatientBirthDate, ds.StudyID, ds.StudyTime, ds.ReferringPhysicianName = "19610524", "77", "101112", "Ärztin^Eva"
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = "1.2.3.4.5", ""
    change(ds)
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


@pytest.fixture(scope="session")
def predictor():
    """The model that knows phantoms."""
    return Predictor.load("phantom-triage")


@pytest.fixture(scope="session")
def scored(predictor):
    """bytes → the view with its AI result."""

    def result(data):
        scan = read_scan(data)
        prediction, maps = predictor.predict_and_explain(scan)
        positive = predictor.card.label_space.positive
        evidence = Evidence.of(maps[positive], prediction, positive, None)
        return ViewResult(scan, source_header(data), "succeeded", prediction.score, prediction.threshold, evidence)

    return result


@pytest.fixture(scope="session")
def sources():
    """The four views of one exam as files."""
    return [source_bytes(side, view) for side, view in (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))]


@pytest.fixture(scope="session")
def results(scored, sources, predictor):
    """Their results, with a read: two positive views, two negative ones."""
    views = tuple(scored(data) for data in sources)
    assert [v.positive for v in views] == [True, False, True, False]
    scan = views[0].scan
    mark = Finding(scan.sha256[:16], scan.label, 120.5, 200.0, 30.0, 40.0, (8.4, 11.2))
    read = Assessment(4, "b", "Mass in the upper outer quadrant, “irregular”.", datetime(2026, 1, 2, 3, 4, 5), False, (mark,))
    return ExamResults(views, predictor.card, AT, (read,))


def turned(ds, turn):
    """Store a data set's image so that `turn` makes it upright again, with Patient Orientation to match."""
    pixels = np.ascontiguousarray(turn.undo(ds.pixel_array))
    across, down = ds.PatientOrientation
    opposite = str.maketrans("APLRHF", "PARLFH")
    across = across.translate(opposite) if turn.columns_reversed else across
    down = down.translate(opposite) if turn.rows_reversed else down
    ds.PatientOrientation = [down, across] if turn.transposed else [across, down]
    ds.Rows, ds.Columns = pixels.shape
    ds.PixelData = pixels.tobytes()
