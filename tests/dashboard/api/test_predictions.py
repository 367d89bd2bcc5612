"""The REST interface: what it answers, to whom, and within which limits."""

import hashlib
import io
import json
import threading
import time

import pydicom
import pytest

from core.cli.prediction import predict_lines
from core.service import audit_log
from core.service.settings import Limits
from dashboard.api import callers, work
from dashboard.api.problems import MEDIA_TYPE
from dashboard.api.results import Result, Results

URL = "/api/v1/predictions"


def files(*contents):
    return [("files", (f"view{n}.dcm", data, "application/dicom")) for n, data in enumerate(contents)]


def problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    body = response.json()
    assert body["status"] == status
    assert body["title"]
    return body["detail"]


def finished(client, location):
    for _ in range(600):
        job = client.get(location).json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.1)
    raise AssertionError("the job does not end")


def test_one_file_is_scored_as_predict_json_scores_it(ris, phantoms, tmp_path, server):
    answer = ris.post(URL, files=files(phantoms[0]))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    (tmp_path / "view0.dcm").write_bytes(phantoms[0])
    (line,) = predict_lines([str(tmp_path / "view0.dcm")], None)
    assert body["prediction"] == json.loads(json.dumps(line | {"file": "view0.dcm"}))
    assert list(body["prediction"]) == list(line)
    assert answer.headers["cache-control"] == "no-store"
    assert ris.get(answer.headers["location"]).json() == body
    heatmap = ris.get(body["heatmap"])
    assert (heatmap.status_code, heatmap.headers["content-type"], heatmap.content[:4]) == (200, "image/png", b"\x89PNG")


def test_the_structured_report_is_about_the_sent_image(ris, phantoms):
    pytest.importorskip("highdicom")
    body = ris.post(URL, files=files(phantoms[0])).json()
    answer = ris.get(body["report"])
    assert answer.headers["content-type"] == "application/dicom"
    report, source = pydicom.dcmread(io.BytesIO(answer.content)), pydicom.dcmread(io.BytesIO(phantoms[0]))
    assert report.Modality == "SR"
    assert (report.StudyInstanceUID, report.PatientID) == (source.StudyInstanceUID, source.PatientID)
    assert source.SOPInstanceUID in str(report)


def test_several_files_become_a_job_and_a_bad_one_stops_nothing(ris, phantoms):
    answer = ris.post(URL, files=files(phantoms[0], b"no image", phantoms[1]))
    assert answer.status_code == 202
    job = finished(ris, answer.headers["location"])
    assert (job["state"], job["done"], job["total"]) == ("done", 3, 3)
    first, bad, last = job["items"]
    assert bad["id"] is None
    assert set(bad["prediction"]) == {"file", "error"}
    assert [i["prediction"]["file"] for i in job["items"]] == ["view0.dcm", "view1.dcm", "view2.dcm"]
    assert ris.get(f"{URL}/{last['id']}").json()["prediction"] == last["prediction"]
    assert 0 <= first["prediction"]["score"] <= 1
    assert work.budget._files == work.budget._bytes == 0


def test_roles_and_owners(as_caller, ris, phantoms):
    assert "not known" in problem(as_caller("wrong").get("/api/v1/checkpoints"), 401)
    refused = as_caller(None).post(URL, files=files(phantoms[0]))
    problem(refused, 401)
    assert refused.headers["www-authenticate"] == "Bearer"
    school = as_caller("school")
    assert any(c["name"] == "phantom-triage" for c in school.get("/api/v1/checkpoints").json())
    problem(school.post(URL, files=files(phantoms[0])), 403)
    location = ris.post(URL, files=files(phantoms[0])).headers["location"]
    for path in ("", "/heatmap", "/sr"):
        problem(as_caller("other").get(location + path), 404)
    assert as_caller("it").get(location).status_code == 200
    problem(as_caller("other").delete(location), 404)
    assert ris.delete(location).status_code == 204
    problem(ris.get(location), 404)


def test_without_keys_nobody_is_let_in(as_caller, tmp_path):
    (tmp_path / "server.toml").write_text("")
    assert "No API key is configured" in problem(as_caller("ris").get("/api/v1/checkpoints"), 401)


