"""Errors as problem details (RFC 9457)."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from core.errors import SecondReaderError

MEDIA_TYPE = "application/problem+json"


class ProblemDetails(BaseModel):
    """What every error answers. `detail` says what is wrong, `remedy` what to do."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    remedy: str | None = None


class Problem(Exception):
    """An error of a request.

    Parameters
    ----------
    status : int
        HTTP status code.
    detail, remedy : str
        One sentence each: what is wrong, what to do.
    headers : dict of str to str, optional
        Such as Retry-After.
    """

    def __init__(self, status: int, detail: str, remedy: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy, self.headers = status, detail, remedy, headers


def response(status: int, detail: str, remedy: str = "", headers: dict[str, str] | None = None) -> Response:
    """The answer of an error."""
    body = ProblemDetails(title=HTTPStatus(status).phrase, status=status, detail=detail, remedy=remedy or None)
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of an app answer so."""

    @app.exception_handler(Problem)
    async def problem(request: Request, e: Problem) -> Response:
        return response(e.status, e.detail, e.remedy, e.headers)

    @app.exception_handler(SecondReaderError)
    async def of_core(request: Request, e: SecondReaderError) -> Response:
        return response(500, e.what, e.remedy)

    @app.exception_handler(HTTPException)
    async def http(request: Request, e: HTTPException) -> Response:
        return response(e.status_code, str(e.detail), headers=dict(e.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, e: RequestValidationError) -> Response:
        first = e.errors()[0]
        return response(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", "Correct the request; see the reference.")

    @app.exception_handler(Exception)
    async def unexpected(request: Request, e: Exception) -> Response:
        return response(500, "The server failed.", "Report it with the time of the request.")
