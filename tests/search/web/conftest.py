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


@pytest.fixture(scope="session")
def patterns(site, tmp_path_factory):
    """A `Catalogue` of the site's photographs by another model: other vectors. Not to be changed."""
    from search.web.site import item

    from fabric_retrieval.search import create_index
    from fabric_retrieval.search.describer import Describer, description
    from fabric_retrieval.search.web.app import Catalogue

    folder = tmp_path_factory.mktemp("patterns")
    describer = Describer(new_model(folder / "saved_model", seed=1))
    index = create_index(folder / "index", description(describer, {"roots": {"0": str(site.root)}}))
    index.add([item(name) for name in site.photographs], describer(list(site.photographs.values())))
    index.save()
    return Catalogue(index, describer)
