"""A model laid out for TF Serving, a server that has it, and photographs."""

import numpy as np
import pytest
from bulk.making import new_model, picture
from serving.model_server import Servables, serving

from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.serving.layout import lay_out


@pytest.fixture(scope="session")
def export(tmp_path_factory):
    return new_model(tmp_path_factory.mktemp("run") / "saved_model")


@pytest.fixture(scope="session")
def embedder(export):
    return Embedder(export)


@pytest.fixture(scope="session")
def models(export, tmp_path_factory):
    """A folder of models with fabric/1."""
    folder = tmp_path_factory.mktemp("served") / "models"
    lay_out(export, folder)
    return folder


@pytest.fixture(scope="session")
def servables(models):
    return Servables(models)


@pytest.fixture
def server(servables):
    """(service, port) over gRPC."""
    with serving(servables) as service_and_port:
        yield service_and_port


@pytest.fixture(scope="session")
def images():
    rng = np.random.default_rng(0)
    return [picture(rng) for _ in range(5)] + [picture(rng, kind="PNG")]