def test_a_repeated_request_is_answered_as_before(ris, as_caller, phantoms):
    key = {"Idempotency-Key": "order-1"}
    first = ris.post(URL, files=files(phantoms[0]), headers=key)
    again = ris.post(URL, files=files(phantoms[0]), headers=key)
    assert (again.status_code, again.json(), again.headers["location"]) == (201, first.json(), first.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert "another request" in problem(ris.post(URL, files=files(phantoms[1]), headers=key), 422)
    other = as_caller("other").post(URL, files=files(phantoms[0]), headers=key)
    assert other.json()["id"] != first.json()["id"]
    problem(ris.post(URL, files=files(b"no image"), headers={"Idempotency-Key": "order-2"}), 422)
    assert ris.post(URL, files=files(phantoms[0]), headers={"Idempotency-Key": "order-2"}).status_code == 201  # a failure is not stored


def test_wrong_requests_are_problems(ris, phantoms, server):
    assert "text file" in problem(ris.post(URL, files=files(b"no image")), 422)
    problem(ris.post(URL, json={}), 415)
    problem(ris.post(URL, content=b"garbage", headers={"Content-Type": "multipart/form-data"}), 400)
    problem(ris.post(URL, content=(x for x in [b"a"]), headers={"Content-Type": "multipart/form-data; boundary=x"}), 411)
    problem(ris.post(URL, files=[("other", b"x")]), 422)
    problem(ris.post(URL, files=files(phantoms[0]), data={"checkpoint": "../../etc"}), 404)
    problem(ris.post(URL, files=files(phantoms[0]), data={"surprise": "1"}), 422)
    problem(ris.get("/api/v1/jobs/none"), 404)
    problem(ris.get("/api/v1/nothing"), 404)
    problem(ris.put(URL), 405)


def test_limits(ris, phantoms, server):
    server("[limits]\nmax_request_mb = 1\nmax_file_mb = 1\nmax_files = 2\n")
    problem(ris.post(URL, files=files(bytes(2**20 + 1))), 413)
    problem(ris.post(URL, files=files(b"1", b"2", b"3")), 400)
    server("[limits]\nrequests_per_minute = 2\n")
    codes = [ris.get("/api/v1/checkpoints") for _ in range(6)]
    assert codes[-1].status_code == 429
    assert int(codes[-1].headers["retry-after"]) >= 1


def test_a_full_server_refuses_and_frees_its_room(ris, phantoms, server):
    limits = Limits(max_waiting=1)
    server("[limits]\nmax_waiting = 1\n")
    work.budget.take(1, 10, limits)
    try:
        busy = ris.post(URL, files=files(phantoms[0]))
        problem(busy, 503)
        assert busy.headers["retry-after"]
    finally:
        work.budget.give_back(1, 10)
    problem(ris.post(URL, files=files(b"no image")), 422)
    problem(ris.post(URL, files=[("other", b"x")]), 422)
    assert ris.post(URL, files=files(phantoms[0])).status_code == 201
    assert work.budget._files == work.budget._bytes == 0


def test_results_are_bounded_in_size_and_time():
    limits = Limits(max_results_mb=16)
    store, made = Results(), [Result("a", {"file": "x"}, bytes(6 * 2**20)) for _ in range(4)]
    for result in made:
        store.add(result, limits)
    assert [store.get(r.id) is not None for r in made] == [False, False, True, True]
    store._results[made[2].id] = (time.monotonic() - 3601, made[2])
    store.expire(limits)
    assert [store.get(r.id) is not None for r in made] == [False, False, False, True]


def test_the_rate_is_refilled_evenly():
    rate = callers.RateLimit()
    assert [rate.take("a", 2, 0.0) for _ in range(3)] == [0, 0, 30]
    assert rate.take("b", 2, 0.0) == 0
    assert rate.take("a", 2, 15.0) == 15
    assert rate.take("a", 2, 30.0) == 0


def test_predictions_run_beside_the_event_loop(ris, phantoms, monkeypatch):
    names = []
    score = work.Batch.score
    monkeypatch.setattr(work.Batch, "score", lambda self, name: (names.append(threading.current_thread().name), score(self, name))[1])
    assert ris.post(URL, files=files(phantoms[0])).status_code == 201
    assert names[0].startswith("api")


def test_what_was_done_is_in_the_audit_log(ris, phantoms, tmp_path):
    body = ris.post(URL, files=files(phantoms[0])).json()
    ris.get(body["heatmap"])
    ris.delete(f"{URL}/{body['id']}")
    entries = list(audit_log.entries(tmp_path / "audit.jsonl"))
    assert [(e.actor, e.action) for e in entries] == [("ris", "predict"), ("ris", "export"), ("ris", "delete")]
    assert entries[0].images == entries[2].images
    assert hashlib.sha256(phantoms[0]).hexdigest()[:12] not in (tmp_path / "audit.jsonl").read_text()


def test_wrong_keys_are_recorded_and_limited(as_caller, tmp_path):
    wrong = as_caller("wrong")
    codes = [wrong.get("/api/v1/checkpoints").status_code for _ in range(callers.FAILURES_PER_MINUTE + 1)]
    assert codes == [401] * callers.FAILURES_PER_MINUTE + [429]
    entries = list(audit_log.entries(tmp_path / "audit.jsonl"))
    assert {(e.actor, e.action, e.outcome) for e in entries} == {("unknown", "sign-in", "refused")}
    assert len(entries) == callers.FAILURES_PER_MINUTE


def test_where_the_audit_log_cannot_be_written_nothing_is_scored(ris, phantoms, tmp_path):
    (tmp_path / "audit.jsonl").mkdir()
    assert "audit log" in problem(ris.post(URL, files=files(phantoms[0])), 500)
    assert not work.results._results


def test_the_reference_loads_nothing_from_elsewhere(as_caller):
    page = as_caller(None).get("/api/v1/docs").text
    assert "POST /predictions" in page
    for loads in ("<script", "<link", "src=", "http://", "https://"):
        assert loads not in page
    assert as_caller(None).get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")


def test_without_its_library_the_interface_says_how_to_install_it(ris, monkeypatch):
    monkeypatch.setattr("dashboard.api.find_spec", lambda name: None)
    assert "pip install" in problem(ris.get("/api/v1/checkpoints"), 501)
