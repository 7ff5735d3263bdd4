"""A small run, an index for its model, and photographs to fill it with."""

import shutil

import pytest
from search.commands.making import Counting, fill

pytest.importorskip("faiss")

from fabric_retrieval.search.creating import create_for_run
from fabric_retrieval.search.describer import description, open_model
from fabric_retrieval.search.index import create_index

FLAGS = {"method": "alex", "input_size": 67, "width": 0.125, "feature_norm": "l2"}


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """A folder of 24 made-up cloths, 4 photographs of each; not to be changed."""
    return fill(tmp_path_factory.mktemp("photographs") / "photos", fabrics=24, shots=4)


@pytest.fixture(scope="session")
def small_run(photographs, tmp_path_factory):
    """The folder of a finished run on them: the network as initialised; a half of the cloths is held out."""
    from fabric_retrieval.flags import training_config
    from fabric_retrieval.training.run import train

    folder = tmp_path_factory.mktemp("small_run")
    places = {
        "photos_dir": photographs,
        "data_dir": folder / "collections",
        "run_dir": folder / "run",
        "workers": 1,
    }
    assert train(training_config(*(f"--{name}={value}" for name, value in (FLAGS | places).items())))
    return folder / "run"


@pytest.fixture(scope="session")
def described(small_run):
    """The run's model."""
    return open_model(str(small_run / "saved_model"))


@pytest.fixture
def describer(described):
    """The run's model, counting."""
    return Counting(described)


@pytest.fixture
def photos(photographs, tmp_path):
    """A copy of eight of the cloths, 32 photographs, to be changed."""
    for number in range(8):
        name = f"cloth-{number:02d}"
        shutil.copytree(photographs / name, tmp_path / "photos" / name)
    return tmp_path / "photos"


@pytest.fixture
def index(small_run, described, tmp_path):
    """An empty index for the run's model, without calibration, open."""
    settings = {"saved_model": str(small_run / "saved_model"), "roots": {}}
    with create_index(tmp_path / "index", description(described, settings)) as index:
        yield index


@pytest.fixture(params=["index", "index.db"])
def place(request, tmp_path):
    """Where an index is: a folder, or a file of milvus-lite."""
    if request.param.endswith(".db"):
        pytest.importorskip("pymilvus")  # its log keeps the stderr of its import: not that of a test
        pytest.importorskip("milvus_lite")
    return tmp_path / request.param


@pytest.fixture(scope="session")
def sure_index(small_run, photographs, described, tmp_path_factory):
    """Location of an index of all photographs that knows how sure it is; not to be changed."""
    from fabric_retrieval.search.adding import add_folder

    location = tmp_path_factory.mktemp("sure") / "index"
    with create_for_run(location, small_run) as index:
        add_folder(index, photographs, lambda: described)
    return location
