"""The viewer's script, built from frontend/ and served by this server alone."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

BUILD = Path(__file__).with_name("build")
SCRIPT = "viewer.js"


@cache
def version() -> str:
    """First digits of the script's sha256: a new build gets a new address, so the browser may keep the old one for good."""
    return sha256((BUILD / SCRIPT).read_bytes()).hexdigest()[:16]


@cache
def _packed() -> bytes:
    return gzip.compress((BUILD / SCRIPT).read_bytes(), 6, mtime=0)


def address() -> str:
    """Address of the script, relative to the page."""
    return f"viewer/{SCRIPT}?v={version()}"


def serve(request: Request) -> Response:
    """The route `/viewer/{name}`: the script and nothing else."""
    if request.path_params["name"] != SCRIPT:
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(_packed(), media_type="text/javascript", headers=headers | {"Content-Encoding": "gzip"})
    return Response((BUILD / SCRIPT).read_bytes(), media_type="text/javascript", headers=headers)
