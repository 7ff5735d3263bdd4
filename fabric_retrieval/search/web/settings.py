"""What a server allows itself and others."""

from dataclasses import dataclass

from fabric_retrieval.search.photograph import MAX_BYTES, MAX_PIXELS


@dataclass(frozen=True)
class Settings:
    """Limits of a server; all but `most_nearest` are flags of `fabric-serve`.

    Attributes:
        nearest: images that a search looks at where it does not say. most_nearest: the most it may ask for.
        views: of a photograph, as of `views.views_of`, where a search does not say.
        max_bytes: of a request, which is little more than its photograph. max_pixels: of the photograph.
        seconds: for a whole request, its upload included.
        queue: searches in hand at once; more are answered 503 with Retry-After.
        batch: photographs that go through the model at once. wait_ms: how long the first waits for others.
        hosts: names that a request may call the server by, in its header Host; () for any.
        api_key: what every request but /healthz has to show; None asks for nothing.
    """

    nearest: int = 24
    most_nearest: int = 200
    views: int = 1
    max_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS
    seconds: float = 60.0
    queue: int = 64
    batch: int = 32
    wait_ms: float = 5.0
    hosts: tuple[str, ...] = ()
    api_key: str | None = None
