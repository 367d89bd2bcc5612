"""Who calls: API keys, roles, and how many requests each may make."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.service import audit_log
from core.service.settings import ApiKey, Role, load_settings
from dashboard.api.problems import Problem

_bearer = HTTPBearer(auto_error=False, description="An API key, made by `second-reader api-key`.")
FAILURES_PER_MINUTE = 30  # wrong keys from one address
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class RateLimit:
    """A token bucket a caller: a minute's requests at most at once, refilled evenly."""

    def __init__(self, max_callers: int = 1000) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, time
        self._max, self._lock = max_callers, threading.Lock()

    def take(self, caller: str, per_minute: int, now: float | None = None) -> float:
        """Take one request; returns 0, or the seconds until the next is allowed."""
        now = time.monotonic() if now is None else now
        with self._lock:
            tokens, at = self._buckets.pop(caller, (float(per_minute), now))
            tokens = min(float(per_minute), tokens + (now - at) * per_minute / 60)
            wait = 0.0 if tokens >= 1 else (1 - tokens) * 60 / per_minute
            self._buckets[caller] = (tokens - 1 if not wait else tokens, now)
            while len(self._buckets) > self._max:
                self._buckets.popitem(last=False)
        return wait


_requests, _failures = RateLimit(), RateLimit()


def _limited(wait: float) -> None:
    if wait:
        raise Problem(429, "Too many requests.", "Wait for the time in Retry-After.", {"Retry-After": str(int(wait) + 1)})


def _caller(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> ApiKey:
    settings = load_settings()
    digest = hashlib.sha256(credentials.credentials.encode()).hexdigest() if credentials else ""
    found = None
    for key in settings.api_keys:  # all of them, so that the time says nothing
        found = key if secrets.compare_digest(key.sha256, digest) else found
    if found is None:
        if credentials:
            _limited(_failures.take(request.client.host if request.client else "", FAILURES_PER_MINUTE))
            audit_log.record("sign-in", "unknown", detail="API key", outcome="refused")
        detail = "The API key is not known." if settings.api_keys else "No API key is configured on this server."
        raise Problem(401, detail, "Send a key as 'Authorization: Bearer KEY'; `second-reader api-key` makes one.", _CHALLENGE)
    _limited(_requests.take(found.name, settings.limits.requests_per_minute))
    return found


Caller = Annotated[ApiKey, Depends(_caller)]


def allow(*roles: Role) -> Callable[[ApiKey], None]:
    """A dependency: the caller has one of these roles."""

    def check(caller: Caller) -> None:
        if caller.role not in roles:
            raise Problem(403, f"The role {caller.role} may not do this.", f"Use a key of the role {' or '.join(roles)}.")

    return check
