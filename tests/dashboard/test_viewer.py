"""What the viewer is told, what it may fetch, and that its script is shipped whole."""

import asyncio
import io
import json
from collections import OrderedDict
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from core.datasets.phantom import dicom_bytes, draw, plan_exam, sample_exam
from core.imaging.breast import breast_mask
from core.imaging.input import InputSpec
from core.inference.evidence import Evidence
from core.inference.saliency import GRAD_CAM, Saliency
from core.scans import read_scan
from core.scans.windows import LookupWindow, Window
from dashboard.cache import pixels
from dashboard.filters.row import FULL, own_range, spacing
from dashboard.images.outline import outlines
from dashboard.images.render import shrink
from dashboard.phrases import viewer as text
from dashboard.session import records, worklist, workspace
from dashboard.viewer import bundle, component
from dashboard.viewer.study import describe, heat_bytes, preset, scan_bytes


class Browser:
    """Asks an ASGI app and keeps its cookies."""

    def __init__(self, app):
        self.app, self.cookies = app, {}

    def get(self, path, headers=()):
        """Status, headers and body of an answer."""
        path, _, query = path.partition("?")
        sent = [(k.encode(), v.encode()) for k, v in dict(headers).items()]
        sent += [(b"cookie", f"{k}={v}".encode()) for k, v in self.cookies.items()]
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": sent}
        answers = []

        async def receive():
            return {"type": "http.request"}

        async def send(message):
            answers.append(message)

        asyncio.run(self.app(scope | {"scheme": "http", "server": ("x", 80), "root_path": ""}, receive, send))
        told = {k.decode(): v.decode() for k, v in answers[0]["headers"]}
        if "set-cookie" in told:
            name, _, value = told["set-cookie"].partition(";")[0].partition("=")
            self.cookies[name] = value
        return SimpleNamespace(status_code=answers[0]["status"], headers=told, content=b"".join(m.get("body", b"") for m in answers[1:]))


@pytest.fixture
def client():
    """A browser at a server with the viewer's two routes."""
    routes = [Route("/", lambda r: bundle.Response("page")), Route("/pixels/{token}", pixels.serve), Route("/viewer/{name}", bundle.serve)]
    return Browser(Starlette(routes=routes, middleware=[Middleware(pixels.BrowserCookie)]))


