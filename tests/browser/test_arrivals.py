"""Exams that arrive while nobody touches the page."""

import json
import shutil

import pytest

pytest.importorskip("dicomweb_client", reason="needs the extra dicom")

from playwright.sync_api import expect

from core.exchange import inbox
from core.exchange.settings import Inbox
from core.folders import exchange_file, inbox_folder
from tests.fake_archive import FakeArchive, study

pytestmark = pytest.mark.browser


@pytest.fixture
def archive():
    """An archive that the running server finds in its settings."""
    found = FakeArchive(study())
    exchange_file().write_text(f'[[archives]]\nname = "PACS"\nurl = {json.dumps(found.url)}\n[inbox]\nsettle_s = 1\n')
    yield found
    found.close()
    exchange_file().unlink()
    shutil.rmtree(inbox_folder(), ignore_errors=True)


def test_a_link_opens_its_study_and_a_received_one_joins_the_list(archive, server, page):
    requested = []
    page.on("request", lambda r: requested.append(r.url))
    page.goto(f"{server}/?AccessionNumber=ACC1")
    page.wait_for_url("**/?exam=*", timeout=90_000)
    rows = page.locator("[class*=st-key-exam_list] li")
    expect(rows).to_have_count(1)
    opened = page.url
    assert not any("ACC1" in url for url in requested[1:] if "_stcore/stream" not in url)
    for data in study(exam=3, accession="ACC2"):
        inbox.store(Inbox(), data, 0)
    expect(rows).to_have_count(2, timeout=90_000)
    assert page.url == opened
