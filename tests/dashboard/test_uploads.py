"""What archives and groups of files become on the worklist."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.scans import read_scan
from dashboard.phrases import session as session_text
from dashboard.session.worklist import MAX_CASES


def script(files):
    from dashboard.session import uploads, worklist

    worklist.start()
    uploads.add(files)


def added(*files):
    """The session after an upload of (name, bytes)."""
    app = AppTest.from_function(script, args=(list(files),), default_timeout=60).run()
    assert not app.exception
    return app.session_state["worklist"]


def png16(values):
    out = io.BytesIO()
    Image.fromarray(values.astype(np.uint16)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def ramp():
    """(200, 150), 0 to 1."""
    return np.linspace(0, 1, 200 * 150).reshape(200, 150)


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, content in files:
            z.writestr(name, content)
    return out.getvalue()


def test_sixty_images_in_an_archive_open_up_to_the_limit_and_the_rest_is_one_line(ramp):
    session = added(("exams.zip", zipped((f"{n}.png", png16(60000 * ramp - n)) for n in range(60))))
    assert len(session.cases) == MAX_CASES
    assert (session.problems, session.attempted) == ([(f"{n}.png", session_text.max_open(MAX_CASES)) for n in range(MAX_CASES, 60)], 60)


def test_what_an_archive_passes_over_is_one_line_and_no_failure(ramp):
    session = added(("exam.zip", zipped([("a.png", png16(60000 * ramp)), ("readme.txt", b"hello"), ("run.exe", b"MZ\x90\0")])))
    assert (len(session.cases), session.problems) == (1, [])
    assert session.notices == [("exam.zip", "2 other files are not opened (text file: 1, Windows program: 1).")]


def test_the_folder_of_a_disc_opens_without_a_failure(ramp):
    view = dicom_bytes(draw(plan_exam(3, 2), "L", "CC", "small"))
    session = added(("CD/DICOMDIR", b"x"), ("CD/DICOM/IM1", view), ("CD/LOGO.PNG", png16(60000 * ramp)), ("CD/RUN.EXE", b"MZ\x90\0"))
    assert ([c.scan.source_format for c in session.cases.values()], session.problems) == (["DICOM"], [])
    assert session.notices == [("Disc", "2 other files are not opened (Windows program: 1, PNG image: 1).")]


def test_a_file_twice_opens_once(ramp):
    session = added(("a.png", png16(60000 * ramp)), ("b.png", png16(60000 * ramp)))
    assert len(session.cases) == 1
    assert session.notices == [("b.png", session_text.SAME_FILE)]


def test_a_dim_view_is_shown_on_the_range_of_its_upload(ramp):
    """14 bits: alone, the view that ends at 4000 would be taken for one of 12 bits and shown four times as bright."""
    for files in ((16000, 4000), (4000, 16000)):
        session = added(*((f"{top}.png", png16(top * ramp)) for top in files))
        tops = sorted(float(case.scan.display().max()) for case in session.cases.values())
        np.testing.assert_allclose(tops, [4000 / 16383, 16000 / 16383], atol=1e-4)
        dim = min(session.cases.values(), key=lambda c: c.scan.display().max())
        assert "By the other images opened with this one" in dim.scan.assumptions[0]
        assert not any("12 bits" in a for a in dim.scan.assumptions)
    alone = added(("dim.png", png16(4000 * ramp)))
    (case,) = alone.cases.values()
    assert case.key == dim.key
    assert case.scan.display_key != dim.scan.display_key  # or a cached score of one would be shown for the other
    assert float(case.scan.display().max()) == pytest.approx(4000 / 4095)


def test_an_image_of_another_size_or_source_decides_no_range(ramp):
    session = added(("a.png", png16(4000 * ramp)), ("b.png", png16(16000 * ramp[100:])), ("c.png", png16(65535 * ramp)))
    brightest = sorted(float(case.scan.display().max()) for case in session.cases.values())
    np.testing.assert_allclose(brightest, [16000 / 16383, 4000 / 4095, 1], atol=1e-4)


def four_views(number):
    """The files of a phantom exam."""
    places = [(side, view) for view in ("CC", "MLO") for side in "RL"]
    return [(f"{number}{s}{v}.dcm", dicom_bytes(draw(plan_exam(4, number), s, v, "small"))) for s, v in places]


def stepping(files, by):
    """Steps of ("view" or "exam", by), with the label of the open view, its exam's place and whether the step led anywhere after each."""
    import streamlit as st

    from dashboard.session import uploads, worklist

    worklist.start()
    uploads.add(files)
    found = []
    for what, n in by:
        moved = worklist.step_view(n) if what == "view" else worklist.step_exam(n)
        found.append((worklist.selected().scan.label, worklist.current_exam().place, moved))
    st.session_state["found"] = found


def test_steps_through_the_views_of_an_exam_and_through_the_exams():
    steps = [("view", 1), ("view", 1), ("exam", 1), ("view", -1), ("exam", 1), ("exam", -1), ("exam", 1)]
    app = AppTest.from_function(stepping, args=([*four_views(2), *four_views(3)], steps), default_timeout=60).run()
    assert not app.exception
    assert app.session_state["found"] == [
        ("L CC", "1 of 2", None),  # equality of scans compares pixels, and once failed on every view but the first
        ("R MLO", "1 of 2", None),
        ("R CC", "2 of 2", True),
        ("L MLO", "2 of 2", None),
        ("L MLO", "2 of 2", False),
        ("R MLO", "1 of 2", True),  # where it was left
        ("L MLO", "2 of 2", True),
    ]


def test_scans_are_equal_by_identity():
    scan = read_scan(dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small")), "a.dcm")
    assert scan == scan
    assert scan != replace(scan)
