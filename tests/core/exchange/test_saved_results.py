"""A saved case is exported by the command line, with the same UIDs as the open exam."""

import json

import pytest

from core.cli.main import main
from core.exchange.objects.export import instances
from core.exchange.objects.results import ExamResults
from core.exchange.settings import load_settings
from core.folders import exchange_file
from core.scans import read_scan
from core.store import saved_exams
from core.store.records import saved_prediction
from tests.core.exchange.conftest import AT
from tests.orthanc import Orthanc


@pytest.fixture(scope="module")
def case(tmp_path_factory, sources, predictor, results):
    """A saved case: (id, folder of its source files, what the open exam would export)."""
    folder = tmp_path_factory.mktemp("saved-results")
    files = folder / "files"
    files.mkdir()
    for n, data in enumerate(sources):
        (files / f"{n}.dcm").write_bytes(data)
    (files / "notes.txt").write_text("no image")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECOND_READER_SAVED", str(folder / "saved"))
        patch.setenv("SECOND_READER_OUTBOX", str(folder / "outbox"))
        patch.setenv("SECOND_READER_EXCHANGE", str(folder / "exchange.toml"))
        patch.setenv("ORTHANC_AUTH", Orthanc.authorization)
        scans = [read_scan(data) for data in sources]
        predictions = [predictor.predict_and_explain(s)[0] for s in scans]
        rows = [saved_prediction(p, predictor.card, s.pixel_sha256) for p, s in zip(predictions, scans, strict=True)]
        saved_id = saved_exams.save(scans, rows, results.assessments, looked=True)
        yield saved_id, files, instances(ExamResults(results.views, predictor.card, AT, results.assessments))


def test_a_saved_case_gives_the_objects_of_the_open_exam(case, tmp_path, capsys):
    saved_id, files, expected = case
    assert main(["export-dicom", saved_id, "--source", str(files), "--out", str(tmp_path), "--json"]) == 0
    lines = [json.loads(x) for x in capsys.readouterr().out.splitlines()]
    assert [x["uid"] for x in lines] == [i.uid for i in expected]
    assert {p.name for p in tmp_path.iterdir()} == {f"{i.uid}.dcm" for i in expected}


def test_without_the_source_files_it_says_what_is_missing(case, tmp_path, capsys):
    saved_id, files, _ = case
    assert main(["export-dicom", saved_id, "--out", str(tmp_path)]) == 1
    assert "--source" in capsys.readouterr().err
    assert main(["export-dicom", saved_id, "--source", str(files / "0.dcm"), "--out", str(tmp_path)]) == 1
    assert "L CC" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_destination_or_folder_must_be_named(case, capsys):
    assert main(["export-dicom", case[0]]) == 64
    assert main(["export-dicom", case[0], "--to", "nowhere"]) == 1
    assert "archive" in capsys.readouterr().err


def test_a_case_waits_in_the_outbox_until_the_archive_is_up(case, tmp_path_factory, capsys):
    saved_id, files, expected = case
    server = Orthanc(tmp_path_factory.mktemp("orthanc"))
    exchange_file().write_text(f'[[archives]]\nname = "Orthanc"\nurl = "{server.url}/dicom-web"\nheader_variable = "ORTHANC_AUTH"\n')
    assert load_settings().archives[0].name == "Orthanc"
    assert main(["export-dicom", saved_id, "--source", str(files), "--to", "Orthanc"]) == 1
    assert "waiting" in capsys.readouterr().out
    assert main(["outbox", "--json"]) == 1
    waiting = json.loads(capsys.readouterr().out)
    assert (waiting["state"], waiting["left"], waiting["objects"]) == ("waiting", len(expected), len(expected))
    server.start()
    try:
        assert main(["outbox", "--send"]) == 0
        assert server.files().keys() == {i.uid for i in expected}
        assert main(["outbox", "--discard", "all"]) == 0
        capsys.readouterr()
        assert main(["outbox"]) == 0
        assert capsys.readouterr().out == ""
    finally:
        server.stop()
