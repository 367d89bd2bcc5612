"""Tables of the database: exams, their views, predictions and assessments. No name, identifier or date of a patient."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import NaiveDatetime
from sqlalchemy.orm import registry
from sqlmodel import JSON, Column, Field, SQLModel

from core.exams.assessment import Assessment, Finding
from core.models.card import Card

if TYPE_CHECKING:
    from core.inference.prediction import Prediction  # it imports torch

SCHEMA = 3


class Row(SQLModel, registry=registry()):
    """A registry of its own: a module that is loaded twice must not meet its first self in SQLModel's."""


class SavedExam(Row, table=True):
    """One saved case: the open views of one exam. `id` is random."""

    __tablename__ = "exam"
    id: str = Field(primary_key=True)
    saved_at: NaiveDatetime
    note: str = ""
    structured_report: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # section → text


class SavedView(Row, table=True):
    """One image of an exam; its file is next to the database, named by `sha256`."""

    __tablename__ = "view"
    sha256: str = Field(primary_key=True)
    pixel_sha256: str  # survives where the source's bytes do not
    exam_id: str = Field(foreign_key="exam.id", index=True)
    place: int  # in the order of opening
    label: str
    synthetic: bool
    size: int  # of the file, bytes


class SavedPrediction(Row, table=True):
    """One Prediction, with all that it came from."""

    __tablename__ = "prediction"
    id: int | None = Field(default=None, primary_key=True)
    scan_sha256: str = Field(foreign_key="view.sha256", index=True)
    pixel_sha256: str
    checkpoint: str
    weights_sha256: str
    input: dict = Field(sa_column=Column(JSON, nullable=False))
    input_overridden: bool
    any_domain: bool
    heatmaps: int
    temperature: float
    threshold: float
    logits: list = Field(sa_column=Column(JSON, nullable=False))
    probabilities: dict = Field(sa_column=Column(JSON, nullable=False))
    score: float
    decision: str
    device: str
    processor: str
    dtype: str
    threads: int
    versions: dict = Field(sa_column=Column(JSON, nullable=False))
    notes: list = Field(sa_column=Column(JSON, nullable=False))
    at: NaiveDatetime


class SavedAssessment(Row, table=True):
    """One Assessment of an exam."""

    __tablename__ = "assessment"
    id: int | None = Field(default=None, primary_key=True)
    exam_id: str = Field(foreign_key="exam.id", index=True)
    category: int | None
    density: str | None
    note: str
    at: NaiveDatetime
    after_score: bool
    findings: list = Field(default_factory=list, sa_column=Column(JSON, nullable=False))

    @classmethod
    def of(cls, exam_id: str, assessment: Assessment) -> "SavedAssessment":
        """The row of an Assessment."""
        fields = asdict(assessment)
        return cls(exam_id=exam_id, **fields | {"findings": list(fields["findings"])})

    @property
    def assessment(self) -> Assessment:
        """The Assessment of the row; ValueError where its findings are not valid."""
        try:
            findings = tuple(Finding(**f | {"millimetres": f["millimetres"] and tuple(f["millimetres"])}) for f in self.findings)
        except (TypeError, KeyError) as e:
            raise ValueError("findings that are not valid") from e
        return Assessment(self.category, self.density, self.note, self.at, self.after_score, findings)


def saved_prediction(prediction: "Prediction", card: Card, pixel_sha256: str, any_domain: bool = False) -> SavedPrediction:
    """The row of a Prediction that was computed with `card`'s checkpoint."""
    e, at = prediction.environment, prediction.at
    if e is None or at is None:
        raise ValueError("only a prediction with its environment and time can be saved")
    return SavedPrediction(
        scan_sha256=prediction.scan_sha256,
        pixel_sha256=pixel_sha256,
        checkpoint=card.name,
        weights_sha256=card.weights.sha256,
        input=prediction.input.model_dump(mode="json"),
        input_overridden=prediction.input_overridden,
        any_domain=any_domain,
        heatmaps=prediction.heatmaps,
        temperature=card.temperature,
        threshold=prediction.threshold,
        logits=list(prediction.logits),
        probabilities=dict(prediction.probabilities),
        score=prediction.score,
        decision=prediction.decision,
        device=e.device,
        processor=e.processor,
        dtype=e.dtype,
        threads=e.threads,
        versions=dict(e.versions),
        notes=list(prediction.notes),
        at=at,
    )


def same(a: SavedPrediction, b: SavedPrediction) -> bool:
    """Whether two rows are the same, but for their number and time."""
    return a.model_dump(exclude={"id", "at"}) == b.model_dump(exclude={"id", "at"})
