"""Photographs to vectors through an exported model, as the evaluation makes them."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.export import export
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.search.describer import Describer, description, open_model

METADATA = {
    "preprocessing": {"resize": 80, "crop": 71, "grey": False},
    "step": 7,
    "method": "focus_ranking",
    "feature_layer": "fc6",
    "version": "0.5.0",
}


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("describer") / "saved_model"
    export(feature_network(alexnet(71, 0.0625), "fc6", "l2"), folder, METADATA)
    return folder


@pytest.fixture(scope="module")
def photographs():
    rng = np.random.default_rng(0)
    encoded = []
    for number in range(40):
        buffer = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (80, 90, 3), np.uint8)).save(buffer, ("JPEG", "PNG")[number % 2])
        encoded.append(buffer.getvalue())
    return encoded


def test_vectors_are_those_of_the_evaluation(saved_model, photographs):
    describer = open_model(saved_model)
    embedder = Embedder(saved_model)
    expected = np.concatenate([embedder(tf.constant(part)) for part in (photographs[:10], photographs[10:])])
    vectors = describer(photographs)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert vectors.shape == (40, describer.dimension)
    assert vectors.dtype == np.float32
    assert describer([]).shape == (0, describer.dimension)


def test_it_says_whose_vectors_they_are(saved_model):
    describer = Describer(saved_model)
    made = description(describer, {"roots": {}})
    assert made.model == Embedder(saved_model).fingerprint
    assert made.dimension == describer.dimension
    assert made.model_name == "focus_ranking, fc6 (step 7, fabric_retrieval 0.5.0)"
    assert json.loads(json.dumps(made.settings)) == {"roots": {}}


def test_what_cannot_be_decoded_is_named(saved_model, photographs):
    describer = Describer(saved_model)
    with pytest.raises(UserError, match=r"Photograph 36 of 40 cannot be described.*JPEG or PNG"):
        describer([*photographs[:35], photographs[35][:200], *photographs[36:]])
    with pytest.raises(UserError, match="The photograph cannot be described"):
        describer([b"no picture"])


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(UserError, match=r"holds no saved_model\.pb: it is no exported model"):
        open_model(tmp_path)


def test_searching_loads_no_tensorflow():
    modules = "describer, faiss_index, grouping, milvus_index, sureness"
    code = f"""
import sys
from fabric_retrieval.search import {modules}
assert "tensorflow" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
