"""The routes of the REST interface."""

from asyncio import wrap_future
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from core.errors import CheckpointError, ScanError
from core.models.card import find_checkpoint
from core.service import audit_log
from core.service.settings import ApiKey, load_settings
from dashboard.api import problems, reference, work
from dashboard.api.callers import Caller, allow
from dashboard.api.problems import Problem, ProblemDetails
from dashboard.api.results import Answer, Result, fingerprint
from dashboard.api.schema import CheckpointBody, JobBody, PredictionBody
from dashboard.api.upload import FORM, Upload, receive
from dashboard.cache import checkpoints

GONE = "Results are in memory for a limited time; send the file again."
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[!-~]+$")]


def _errors(*statuses: int) -> dict[int | str, dict[str, object]]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {s: {"description": "Problem", "model": ProblemDetails, "content": content} for s in (401, 429, 500, *statuses)}


def _binary(media_type: str) -> dict[int | str, dict[str, object]]:
    return {200: {"description": "The file", "content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}


app = FastAPI(
    title="Second Reader",
    version=version("second-reader"),
    summary="Scores mammograms. Research use only, not a medical device.",
    docs_url=None,
    redoc_url=None,
    openapi_url="/openapi.json",
    swagger_ui_oauth2_redirect_url=None,
)
problems.install(app)
READERS = [Depends(allow("reader", "admin"))]


@app.middleware("http")
async def not_stored(request: Request, call_next: Callable) -> Response:
    """No answer may lie in a cache of the browser or of a proxy."""
    response = await call_next(request)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@app.get("/docs", include_in_schema=False)
def docs() -> HTMLResponse:
    """The reference as a page that loads nothing."""
    return HTMLResponse(reference.page(app.openapi()))


@app.get("/checkpoints", responses=_errors())
def list_checkpoints(caller: Caller) -> list[CheckpointBody]:
    """The models that are installed."""
    return [
        CheckpointBody(
            name=c.name,
            title=c.title,
            intended_use=c.intended_use,
            classes=list(c.label_space.classes),
            positive=c.label_space.positive,
            threshold=c.threshold,
            auroc=c.metrics.get("auroc"),
            synthetic=c.synthetic,
            weights_sha256=c.weights.sha256,
        )
        for c in checkpoints.cards()
    ]


@app.post(
    "/predictions",
    status_code=201,
    dependencies=READERS,
    response_model=PredictionBody,
    response_model_exclude_unset=True,
    openapi_extra={"requestBody": FORM},
    responses=_errors(400, 403, 404, 409, 411, 413, 415, 422, 503)
    | {202: {"description": "A job: several files", "model": JobBody}, 201: {"description": "One file, scored"}},
)
async def create_prediction(request: Request, caller: Caller, idempotency_key: IdempotencyKey = None) -> Response:
    """Score one file and answer with its prediction, or several as a job.

    A repeated request with the same Idempotency-Key is answered as before, without a second prediction.
    """
    limits = load_settings().limits
    async with receive(request, limits) as upload:
        if idempotency_key is None:
            return _respond(await _create(upload, caller, request.scope.get("root_path", "")))
        parts = [*(part for n, d in upload.files.items() for part in (n.encode(), d)), repr(upload.options).encode()]
        print_ = await run_in_threadpool(fingerprint, parts)
        known = work.results.begin(caller.name, idempotency_key, print_)
        if known is not None:
            return _respond(_replayed(known, print_), replayed=True)
        answer = None
        try:
            body, location, status = await _create(upload, caller, request.scope.get("root_path", ""))
            answer = Answer(print_, status, location, body)
        finally:
            work.results.finish(caller.name, idempotency_key, answer)
        return _respond((body, location, status))


def _replayed(known: Answer, print_: str) -> tuple[str, str, int]:
    if known.fingerprint != print_:
        raise Problem(422, "This Idempotency-Key belongs to another request.", "Use a new key for each request.")
    if known.body is None:
        raise Problem(409, "The first request with this Idempotency-Key is under way.", "Wait, and send it again.")
    return known.body, known.location, known.status


def _respond(answer: tuple[str, str, int], replayed: bool = False) -> Response:
    body, location, status = answer
    headers = {"Location": location} | ({"Idempotency-Replayed": "true"} if replayed else {})
    return Response(body, status, headers, "application/json")


async def _create(upload: Upload, caller: ApiKey, prefix: str) -> tuple[str, str, int]:
    """Body, location and status of the answer."""
    try:
        folder = find_checkpoint(upload.checkpoint) if upload.checkpoint else None
    except CheckpointError as e:
        raise Problem(404, e.what, e.remedy) from e
    batch = await run_in_threadpool(work.Batch, upload.files, folder, upload.any_domain, caller.name, upload.limits)
    if len(upload.files) > 1:
        job = work.start(batch, upload.keep())
        return JobBody.of(job).model_dump_json(), f"{prefix}/jobs/{job.id}", 202
    try:
        result = await wrap_future(work.submit(batch))
    except ScanError as e:
        raise Problem(422, e.what, e.remedy) from e
    body = PredictionBody.of(result, prefix)
    return body.model_dump_json(), f"{prefix}/predictions/{result.id}", 201


@app.get("/jobs/{job_id}", dependencies=READERS, responses=_errors(403, 404))
def get_job(job_id: str, caller: Caller) -> JobBody:
    """How far a job is, and the predictions that it has made."""
    work.results.expire(load_settings().limits)
    job = work.results.job(job_id)
    if job is None or (job.owner != caller.name and caller.role != "admin"):
        raise Problem(404, "There is no such job.", GONE)
    return JobBody.of(job)


def _stored(prediction_id: str, caller: Caller) -> Result:
    work.results.expire(load_settings().limits)
    result = work.results.get(prediction_id)
    if result is None or (result.owner != caller.name and caller.role != "admin"):
        raise Problem(404, "There is no such prediction.", GONE)
    return result


Stored = Annotated[Result, Depends(_stored)]


@app.get("/predictions/{prediction_id}", dependencies=READERS, responses=_errors(403, 404))
def get_prediction(request: Request, result: Stored) -> PredictionBody:
    """A prediction that was made before."""
    return PredictionBody.of(result, request.scope.get("root_path", ""))


@app.get(
    "/predictions/{prediction_id}/heatmap",
    dependencies=READERS,
    response_class=Response,
    responses=_errors(403, 404) | _binary("image/png"),
)
def get_heatmap(result: Stored, caller: Caller) -> Response:
    """The stamped heatmap of the positive class over the image, PNG."""
    return _file(result.heatmap, "image/png", caller, "The image was not scored, so there is no heatmap.")


@app.get(
    "/predictions/{prediction_id}/sr",
    dependencies=READERS,
    response_class=Response,
    responses=_errors(403, 404) | _binary("application/dicom"),
)
def get_report(result: Stored, caller: Caller) -> Response:
    """The prediction as a DICOM structured report (TID 1500), which names the patient as the sent file does."""
    return _file(
        result.report, "application/dicom", caller, "There is no structured report: the file was no DICOM, or the extra 'dicom' is missing."
    )


def _file(data: bytes | None, media_type: str, caller: ApiKey, missing: str) -> Response:
    if data is None:
        raise Problem(404, missing, "Read the prediction itself.")
    audit_log.record("export", caller.name, detail=media_type)
    return Response(data, media_type=media_type)


@app.delete("/predictions/{prediction_id}", status_code=204, dependencies=READERS, responses=_errors(403, 404))
def delete_prediction(result: Stored, caller: Caller) -> None:
    """Drop a prediction before its time is over."""
    audit_log.record("delete", caller.name, images=[result.line["sha256"]], detail="prediction")
    work.results.drop(result.id)
