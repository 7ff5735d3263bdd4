"""Augmentation: measured in stripes and flat colours whose picture after each effect is known."""

import functools

import numpy as np
import pytest

from fabric_retrieval.data.augmentation import OFF, Augmentation, augmented
from fabric_retrieval.data.pipeline import cropped, training_batches
from fabric_retrieval.data.units import FabricIndex, shared_batch
from fabric_retrieval.flags import training_config
from fabric_retrieval.rendering.palette import to_linear
from fabric_retrieval.training.setup import make_augmentation

ALL = Augmentation(1.0, 1.0, 1.0)
EACH = [Augmentation(wrinkle=1.0), Augmentation(light=1.0), Augmentation(view=1.0)]
SIDE = 96


def stripes(period=8):
    """Upright sine stripes [SIDE, SIDE, 3] uint8."""
    wave = 128 + 60 * np.sin(2 * np.pi * np.arange(SIDE) / period)
    return np.broadcast_to(wave[None, :, None], (SIDE, SIDE, 3)).astype(np.uint8)


def copies(image, count=12):
    return np.repeat(image[None], count, axis=0)


def varied(images, augmentation, seed=0):
    return augmented(images, augmentation, np.random.default_rng(seed))


def wave_of(image):
    """(frequency in cycles a picture, direction in degrees modulo 180) of the strongest wave."""
    grey = image.mean(-1) * 1.0
    window = np.hanning(SIDE)[:, None] * np.hanning(SIDE)
    spectrum = np.abs(np.fft.fft2((grey - grey.mean()) * window, (512, 512)))
    spectrum[:2, :2] = 0
    y, x = np.unravel_index(spectrum.argmax(), spectrum.shape)
    y, x = ((k + 256) % 512 - 256 for k in (y, x))
    return np.hypot(x, y) * SIDE / 512, np.rad2deg(np.arctan2(y, x)) % 180


PIXELS = np.random.default_rng(1).integers(0, 256, (32, 40, 40, 3), np.uint8)
LABELS = np.repeat(np.arange(8), 4)
DRAW = functools.partial(shared_batch, FabricIndex(LABELS), 0, fabrics=4, images=3, ratio=5)


def batches(first=0, last=2, **options):
    found = training_batches(PIXELS, DRAW, 32, 0, first, last, **options)
    return [batch["images"].numpy() for batch in found]


@pytest.mark.parametrize("augmentation", [*EACH, ALL])
def test_shapes_types_and_determinism(augmentation):
    images = copies(stripes(), 4)
    one, two = varied(images, augmentation), varied(images, augmentation)
    assert one.shape == images.shape
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, two)
    assert (one != varied(images, augmentation, seed=1)).any()
    assert all((one[0] != other).any() for other in one[1:])  # each in its own way


def test_off_leaves_batches_as_they_were():
    assert make_augmentation(training_config("--run_dir=x")) == OFF
    for number, images in enumerate(batches(augmentation=OFF)):
        stream_of_crops = np.random.default_rng((0, 2, number))
        rows = DRAW(number).rows
        np.testing.assert_array_equal(images, cropped(PIXELS, rows, 32, stream_of_crops, True))


def test_crops_are_where_they_were():
    # Light alone moves nothing, so where there is an edge in the plain crop there is one in the lit crop.
    plain, lit = batches()[0], batches(augmentation=Augmentation(light=0.2))[0]
    for one, two in zip(plain, lit, strict=True):
        assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.95


def test_a_batch_is_the_same_wherever_the_run_starts():
    np.testing.assert_array_equal(batches(last=3, augmentation=ALL)[2], batches(2, 3, augmentation=ALL)[0])


def test_view_turns_and_enlarges():
    waves = np.array([wave_of(image) for image in varied(copies(stripes(), 40), EACH[2])])
    frequency, direction = waves.T
    assert (np.histogram(direction, 4, (0, 180))[0] > 2).all()
    # 12 cycles a picture, up to twice as large; tilted cloth holds more of them towards where it recedes.
    assert (frequency < 12 / np.cos(np.deg2rad(38)) * 1.15).all()
    assert frequency.min() < 8
    assert frequency.min() > 5


def test_view_turns_no_further_than_its_strength():
    quarter = Augmentation(view=0.1)
    directions = [wave_of(image)[1] for image in varied(copies(stripes(), 30), quarter)]
    turned = [(direction + 90) % 180 - 90 for direction in directions]
    assert max(np.abs(turned)) < 18 + 3  # and a little by the tilt
    assert max(np.abs(turned)) > 9


def test_light_changes_brightness_but_not_geometry():
    images = copies(stripes(), 30)
    lit = varied(images, EACH[1])
    means = to_linear(lit / 255).mean((1, 2, 3))
    assert means.max() > 1.5 * means.min()
    for image in lit:
        frequency, direction = wave_of(image)
        assert frequency == pytest.approx(12, abs=0.3)
        assert min(direction, 180 - direction) < 1


def test_light_tints_what_is_not_grey():
    flat = copies(np.full((SIDE, SIDE, 3), 120, np.uint8))
    means = varied(flat, EACH[1]).astype(float).mean((1, 2))
    assert (means[:, 0] / means[:, 2]).max() > 1.02
    for grey in varied(flat, ALL._replace(grey=True)):
        assert (grey == grey[..., :1]).all()


def test_wrinkles_bend_stripes_and_keep_the_mean_colour():
    flat = copies(np.full((SIDE, SIDE, 3), (150, 110, 70), np.uint8), 20)
    shaded = varied(flat, EACH[0])
    light, before = to_linear(shaded / 255).mean((1, 2)), to_linear(flat[0, 0, 0] / 255)
    np.testing.assert_allclose(light, np.broadcast_to(before, light.shape), rtol=0.05)
    assert shaded.std(axis=(1, 2)).max() > 5

    # Flat stripes are the same in every row; bent ones are not, whatever the shading.
    bent = varied(copies(stripes(), 20), EACH[0])
    phase = np.angle(np.fft.fft(bent.mean(-1), axis=2)[:, :, 12])
    assert np.unwrap(phase, axis=1).std(1).max() > 0.5


def test_what_is_drawn_for_one_effect_does_not_depend_on_another():
    flat = copies(np.full((SIDE, SIDE, 3), 120, np.uint8), 6)
    # On a flat colour a change of view alone shows nothing.
    np.testing.assert_array_equal(
        varied(flat, Augmentation(light=1.0)), varied(flat, Augmentation(0.0, 1.0, 1.0))
    )
