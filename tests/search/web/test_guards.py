"""The limits hold: size, pixels, time, queue, key, paths; and every answer carries its headers."""

import base64
import contextlib
import io
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageFile
from search.web.site import new_site, served

from fabric_retrieval.search.web import serving

KEY = "a long key"


class Held:
    """A describer that begins when it is let."""

    def __init__(self, describer):
        self._describer, self.begun, self.let = describer, threading.Event(), threading.Event()

    def __call__(self, images):
        self.begun.set()
        assert self.let.wait(30)
        return self._describer(images)


@pytest.fixture
def held(site):
    """A site whose describer waits; it is let go in the end."""
    held = Held(site.describer)
    yield site._replace(describer=held)
    held.let.set()


def search(client, data, path="/api/search"):
    return client.post(path, files={"photo": ("cloth.jpg", data)})


def test_a_request_that_says_it_is_huge_is_refused_unread(site):
    with served(site.app(max_bytes=100_000)) as address:
        head = b"POST /api/search HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        answer = raw(address, head + b"Content-Length: 10000000000\r\n\r\n")
    assert b" 413 " in answer.splitlines()[0]


@pytest.mark.parametrize("path", ["/api/search", "/search"])
def test_a_request_that_turns_out_too_large_is_refused_without_being_kept(site, path):
    body = b"".join(b"%x\r\n%s\r\n" % (50_000, bytes(50_000)) for _ in range(40)) + b"0\r\n\r\n"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    part = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    start = (
        b"Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%s\r\n" % (len(part), part)
    )
    with served(site.app(max_bytes=1_000_000)) as address:
        answer = raw(address, head.encode() + start + body)
    assert b" 413 " in answer.splitlines()[0]


def test_a_bomb_is_refused_before_it_is_decoded(site, monkeypatch):
    file = io.BytesIO()
    Image.new("1", (7900, 7900)).save(file, "PNG")  # 62 million pixels in some kB
    data = file.getvalue()
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)  # decoding would fail, and be another refusal
    with TestClient(site.app(max_pixels=1_000_000)) as client:
        answer = search(client, data)
    assert answer.status_code == 422
    assert "62,410,000 pixels" in answer.json()["detail"]


