"""A small catalogue, its index, and the real server on loopback."""

import contextlib
import threading
import time
from typing import Any, NamedTuple

import numpy as np
import uvicorn
from bulk.making import picture

from fabric_retrieval.search import Item, create_index, open_index
from fabric_retrieval.search.describer import description
from fabric_retrieval.search.web import serving
from fabric_retrieval.search.web.app import make_app
from fabric_retrieval.search.web.settings import Settings

FABRICS = ("blue check", "denim", "größe-42", "<b>wool & silk")
EACH = 3


class Site(NamedTuple):
    """Photographs {id: bytes} in the folder `root`, their index at `location`, and what describes them."""

    root: Any
    photographs: dict
    location: Any
    describer: Any

    def app(self, reopen=None, **settings):
        return make_app(open_index(self.location), self.describer, Settings(**settings), reopen)


def new_site(folder, describer, seed=0):
    """A `Site` of 12 photographs of 4 fabrics, all different."""
    rng, photographs = np.random.default_rng(seed), {}
    for fabric in FABRICS:
        (folder / "photos" / fabric).mkdir(parents=True)
        for number in range(EACH):
            data = photographs[f"{fabric}/{number}.jpg"] = picture(rng)
            (folder / "photos" / fabric / f"{number}.jpg").write_bytes(data)
    site = Site(folder / "photos", photographs, folder / "index", describer)
    settings = {"roots": {"0": str(site.root)}}
    with create_index(site.location, description(describer, settings)) as index:
        index.add([item(name) for name in photographs], describer(list(photographs.values())))
        index.save()
    return site


def item(image_id):
    """What an index knows of a photograph."""
    facts = {"root": "0", "path": image_id, "file": {"size": 1}, "supplier": "Weber & <i>Söhne</i>"}
    return Item(image_id, image_id.split("/")[0], facts)


@contextlib.contextmanager
def served(app):
    """Serves an application by uvicorn, in a thread, and yields its address http://127.0.0.1:port."""
    listening = serving.listen("127.0.0.1", 0)
    server = uvicorn.Server(serving.config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server has not started"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def form(parts):
    """(body, headers) of a form as a browser sends it: parts are (name, content, file name or None).

    A file field without a file has an empty file name, which httpx2 leaves out.
    """
    body = b""
    for name, content, filename in parts:
        given = "" if filename is None else f'; filename="{filename}"'
        head = f'--b0undary\r\nContent-Disposition: form-data; name="{name}"{given}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + b"--b0undary--\r\n", {"Content-Type": "multipart/form-data; boundary=b0undary"}
