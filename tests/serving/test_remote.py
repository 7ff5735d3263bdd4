"""A model behind gRPC describes photographs as the same model in this process does, or says why not."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import tensorflow as tf
from bulk.making import new_model, picture
from serving.model_server import Servables, serving

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import remote
from fabric_retrieval.search.remote import RemoteDescriber, UnavailableError
from fabric_retrieval.serving.layout import lay_out


@pytest.fixture
def describer(server):
    with contextlib.closing(RemoteDescriber(f"grpc://127.0.0.1:{server[1]}/fabric")) as describer:
        yield describer


def sizes(service):
    """Numbers of images in the requests so far, without that for `about`."""
    return [
        len(request.inputs["image_bytes"].string_val)
        for request in service.requests
        if request.model_spec.signature_name != "about"
    ]


def test_it_says_which_model_it_is(describer, embedder):
    assert describer.fingerprint == embedder.fingerprint
    assert describer.metadata == embedder.metadata
    assert describer.dimension == embedder.metadata["dimension"]
    assert describer.version == 1


def test_the_embeddings_are_those_of_the_model_in_this_process(describer, embedder, images):
    embeddings = describer(images)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(embeddings, embedder(tf.constant(images)), atol=2e-5)


def test_no_images_make_no_embeddings(describer):
    assert describer([]).shape == (0, describer.dimension)


def test_bytes_arrive_as_they_are(server, describer, embedder, images):
    padded = images[0] + bytes(7)  # of which NumPy's strings would lose the end
    np.testing.assert_allclose(describer([padded]), embedder(tf.constant([padded])), atol=2e-5)
    assert list(server[0].requests[-1].inputs["image_bytes"].string_val) == [padded]


def test_many_images_go_in_requests_of_32(server, describer, embedder):
    rng = np.random.default_rng(2)
    many = [picture(rng) for _ in range(70)]
    np.testing.assert_allclose(describer(many), embedder(tf.constant(many)), atol=2e-5)
    assert sizes(server[0]) == [32, 32, 6]


def test_large_images_go_in_requests_of_64_megabytes(server, describer, images, monkeypatch):
    monkeypatch.setattr(remote, "MOST_BYTES", len(images[0]) + len(images[1]))
    large = images[2] + bytes(2 * remote.MOST_BYTES)  # more than a request may have: it goes alone
    describer([images[0], images[1], large, images[3]])
    assert sizes(server[0]) == [2, 1, 1]


@pytest.mark.slow
def test_answers_of_more_than_four_megabytes_arrive(tmp_path, monkeypatch):
    """gRPC's own limit."""
    monkeypatch.setattr(remote, "LARGEST_BATCH", 5000)
    export = new_model(tmp_path / "saved_model")
    lay_out(export, tmp_path / "models")
    with serving(Servables(tmp_path / "models")) as (service, port):
        describer = RemoteDescriber(f"grpc://127.0.0.1:{port}")
        count = 4 * 2**20 // (4 * describer.dimension) + 1
        image = picture(np.random.default_rng(3))
        assert describer([image] * count).shape == (count, describer.dimension)
        assert sizes(service) == [count]


def test_each_thread_gets_its_own(describer, embedder):
    rng = np.random.default_rng(4)
    lists = [[picture(rng) for _ in range(3)] for _ in range(16)]
    with ThreadPoolExecutor(8) as threads:
        for given, embeddings in zip(lists, threads.map(describer, lists), strict=True):
            np.testing.assert_allclose(embeddings, embedder(tf.constant(given)), atol=2e-5)


def test_an_image_that_cannot_be_decoded_is_named(describer, images):
    with pytest.raises(UserError, match=r"Photograph 35 of 36 cannot be described: .*JPEG"):
        describer([*(images * 6)[:34], b"no image", images[0]])
    with pytest.raises(UserError, match="The photograph cannot be described: "):
        describer([b""])
    describer(images)  # it goes on


def test_an_image_that_shared_a_batch_with_a_bad_one_is_asked_again(server, describer, embedder, images):
    server[0].faults.append((grpc.StatusCode.INVALID_ARGUMENT, "somebody else's image"))
    np.testing.assert_allclose(describer(images[:1]), embedder(tf.constant(images[:1])), atol=2e-5)


