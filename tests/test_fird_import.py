"""`import fird` from any folder, whatever else is called `datasets`."""

import subprocess
import sys

import pytest

CODE = """
import fird, tensorflow_datasets as tfds
assert tfds.builder("fird/rendered_tiny", data_dir="data").info.features["label"].shape == ()
"""


@pytest.mark.parametrize("hugging_face", [False, True])
def test_import_from_another_folder(tmp_path, hugging_face):
    """Hugging Face's `datasets` is a regular package, which wins over a folder without __init__.py."""
    code = CODE
    if hugging_face:
        (tmp_path / "datasets").mkdir()
        (tmp_path / "datasets/__init__.py").write_text("name = 'another'")
        code = "import datasets; assert datasets.name == 'another'" + CODE
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
