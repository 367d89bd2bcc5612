import csv
import errno
import io
import os
import pickle
import signal
import subprocess
import sys
import textwrap

import pandas as pd
import pytest

from core.errors import ScanError
from core.files import atomic_path, csv_text, read_json, reserve, sha256_bytes, sha256_file, write_bytes, write_json


def test_a_failed_write_keeps_the_previous_file(tmp_path):
    path = tmp_path / "card.json"
    write_bytes(path, b"whole")
    with pytest.raises(FileNotFoundError), atomic_path(path) as part:
        part.write_bytes((tmp_path / "absent").read_bytes())
    assert path.read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["card.json"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to("file")
    for content in (b"first", b"second"):
        write_bytes(tmp_path / "link", content)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "file").read_bytes() == content


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_device_is_written_to_and_not_replaced(tmp_path):
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="full") as caught:
        write_bytes(full, b"x")
    assert caught.value.errno == errno.ENOSPC
    assert os.path.realpath(full) == "/dev/full"
    assert not os.path.isfile("/dev/full")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_bytes(pipe, b"through")
    assert os.read(reader, 20) == b"through"
    os.close(reader)
    assert not pipe.is_file()


def test_killed_in_the_middle_of_a_write(tmp_path):
    path = tmp_path / "weights"
    write_bytes(path, b"whole")
    code = f"""
        from pathlib import Path
        from core.files import atomic_path
        with atomic_path(Path({str(path)!r})) as part, open(part, "wb") as f:
            f.write(b"half"); f.flush(); print("writing", flush=True); import time; time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"writing\n"
        child.send_signal(signal.SIGKILL)
    assert path.read_bytes() == b"whole"


def test_json_holds_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert not (tmp_path / "a.json").exists()
    (tmp_path / "b.json").write_text('{"x": NaN}')
    with pytest.raises(ValueError, match="NaN"):
        read_json(tmp_path / "b.json")


def test_the_two_hashes_agree(tmp_path):
    write_bytes(tmp_path / "f", b"abc")
    assert sha256_file(tmp_path / "f") == sha256_bytes(b"abc")
    assert sha256_bytes(b"abc").startswith("ba7816bf")  # FIPS 180-2, appendix B.1


def test_errors_survive_a_process_border():
    e = pickle.loads(pickle.dumps(ScanError("It is torn.", "Send it again.")))
    assert (e.what, e.remedy, str(e)) == ("It is torn.", "Send it again.", "It is torn. Send it again.")


def test_an_error_names_the_file_and_not_its_temporary_one(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as e:
        write_bytes(tmp_path / "folder", b"")
    assert e.value.filename == str(tmp_path / "folder")
    with pytest.raises(OSError, match="full") as e, atomic_path(tmp_path / "a"):
        raise OSError(28, "full")
    assert e.value.filename == str(tmp_path / "a")
    assert os.listdir(tmp_path) == ["folder"]


def test_cells_that_a_spreadsheet_would_run_are_defused():
    frame = pd.DataFrame({"=name": ["=1+1", "+49", "-x", "@SUM(A1)", "\t=1", "\r=1", "plain", "-0.5"], "n": [-1, 0, 1, 2, 3, 4, 5, 6]})
    cells = list(csv.reader(io.StringIO(csv_text(frame), newline="")))
    assert cells[0] == ["'=name", "n"]
    assert [row[0] for row in cells[1:]] == ["'=1+1", "+49", "'-x", "'@SUM(A1)", "'\t=1", "'\r=1", "plain", "-0.5"]
    assert cells[1][1] == "-1"


def test_a_reserved_file_keeps_its_contents_and_a_full_disk_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "map"
    path.write_bytes(b"header")
    reserve(path, 4096)
    assert path.read_bytes()[:6] == b"header"
    assert path.stat().st_size == 4096
    assert path.stat().st_blocks * 512 >= 4096

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space"):
        reserve(path, 8192)
