"""The application."""

from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from absl import logging
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

import fabric_retrieval
from fabric_retrieval.errors import UserError
from fabric_retrieval.search.web import guards
from fabric_retrieval.search.web.answers import problem
from fabric_retrieval.search.web.api import make_api
from fabric_retrieval.search.web.batching import Batcher
from fabric_retrieval.search.web.metrics import Metrics
from fabric_retrieval.search.web.pages import make_pages
from fabric_retrieval.search.web.refreshing import Refreshing
from fabric_retrieval.search.web.searching import Searcher, Served
from fabric_retrieval.search.web.settings import Settings

STATIC = Path(__file__).parent / "static"


class Catalogue(NamedTuple):
    """An index, open, its describer, and what opens it again, as for `make_app`."""

    index: Any
    describer: Any
    reopen: Any = None


def make_app(index, describer, settings=None, reopen=None, pattern=None):
    """The page and its API as an ASGI application.

    Args:
        index: `Index`, open; its vectors are the describer's.
        describer: list of N encoded images to [N, D] float32.
        settings: `Settings`; None: the defaults.
        reopen: function without arguments that opens the index again after another process has saved it.
        pattern: `Catalogue` of the same photographs by a model that was trained for patterns; None: those are
            not searched.
    """
    settings, refreshing = settings or Settings(), Refreshing(index, reopen)
    metrics = Metrics(refreshing.count)

    def batcher(describer):
        return Batcher(describer, settings.batch, settings.wait_ms, metrics.batch)

    served = {"fabric": Served(refreshing, batcher(describer))}
    if pattern:
        again = Refreshing(pattern.index, pattern.reopen)
        served["pattern"] = Served(again, batcher(pattern.describer))
    searcher = Searcher(served, settings)

    @asynccontextmanager
    async def lifespan(app):
        async with AsyncExitStack() as stack:
            for one in served.values():
                await stack.enter_async_context(one.batcher)
                await stack.enter_async_context(one.refreshing)
            yield

    app = FastAPI(
        title="Fabric search",
        description="Finds the fabrics of a catalogue that are nearest to a photograph of cloth.",
        version=fabric_retrieval.__version__,
        lifespan=lifespan,
        docs_url=None,  # both of FastAPI's load their scripts from elsewhere
        redoc_url=None,
    )
    app.state.patterns = searcher.patterns
    app.include_router(make_api(searcher, metrics, settings))
    app.include_router(make_pages(searcher))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_as_asked)
    for error in (UserError, ConnectionError):
        app.add_exception_handler(error, _unavailable)
    # The last that is added sees a request first.
    app.add_middleware(guards.BodyLimit, most=settings.max_bytes)
    app.add_middleware(guards.Queue, most=settings.queue)
    app.add_middleware(guards.TimeLimit, seconds=settings.seconds)
    if settings.hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts), www_redirect=False)
    if settings.api_key:
        app.add_middleware(guards.KeyAsked, key=settings.api_key)
    app.add_middleware(guards.Watched, metrics=metrics)
    return app


async def _refused(request, error):
    return problem(request.scope, error.status_code, error.detail, error.headers)


async def _not_as_asked(request, error):
    what = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
    return problem(request.scope, 422, f"This cannot be searched with: {what}.")


async def _unavailable(request, error):
    """The model's or the index's server does not answer: nothing that the client can mend, or should read."""
    logging.error("%s %s: %s", request.method, request.url.path, error)
    return problem(
        request.scope,
        503,
        "Searching is not possible at the moment. Please try again shortly.",
        guards.RETRY_AFTER,
    )
