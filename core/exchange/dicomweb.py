"""A DICOMweb archive: studies by QIDO-RS, single instances by WADO-RS. No torch.

Addresses hold identifiers of patients and studies (PS3.18 has no other way), so no address is logged, and no error carries one.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, Self

import requests
import urllib3
from dicomweb_client import DICOMwebClient
from dicomweb_client.uri import URI
from pydicom.dataset import Dataset
from python_multipart.exceptions import FormParserError

from core.exchange import Dropped, ExchangeError, RefusedError
from core.exchange.mammograms import MODALITY, Instance, Selection, select
from core.exchange.multipart import InstancePart
from core.exchange.query import Query, Study, study_of, text, values
from core.exchange.settings import Archive
from core.scans.identity import is_placeholder

MAX_STUDIES = 100  # of a search
MAX_OBJECTS = 20_000  # of a study
MAX_INSTANCE = 512 * 2**20  # bytes of one image
PAGE = 500  # rows of one answer
CHUNK = 2**20  # bytes
_REFUSING = (400, 406, 409, 413, 415, 422)  # HTTP statuses by which an archive does not accept an object
for _name in ("dicomweb_client", "urllib3", "retrying"):  # they log addresses
    logging.getLogger(_name).setLevel(logging.CRITICAL)


_STUDY_FIELDS = ["StudyDescription", "IssuerOfPatientID", "ModalitiesInStudy", "NumberOfStudyRelatedInstances"]
_INSTANCE_FIELDS = ["SOPClassUID", "NumberOfFrames"]


class DicomWeb:
    """A connection to one archive; a context manager. Every failure is an `ExchangeError` with the archive's name and no address."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._session = requests.Session()
        self._session.trust_env = False  # neither a proxy nor a .netrc of the environment
        self._session.headers.update(archive.headers())
        if archive.ca_file:
            self._session.verify = str(archive.ca_file)
        self._client = DICOMwebClient(archive.url, session=self._session, timeout=archive.timeout_s)
        self._client.set_http_retry_params(retry=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def search(self, query: Query) -> list[Study]:
        """Studies with mammograms, newest first, at most `MAX_STUDIES`.

        Raises
        ------
        ExchangeError
            If the query is empty or wrong, or the archive cannot be searched.
        """
        filters = query.filters() | {"ModalitiesInStudy": MODALITY}
        with self._sentences():
            rows = self._client.search_for_studies(search_filters=filters, fields=_STUDY_FIELDS, limit=MAX_STUDIES)
            studies = [study_of(r) for r in rows if MODALITY in (values(r, "ModalitiesInStudy") or [MODALITY])]
        unique = {(s.uid, s.patient_id, s.issuer): s for s in studies}
        return sorted(unique.values(), key=lambda s: s.date, reverse=True)

    def study(self, query: Query) -> list[Study]:
        """The studies with exactly this study UID or accession number: a match by wildcard or by part is none.

        Raises
        ------
        ExchangeError
            If there is none, or the archive holds the study under more than one patient.
        """
        uid, accession = query.study_uid.strip(), query.accession.strip()
        found = [s for s in self.search(query) if uid in ("", s.uid) and accession in ("", s.accession)]
        if not found:
            raise ExchangeError(f"{self.archive.name} holds no such study with mammograms.", "Check the number, or search by patient ID.")
        if len({s.uid for s in found}) < len(found):
            raise ExchangeError(
                f"{self.archive.name} lists this study under more than one patient, so none of it is opened.",
                "Have the archive's administrator correct it.",
            )
        return found

    def priors(self, study: Study) -> list[Study]:
        """Earlier mammography studies of the patient, newest first, at most `archive.max_priors`; none where the ID names nobody."""
        if not self.archive.max_priors or not study.date or is_placeholder(study.patient_id):
            return []
        same = (s for s in self.search(Query(patient_id=study.patient_id)) if (s.patient_id, s.issuer) == (study.patient_id, study.issuer))
        return [s for s in same if s.date and s.date < study.date][: self.archive.max_priors]

    def mammograms(self, study: Study) -> Selection:
        """Which objects of a study are 2D mammograms.

        Raises
        ------
        ExchangeError
            If there are none, or the study cannot be listed.
        """
        with self._sentences():
            listed = [i for series in self._series(study) for i in self._instances(study, *series)]
        found = select(listed)
        if not found.mammograms:
            raise ExchangeError(f"The study holds no 2D mammogram. {found.note}".strip(), "Choose another study.")
        return found

    def _series(self, study: Study) -> Iterator[tuple[str, str]]:
        for row in self._pages(lambda offset: self._client.search_for_series(study.uid, limit=PAGE, offset=offset), "SeriesInstanceUID"):
            yield text(row, "SeriesInstanceUID"), text(row, "Modality")

    def _instances(self, study: Study, series: str, modality: str) -> Iterator[Instance]:
        def page(offset: int) -> list[dict[str, dict]]:
            return self._client.search_for_instances(study.uid, series, limit=PAGE, offset=offset, fields=_INSTANCE_FIELDS)

        for row in self._pages(page, "SOPInstanceUID"):
            frames = text(row, "NumberOfFrames") or "1"
            uid, sop_class = text(row, "SOPInstanceUID"), text(row, "SOPClassUID")
            yield Instance(study.uid, series, uid, sop_class, modality, int(frames))

    def _pages(self, ask: Callable[[int], list[dict[str, dict]]], key: str) -> Iterator[dict[str, dict]]:
        """Rows of all pages. An archive may cut an answer short, or ignore the offset: the end is a page that brings nothing new."""
        seen: set[str] = set()
        while len(seen) < MAX_OBJECTS:
            rows = [r for r in ask(len(seen)) if text(r, key) not in seen]
            seen |= {text(r, key) for r in rows}
            yield from rows
            if not rows:
                return
        raise ExchangeError(f"The study holds more than {MAX_OBJECTS} objects.", "Choose another study.")

    def fetch(self, instance: Instance, progress: Callable[[int], None], limit: int = MAX_INSTANCE) -> bytes:
        """The DICOM file of one instance as the archive stores it, in its own transfer syntax.

        Parameters
        ----------
        instance : Instance
        progress : callable
            Takes the bytes that have come so far; what it raises ends the transfer and closes the line.
        limit : int
            Bytes beyond which the transfer is refused.

        Raises
        ------
        Dropped
            If the line dropped before the end.
        ExchangeError
            If the archive refuses, or sends something else than one DICOM file.
        """
        address = str(URI(self.archive.url, instance.study_uid, instance.series_uid, instance.uid))
        # Uncompressed: an archive would spend seconds on packing an image that the local line carries in a fraction of one.
        headers = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*', "Accept-Encoding": "identity"}
        with self._sentences(), self._session.get(address, headers=headers, stream=True, timeout=self.archive.timeout_s) as response:
            response.raise_for_status()
            part = InstancePart(response.headers.get("Content-Type", ""))
            came = 0
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                came += len(chunk)
                if came > limit:
                    raise ExchangeError(f"An image is larger than {limit / 2**20:.0f} MB.", "Only smaller images are opened.")
                part.write(chunk)
                progress(came)
            return part.whole()

    def store(self, instance: Dataset) -> None:
        """Store one instance by STOW-RS; returns when the archive has confirmed it.

        Raises
        ------
        RefusedError
            If the archive does not accept the instance.
        ExchangeError
            If it cannot be reached or does not let us in.
        """
        with self._sentences():
            try:
                answer = self._client.store_instances([instance])
            except requests.HTTPError as e:
                if e.response is not None and e.response.status_code in _REFUSING:
                    raise RefusedError(
                        f"{self.archive.name} refused an object (HTTP {e.response.status_code}).", "Ask who runs the archive."
                    ) from None
                raise
            if failed := answer.get("FailedSOPSequence"):
                reason = int(failed[0].get("FailureReason", 0))
                raise RefusedError(f"{self.archive.name} refused an object (failure reason {reason:04X}).", "Ask who runs the archive.")

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn what went wrong on the line into a sentence. The causes are suppressed: they hold addresses."""
        try:
            yield
        except requests.HTTPError as e:
            self._refused(e.response.status_code if e.response is not None else 0)
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError):
            raise ExchangeError(
                f"The certificate of {self.archive.name} is not trusted.", "Set ca_file of the archive to the authority that signed it."
            ) from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise Dropped(f"{self.archive.name} sent nothing for {self.archive.timeout_s:g} seconds.", "Try again later.") from None
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError):
            raise Dropped(f"The line to {self.archive.name} dropped.", "Try again.") from None
        except requests.ConnectionError:
            raise Dropped(f"{self.archive.name} is not reachable.", "Check its address in the settings, and the network.") from None
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, FormParserError):  # JSON or multipart that is none
            raise ExchangeError(
                f"{self.archive.name} answered something that is not DICOMweb.", "Check its address in the settings."
            ) from None
        except OSError:  # of ca_file, and of what requests does not translate
            raise ExchangeError(
                f"The connection to {self.archive.name} cannot be made.", "Check ca_file and the address in the settings."
            ) from None

    def _refused(self, status: int) -> NoReturn:
        name = self.archive.name
        if status in (401, 403):
            raise ExchangeError(f"{name} refused us (HTTP {status}).", "Check the token or header in the archive's settings.") from None
        if status in (404, 410):
            raise ExchangeError(f"{name} does not have it (HTTP {status}).", "Search again, or check the archive's address.") from None
        if status in (408, 429) or status >= 500:
            raise Dropped(f"{name} is busy or out of order (HTTP {status}).", "Try again later.") from None
        raise ExchangeError(f"{name} did not accept the request (HTTP {status}).", "Check the archive's settings.") from None
