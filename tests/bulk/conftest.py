"""A model, and photographs of three fabrics."""

import numpy as np
import pytest
from bulk.making import new_model, picture
from PIL import Image


@pytest.fixture(scope="session")
def saved_model(tmp_path_factory):
    return new_model(tmp_path_factory.mktemp("model") / "saved_model")


@pytest.fixture
def photos(tmp_path):
    """A folder with 12 photographs of 3 fabrics, one to be turned and one a PNG with transparency."""
    rng = np.random.default_rng(0)
    for fabric in ("blue check", "denim", "größe-42"):
        (tmp_path / "photos" / fabric).mkdir(parents=True)
        for number in range(4):
            (tmp_path / "photos" / fabric / f"{number}.jpg").write_bytes(picture(rng))
    turned = Image.Exif()
    turned[0x0112] = 6
    (tmp_path / "photos/denim/1.jpg").write_bytes(picture(rng, exif=turned))
    (tmp_path / "photos/denim/2.jpg").write_bytes(picture(rng, "RGBA", "PNG"))
    return tmp_path / "photos"