@pytest.fixture(scope="module")
def scan():
    """A small phantom view."""
    return read_scan(dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small")), "a.dcm")


def saliency(scan, label="malignant", strength=1.0):
    _, geometry = InputSpec(size=(64, 48)).grid(scan)
    raw = np.zeros((8, 6), np.float32)
    raw[2, 1] = strength
    return Saliency(scan.sha256, "c", label, "Grad-CAM", "layer4", raw, 8.0, 0.0, geometry)


def opened(client):
    client.get("/", headers={"accept": "text/html"})
    return client.cookies[pixels.COOKIE]


def test_an_address_answers_to_its_browser_until_its_case_is_closed(client):
    ledger, browser = pixels.Ledger(), opened(client)
    address = ledger.address(browser, "case", "mammogram", "", lambda: b"pixels")
    assert address == ledger.address(browser, "case", "mammogram", "", lambda: b"others")
    assert len(address) > 40
    answer = client.get(f"/{address}", headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, b"pixels")
    assert answer.headers["cache-control"] == "no-store"
    foreign = Browser(client.app)
    assert foreign.get(f"/{address}").status_code == 404
    opened(foreign)
    assert foreign.get(f"/{address}").status_code == 404
    assert client.get("/pixels/x").status_code == 404
    heat = ledger.address(browser, "case", "heat", "a", lambda: b"heat")
    ledger.close("case", "heat")
    assert client.get(f"/{heat}").status_code == 404
    assert client.get(f"/{address}").status_code == 200
    ledger.close("case")
    assert client.get(f"/{address}").status_code == 404


def test_an_ended_session_serves_nothing_more(client):
    ledger, browser = pixels.Ledger(), opened(client)
    before = ledger.address(browser, "case", "mammogram", "", lambda: b"pixels")
    ledger.end()
    after = ledger.address(browser, "case", "mammogram", "", lambda: b"pixels")
    assert [client.get(f"/{a}").status_code for a in (before, after)] == [404, 404]


def test_the_ledger_is_bounded(client, monkeypatch):
    monkeypatch.setattr(pixels, "MAX_ENTRIES", 3)
    before, ledger, browser = len(pixels._entries), pixels.Ledger(), opened(client)
    found = [ledger.address(browser, str(n), "mammogram", "", lambda: b"x") for n in range(5)]
    assert [client.get(f"/{a}").status_code for a in found] == [404, 404, 200, 200, 200]
    ledger.close()
    assert len(pixels._entries) == before


def test_the_cookie_cannot_be_read_by_scripts_and_is_set_once(client):
    first = client.get("/", headers={"accept": "text/html"}).headers["set-cookie"]
    assert "HttpOnly" in first
    assert "SameSite=Strict" in first
    assert "set-cookie" not in client.get("/", headers={"accept": "text/html"}).headers
    assert "set-cookie" not in Browser(client.app).get("/").headers


def test_the_script_is_shipped_and_nothing_beside_it_is_served(client):
    answer = client.get(f"/{bundle.address()}")
    assert answer.status_code == 200
    assert answer.content == (bundle.BUILD / bundle.SCRIPT).read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    for name in ("LICENCES.txt", "..%2Fbundle.py", "x"):
        assert client.get(f"/viewer/{name}").status_code == 404
    assert {p.name for p in bundle.BUILD.iterdir()} == {"viewer.js", "LICENCES.txt"}
    notice = (bundle.BUILD / "LICENCES.txt").read_text("utf-8")
    assert "@cornerstonejs/core 5.14.0, MIT" in notice
    assert "GPL" not in notice


def test_the_lock_file_pins_and_names_no_other_registry():
    folder = bundle.BUILD.parent / "frontend"
    lock = json.loads((folder / "package-lock.json").read_text())
    for told in lock["packages"].values():
        assert told.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/")
    wanted = json.loads((folder / "package.json").read_text())
    for version in (wanted["dependencies"] | wanted["devDependencies"]).values():
        assert version[0].isdigit()


@pytest.mark.parametrize(
    "window",
    [
        Window(2048, 4096),
        Window(2000.5, 900, "LINEAR_EXACT"),
        Window(1800, 700, "SIGMOID"),
        LookupWindow(500, np.linspace(0, 1, 3000, dtype=np.float32) ** 2),
        Window(7, 1),
    ],
)
def test_a_preset_shows_what_the_window_shows(window):
    told = preset(window, "x")
    curve = told["curve"] or [0.0, 1.0]
    values = np.linspace(told["lower"] - 100, told["upper"] + 100, 999).round().astype(np.uint16) if told["lower"] > 100 else None
    values = np.arange(0, 4096, dtype=np.uint16) if values is None else values
    shown = np.interp(values, np.linspace(told["lower"], told["upper"], len(curve)), curve)
    assert np.abs(shown - window.apply(values)).max() < 0.004  # below one of 255 levels
    json.dumps(told)


def test_a_view_is_told_without_a_name_and_silent_where_the_model_is(scan):
    case = SimpleNamespace(scan=scan, key=scan.sha256, truth=())
    ledger = pixels.Ledger()
    maps = {"malignant": saliency(scan), "benign": saliency(scan, "benign", 0.0)}
    evidence = {label: Evidence(m, 3 * m.peak, True, label == "benign") for label, m in maps.items()}
    told = describe(case, ledger, "b", "0.70", evidence)
    assert told["heats"][0]["full"] == pytest.approx(3 * told["heats"][0]["peak"])
    assert [h["weak"] for h in told["heats"]] == [False, True]
    assert told["heats"][1]["sentence"].startswith("No positive evidence")
    assert told["short"] == scan.sha256[:8]
    assert (told["rows"], told["cols"]) == scan.shape
    grid = np.frombuffer(heat_bytes(maps["malignant"]), "<u2").reshape(told["heats"][0]["rows"], told["heats"][0]["cols"])
    assert grid.max() == pytest.approx(65535, rel=0.1)
    assert not grid[shrink(breast_mask(scan.display()).astype(np.float32), 640) < 1].any()
    assert np.array_equal(np.frombuffer(scan_bytes(scan), scan.values.dtype).reshape(scan.shape), scan.values)
    silent = json.dumps(describe(case, ledger, "b", None, {}))
    assert GRAD_CAM not in silent
    assert '"score": null' in silent
    assert '"heats": []' in silent
    ledger.close()


def test_outlines_enclose_the_planted_lesion():
    view = sample_exam(1, "small")[0][2]
    lesion, found = view.lesions[0], outlines(view)
    assert found
    points = np.concatenate([np.reshape(o.points, (-1, 2)) for o in found])
    top, left, bottom, right = lesion.box
    assert points[:, 0].min() <= left
    assert points[:, 0].max() >= right
    assert points[:, 1].min() <= top
    assert points[:, 1].max() >= bottom
    assert len(points) < 200
    assert outlines(sample_exam(1, "small")[1][2]) == ()


def mounted(app):
    """What the viewer was mounted with."""
    sent = [json.loads(c.proto.json) for c in app.get("bidi_component")]
    return next((data["study"] for data in sent if "study" in data), None)


@pytest.fixture
def with_viewer(app, monkeypatch):
    """The app as a browser with a cookie sees it."""
    monkeypatch.setattr(workspace, "_workspaces", OrderedDict())  # what another test opened is not open in this one
    monkeypatch.setattr(pixels, "browser", lambda: "this browser")
    return app


def test_the_page_mounts_the_viewer_and_tells_it_the_exam(with_viewer):
    app = with_viewer
    app.button(key="sample").click().run()
    assert not app.exception
    study = mounted(app)
    assert [v["label"] for v in study["views"]] == ["R CC", "L CC", "R MLO", "L MLO"]
    assert study["views"][0]["score"] == "0.70"
    assert {h["label"] for h in study["views"][0]["heats"]} == {"normal", "benign", "malignant"}
    assert study["views"][0]["truth"]


def test_a_case_that_waits_for_an_impression_is_told_without_the_model(with_viewer):
    app = with_viewer
    app.button(key="sample").click().run()
    app.session_state["worklist"].settings.independent_read = "always"
    app.run()
    study = mounted(app)
    assert study["blind"]
    assert all(v["score"] is None and v["heats"] == [] and v["truth"] == [] for v in study["views"])
    app.button(key="skip").click().run()
    assert mounted(app)["views"][0]["score"] == "0.70"


def test_the_viewer_can_give_up_and_gets_the_plain_image(with_viewer):
    app = with_viewer
    app.button(key="sample").click().run()
    app.session_state["worklist"].settings.plain = "This browser offers no WebGL 2"
    app.run()
    assert not app.exception
    assert mounted(app) is None
    assert text.PLAIN_IMAGE.format(reason=app.session_state["worklist"].settings.plain) in [c.value for c in app.caption]
    assert app.toggle(key="plain_heat")


def test_a_row_has_a_ruler_only_where_down_and_across_agree(scan):
    _, letterboxed = InputSpec(size=(448, 320)).grid(scan)
    _, stretched = InputSpec(size=(448, 640), resize="stretch").grid(scan)
    even = spacing(letterboxed, scan.spacing_mm)
    assert even == pytest.approx([scan.spacing_mm[0] * letterboxed.crop.height / letterboxed.placed.height] * 2, rel=0.01)
    assert spacing(stretched, scan.spacing_mm) is None
    assert spacing(letterboxed, None) is None


def test_a_image_s_own_range_leaves_out_the_black(scan):
    grid, geometry = InputSpec(size=(64, 48)).grid(scan)
    image = np.zeros(grid.shape, np.float32)
    assert own_range(image, geometry) == (0, FULL)
    p = geometry.placed
    image[p.top : p.bottom, p.left + 2] = np.linspace(0.25, 0.5, p.height)
    low, high = own_range(image, geometry)
    assert (low / FULL, high / FULL) == pytest.approx((0.25, 0.5), abs=0.01)


def test_compare_mounts_a_pane_a_filter_on_one_scale(with_viewer, phantom, client):
    app = with_viewer
    app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}").upload("a.dcm", phantom)
    app.run()
    app.switch_page("views/filters.py").run()
    assert not app.exception
    study = mounted(app)
    assert study["hanging"] == "row"
    views = study["views"]
    assert [v["label"] for v in views] == ["Original", "Gaussian 3×3", "Mean 3×3", "Laplacian 3×3", "CLAHE"]
    assert [v["score"] for v in views] == ["0.70", "0.60", "0.50", "0.20", "0.10"]
    assert {(v["rows"], v["cols"]) for v in views} == {(64, 48)}
    assert len({v["url"] for v in views}) == 5
    heats = [h for v in views for h in v["heats"] if h["label"] == "malignant"]
    np.testing.assert_allclose([h["peak"] / h["full"] for h in heats], [0.7, 0.6, 0.5, 0.2, 0.1])  # no measured scale: the scores
    assert [h["weak"] for h in heats] == [False, False, False, True, True]  # the threshold is 0.4
    assert not [t for t in app.toggle if t.key == "filters_heat"]
    client.cookies[pixels.COOKIE] = "this browser"
    kept = [v["url"] for v in views] + [h["url"] for v in views for h in v["heats"]]
    grid = np.frombuffer(client.get(f"/{kept[0]}").content, "<u2").reshape(64, 48)
    expected, _ = InputSpec(size=(64, 48)).grid(read_scan(phantom, "a.dcm"))
    assert np.array_equal(grid, expected)
    heat = np.frombuffer(client.get(f"/{kept[-1]}").content, "<u2")
    assert (heat.size, heat.max()) == (64 * 48, 65535)
    app.session_state["worklist"].settings.independent_read = "always"
    app.run()
    sealed = mounted(app)
    assert sealed["blind"]
    assert {(v["score"], len(v["heats"])) for v in sealed["views"]} == {(None, 0)}
    assert client.get(f"/{kept[-1]}").status_code == 404  # nothing of the model, not even by an address that was known
    app.button(key="clear").click().run()
    assert {client.get(f"/{a}").status_code for a in kept} == {404}


