import pytest

from core.exchange import ExchangeError
from core.exchange.settings import Archive, ExchangeSettings, load_settings

WHOLE = """
[[archives]]
name = "PACS"
url = "https://pacs.example/dicom-web/"
token_variable = "PACS_TOKEN"

[[nodes]]
name = "workstation"
ae_title = "WORK"
host = "10.0.0.2"
port = 104

[receiver]
called = ["READER_A", "READER_B"]

[inbox]
quota_gb = 0.5
"""


def test_a_settings_file_is_read_whole(tmp_path, monkeypatch):
    file = tmp_path / "exchange.toml"
    file.write_text(WHOLE)
    monkeypatch.setenv("SECOND_READER_EXCHANGE", str(file))
    monkeypatch.setenv("PACS_TOKEN", "secret\n")
    found = load_settings()
    assert found.archive().url == "https://pacs.example/dicom-web"
    assert found.archive("PACS").headers() == {"Authorization": "Bearer secret"}
    assert found.node("workstation").port == 104
    assert found.receiver.titles == ("READER_A", "READER_B")
    assert found.inbox.quota == 2**29


def test_without_a_file_nothing_is_configured(tmp_path):
    found = load_settings(tmp_path / "exchange.toml")
    assert found == ExchangeSettings()
    assert found.receiver.titles == ("SECOND_READER",)
    with pytest.raises(ExchangeError, match=r"\[\[archives\]\]"):
        found.archive()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("archives = [", "TOML"),
        ("[receiver]\nprot = 4", "receiver.prot"),
        ("[receiver]\nport = 99999", "receiver.port"),
        ("[receiver]\nae_title = 'SEVENTEEN_LETTERS'", "receiver.ae_title"),
        ("[[archives]]\nname = 'a'\nurl = 'ftp://x'", "http"),
        ("[[archives]]\nname = 'a'\nurl = 'https://me:canary@x'", "header_variable"),
        ("[[archives]]\nname = 'a'\nurl = 'https://x'\ntoken_variable = 'A'\nheader_variable = 'B'", "exclude"),
        ("[[archives]]\nname = 'a'\nurl = 'https://x'\n[[archives]]\nname = 'a'\nurl = 'https://y'", "same name"),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_the_key_and_no_secret(text, match, tmp_path):
    file = tmp_path / "exchange.toml"
    file.write_text(text)
    with pytest.raises(ExchangeError, match=match) as e:
        load_settings(file)
    assert "canary" not in str(e.value)
    assert "\n" not in e.value.remedy


def test_an_unknown_archive_names_those_that_are_configured():
    settings = ExchangeSettings(archives=(Archive(name="PACS", url="https://pacs.example"),))
    with pytest.raises(ExchangeError, match="Configured: PACS"):
        settings.archive("other")


def test_a_missing_secret_names_its_variable(monkeypatch):
    monkeypatch.delenv("PACS_HEADER", raising=False)
    with pytest.raises(ExchangeError, match="PACS_HEADER"):
        Archive(name="PACS", url="https://pacs.example", header_variable="PACS_HEADER").headers()
