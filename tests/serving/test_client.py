"""examples/tf_serving_client.py, as one would run it, over both APIs."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from serving.rest_form import rest_serving

from fabric_retrieval.data.photographs import read_photograph

CLIENT = Path(__file__).parents[2] / "examples" / "tf_serving_client.py"


def client(*arguments):
    return subprocess.run(
        [sys.executable, str(CLIENT), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(CLIENT.parents[1])},
    )


@pytest.fixture(scope="module")
def photographs(images, tmp_path_factory):
    """Paths of three photographs; the last is to be turned."""
    folder = tmp_path_factory.mktemp("photographs")
    paths = [folder / f"{number}.jpg" for number in range(3)]
    for path, image in zip(paths, images, strict=False):
        path.write_bytes(image)
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.open(io.BytesIO(images[2])).save(paths[2], exif=turned)
    return paths


@pytest.fixture(scope="module")
def expected(photographs, embedder):
    return embedder(tf.constant([read_photograph(path)[0] for path in photographs]))


@pytest.fixture
def rest_port(servables):
    with rest_serving(servables) as port:
        yield port


def check(ended, out, photographs, expected):
    assert ended.returncode == 0, ended.stderr
    embeddings = np.load(out)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(embeddings, expected, atol=2e-5)  # the last bits depend on the batch
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert [path for _, path in rows] == [str(path) for path in photographs]
    distances = [float(np.sum((row - expected[0]) ** 2)) for row in expected]
    np.testing.assert_allclose([float(distance) for distance, _ in rows], distances, atol=1e-4, rtol=1e-4)


def test_rest(rest_port, photographs, expected, tmp_path):
    server, out = f"--server=127.0.0.1:{rest_port}", tmp_path / "out.npy"
    ended = client("--api=rest", server, "--batch_size=2", f"--out={out}", *photographs)
    check(ended, out, photographs, expected)


def test_grpc(server, photographs, expected, tmp_path):
    service, port = server
    out = tmp_path / "out.npy"
    ended = client("--api=grpc", f"--server=127.0.0.1:{port}", "--version=1", f"--out={out}", *photographs)
    check(ended, out, photographs, expected)
    assert [request.model_spec.version.value for request in service.requests] == [1]


def test_what_the_server_refuses_is_said_without_a_traceback(rest_port, photographs):
    ended = client(f"--server=127.0.0.1:{rest_port}", "--model=cloth", photographs[0])
    assert ended.returncode == 1
    assert '404: {"error": "Servable not found for request: Latest(cloth)"}' in ended.stderr
    assert "Traceback" not in ended.stderr


def test_files_that_are_no_photographs_are_named(tmp_path):
    (tmp_path / "no.jpg").write_bytes(b"no picture")
    ended = client(tmp_path / "no.jpg")
    assert ended.returncode == 1
    assert "no.jpg: not a JPEG" in ended.stderr
