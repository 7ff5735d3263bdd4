"""A catalogue described by a real, small SavedModel."""

import pytest
from bulk.making import new_model

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("faiss", reason="needs the extra search")


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    return new_model(tmp_path_factory.mktemp("model") / "saved_model")


@pytest.fixture(scope="session")
def describer(model_folder):
    from fabric_retrieval.search.describer import Describer

    return Describer(model_folder)


@pytest.fixture(scope="session")
def site(tmp_path_factory, describer):
    """Not to be changed."""
    from search.web.site import new_site

    return new_site(tmp_path_factory.mktemp("site"), describer)
