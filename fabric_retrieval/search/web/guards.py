"""What stands before the application, as pure ASGI: it sees a request before any of its body is read."""

import asyncio
import base64
import hmac
from time import perf_counter

from absl import logging
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from fabric_retrieval.search.web.answers import problem

SEARCHES = {"/search", "/api/search", "/similar", "/api/similar"}
METHODS = {"GET", "POST", "HEAD", "OPTIONS"}
RETRY_AFTER = {"Retry-After": "2"}  # seconds
READ_BEYOND = 4  # times the limit of a request that is too large are read, so that its answer is seen
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}


class Watched:
    """Counts requests, adds the headers of every answer, and answers what nobody expected with 500."""

    def __init__(self, app, metrics):
        self._app, self._metrics = app, metrics

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = perf_counter(), None

        async def sending(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with self._metrics.in_hand.track_inprogress():
            try:
                await self._app(scope, receive, sending)
            except ClientDisconnect:
                status = status or "gone"
            except Exception:
                logging.exception("%s %s", scope["method"], scope["path"])
                if status is not None:
                    raise  # half an answer is out: the server closes the connection
                await problem(scope, 500, "Something went wrong here; the server's log says what.")(
                    scope, receive, sending
                )
            finally:
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._metrics.request(route, method, status or "none", perf_counter() - start)


class KeyAsked:
    """Lets through who shows the key: as X-API-Key, as a bearer token, or as a browser's password."""

    def __init__(self, app, key):
        self._app, self._key = app, key.encode()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and scope["path"] != "/healthz" and not self._shown(Headers(scope=scope)):
            ask = {"WWW-Authenticate": 'Basic realm="fabrics", charset="UTF-8"'}
            await problem(scope, 401, "A key is needed here: as X-API-Key, or as the password.", ask)(
                scope, receive, send
            )
            return
        await self._app(scope, receive, send)

    def _shown(self, headers):
        kind, _, value = headers.get("Authorization", "").partition(" ")
        shown = headers.get("X-API-Key", value if kind.lower() == "bearer" else "").encode("latin-1")
        if kind.lower() == "basic":
            try:
                shown = base64.b64decode(value, validate=True).partition(b":")[2]
            except ValueError:
                return False
        return hmac.compare_digest(shown, self._key)


class TimeLimit:
    """Ends a request that takes too long: 408 while its body is awaited, else 503."""

    def __init__(self, app, seconds):
        self._app, self._seconds = app, seconds

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, uploading = False, scope["method"] == "POST"

        async def receiving():
            nonlocal uploading
            message = await receive()
            uploading = message.get("more_body", False)
            return message

        async def sending(message):
            nonlocal started
            started = True
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self._app(scope, receiving, sending)
        except TimeoutError:
            if started or not limit.expired():
                raise
            what = f"This was not done within {self._seconds:g} seconds"
            if uploading:
                answer = problem(scope, 408, f"{what}: the photograph did not arrive in time.")
            else:
                answer = problem(scope, 503, f"{what}. Please try again shortly.", RETRY_AFTER)
            await answer(scope, receive, send)


class Queue:
    """Keeps at most `most` searches in hand; others are told to come back before their photograph is read."""

    def __init__(self, app, most):
        self._app, self._most, self._in_hand = app, most, 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] not in SEARCHES or scope["method"] not in ("GET", "POST"):
            await self._app(scope, receive, send)
            return
        if self._in_hand >= self._most:
            busy = problem(scope, 503, "Too many searches at once. Please try again shortly.", RETRY_AFTER)
            await busy(scope, receive, send)
            return
        self._in_hand += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_hand -= 1


class BodyLimit:
    """Refuses requests that are too large with 413.

    One that says how large it is, and is much too large, is refused unread. Of others no more than the limit
    is kept; a few times as much is read and thrown away, for a browser sees no answer before it has sent all.
    """

    def __init__(self, app, most):
        self._app, self._most = app, most

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("Content-Length", "0")
        if length.isdecimal() and int(length) > READ_BEYOND * self._most:
            await problem(scope, 413, self._refusal())(scope, receive, send)
            return
        read = 0

        async def receiving():
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read <= self._most:
                return message
            while message.get("more_body") and read <= READ_BEYOND * self._most:
                message = await receive()
                read += len(message.get("body", b""))
            raise HTTPException(413, self._refusal())

        await self._app(scope, receiving, send)

    def _refusal(self):
        return f"The photograph is too large: a request may have {self._most / 2**20:g} MB."
