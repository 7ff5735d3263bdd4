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


@pytest.fixture(scope="session")
def synthetic_report(tmp_path_factory):
    """Folder of the report on a study in which all of the paper's claims hold."""
    from study.synthetic_study import write_study

    from fabric_retrieval.study.report import write_report

    study = write_study(tmp_path_factory.mktemp("study"), seeds=2, ratios=(1, 8), how={"fabrics": 12})
    return write_report(study).parent
