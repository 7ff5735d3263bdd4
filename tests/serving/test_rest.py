"""Bodies over REST: the documented examples fit the form, and what fits it gives the embeddings."""

import base64

import grpc
import jsonschema
import numpy as np
import pytest
import tensorflow as tf
from serving import rest_form
from serving.model_server import RefusedError

B64 = {"b64": base64.b64encode(b"image bytes").decode()}
REQUESTS = [  # of the API's page
    {"instances": ["foo", "bar", "baz"]},
    {"instances": [[[1, 2]], [[3, 4]]]},
    {"instances": [1.0, 2.0, 5.0]},
    {
        "instances": [
            {"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]},
            {"tag": "bar", "signal": [3, 4, 1, 2, 5], "sensor": [[4, 5], [6, 8]]},
        ]
    },
    {
        "inputs": {
            "tag": ["foo", "bar"],
            "signal": [[1, 2, 3, 4, 5], [3, 4, 1, 2, 5]],
            "sensor": [[[1, 2], [3, 4]], [[4, 5], [6, 8]]],
        }
    },
    {"signature_name": "classify_objects", "instances": [{"image": B64, "caption": "seaside"}]},
]
NO_REQUESTS = [
    [1.0, 2.0],
    {},
    {"instances": [1.0], "inputs": [1.0]},
    {"instances": []},
    {"instances": [1.0], "signature": "serving_default"},
    {"instances": [1.0], "signature_name": 1},
    {"instances": [{"image": {"b64": "no base64!"}}]},
    {"instances": [{"image": {"b64": "aW1hZ2U=", "type": "jpeg"}}]},
    {"instances": [{"image": None}]},
]


@pytest.mark.parametrize("body", REQUESTS)
def test_the_documented_requests_fit_the_form(body):
    jsonschema.validate(body, rest_form.REQUEST)


@pytest.mark.parametrize("body", NO_REQUESTS)
def test_other_requests_do_not(body):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, rest_form.REQUEST)


def test_the_documented_response_fits_the_form():
    jsonschema.validate({"predictions": [3.5, 4.0, 5.5]}, rest_form.RESPONSE)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"predictions": [3.5], "outputs": [3.5]}, rest_form.RESPONSE)


def test_bytes_and_pixels_in_rows_give_the_embeddings(servables, export, embedder, images):
    coded = [{"b64": base64.b64encode(image).decode()} for image in images]
    expected = embedder(tf.constant(images))
    for rows in ([{"image_bytes": each} for each in coded], coded):
        answer = rest_form.predict(servables, "fabric", None, {"instances": rows})
        np.testing.assert_allclose(answer["predictions"], expected, atol=1e-6)
    pixels = np.random.default_rng(5).integers(0, 256, (1, 12, 9, 3), np.uint8)
    body = {"signature_name": "pixels", "instances": pixels.tolist()}
    answer = rest_form.predict(servables, "fabric", 1, body)
    model = tf.saved_model.load(str(export))
    expected = model.signatures["pixels"](pixels=tf.constant(pixels))["embedding"]
    np.testing.assert_allclose(answer["predictions"], expected, atol=1e-6)


def test_the_model_says_what_it_is_over_rest_too(servables, embedder):
    body = {"signature_name": "about", "instances": [{"b64": ""}]}
    (text,) = rest_form.predict(servables, "fabric", None, body)["predictions"]
    assert embedder.fingerprint in text


@pytest.mark.parametrize(
    ("version", "body", "code"),
    [
        (None, {"instances": [{"image": {"b64": ""}}]}, grpc.StatusCode.INVALID_ARGUMENT),
        (None, {"instances": [{"b64": "bm8gaW1hZ2U="}]}, grpc.StatusCode.INVALID_ARGUMENT),
        (None, {"signature_name": "x", "instances": [{"b64": ""}]}, grpc.StatusCode.INVALID_ARGUMENT),
        (3, {"instances": [{"b64": ""}]}, grpc.StatusCode.NOT_FOUND),
    ],
)
def test_what_is_refused(servables, version, body, code):
    with pytest.raises(RefusedError) as refused:
        rest_form.predict(servables, "fabric", version, body)
    assert refused.value.code is code
