import json
import multiprocessing
import re
import socket

import pytest

from core.cli import main
from core.service import audit_log
from core.service.audit_log import AuditError, head_file, record, verify
from core.service.settings import load_settings

PATIENT = "Canary^Patient"


@pytest.fixture
def path(tmp_path, monkeypatch):
    file = tmp_path / "logs" / "audit.jsonl"
    monkeypatch.setenv("SECOND_READER_AUDIT_LOG", str(file))
    return file


@pytest.fixture
def five(path):
    for n in range(5):
        record("open", f"user{n}", images=["a" * 64], detail="upload")
    assert verify(path) == audit_log.Verification(5, ())
    return path


def lines(path):
    return path.read_bytes().splitlines(keepends=True)


def test_nothing_is_written_unless_it_is_configured(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_HOME", str(tmp_path))
    record("open")
    assert not list(tmp_path.iterdir())
    (tmp_path / "server.toml").write_text("")
    record("open")
    assert verify(tmp_path / "audit-log.jsonl").lines == 1
    (tmp_path / "server.toml").write_text("[audit]\nenabled = false\n")
    record("open")
    assert verify(tmp_path / "audit-log.jsonl").lines == 1


def test_an_entry_names_no_patient_and_no_file_hash(path):
    from core.datasets.phantom import dicom_bytes, draw, plan_exam
    from core.scans import read_scan

    scan = read_scan(dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "small")))
    record("predict", "ris", scans=[scan], detail="phantom-triage")
    (entry,) = audit_log.entries(path)
    assert (entry.patient, entry.study) == (scan.patient_key, scan.study_key)
    assert len(entry.images) == 1
    assert scan.sha256[:16] not in path.read_text()
    assert (path.stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (lambda ls: [*ls[:2], ls[2].replace(b"user2", b"user9"), *ls[3:]], "Entry 3 (line 3) was changed"),
        (lambda ls: [*ls[:2], *ls[3:]], "entry 3 is missing"),
        (lambda ls: ls[2:], "entries 1 to 2 are missing"),
        (lambda ls: ls[:4], "entry 5 is missing"),
        (lambda ls: ls[:3], "entries 4 to 5 are missing"),
        (lambda ls: [], "entries 1 to 5 are missing"),
        (lambda ls: [ls[0], ls[2], ls[1], *ls[3:]], "moved"),
        (lambda ls: [*ls, ls[4]], "repeated"),
        (lambda ls: [*ls[:2], b"{}\n", *ls[2:]], "is not an entry"),
    ],
)
def test_a_changed_missing_moved_or_added_line_is_found(five, tamper, words):
    five.write_bytes(b"".join(tamper(lines(five))))
    assert words in " ".join(verify(five).problems)
    record("open", "later")
    assert words.split(" (")[0] in " ".join(verify(five).problems), "a later entry hides the gap"


def test_a_line_that_was_rewritten_with_its_own_hash_is_found(five):
    import hashlib

    found = lines(five)
    body = found[4].strip()[: -audit_log._TAIL].replace(b"user4", b"user9")
    found[4] = body + b',"hash":"' + hashlib.sha256(body).hexdigest().encode() + b'"}\n'
    five.write_bytes(b"".join(found))
    assert verify(five).problems == ("The end of the log does not match the head record.",)


def test_a_missing_head_record_is_found_also_after_the_next_entry(five):
    head_file(five).unlink()
    assert "head record is missing" in verify(five).problems[0]
    record("open")
    assert "begins another log" in verify(five).problems[0]


def test_a_writer_that_was_stopped_leaves_a_whole_log(five):
    before = head_file(five).read_bytes()
    record("open", "last")
    head_file(five).write_bytes(before)  # stopped between the line and the head record
    assert verify(five).problems == ()
    with open(five, "ab") as f:
        f.write(b'{"number":7,"at"')  # stopped within a line
    record("open", "next")
    assert verify(five) == audit_log.Verification(7, ())
    assert [e.number for e in audit_log.entries(five)] == [1, 2, 3, 4, 5, 6, 7]


def _write(count):
    for _ in range(count):
        record("show", "worker")


def test_two_processes_write_one_chain(path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(20,)) for _ in range(2)]
    for w in workers:
        w.start()
    _write(20)
    for w in workers:
        w.join()
    assert [w.exitcode for w in workers] == [0, 0]
    assert verify(path) == audit_log.Verification(60, ())


def test_what_cannot_be_recorded_raises_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SECOND_READER_AUDIT_LOG", str(tmp_path / "file" / "audit.jsonl"))
    with pytest.raises(AuditError, match="cannot be"):
        record("open")


def test_syslog_receives_each_entry_by_rfc_5424(path, tmp_path, monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        (tmp_path / "server.toml").write_text(f'[audit]\nsyslog = "127.0.0.1:{server.getsockname()[1]}"\n')
        monkeypatch.setenv("SECOND_READER_SERVER", str(tmp_path / "server.toml"))
        record("export", "ann", detail="PDF")
        message = server.recv(65536).decode()
    head, _, body = message.partition("] ")
    assert re.fullmatch(r"<109>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ second-reader \d+ export \[origin .+", head)  # 13 × 8 + 5
    assert json.loads(body) == json.loads(lines(path)[0])


def test_a_syslog_server_that_is_down_stops_nobody(path, tmp_path, monkeypatch):
    (tmp_path / "server.toml").write_text(f'[audit]\nsyslog = "{tmp_path}/no-socket"\n')
    monkeypatch.setenv("SECOND_READER_SERVER", str(tmp_path / "server.toml"))
    record("open")
    assert verify(path).lines == 1


def test_the_command_shows_and_verifies(five, capsys):
    assert main.main(["audit-log", "verify"]) == 0
    assert "5 entries, all as written" in capsys.readouterr().out
    assert main.main(["audit-log", "show", "--last", "2", "--json"]) == 0
    assert [json.loads(x)["number"] for x in capsys.readouterr().out.splitlines()] == [4, 5]
    assert main.main(["audit-log", "show"]) == 0
    assert "user0" in capsys.readouterr().out.splitlines()[0]
    five.write_bytes(b"".join(lines(five)[:-1]))
    assert main.main(["audit-log", "verify"]) == 1
    assert "entry 5 is missing" in capsys.readouterr().out


def test_settings_name_the_key_never_its_value(tmp_path, monkeypatch):
    file = tmp_path / "server.toml"
    for text, words in [
        ("hosts = 3\n", "hosts in"),
        ("secret-thing = 1\n", "secret-thing in"),
        ('[[api_keys]]\nname = "a"\nrole = "reader"\nsha256 = "hunter2"\n', "api_keys.0.sha256 in"),
        ("[", "not valid TOML"),
    ]:
        file.write_text(text)
        with pytest.raises(audit_log.ServerError, match=re.escape(words)) as e:
            load_settings(file)
        assert "hunter2" not in str(e.value)
    monkeypatch.setenv("SECOND_READER_API_KEYS", f"ris:reader:{'0' * 64},it:admin:{'1' * 64}")
    assert [(k.name, k.role) for k in load_settings(tmp_path / "none").api_keys] == [("ris", "reader"), ("it", "admin")]
