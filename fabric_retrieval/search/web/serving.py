"""The application on a socket."""

import socket

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 256  # at once; uvicorn itself answers 503 to more
KEEP_ALIVE = 10  # seconds that an idle connection is kept
HEAD_SECONDS = 20  # for a request's headers, or twice as long
LAST_SECONDS = 10  # for requests in hand when the server is told to end


class Connection(H11Protocol):
    """A connection that is closed if no request begins on it; uvicorn would wait for the first for ever.

    What is written is sent at once. asyncio sees to that for its own sockets, not for those of `listen`: an
    answer's body would wait, for a twenty-fifth of a second, until its headers are acknowledged.
    """

    def connection_made(self, transport):
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self._look_after((None, True))

    def connection_lost(self, exc):
        self._timer.cancel()
        super().connection_lost(exc)

    def _look_after(self, seen):
        self._timer = self.loop.call_later(HEAD_SECONDS, self._look, seen)

    def _look(self, before):
        waits = self.cycle is None or self.cycle.response_complete
        seen = (self.cycle, waits)
        if waits and seen == before:
            self.transport.abort()
        else:
            self._look_after(seen)


def listen(host, port):
    """A listening socket. Raises OSError: the address is in use, or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=CONNECTIONS)


def config(app):
    """How uvicorn runs an application."""
    return uvicorn.Config(
        app,
        http=Connection,  # h11 limits what headers may hold, as httptools does not
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_SECONDS,
    )


def serve(app, listening):
    """Serves until SIGINT or SIGTERM; requests in hand are then answered first."""
    uvicorn.Server(config(app)).run(sockets=[listening])
