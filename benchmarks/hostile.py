"""Requests that a server has to refuse with a 4xx, whatever they hold, drawn from a seed."""

import contextlib
import functools
import io
import itertools
import json
import socket
import struct
import zlib

import numpy as np
from PIL import Image

BOUNDARY = b"b0undary"
MAGIC = (
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"II*\x00",
    b"RIFF0000WEBPVP8 ",
    b"BM",
    b"GIF89a",
    b"%PDF-1.7\n",
)
TYPES = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    b"<!doctype html><script>alert(1)</script>",
    b"PK\x03\x04" + bytes(60),
    b"\x7fELF" + bytes(60),
    b"push graphic-context\nfill 'url(https://127.0.0.1/x.jpg\"|ls \"-la)'\npop graphic-context",
)
CROPS = (
    b"1,2,3",
    b"-1,0,50,50",
    b"0,0,99999,99999",
    b"0,0,1,1",
    b"a,b,c,d",
    b"1e9,0,50,50",
    b"\x00",
    b"1,2,3,4," * 999,
)
SETTINGS = (b"0", b"-1", b"1e9", b"nan", b"'; drop table", b"9" * 400)
PATHS = (
    "/photograph?id=../../../../etc/passwd",
    "/photograph?id=%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/photograph?id=/etc/passwd",
    "/photograph?id=%00",
    "/photograph?id=" + "a" * 4000,
    "/photograph?size=huge&id=a",
    "/photograph",
    "/similar?id=../../index/manifest.json",
    "/api/similar?id=%ff%fe",
    "/api/fabrics/../../etc/passwd",
    "/api/fabrics/..%2f..%2f..%2fetc%2fpasswd",
    "/api/fabrics/%00",
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/%2e%2e/%2e%2e/setup.py",
    "/static//etc/passwd",
    "//etc/passwd",
    "/.git/config",
    "/fabric?name=%3Cscript%3E",
)


def requests(seed, count, photograph, max_bytes):
    """Yields (name, bytes to send) of `count` requests, of every sort in turn.

    Args:
        photograph: an encoded JPEG that the server would take. max_bytes: of a request that it takes.
    """
    rng = np.random.default_rng(seed)
    makers = itertools.cycle(
        [
            _truncated,
            _flipped_header,
            _random,
            _bomb,
            _other_type,
            _field,
            _wrong_crop,
            _wrong_setting,
            _path,
            _wrong_form,
            _too_large,
            _no_http,
            _wrong_method,
        ]
    )
    for number, make in zip(range(count), makers, strict=False):
        yield f"{number}: {make.__name__[1:]}", make(rng, photograph, max_bytes)


def status(address, request, timeout=30):
    """The status that (host, port) answers to bytes that are sent as they are."""
    with socket.create_connection(address, timeout=timeout) as connection:
        with contextlib.suppress(ConnectionError):  # a server may have seen enough before all is sent
            connection.sendall(request)
        answer = b""
        while b"\r\n" not in answer:
            chunk = connection.recv(4096)
            if not chunk:
                raise ConnectionError(f"closed without an answer: {answer!r}")
            answer += chunk
    return int(answer.split(b" ", 2)[1])


def posted(parts, path="/api/search", boundary=BOUNDARY, end=b"--\r\n"):
    """A POST of multipart/form-data; `parts` are (name, content, filename or None), bytes each."""
    body = b""
    for name, content, filename in parts:
        given = b"" if filename is None else b'; filename="%s"' % filename
        body += b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n' % (boundary, name, given)
        body += content + b"\r\n"
    body += b"--" + boundary + end
    kind = b"multipart/form-data; boundary=" + BOUNDARY
    return (
        _head(b"POST " + path.encode(), {b"Content-Type": kind, b"Content-Length": b"%d" % len(body)}) + body
    )


def _head(what, headers):
    lines = [what + b" HTTP/1.1", b"Host: localhost", b"Connection: close"]
    return b"\r\n".join([*lines, *(name + b": " + value for name, value in headers.items()), b"", b""])


def _photo(content, rng, *others):
    path = "/api/search" if rng.random() < 0.5 else "/search"
    return posted([(b"photo", content, b"../../a.jpg"), *others], path)


