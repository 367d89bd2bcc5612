"""Settings of the server, from one TOML file: audit log, API keys, limits, hosts. No torch."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from core.errors import SecondReaderError
from core.folders import audit_log_file, server_file
from core.settings_file import read_toml, validated

Role = Literal["reader", "teacher", "admin"]
KeyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
API_KEYS = "SECOND_READER_API_KEYS"
NETWORK = "SECOND_READER_ALLOW_NETWORK"


class ServerError(SecondReaderError):
    """A setting of the server, or its audit log, that cannot be used."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApiKey(_Table):
    """One caller of the REST interface. The key itself is stored nowhere: `sha256` is that of a random key of 256 bits."""

    name: KeyName
    role: Role
    sha256: Sha256


class Audit(_Table):
    """The audit log.

    Attributes
    ----------
    enabled : bool or None
        Default: on where there is a settings file, or SECOND_READER_AUDIT_LOG is set.
    syslog : str or None
        Where a copy of each entry goes: host:port (UDP), or the path of a socket such as /dev/log.
    """

    enabled: bool | None = None
    syslog: str | None = Field(None, pattern=r"^(/.+|[^/:\s]+:\d{1,5})$")


class Limits(_Table):
    """Limits of the REST interface, each for one key unless stated.

    Attributes
    ----------
    requests_per_minute : int
    max_file_mb : int
        Largest file, in MiB.
    max_request_mb : int
        Largest request, in MiB.
    max_files : int
        Files of one job.
    max_waiting : int
        Predictions of all keys that wait or run at the same time; beyond it, requests are refused with 503.
    keep_minutes : int
        How long results can be fetched; they are in memory only.
    max_results_mb : int
        Memory of all results, in MiB; the oldest make room.
    """

    requests_per_minute: int = Field(120, ge=1, le=100_000)
    max_file_mb: int = Field(200, ge=1, le=512)
    max_request_mb: int = Field(400, ge=1, le=4096)
    max_files: int = Field(64, ge=1, le=1000)
    max_waiting: int = Field(128, ge=1, le=10_000)
    keep_minutes: int = Field(60, ge=1, le=1440)
    max_results_mb: int = Field(256, ge=16, le=16_384)


class ServerSettings(_Table):
    """What the settings file holds; all of it may be left out.

    Attributes
    ----------
    hosts : tuple of str
        Names under which browsers reach the server, besides this machine's own loopback names.
    frame_ancestors : tuple of str
        Origins whose pages may show the dashboard in a frame, such as https://ris.hospital.example; none by default.
    """

    hosts: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:\[\]-]+$")], ...] = ()
    frame_ancestors: tuple[Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")], ...] = ()
    audit: Audit = Audit()
    limits: Limits = Limits()
    api_keys: tuple[ApiKey, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "ServerSettings":
        if len({k.name for k in self.api_keys}) < len(self.api_keys):
            raise ValueError("two API keys have the same name")
        return self


def load_settings(path: Path | None = None) -> ServerSettings:
    """Read the settings file, and what the environment adds; without either, the defaults.

    SECOND_READER_API_KEYS adds keys, written name:role:sha256 and separated by commas.

    Parameters
    ----------
    path : Path, optional
        Default: `core.folders.server_file`.

    Raises
    ------
    ServerError
        If the file cannot be read, is not TOML, or a key or value is wrong; the sentence names the key, never its value.
    """
    path = path or server_file()
    found = read_toml(path, ServerError)
    keys = [dict(zip(("name", "role", "sha256"), k.strip().split(":"), strict=False)) for k in os.environ.get(API_KEYS, "").split(",") if k]
    if keys:
        found["api_keys"] = [*found.get("api_keys", []), *keys]
    return validated(found, ServerSettings, f"{path} or {API_KEYS}" if keys else str(path), "docs/api.md", ServerError)


def network_allowed() -> bool:
    """Whether the dashboard may listen where other machines reach it, although nobody signs in."""
    return os.environ.get(NETWORK) == "1"


def audit_log(settings: ServerSettings) -> Path | None:
    """The file of the audit log; None where it is off."""
    configured = server_file().exists() or bool(os.environ.get("SECOND_READER_AUDIT_LOG"))
    on = configured if settings.audit.enabled is None else settings.audit.enabled
    return audit_log_file() if on else None