def test_each_request_is_followed_once_and_for_the_exam_that_is_then_open(monkeypatch):
    done, open_exam = [], ["first"]
    monkeypatch.setattr(component.st, "session_state", {})
    monkeypatch.setattr(worklist, "selected", lambda: SimpleNamespace(exam=open_exam[0]))
    monkeypatch.setattr(worklist, "step_exam", lambda by: open_exam.__setitem__(0, "second"))
    reading = component.Reading(*(lambda *args, name=name: done.append((name, *args)) for name in ("category", "density", "record")))
    first = [[1, "category", 4], [2, "density", "b"]]
    for sent in (first, [*first, [3, "record", True]], [*first, [3, "record", True], [4, "exam", 1], [5, "category", 2]]):
        component.st.session_state[component.KEY] = {"requests": sent}  # a later message repeats an earlier one
        component._follow(reading)
    assert done == [("category", "first", 4), ("density", "first", "b"), ("record", "first"), ("category", "second", 2)]
    for kind, value in (("category", 7), ("density", "e"), ("exam", 3), ("unknown", 1)):
        component.follow(kind, value, reading)
    assert len(done) == 4


def test_marks_are_stored_in_pixels_of_the_scan(monkeypatch, scan):
    stored = {}
    mirrored = replace(scan, laterality="L", patient_orientation=None)  # hangs the other way round
    case = SimpleNamespace(scan=mirrored, key=scan.sha256, exam="e", truth=())
    monkeypatch.setattr(worklist, "cases", lambda: [case])
    monkeypatch.setattr(worklist, "selected", lambda: case)
    monkeypatch.setattr(records, "set_marks", lambda c, marks: stored.update({c.key: marks}))
    component.follow("marks", {scan.sha256[:16]: [[100, 200, 30, 20], [1, 1, 0, 5]]}, None)
    assert stored == {scan.sha256: ((scan.shape[1] - 100, 200, 30, 20),)}
    told = describe(case, pixels.Ledger(), "b", None, {}, stored[scan.sha256])
    assert told["marks"] == [[100, 200, 30, 20]]
    assert told["turned"] == "mirrored"
    assert (told["breast"][0], told["breast"][2] < scan.shape[1]) == (0, True)


