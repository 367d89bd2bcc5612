"""DICOMweb against a fake archive that goes wrong in every way we could think of."""

import logging
import ssl
import subprocess
from datetime import date

import pytest
from pydicom.dataset import Dataset

pytest.importorskip("dicomweb_client", reason="needs the extra dicom")

from core.exchange import Dropped, ExchangeError, retrieval
from core.exchange.dicomweb import DicomWeb
from core.exchange.query import Query
from core.exchange.retrieval import Retrieval
from tests.fake_archive import BOUNDARY, FakeArchive, changed, drop, multipart, send, silent, status, study

CANARY = "CANARY-7741"
MULTIPART = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'


@pytest.fixture(scope="module")
def files():
    return [changed(f, PatientID=CANARY, PatientName="Canary^Bird") for f in study()]


@pytest.fixture
def archive(files, monkeypatch):
    monkeypatch.setattr(retrieval, "WAITS", (0.01, 0.02))
    found = FakeArchive(files)
    yield found
    found.close()


@pytest.fixture
def line(archive):
    with DicomWeb(archive.settings()) as line:
        yield line


def uid_of(archive):
    return archive.rows[0][0].StudyInstanceUID


def copies(header, count, **values):
    """Further objects of a study, listed only."""
    found = []
    for n in range(count):
        other = Dataset()
        same = {k: header.get(k) for k in ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "Modality", "PatientID", "StudyDate")}
        for keyword, value in {**same, **values, "SOPInstanceUID": f"8.{n}"}.items():
            setattr(other, keyword, value)
        found.append((other, b""))
    return found


def retrieve(archive, progress=lambda *now: None, **changes):
    return Retrieval(archive.settings(**changes), Query(study_uid=uid_of(archive))), progress


def run(archive, **changes):
    wanted, progress = retrieve(archive, **changes)
    return list(wanted.studies(progress))


def test_a_search_finds_by_each_field_and_lists_the_newest_first(archive, line, files):
    archive.add([changed(f, PatientID=CANARY) for f in study(date="20200101", accession="OLD")])
    assert [s.date for s in line.search(Query(patient_id=CANARY))] == ["20240105", "20200101"]
    assert [s.accession for s in line.search(Query(accession="OLD"))] == ["OLD"]
    assert [s.accession for s in line.search(Query(first=date(2024, 1, 1)))] == ["ACC1"]
    assert [s.uid for s in line.search(Query(study_uid=uid_of(archive)))] == [uid_of(archive)]
    found = line.search(Query(accession="ACC1"))[0]
    assert (found.objects, found.patient_name) == (4, "Canary^Bird")
    assert CANARY not in repr(found)
    assert line.search(Query(patient_id="nobody")) == []


@pytest.mark.parametrize(
    "query", [Query(), Query(patient_id="  "), Query(study_uid="1.2.x"), Query(first=date(2024, 2, 1), last=date(2024, 1, 1))]
)
def test_a_search_that_makes_no_sense_is_not_sent(query, archive, line):
    with pytest.raises(ExchangeError):
        line.search(query)
    assert archive.requests == []


def test_a_study_arrives_byte_for_byte(archive, files):
    seen = []
    (whole,) = list(Retrieval(archive.settings(), Query(accession="ACC1")).studies(lambda *now: seen.append(now)))
    assert list(whole.files) == files
    assert whole.note == ""
    assert seen[-1] == (4, 4, sum(map(len, files)))
    assert seen == sorted(seen)


def test_the_priors_of_the_patient_follow_newest_first(archive):
    archive.add([changed(f, PatientID=CANARY) for d in ("20200101", "20220101", "20180101", "20250101") for f in study(date=d)])
    archive.add([changed(f, PatientID="ANOTHER") for f in study(exam=3, date="20210101")])
    found = run(archive, max_priors=2)
    assert [w.prior for w in found] == [False, True, True]
    dates = [archive.rows[i][0].StudyDate for w in found for i in range(len(archive.rows)) if archive.rows[i][1] == w.files[0]]
    assert dates == ["20240105", "20220101", "20200101"]
    assert len(run(archive, max_priors=0)) == 1


def test_a_patient_id_that_names_nobody_has_no_priors(archive):
    archive.rows.clear()
    archive.add([changed(f, PatientID="ANONYMOUS") for d in ("20240105", "20200101") for f in study(date=d)])
    assert len(run(archive)) == 1


