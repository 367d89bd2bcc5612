"""The files of a request: parsed in memory, within limits, and never written to the disk."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from core.service.settings import Limits
from dashboard.api.problems import Problem
from dashboard.api.work import budget

FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1},
                    "checkpoint": {"type": "string", "description": "Name of a checkpoint; left out: chosen for each file."},
                    "any_domain": {"type": "boolean", "description": "Let a phantom model score a mammogram, and the other way round."},
                },
            }
        }
    },
}


class _InMemory(MultiPartParser):
    spool_max_size = 2**40  # a patient's image does not belong on the disk; the request's size is limited


@dataclass(eq=False)
class Upload:
    """What a request sent."""

    files: dict[str, bytes]
    checkpoint: str
    any_domain: bool
    limits: Limits
    _release: Callable[[], None]
    _kept: bool = field(default=False, init=False)

    @property
    def options(self) -> tuple[str, bool]:
        """What else is part of the request."""
        return self.checkpoint, self.any_domain

    def keep(self) -> Callable[[], None]:
        """The files outlive the request; returns what is to be called when they are done with."""
        self._kept = True
        return self._release


@asynccontextmanager
async def receive(request: Request, limits: Limits) -> AsyncIterator[Upload]:
    """Read a request whose size is stated and within the limits, once there is room for it.

    Raises
    ------
    Problem
        400, 411, 413, 415, 422 or 503, as the request deserves.
    """
    size = _stated_size(request, limits)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(415, "The request is no multipart/form-data.", "Send the files as the parts named 'files'.")
    budget.take(1, size, limits)

    def release() -> None:
        budget.give_back(1, size)

    upload = None
    try:
        files, fields = await _parse(request, size, limits)
        checkpoint, domain = fields.get("checkpoint", ""), fields.get("any_domain", "false").lower()
        if domain not in ("true", "false", "1", "0", ""):
            raise Problem(422, "any_domain is neither true nor false.", "Correct it.")
        upload = Upload(files, checkpoint, domain in ("true", "1"), limits, release)
        yield upload
    finally:
        if upload is None or not upload._kept:
            release()


def _stated_size(request: Request, limits: Limits) -> int:
    text = request.headers.get("content-length", "")
    if not text.isascii() or not text.isdigit():
        raise Problem(411, "The request does not state its length.", "Send the header Content-Length.")
    if int(text) > limits.max_request_mb * 2**20:
        raise Problem(413, f"The request is larger than {limits.max_request_mb} MB.", "Send fewer files at once.")
    return int(text)


async def _parse(request: Request, size: int, limits: Limits) -> tuple[dict[str, bytes], dict[str, str]]:
    async def stream() -> AsyncGenerator[bytes, None]:
        left = size
        async for chunk in request.stream():
            left -= len(chunk)
            if left < 0:
                raise Problem(400, "The request is longer than it states.", "Correct the header Content-Length.")
            yield chunk

    try:
        form = await _InMemory(request.headers, stream(), max_files=limits.max_files, max_fields=10).parse()
    except (MultiPartException, KeyError, ValueError) as e:
        raise Problem(400, f"The form cannot be read ({e}).", "Send well-formed multipart/form-data.") from e
    files: dict[str, bytes] = {}
    fields: dict[str, str] = {}
    async with _closing(form.multi_items()) as items:
        for name, value in items:
            if not isinstance(value, UploadFile):
                fields[name] = value
            elif name == "files":
                files[_free(value.filename or "file", files)] = await _content(value, limits)
    if unknown := sorted(fields.keys() - {"checkpoint", "any_domain"}):
        raise Problem(422, f"The field {unknown[0][:40]!r} is unknown.", "Known fields: files, checkpoint, any_domain.")
    if not files:
        raise Problem(422, "The request holds no file.", "Send at least one part named 'files' with a file name.")
    return files, fields


@asynccontextmanager
async def _closing(items: list[tuple[str, UploadFile | str]]) -> AsyncIterator[list[tuple[str, UploadFile | str]]]:
    try:
        yield items
    finally:
        for _, value in items:
            if isinstance(value, UploadFile):
                await value.close()


async def _content(file: UploadFile, limits: Limits) -> bytes:
    if (file.size or 0) > limits.max_file_mb * 2**20:
        raise Problem(413, f"A file is larger than {limits.max_file_mb} MB.", "Send a smaller one.")
    return await file.read()


def _free(name: str, taken: dict[str, bytes]) -> str:
    """The name, or with a number where the request has used it before."""
    found, n = name, 2
    while found in taken:
        found, n = f"{name} ({n})", n + 1
    return found
