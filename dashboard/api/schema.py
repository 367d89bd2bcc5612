"""What the interface answers."""

from typing import Literal

from pydantic import BaseModel, Field

from core.models.card import Estimate
from core.service.scoring import Line
from dashboard.api.results import Job, Result, State


class PredictionBody(BaseModel):
    """One image: `prediction` is the line of `second-reader predict --json`."""

    id: str
    prediction: Line
    heatmap: str | None = Field(description="Address of the stamped heatmap, PNG; null where the image was not scored.")
    report: str | None = Field(description="Address of the structured report, DICOM; null where the file was no DICOM.")
    use: Literal["research use only"] = "research use only"

    @classmethod
    def of(cls, result: Result, prefix: str) -> "PredictionBody":
        """Of a stored prediction; `prefix` is the path of the interface."""
        here = f"{prefix}/predictions/{result.id}"
        heatmap, report = (f"{here}/heatmap" if result.heatmap else None), (f"{here}/sr" if result.report else None)
        return cls(id=result.id, prediction=result.line, heatmap=heatmap, report=report)


class JobItem(BaseModel):
    """One file of a job; `id` is null where it could not be read or scored."""

    id: str | None
    prediction: Line


class JobBody(BaseModel):
    """Several files of one request."""

    id: str
    state: State
    total: int = Field(ge=1)
    done: int = Field(ge=0)
    detail: str = Field(description="Why the job failed.")
    items: list[JobItem]
    use: Literal["research use only"] = "research use only"

    @classmethod
    def of(cls, job: Job) -> "JobBody":
        """Of a job, as it is now."""
        items = [JobItem(id=i, prediction=line) for i, line in list(job.items)]
        return cls(id=job.id, state=job.state, total=job.total, done=len(items), detail=job.detail, items=items)


class CheckpointBody(BaseModel):
    """One model."""

    name: str
    title: str
    intended_use: str
    classes: list[str]
    positive: str
    threshold: float
    auroc: Estimate | None
    synthetic: bool
    weights_sha256: str
