"""The REST interface under /api/v1, on the dashboard's own server. Its library is the extra `server`."""

from importlib import import_module
from importlib.util import find_spec

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

PREFIX = "/api/v1"
MISSING = "The REST interface needs a library that is not installed. Install it with: pip install 'second-reader[server]'"


def route() -> Mount:
    """The route of the whole interface; its modules load with the first request, so that the dashboard opens at once."""
    return Mount(PREFIX, app=_interface)


async def _interface(scope: Scope, receive: Receive, send: Send) -> None:
    if find_spec("fastapi") is None:
        body = {"title": "Not Implemented", "status": 501, "detail": MISSING}
        await JSONResponse(body, 501, media_type="application/problem+json")(scope, receive, send)
    else:
        module = await run_in_threadpool(import_module, "dashboard.api.app")
        await module.app(scope, receive, send)