def test_answers_do_not_wait_for_their_headers_to_be_acknowledged(site, monkeypatch):
    made, told = serving.Connection.connection_made, []

    def connection_made(self, transport):
        made(self, transport)
        told.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(serving.Connection, "connection_made", connection_made)
    with served(site.app()) as address:
        raw(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert told
    assert all(told)


def test_other_names_than_those_given_are_refused(site):
    with TestClient(site.app(hosts=("127.0.0.1", "localhost"))) as client:
        for name, status in (("localhost:8000", 200), ("127.0.0.1", 200), ("evil.example", 400)):
            assert client.get("/", headers={"Host": name}).status_code == status


@pytest.mark.parametrize("path", ["/api/search", "/search"])
def test_a_full_queue_says_when_to_come_back(held, site, path):
    photograph = site.photographs["denim/0.jpg"]
    with TestClient(held.app(queue=1)) as client, ThreadPoolExecutor(1) as threads:
        first = threads.submit(search, client, photograph)
        assert held.describer.begun.wait(30)
        refused = search(client, photograph, path)
        assert client.get("/healthz").status_code == 200
        held.describer.let.set()
        assert first.result().status_code == 200
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert search(client, photograph, path).status_code == 200


def test_a_request_that_takes_too_long_is_ended(held, site):
    with TestClient(held.app(seconds=0.3)) as client:
        answer = search(client, site.photographs["denim/0.jpg"])
        assert answer.status_code == 503
        assert "0.3 seconds" in answer.json()["detail"]
        held.describer.let.set()
        assert search(client, site.photographs["denim/0.jpg"]).status_code == 200


def test_a_photograph_that_does_not_arrive_is_not_waited_for(site):
    head = b"POST /api/search HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n"
    with served(site.app(seconds=0.3)) as address:
        answer = raw(address, head + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n")
    assert b" 408 " in answer.splitlines()[0]


def test_connections_without_a_request_are_closed(held, site, monkeypatch):
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.2)
    health = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with served(held.app()) as address, ThreadPoolExecutor(1) as threads:
        url = urlsplit(address)
        in_hand = threads.submit(
            httpx2.post, f"{address}/api/search", files={"photo": site.photographs["denim/0.jpg"]}
        )
        assert held.describer.begun.wait(30)
        for begun in (b"", b"GET /healthz HT", health + b"GET /heal"):
            with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
                connection.sendall(begun)
                answer = until_closed(connection)
            assert answer[:12] == (b"HTTP/1.1 200" if health in begun else b"")
        held.describer.let.set()
        assert in_hand.result().status_code == 200  # however long the answer takes


def until_closed(connection):
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(4096):
            answer += chunk
    return answer


def test_a_model_that_is_away_is_a_503_that_tells_nothing_of_the_machine(site):
    def away(images):
        raise ConnectionError("10.1.2.3 refused")

    with TestClient(site._replace(describer=away).app()) as client:
        answer = search(client, site.photographs["denim/0.jpg"])
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "10.1.2.3" not in answer.text


@pytest.mark.parametrize("path", ["/api/search", "/search"])
def test_what_nobody_expected_is_a_500_and_the_server_goes_on(site, path):
    def broken(images):
        raise RuntimeError("a secret")

    with TestClient(site._replace(describer=broken).app()) as client:
        for _ in range(2):
            answer = search(client, site.photographs["denim/0.jpg"], path)
            assert answer.status_code == 500
            assert "a secret" not in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.fixture(scope="module")
def locked(site):
    with TestClient(site.app(api_key=KEY)) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/static/page.css", "/photograph?id=denim/0.jpg", "/metrics", "/api/fabrics/denim"]
)
def test_the_key_is_asked_for_and_taken(locked, path):
    for headers in (
        {},
        {"X-API-Key": "wrong"},
        {"Authorization": "Basic ???"},
        {"Authorization": "Bearer a"},
    ):
        refused = locked.get(path, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")
    as_password = base64.b64encode(f"anybody:{KEY}".encode()).decode()
    for headers in (
        {"X-API-Key": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"Basic {as_password}"},
    ):
        assert locked.get(path, headers=headers).status_code == 200


def test_without_the_key_only_health_is_told(locked, site):
    assert locked.get("/healthz").status_code == 200
    assert search(locked, site.photographs["denim/0.jpg"]).status_code == 401
    assert locked.post("/search").status_code == 401
    assert locked.get("/openapi.json", headers={"X-API-Key": KEY}).json()["components"]["securitySchemes"]


@pytest.mark.parametrize(
    "path", ["/", "/api/fabrics/denim", "/static/page.js", "/nothing", "/photograph?id=denim/0.jpg"]
)
def test_every_answer_carries_its_headers(site, path):
    with served(site.app()) as address:
        answer = raw(address, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head = answer.partition(b"\r\n\r\n")[0].decode().lower()
    for header in (
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
        "referrer-policy: no-referrer",
        "cache-control: ",
    ):
        assert header in head
    assert "server:" not in head
    assert "unsafe" not in head


@pytest.mark.parametrize(
    ("root", "path"),
    [
        ("0", "../secret.jpg"),
        ("0", "denim/../../secret.jpg"),
        ("0", "{folder}/secret.jpg"),
        ("0", "link.jpg"),
        ("0", "linked/secret.jpg"),
        ("0", "denim"),
        ("0", "denim/0.jpg\0"),
        ("0", None),
        ("1", "denim/0.jpg"),
    ],
)
def test_no_path_leaves_the_catalogue(tmp_path, describer, root, path):
    site = new_site(tmp_path, describer)
    Image.new("RGB", (50, 50)).save(tmp_path / "secret.jpg")
    (site.root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (site.root / "linked").symlink_to(tmp_path)
    from fabric_retrieval.search import Item, open_index

    metadata = {"root": root, "path": path and path.format(folder=tmp_path)}
    with open_index(site.location) as index:
        index.add([Item("astray", "denim", metadata)], np.zeros((1, describer.dimension), np.float32))
        index.save()
    with TestClient(site.app()) as client:
        assert client.get("/photograph?id=astray").status_code == 404
        assert client.get("/photograph?id=denim/0.jpg").status_code == 200
        assert client.get("/fabric?name=denim").status_code == 200


def raw(address, request, seconds=20):
    """The answer to bytes that are sent as they are."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer
