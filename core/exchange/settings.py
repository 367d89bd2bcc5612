"""Settings of the exchange: archives, nodes and the receiver, from one TOML file; secrets come from the environment. No torch."""

import os
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from core.exchange import ExchangeError
from core.folders import exchange_file, inbox_folder
from core.settings_file import read_toml, validated

AETitle = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16, pattern=r"^[ -\[\]-~]+$")]  # PS3.5, VR AE
Name = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")]
Port = Annotated[int, Field(ge=1, le=65535)]
MB, GB = 2**20, 2**30


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Archive(_Table):
    """A DICOMweb archive: QIDO-RS, WADO-RS and STOW-RS under one URL.

    Attributes
    ----------
    name : str
        What the reader sees, and what `archive=` of a deep link names.
    url : str
        Root of the service, such as https://pacs.hospital.example/dicom-web.
    token_variable, header_variable : str or None
        Environment variable that holds a bearer token, or a whole Authorization header such as "Basic dXNlcjpwYXNz".
    ca_file : Path or None
        PEM file of the authority that signed the archive's certificate; default: those that the library `certifi` trusts.
    timeout_s : float
        Seconds without a byte from the archive after which a request has failed.
    max_priors : int
        How many earlier mammography studies of the patient are opened with a study.
    """

    name: Name
    url: str
    token_variable: str | None = None
    header_variable: str | None = None
    ca_file: Path | None = None
    timeout_s: float = Field(30, gt=0, le=600)
    max_priors: int = Field(2, ge=0, le=5)

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("an address that begins with http:// or https:// is needed")
        if parts.username or parts.password:
            raise ValueError("no password belongs into the address: name an environment variable in header_variable")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _check(self) -> "Archive":
        if self.token_variable and self.header_variable:
            raise ValueError("token_variable and header_variable exclude each other")
        return self

    def headers(self) -> dict[str, str]:
        """The Authorization header, where one is configured.

        Raises
        ------
        ExchangeError
            If the variable that should hold it is not set.
        """
        for variable, scheme in ((self.token_variable, "Bearer "), (self.header_variable, "")):
            if variable and not os.environ.get(variable):
                raise ExchangeError(
                    f"The environment variable {variable} of the archive {self.name} is not set.", "Set it, and start the dashboard again."
                )
            if variable:
                return {"Authorization": f"{scheme}{os.environ[variable].strip()}"}
        return {}


class Node(_Table):
    """A DICOM application entity that results are sent to by C-STORE."""

    name: Name
    ae_title: AETitle
    host: str = Field(min_length=1)
    port: Port
    timeout_s: float = Field(30, gt=0, le=600)


class Receiver(_Table):
    """The C-STORE receiver that `second-reader receive` starts.

    Attributes
    ----------
    ae_title : str
        Our own title, also when we send.
    called : tuple of str
        Titles that callers may address; default: our own.
    callers : tuple of str
        Titles of callers that are accepted; empty: any.
    host, port : str, int
        Address to listen on; default: this machine only.
    max_associations : int
        Simultaneous callers.
    max_instance_mb : int
        Largest instance, in MiB.
    max_per_minute : int
        Instances a minute and caller; a faster one is slowed down.
    """

    ae_title: AETitle = "SECOND_READER"
    called: tuple[AETitle, ...] = ()
    callers: tuple[AETitle, ...] = ()
    host: str = "127.0.0.1"
    port: Port = 11112
    max_associations: int = Field(8, ge=1, le=100)
    max_instance_mb: int = Field(512, ge=1, le=4096)
    max_per_minute: int = Field(600, ge=1)

    @property
    def titles(self) -> tuple[str, ...]:
        """All titles that callers may address."""
        return self.called or (self.ae_title,)


class Inbox(_Table):
    """Where received images lie until they are opened.

    Attributes
    ----------
    quota_gb : float
        Room for all of them, in GiB; beyond it senders are refused with status A700, out of resources.
    keep_hours : float
        How long they stay.
    settle_s : float
        Seconds without a new image after which a study counts as complete: DICOM has no sign for it.
    """

    quota_gb: float = Field(20, gt=0)
    keep_hours: float = Field(72, gt=0)
    settle_s: float = Field(5, ge=0, le=600)

    @property
    def folder(self) -> Path:
        """`core.folders.inbox_folder`."""
        return inbox_folder()

    @property
    def quota(self) -> int:
        """`quota_gb` in bytes."""
        return int(self.quota_gb * GB)


class ExchangeSettings(_Table):
    """What the settings file holds; all of it may be left out."""

    archives: tuple[Archive, ...] = ()
    nodes: tuple[Node, ...] = ()
    receiver: Receiver = Receiver()
    inbox: Inbox = Inbox()

    @model_validator(mode="after")
    def _check(self) -> "ExchangeSettings":
        for kind, names in (("archives", [a.name for a in self.archives]), ("nodes", [n.name for n in self.nodes])):
            if len(set(names)) < len(names):
                raise ValueError(f"two of the {kind} have the same name")
        return self

    def archive(self, name: str | None = None) -> Archive:
        """An archive by its name; without a name the first.

        Raises
        ------
        ExchangeError
            If there is none.
        """
        return next((a for a in self.archives if name in (None, a.name)), None) or _missing(
            "archive", name, [a.name for a in self.archives]
        )

    def node(self, name: str | None = None) -> Node:
        """A node by its name; without a name the first. Errors as in `archive`."""
        found = next((n for n in self.nodes if name in (None, n.name)), None)
        return found or _missing("node", name, [n.name for n in self.nodes])


def _missing(kind: Literal["archive", "node"], name: str | None, known: list[str]) -> NoReturn:
    what = f"There is no {kind} named {name!r}." if name and known else f"No {kind} is configured."
    remedy = f"Configured: {', '.join(known)}." if known else f"Add [[{kind}s]] to {exchange_file()}; docs/hospital.md shows how."
    raise ExchangeError(what, remedy)


def load_settings(path: Path | None = None) -> ExchangeSettings:
    """Read the settings file; without one, the defaults.

    Parameters
    ----------
    path : Path, optional
        Default: `core.folders.exchange_file`.

    Raises
    ------
    ExchangeError
        If the file cannot be read, is not TOML, or a key or value in it is wrong; the sentence names the key, never its value.
    """
    path = path or exchange_file()
    return validated(read_toml(path, ExchangeError), ExchangeSettings, str(path), "docs/hospital.md", ExchangeError)
