"""Other colourways: shapes stay where they are, shades and colours do not."""

import numpy as np
import pytest

from fabric_retrieval.data.augmentation import OFF, Augmentation, augmented
from fabric_retrieval.flags import training_config
from fabric_retrieval.training.setup import make_augmentation

COLOUR = Augmentation(colour=1.0)
SIDE = 48
SHADES = np.array([40, 90, 140, 220])


def varied(images, augmentation, seed=0):
    return augmented(images, augmentation, np.random.default_rng(seed))


def blocks(count, grey):
    """Copies of one picture of four flat colours or shades, one a quarter."""
    colours = (
        np.stack([SHADES] * 3, -1) if grey else np.array([[200, 40, 30], [20, 90, 200], [90] * 3, [240] * 3])
    )
    picture = colours[np.arange(4).reshape(2, 2)].repeat(SIDE // 2, 0).repeat(SIDE // 2, 1)
    return np.repeat(picture[None].astype(np.uint8), count, axis=0)


def shades_of(image):
    """The four colours [4, 3] of a picture whose quarters are flat, which is checked."""
    quarters = image.reshape(2, SIDE // 2, 2, SIDE // 2, 3).transpose(0, 2, 1, 3, 4).reshape(4, -1, 3)
    assert (quarters == quarters[:, :1]).all()
    return quarters[:, 0].astype(int)


def test_grey_stays_grey_and_shapes_stay():
    for image in varied(blocks(20, True), COLOUR._replace(grey=True)):
        shades = shades_of(image)
        assert (shades == shades[:, :1]).all()


def test_shades_keep_reverse_and_mix_their_order():
    images = varied(blocks(200, True), COLOUR._replace(grey=True))
    orders = [np.sign(np.diff(shades_of(image)[:, 0])) for image in images]
    rising = sum((order >= 0).all() for order in orders)
    falling = sum((order <= 0).all() for order in orders)
    # A half is drawn in order, a half of these each way; of the others some are so by chance.
    assert 40 <= rising <= 100
    assert 40 <= falling <= 100
    assert 200 - rising - falling >= 40


def test_contrast_is_kept():
    for image in varied(blocks(100, True), COLOUR._replace(grey=True)):
        assert np.ptp(shades_of(image)[:, 0]) > 25


def test_colours_change_and_do_so_differently():
    found = np.stack([shades_of(image) for image in varied(blocks(30, False), COLOUR)])
    assert (np.abs(found - shades_of(blocks(1, False)[0])).max(axis=(1, 2)) > 20).all()
    assert len(np.unique(found.reshape(30, -1), axis=0)) == 30
    spread = found - found.mean(-1, keepdims=True)
    assert np.abs(spread).mean() > 15  # not grey


def test_strength_is_the_share_of_the_way():
    grey = COLOUR._replace(grey=True)
    before = blocks(20, True)
    all_of_it, half = varied(before, grey), varied(before, grey._replace(colour=0.5))
    moved = all_of_it.astype(int) - before
    np.testing.assert_allclose(half.astype(int) - before, moved / 2, atol=1.5)


@pytest.mark.parametrize(
    "picture", [np.full((SIDE, SIDE, 3), 77, np.uint8), np.zeros((SIDE, SIDE, 3), np.uint8)]
)
def test_a_flat_picture_stays_flat(picture):
    for image in varied(picture[None].repeat(5, 0), COLOUR):
        assert (image == image[:1, :1]).all()


def test_noise_of_a_plain_cloth_is_not_made_a_pattern():
    rng = np.random.default_rng(0)
    plain = np.clip(128 + rng.normal(0, 3, (20, SIDE, SIDE, 1)), 0, 255).astype(np.uint8).repeat(3, -1)
    for image in varied(plain, COLOUR._replace(grey=True)):
        assert image.std() < 20  # three times the contrast of before, and of a curve that turns


def test_what_other_effects_draw_is_as_without_it():
    light, both = Augmentation(light=1.0), Augmentation(light=1.0, colour=1e-9)
    images = blocks(6, False)
    np.testing.assert_allclose(varied(images, light).astype(int), varied(images, both), atol=6)  # by YCrCb
    assert make_augmentation(training_config("--run_dir=x", "--augment_colour=0.5")) == OFF._replace(
        colour=0.5
    )