def test_a_server_whose_queue_is_full_is_asked_again(server, describer, images, monkeypatch):
    monkeypatch.setattr(remote, "PAUSES", (0.01, 0.01))
    server[0].faults += [(grpc.StatusCode.UNAVAILABLE, "The batch scheduling queue is full")] * 2
    assert describer(images).shape == (len(images), describer.dimension)
    server[0].faults += [(grpc.StatusCode.UNAVAILABLE, "The batch scheduling queue is full")] * 3
    with pytest.raises(UnavailableError, match="queue is full"):
        describer(images)


def test_a_server_that_does_not_answer_in_time(server, images):
    describer = RemoteDescriber(f"grpc://127.0.0.1:{server[1]}", timeout=0.5)
    describer(images[:1])
    server[0].pause = 30
    with pytest.raises(UnavailableError, match="DEADLINE_EXCEEDED"):
        describer(images[:1])


def test_a_server_that_is_away_and_comes_back(servables, images, monkeypatch):
    monkeypatch.setattr(remote, "PAUSES", (0.05, 0.05))
    with serving(servables) as (_, port):
        describer = RemoteDescriber(f"grpc://127.0.0.1:{port}/fabric", timeout=10)
        before = describer(images)
    with pytest.raises(UnavailableError, match=rf"grpc://127\.0\.0\.1:{port}/fabric: UNAVAILABLE"):
        describer(images)
    monkeypatch.setattr(remote, "PAUSES", (0.2,) * 40)
    with serving(servables, port):
        np.testing.assert_array_equal(describer(images), before)


def test_a_server_that_starts_while_it_is_asked(servables, images, monkeypatch):
    monkeypatch.setattr(remote, "PAUSES", (0.2,) * 40)
    with serving(servables) as (_, port):
        describer = RemoteDescriber(f"grpc://127.0.0.1:{port}/fabric")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(describer(images)))
    asking.start()
    with serving(servables, port):
        asking.join()
    assert answers[0].shape == (len(images), describer.dimension)


def test_no_server_there():
    with pytest.raises(UnavailableError, match="Is TF Serving running there"):
        RemoteDescriber("grpc://127.0.0.1:1/fabric", timeout=0.3)


def test_a_model_that_is_not_served(server):
    with pytest.raises(UserError, match=r"NOT_FOUND.*Latest\(cloth\)"):
        RemoteDescriber(f"grpc://127.0.0.1:{server[1]}/cloth")
    with pytest.raises(UserError, match=r"NOT_FOUND.*Specific\(fabric, 7\)"):
        RemoteDescriber(f"grpc://127.0.0.1:{server[1]}/fabric/7")


def test_a_model_that_was_put_there_by_hand(export, tmp_path):
    (tmp_path / "fabric").mkdir()
    (tmp_path / "fabric" / "1").symlink_to(export)
    with (
        serving(Servables(tmp_path)) as (_, port),
        pytest.raises(UserError, match=r"does not say which one it is .*python -m fabric_retrieval\.serving"),
    ):
        RemoteDescriber(f"grpc://127.0.0.1:{port}")


def test_another_version_is_never_taken_for_the_first(export, images, tmp_path):
    lay_out(export, tmp_path / "models")
    servables = Servables(tmp_path / "models")
    with serving(servables) as (service, port):
        describer = RemoteDescriber(f"grpc://127.0.0.1:{port}")
        lay_out(new_model(tmp_path / "other", seed=1), tmp_path / "models")
        servables.reload()
        with pytest.raises(UnavailableError, match=r"Specific\(fabric, 1\)"):
            describer(images)
        assert service.requests[-1].model_spec.version.value == 1
        now = RemoteDescriber(f"grpc://127.0.0.1:{port}")
        assert now.version == 2
        assert now.fingerprint != describer.fingerprint


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("grpc://model", ("model:8500", "fabric", None)),
        ("grpc://model:9000/", ("model:9000", "fabric", None)),
        ("grpc://10.0.0.1:8500/cloth", ("10.0.0.1:8500", "cloth", None)),
        ("grpc://[::1]/cloth/3", ("[::1]:8500", "cloth", 3)),
    ],
)
def test_what_a_url_says(url, expected):
    assert remote._parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://model:8500",
        "grpc://",
        "grpc:///fabric",
        "grpc://model:port",
        "grpc://model:99999",
        "grpc://model/fabric/latest",
        "grpc://model/fabric/1/2",
        "grpc://me:secret@model/fabric",
        "grpc://model/fabric?version=1",
    ],
)
def test_urls_that_are_none(url):
    with pytest.raises(UserError, match="expected grpc://HOST:8500/fabric"):
        RemoteDescriber(url)
