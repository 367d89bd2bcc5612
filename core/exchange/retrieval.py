"""Studies on their way from an archive: each whole or not at all, and what has come is not fetched twice. No torch."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from core.exchange import Dropped, ExchangeError
from core.exchange.dicomweb import MAX_INSTANCE, DicomWeb
from core.exchange.header import read_header
from core.exchange.mammograms import Instance, Selection
from core.exchange.query import Query, Study
from core.exchange.settings import Archive

MAX_IMAGES = 48  # of one study
MAX_BYTES = 2 * 2**30  # of one study, the image that is coming included
WAITS = (0.5, 2.0)  # seconds before the second and the third try
T = TypeVar("T")
Progress = Callable[[int, int, int], None]  # images that are here, images of the study, bytes that are here


@dataclass(frozen=True)
class Whole:
    """A study that is here whole: its files as the archive stores them, and a sentence on what was not fetched.

    A prior that cannot be opened has no files, and the sentence says why.
    """

    files: tuple[bytes, ...] = field(repr=False)
    note: str
    prior: bool


@dataclass
class Retrieval:
    """One study or several with their priors, fetched one after another.

    What has come survives a failure: calling `studies` again goes on where the last call ended.

    Attributes
    ----------
    archive : Archive
    query : Query
        Names the studies exactly, by study UID or accession number.
    """

    archive: Archive
    query: Query = field(repr=False)
    _named: list[Study] | None = field(default=None, repr=False)  # what the query found; None before it was asked
    _coming: list[tuple[Study, bool]] = field(default_factory=list, repr=False)  # studies still to come, and whether each is a prior
    _priors_known: bool = field(default=False, repr=False)
    _selection: Selection | None = field(default=None, repr=False)  # of the study that is coming
    _here: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def bytes_here(self) -> int:
        """Memory of what has come of a study that is not whole yet."""
        return sum(map(len, list(self._here.values())))

    def studies(self, progress: Progress) -> Iterator[Whole]:
        """Fetch what is missing, and yield each study once it is whole: the one that was requested, then its priors, newest first.

        Parameters
        ----------
        progress : callable
            Called with each piece that comes; what it raises ends the retrieval, which can go on later.

        Raises
        ------
        ExchangeError
            If a study cannot be listed, is too large, mixes patients, or the line dropped three times in a row.
        """
        with DicomWeb(self.archive) as line:
            if self._named is None:
                self._named = _again(partial(line.study, self.query))
                self._coming = [(s, False) for s in self._named]
            while self._coming or not self._priors_known:
                if not self._coming:
                    self._seek_priors(line, self._named)
                    continue
                study, prior = self._coming[0]
                try:
                    whole = self._whole(line, study, prior, progress)
                except ExchangeError as e:
                    if not prior or isinstance(e, Dropped):
                        raise
                    whole = Whole((), str(e), prior)  # the other priors still come
                self._drop_first()
                yield whole

    def _seek_priors(self, line: DicomWeb, named: Sequence[Study]) -> None:
        found = {p.uid: p for study in named for p in _again(partial(line.priors, study))}
        self._coming = [(p, True) for uid, p in found.items() if uid not in {s.uid for s in named}]
        self._priors_known = True

    def _drop_first(self) -> None:
        del self._coming[0]
        self._selection = None
        self._here.clear()

    def _whole(self, line: DicomWeb, study: Study, prior: bool, progress: Progress) -> Whole:
        if self._selection is None:
            self._selection = _again(partial(line.mammograms, study))
        images = self._selection.mammograms
        if len(images) > MAX_IMAGES:
            raise ExchangeError(f"The study holds {len(images)} mammograms; at most {MAX_IMAGES} are opened.", "Choose another study.")
        for image in images:
            if image.uid not in self._here:
                self._here[image.uid] = _again(partial(self._fetch, line, study, image, len(images), progress))
        return Whole(tuple(self._here[i.uid] for i in images), self._selection.note, prior)

    def _fetch(self, line: DicomWeb, study: Study, image: Instance, count: int, progress: Progress) -> bytes:
        before = self.bytes_here
        progress(len(self._here), count, before)
        if before > MAX_BYTES - MAX_INSTANCE:
            raise ExchangeError(f"The study is larger than {(MAX_BYTES - MAX_INSTANCE) / 2**30:g} GB.", "Choose another study.")
        data = line.fetch(image, lambda came: progress(len(self._here), count, before + came))
        _check(data, study, image)
        progress(len(self._here) + 1, count, before + len(data))
        return data


def _again(work: Callable[[], T]) -> T:
    """Up to three tries of what fails for a dropped line."""
    for wait in WAITS:
        try:
            return work()
        except Dropped:
            time.sleep(wait)
    return work()


def _check(data: bytes, study: Study, image: Instance) -> None:
    """Whether a file is the image that was requested, of the patient who was requested."""
    try:
        patient, of_study, uid = read_header(data, ["PatientID", "StudyInstanceUID", "SOPInstanceUID"]).values()
    except ExchangeError:
        raise ExchangeError("The archive sent something that is no DICOM file.", "Report it to its administrator.") from None
    if patient != study.patient_id:
        raise ExchangeError(
            "The archive sent an image of another patient under this study, so none of it is opened.", "Have its administrator correct it."
        )
    if (of_study, uid) != (image.study_uid, image.uid):
        raise ExchangeError("The archive sent another image than the one requested.", "Report it to its administrator.")