def test_views_that_hang_apart_are_a_click_away(app, phantom):
    """Implant-displaced views (PS3.16 CID 4015) do not hang among the standard ones."""
    ds = dcmread(io.BytesIO(phantom))
    ds.SOPInstanceUID = generate_uid()
    code, modifier = Dataset(), Dataset()
    modifier.CodeValue, modifier.CodingSchemeDesignator, modifier.CodeMeaning = "399209000", "SCT", "Implant displaced"
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "399368009", "SCT", "medio-lateral oblique"
    code.ViewModifierCodeSequence = [modifier]
    ds.ViewCodeSequence = [code]
    displaced = io.BytesIO()
    ds.save_as(displaced)
    widget = app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}")
    widget.upload("a.dcm", phantom).upload("b.dcm", displaced.getvalue())
    app.run()
    assert [c.scan.label for c in app.session_state["worklist"].cases.values()] == ["R MLO", "R MLO (implant displaced)"]
    other = next(b for b in app.button if b.label == "R MLO (implant displaced)" and b.key.startswith("other_"))
    other.click().run()
    assert worklist_label(app) == "R MLO (implant displaced)"
    assert [b.label for b in app.button if b.key and b.key.startswith("other_")] == ["R MLO"]


def worklist_label(app):
    """Label of the open view."""
    session = app.session_state["worklist"]
    return session.cases[session.selected].scan.label
