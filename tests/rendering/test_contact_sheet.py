"""Sheets to look at: where pictures and words stand, and what the command refuses."""

import cv2
import numpy as np
import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.rendering import contact_sheet
from fabric_retrieval.rendering.captions import amount, captioned_row, describe, words_on_white
from fabric_retrieval.rendering.catalogue import differs_in, draw_specification
from fabric_retrieval.rendering.conditions import draw_conditions
from fabric_retrieval.rendering.families import family_of


def test_missing_photographs_leave_their_places_white():
    full = contact_sheet.sheet(0, 0, 2, 3, 32)
    short = contact_sheet.sheet(0, 0, 2, 3, 32, photo_count=lambda fabric: 3 - fabric)
    assert full.shape == short.shape == (2 * 40, 3 * 40, 3)
    assert (short[40:, 80:] == 255).all()
    short[40:, 80:] = full[40:, 80:]
    np.testing.assert_array_equal(short, full)


def test_captions_stand_below_pictures_and_the_label_beside_them():
    pictures = [np.full((200, 200, 3), value, np.uint8) for value in (10, 20, 30)]
    row = captioned_row(pictures, ["one", "two", "three " * 30], "fabric", label_width=100)
    assert row.shape[1] == 100 + 3 * 208
    for number, value in enumerate((10, 20, 30)):
        left = 100 + number * 208
        assert (row[4:204, left + 4 : left + 204] == value).all()
        assert row[208:, left : left + 208].min() < 100  # dark letters
    assert row[:208, :100].min() < 100
    assert (row[208:, :100] == 255).all()
    # A short caption is one line, a long one several.
    assert (row[208 + 25 :, 100:308] == 255).all()
    assert row[208 + 25 :, 516:].min() < 100


def test_letters_are_at_least_eleven_pixels_high():
    inked = (words_on_white("H", 100).min(-1) < 128).any(1)
    assert inked.sum() >= 11


def test_long_captions_wrap_within_their_width():
    wrapped = words_on_white("wrinkle 0.4, 3,200 K, 80 lx, tilt 12°, shadow 0.5", 120)
    assert wrapped.shape[1] == 120
    assert (wrapped[:, -3:] == 255).all()
    assert wrapped.shape[0] > 2 * 19


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("tilt_degrees", 12.3, "12°"),
        ("light_temperature_kelvin", 3200.4, "3,200 K"),
        ("exposure_stops", -0.5, "-0.5 EV"),
        ("scale", 6.25, "6.25 px/mm"),
        ("noise", 0.004, "0.004"),
        ("jpeg_quality", 100.0, "100"),
        ("shadow", 0.0, "0"),
    ],
)
def test_amounts(name, value, text):
    assert amount(name, value) == text


def test_description_names_what_can_be_seen():
    conditions = draw_conditions(0, 0, 0).as_dict()
    seen = {"scale": 8.0, "rotation_degrees": 120.0, "tilt_degrees": 12.0, "wrinkle": 0.0, "shadow": 0.0}
    text = describe(conditions | seen)
    assert text.startswith("32 mm, ")
    assert "120°" in text
    assert "tilt 12°" in text
    assert "wrinkle" not in text
    assert "shadow" not in text


def test_label_of_a_family_s_member():
    variant = next(i for i in range(200) if family_of(0, i).first < i)
    cloth = draw_specification(0, variant)
    text = contact_sheet.fabric_label(0, variant, cloth)
    assert text.startswith(f"{variant}\n{cloth.kind}")
    assert text.endswith(f"as {family_of(0, variant).first} but for {differs_in(0, variant)}")
    alone = next(i for i in range(200) if family_of(0, i).size == 1)
    assert "but for" not in contact_sheet.fabric_label(0, alone, draw_specification(0, alone))


@pytest.mark.parametrize(("ending", "tolerance"), [("png", 0), ("jpg", 12), ("JPEG", 12)])
def test_the_ending_says_the_format(tmp_path, ending, tolerance):
    y, x = np.mgrid[0:64, 0:64]
    picture = np.dstack([2 * x, 2 * y, 255 - 2 * x]).astype(np.uint8)
    path = tmp_path / f"sheet.{ending}"
    contact_sheet.save(picture, path)
    read = cv2.imread(str(path))[..., ::-1]
    assert np.abs(read.astype(int) - picture).max() <= tolerance
    assert (path.read_bytes()[:4] == b"\x89PNG") == (ending == "png")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["sheet.gif", "sheet", "missing/sheet.png", "folder.png"])
def test_names_that_cannot_be_written_are_refused_before_drawing(tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UserError, match="--out="):
        contact_sheet.check_out(tmp_path / name)
    contact_sheet.check_out(tmp_path / "sheet.png")
    assert [file.name for file in tmp_path.iterdir()] == ["folder.png"]


def test_collections_by_name():
    assert contact_sheet.chosen_collection("fird/rendered_tiny").name == "rendered_tiny"
    with pytest.raises(UserError, match="rendered_mini"):
        contact_sheet.chosen_collection("nothing")
