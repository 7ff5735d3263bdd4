import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def tiny_collections(tmp_path_factory):
    """A data_dir in which `fird/rendered_tiny` is prepared."""
    import fird

    data_dir = tmp_path_factory.mktemp("collections")
    fird.prepare("fird/rendered_tiny", data_dir=str(data_dir))
    return data_dir