def _truncated(rng, photograph, max_bytes):
    return _photo(photograph[: int(len(photograph) * rng.uniform(0.02, 0.9))], rng)


def _flipped_header(rng, photograph, max_bytes):
    return _photo(rng.bytes(20) + photograph[20:], rng)


def _random(rng, photograph, max_bytes):
    return _photo(
        MAGIC[rng.integers(len(MAGIC))] * int(rng.integers(2)) + rng.bytes(int(rng.integers(1, 20_000))), rng
    )


def _bomb(rng, photograph, max_bytes):
    side = int(rng.integers(20_000, 60_000))
    if rng.random() < 0.5:  # a few bytes that promise billions of pixels
        header = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        return _photo(MAGIC[1] + header + _chunk(b"IDAT", zlib.compress(bytes(1000))), rng)
    return _photo(_long_text(), rng)


@functools.cache
def _long_text():
    """A PNG with a text of 100 MB in 100 kB."""
    file = io.BytesIO()
    Image.new("RGB", (32, 32)).save(file, "PNG")
    whole, text = file.getvalue(), _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100 << 20)))
    return whole[:33] + text + whole[33:]


def _other_type(rng, photograph, max_bytes):
    return _photo(TYPES[rng.integers(len(TYPES))], rng)


def _field(rng, photograph, max_bytes):
    parts = (
        [],
        [(b"photo", b"", b"a.jpg")],
        [(b"photo", b"", b"")],
        [(b"photo", photograph, None)],
        [(b"photograph", photograph, b"a.jpg")],
    )
    return posted(parts[rng.integers(len(parts))])


def _wrong_crop(rng, photograph, max_bytes):
    parts = [(b"photo", photograph, b"a.jpg"), (b"crop", CROPS[rng.integers(len(CROPS))], None)]
    return posted(parts)


def _wrong_setting(rng, photograph, max_bytes):
    value = SETTINGS[rng.integers(len(SETTINGS))]
    if rng.random() < 0.5:
        return posted([(b"photo", photograph, b"a.jpg"), (b"nearest", value, None)])
    value = b"101" if value == b"0" else value  # nothing from the left is all right
    return posted([(b"photo", photograph, b"a.jpg"), (b"left", value, None)], "/search")


def _path(rng, photograph, max_bytes):
    return _head(b"GET " + PATHS[rng.integers(len(PATHS))].encode(), {})


def _wrong_form(rng, photograph, max_bytes):
    photo = [(b"photo", photograph, b"a.jpg")]
    length = b"%d" % len(photograph)
    wrong = (
        posted(photo, boundary=b"another"),
        posted([(b"photo", photograph, b"a.jpg"), (b"x" * 100_000, b"", None)], "/nowhere"),
        _head(b"POST /api/search", {b"Content-Length": length}) + photograph,
        _head(b"POST /search", {b"Content-Length": length, b"Content-Type": b"image/jpeg"}) + photograph,
        _head(b"POST /search", {b"Content-Length": length, b"Content-Type": b"multipart/form-data"})
        + photograph,
        _json({"photo": "a", "crop": [1, 2]}),
        posted([], end=b"\xff\xfe" + rng.bytes(50)),
    )
    return wrong[rng.integers(len(wrong))]


def _too_large(rng, photograph, max_bytes):
    if rng.random() < 0.5:
        return _head(b"POST /search", {b"Content-Length": b"%d" % (10**9 + int(rng.integers(10**12)))})
    return _photo(photograph + bytes(max_bytes), rng)


def _no_http(rng, photograph, max_bytes):
    wrong = (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.bytes(60) + b"\r\n\r\n",
        b"GET / HTTP/one\r\nHost: x\r\n\r\n",
        b"GET /\x01\x02 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    )
    return wrong[rng.integers(len(wrong))]


def _wrong_method(rng, photograph, max_bytes):
    methods = (
        b"DELETE /search",
        b"PUT /api/fabrics/denim",
        b"PATCH /",
        b"BREW /",
        b"POST /photograph",
        b"OPTIONS /",
    )
    return _head(methods[rng.integers(len(methods))], {})


def _json(content):
    body = json.dumps(content).encode()
    headers = {b"Content-Type": b"application/json", b"Content-Length": b"%d" % len(body)}
    return _head(b"POST /api/search", headers) + body


def _chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
