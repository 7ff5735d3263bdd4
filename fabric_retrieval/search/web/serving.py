"""The application on a socket."""

import socket

import uvicorn

CONNECTIONS = 256  # at once; uvicorn itself answers 503 to more
KEEP_ALIVE = 10  # seconds that an idle connection is kept
LAST_SECONDS = 10  # for requests in hand when the server is told to end


def listen(host, port):
    """A listening socket. Raises OSError: the address is in use, or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=CONNECTIONS)


def config(app):
    """How uvicorn runs an application."""
    return uvicorn.Config(
        app,
        http="h11",  # limits what headers may hold, as httptools does not
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
