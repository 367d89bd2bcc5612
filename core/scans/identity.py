"""Keys that group the images of one patient or study and lead back to nobody."""

import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from core.folders import user_folder
from core.scans.file_names import cbis_patient

_SEPARATOR = "\x1f"
# What de-identification and modalities write where no patient is named, without case, blanks and punctuation.
_NOBODY = {"", "anonymous", "anonymized", "anonymised", "anon", "unknown", "none", "null", "na", "nil", "noid", "nopatientid"}
_NOBODY |= {
    "deidentified",
    "deid",
    "removed",
    "redacted",
    "default",
    "patient",
    "patientid",
    "id",
    "test",
    "dummy",
    "empty",
    "unidentified",
}
_FIRST_YEAR = 1901  # 18991230 and 19000101 are fillers


def is_placeholder(patient_id: str) -> bool:
    """Whether a patient ID, or what stands for one in a file name or table, names nobody: ANONYMOUS, 0, UNKNOWN, ^, XXXX, empty."""
    bare = "".join(c for c in patient_id.casefold() if c.isalnum())
    return bare in _NOBODY or set(bare) in ({"0"}, {"x"}) or (set(bare) == {"9"} and len(bare) > 3)


def patient_identifier(issuer: str, patient_id: str) -> str:
    """Issuer and patient ID as one identifier, empty where the ID names nobody. Blank and NUL padding is stripped, case is not touched.

    CBIS-DDSM writes the view into the ID (`Mass-Test_P_00173_LEFT_CC`): the patient in it counts.
    """
    patient_id = patient_id.strip("\0 ")
    patient_id = cbis_patient(patient_id) or patient_id
    return "" if is_placeholder(patient_id) else f"{issuer.strip(chr(0) + ' ')}{_SEPARATOR}{patient_id}"


def salted_key(kind: str, identifier: str | None) -> str | None:
    """A key of 16 hex digits for an identifier, or None where there is none.

    HMAC-SHA256 with a random salt of this installation: equal identifiers give equal keys here, other
    keys elsewhere, and trying all possible identifiers is of no use without the salt file.
    """
    text = (identifier or "").strip("\0 \t\r\n")
    if not text:
        return None
    return hmac.new(_salt(user_folder()), f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()[:16]


def shifted_day(identifier: str | None, date: str | None) -> int | None:
    """A day number for a DICOM date (YYYYMMDD), moved by up to a century that depends on the patient and this installation's salt.

    Only differences between days of one identifier mean anything ("modified dates", DICOM PS3.15 E.3.6). None where either
    is missing, or the date is none.
    """
    key, date = salted_key("day", identifier), (date or "").strip("\0 ")
    if len(date) != 8:  # strptime reads 202411, a month, as 1 January
        return None
    try:
        found = datetime.strptime(date, "%Y%m%d")
    except ValueError:
        return None
    if found.year < _FIRST_YEAR or found > datetime.now() + timedelta(days=2):  # clocks run ahead
        return None
    day = found.toordinal()
    return None if key is None else day + int(key, 16) % 36525


@cache
def _salt(folder: Path) -> bytes:
    path = folder / "salt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as f:
                f.write(secrets.token_bytes(32))
        except FileExistsError:
            pass
        salt = path.read_bytes()
    except OSError:
        salt = b""
    # An unwritable home, or a file torn by a crash: grouping then holds for this process only.
    return salt if len(salt) == 32 else secrets.token_bytes(32)