def test_only_2d_mammograms_are_fetched(archive, files):
    others = {
        "1.2.840.10008.5.1.4.1.1.13.1.3": "9.1",  # breast tomosynthesis
        "1.2.840.10008.5.1.4.1.1.1.2.1": "9.2",  # for processing
        "1.2.3.4.5": "9.3",
    }
    archive.add([changed(files[0], SOPClassUID=sop, SOPInstanceUID=uid) for sop, uid in others.items()])
    archive.add(
        [changed(files[0], Modality="SR", SeriesInstanceUID="9.9", SOPInstanceUID="9.4", SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33")]
    )
    (whole,) = run(archive)
    assert list(whole.files) == files
    assert whole.note.startswith("4 other objects")
    assert "unknown SOP class: 1" in whole.note
    assert len(archive.fetched()) == 4


def test_a_study_without_mammograms_says_what_it_holds(archive, files):
    archive.rows.clear()
    archive.add([changed(files[0], SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3")])
    with pytest.raises(ExchangeError, match=r"no 2D mammogram.*Tomosynthesis"):
        run(archive)


def test_an_image_for_processing_is_fetched_where_there_is_no_other(archive, files):
    archive.rows.clear()
    archive.add([changed(f, SOPClassUID="1.2.840.10008.5.1.4.1.1.1.2.1") for f in files])
    assert len(run(archive)[0].files) == 4


@pytest.mark.parametrize("rows", [300, 0])
def test_of_two_thousand_objects_on_many_pages_or_one_the_mammograms_are_fetched(archive, files, rows):
    archive.rows += copies(archive.rows[0][0], 1996, SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3")
    archive.page = rows
    (whole,) = run(archive)
    assert list(whole.files) == files
    assert "1996 other objects" in whole.note
    assert len(archive.fetched()) == 4


def test_too_many_mammograms_are_refused_before_the_first_is_fetched(archive, files):
    archive.rows += copies(archive.rows[0][0], 60)
    with pytest.raises(ExchangeError, match="64 mammograms"):
        run(archive)
    assert archive.fetched() == []


def test_an_image_that_is_listed_twice_is_fetched_once(archive, files):
    archive.rows.append((archive.rows[0][0], b""))
    archive.fault = lambda handler, path: (
        archive.rows[0][0].SOPInstanceUID in path and (send(handler, multipart([files[0]]), MULTIPART) or True)
    )
    assert list(run(archive)[0].files) == files
    assert len(archive.fetched()) == 4


def test_two_files_in_one_answer_are_refused(archive, files):
    archive.part = lambda body: multipart(files[:2])
    with pytest.raises(ExchangeError, match="2 files"):
        run(archive)


def test_a_line_that_drops_once_is_tried_again(archive, files):
    archive.fault = drop(after=2, times=1)
    assert list(run(archive)[0].files) == files
    assert len(archive.fetched()) == 5


def test_what_came_before_the_line_dropped_for_good_is_not_fetched_again(archive, files):
    archive.fault = drop(after=2)
    wanted, progress = retrieve(archive)
    with pytest.raises(Dropped):
        list(wanted.studies(progress))
    assert wanted.bytes_here == len(files[0]) + len(files[1])
    archive.requests.clear()
    archive.fault = lambda handler, path: False
    assert list(next(wanted.studies(progress)).files) == files
    assert len(archive.requests) == 2


def test_a_retrieval_that_is_stopped_goes_on_where_it_ended(archive, files):
    class Stop(Exception):
        pass

    def stop(here, count, came):
        if here == 2:
            raise Stop

    wanted, _ = retrieve(archive)
    with pytest.raises(Stop):
        list(wanted.studies(stop))
    archive.requests.clear()
    assert list(next(wanted.studies(lambda *now: None)).files) == files
    assert len(archive.fetched()) <= 3


def test_a_prior_that_fails_leaves_the_study_open(archive, files):
    old = [changed(f, PatientID=CANARY, SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3") for f in study(date="20200101")]
    older = [changed(f, PatientID=CANARY) for f in study(date="20180101")]
    archive.add(old + older)
    found = run(archive)
    assert [len(w.files) for w in found] == [4, 0, 4]
    assert "no 2D mammogram" in found[1].note


def test_another_patients_image_under_the_study_is_refused(archive, files):
    wrong = changed(files[3], PatientID="ANOTHER")
    archive.rows[3] = (archive.rows[3][0], wrong)
    with pytest.raises(ExchangeError, match="another patient") as e:
        run(archive)
    assert "ANOTHER" not in str(e.value)


def test_a_study_under_two_patients_is_refused(archive, files):
    archive.add([changed(files[0], PatientID="ANOTHER", SOPInstanceUID="9.9")])
    with pytest.raises(ExchangeError, match="more than one patient"):
        run(archive)
    assert archive.fetched() == []


@pytest.mark.parametrize(
    ("code", "match"), [(401, "token"), (403, "token"), (404, "404"), (400, "400"), (500, "out of order"), (503, "busy")]
)
@pytest.mark.parametrize("only", ["", "/instances/"])
def test_each_refusal_is_a_sentence_and_opens_nothing(archive, code, match, only):
    archive.fault = status(code, only=only)
    with pytest.raises(ExchangeError, match=match):
        run(archive)
    assert len(archive.fetched()) == (0 if not only else 3 if code >= 500 else 1)


def test_an_archive_that_is_busy_for_a_moment_is_tried_again(archive):
    archive.fault = status(503, times=2)
    assert len(run(archive)) == 1


@pytest.mark.parametrize("only", ["", "/instances/"])
def test_a_silent_archive_is_a_sentence(archive, only):
    archive.fault = silent(1.5, only)
    with pytest.raises(Dropped, match=r"sent nothing for 0\.2 seconds"):
        run(archive, timeout_s=0.2)


def test_an_archive_that_is_down_is_a_sentence(archive):
    archive.close()
    with pytest.raises(Dropped, match="not reachable"):
        run(archive)


@pytest.mark.parametrize(
    ("part", "match"),
    [
        (lambda body: body[: len(body) // 2], "half of an image"),
        (lambda body: body[:-2], "half of an image"),
        (lambda body: b"<html>Please sign in</html>", "not DICOMweb"),
        (lambda body: multipart([b"no DICOM"]), "no DICOM file"),
        (lambda body: multipart([]), "no files"),
        (lambda body: b"", "half of an image"),
    ],
)
def test_an_answer_that_is_no_whole_image_is_a_sentence(archive, part, match):
    archive.part = part
    with pytest.raises(ExchangeError, match=match):
        run(archive)


def test_a_sign_in_page_instead_of_a_search_result_is_a_sentence(archive, line):
    archive.fault = lambda handler, path: send(handler, b"<html></html>", "text/html") or True
    with pytest.raises(ExchangeError, match="not DICOMweb"):
        line.search(Query(patient_id="1"))


def test_an_archive_that_sends_the_file_bare_is_understood(archive, files):
    by_uid = {ds.SOPInstanceUID: file for ds, file in archive.rows}
    archive.fault = lambda handler, path: (
        "/instances/" in path and (send(handler, by_uid[path.rsplit("/", 1)[-1]], "application/dicom") or True)
    )
    assert list(run(archive)[0].files) == files


def test_a_mammogram_whose_bytes_look_like_the_boundary_arrives_whole(archive, files):
    nasty = changed(files[0], ImageComments=f"--{BOUNDARY}", PatientComments=f"\r\n--{BOUNDARY[:-1]}")
    archive.rows[0] = (archive.rows[0][0], nasty)
    assert run(archive)[0].files[0] == nasty


def test_too_large_an_image_is_refused_while_it_comes(archive, line):
    selection = line.mammograms(line.search(Query(study_uid=uid_of(archive)))[0])
    came = []
    with pytest.raises(ExchangeError, match="larger than"):
        line.fetch(selection.mammograms[0], came.append, limit=10_000)
    assert sum(came) <= 10_000


def test_too_large_a_study_is_refused_while_it_comes(archive, files, monkeypatch):
    monkeypatch.setattr(retrieval, "MAX_BYTES", retrieval.MAX_INSTANCE + 2 * len(files[0]))
    with pytest.raises(ExchangeError, match="larger than"):
        run(archive)
    assert len(archive.fetched()) == 3


@pytest.fixture
def tls(tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


def test_a_certificate_is_trusted_only_by_its_authority(files, tls, tmp_path):
    context, cert = tls
    archive = FakeArchive(files, context)
    try:
        with pytest.raises(ExchangeError, match="certificate"):
            run(archive)
        assert len(run(archive, ca_file=cert)[0].files) == 4
        with pytest.raises(ExchangeError, match="ca_file"):
            run(archive, ca_file=tmp_path / "missing.pem")
    finally:
        archive.close()


def test_the_secret_goes_to_the_archive_and_nothing_of_the_patient_into_the_log(archive, monkeypatch, caplog):
    monkeypatch.setenv("FAKE_TOKEN", "secret-4711")
    caplog.set_level(logging.DEBUG)
    uid = uid_of(archive)
    run(archive, token_variable="FAKE_TOKEN")
    archive.fault = drop(after=0)
    with pytest.raises(Dropped) as e:
        run(archive, token_variable="FAKE_TOKEN")
    assert {h["Authorization"] for h in archive.headers} == {"Bearer secret-4711"}
    for text in (caplog.text, str(e.value), repr(e.value.__cause__)):
        assert not any(word in text for word in (CANARY, uid, "secret-4711", "ACC1"))
