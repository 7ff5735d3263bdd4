"""The spectrum on logarithmic radii: of waves where they must lie, of turned pictures shifted."""

import keras
import numpy as np
import pytest

from fabric_retrieval.models.spectral_embedding import SHARE, SIZE, SpectralEmbedding
from fabric_retrieval.models.spectrum import ANGLES, LEAST, RADII, SHAPE, STEP, LogPolarSpectrum

SIDE = 128
HALVES, LIGHT, RED, YELLOW = range(4)
rng = np.random.default_rng(0)


def wave(periods, degrees, colour=(1, 1, 1), side=SIDE):
    """[1, S, S, 3]: `periods` across the picture, changing in the direction `degrees` (90 is downwards)."""
    y, x = np.mgrid[:side, :side] / side
    angle = np.deg2rad(degrees)
    light = np.sin(2 * np.pi * periods * (x * np.cos(angle) + y * np.sin(angle)))
    return (100 + 60 * light[None, ..., None] * np.array(colour)).astype(np.float32)


def spectrum(images):
    return LogPolarSpectrum()(images).numpy()


def peak(channel):
    return np.unravel_index(channel.argmax(), channel.shape)


@pytest.mark.parametrize("radius", [8, 15, 25])
@pytest.mark.parametrize("angle", [0, 7, 24, 40])
def test_a_wave_lies_at_its_frequency_and_direction(radius, angle):
    image = wave(LEAST * STEP**radius, angle * 180 / ANGLES)
    found = spectrum(image)[0]
    assert found.shape == SHAPE
    assert np.abs(np.subtract(peak(found[..., LIGHT]), (radius, angle))).max() <= 1
    # In windows half as wide it has half as many periods.
    expected = radius - np.log(2) / np.log(STEP)
    assert abs(peak(found[..., HALVES])[0] - expected) <= 2 or expected < 0


def test_an_enlarged_wave_is_as_far_from_its_half_as_before():
    def distance(enlarged):
        at = [peak(spectrum(wave(p / enlarged, 30))[0, ..., LIGHT])[0] for p in (16, 32)]
        return at[1] - at[0]

    assert abs(distance(1) - np.log(2) / np.log(STEP)) <= 1
    assert abs(distance(1.5) - distance(1)) <= 1


def test_a_quarter_turn_shifts_the_angles_by_half():
    texture = rng.uniform(0, 255, (1, SIDE, SIDE, 3)).astype(np.float32)
    texture[:, ::2] *= 0.5
    turned = spectrum(np.rot90(texture, axes=(1, 2)))
    np.testing.assert_allclose(turned, np.roll(spectrum(texture), ANGLES // 2, axis=2), atol=0.02)


def test_stripes_of_equal_light_are_seen_in_their_colours():
    # 0.299 r + 0.587 g + 0.114 b of the logarithms hardly changes; red over green does.
    found = spectrum(wave(20, 0, colour=(0.587, -0.299, 0)))[0]
    radius = round(np.log(20 / LEAST) / np.log(STEP))
    assert abs(peak(found[..., RED])[0] - radius) <= 1
    assert found[radius, 0, RED] > found[radius, 0, LIGHT] + 0.5


def test_brightness_does_not_count():
    image = wave(20, 30) + rng.normal(0, 10, (1, SIDE, SIDE, 1))
    darker = (image + 8) * 0.5 - 8  # of the logarithm that is taken, only the mean changes
    np.testing.assert_allclose(spectrum(darker), spectrum(image), atol=2e-3)


@pytest.mark.parametrize("side", [32, 67, 226, 227])
def test_any_size_has_the_same_shape(side):
    found = spectrum(np.full((2, side, side, 3), 77, np.float32))
    assert found.shape == (2, *SHAPE)
    assert np.isfinite(found).all()


def test_half_precision_elsewhere_changes_nothing():
    image = wave(20, 30)
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        found = spectrum(image)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    np.testing.assert_array_equal(found, spectrum(image))


@pytest.fixture(scope="module")
def layer():
    keras.utils.set_random_seed(0)
    layer = SpectralEmbedding(8)
    layer.build((None, 10 + SIZE))
    for weight in layer.weights:  # biases and shifts too
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    return layer


def features(maps):
    return np.concatenate([np.ones((len(maps), 10)), maps.reshape(len(maps), -1)], axis=1).astype(np.float32)


def test_a_turned_photograph_has_the_same_embedding(layer):
    """By the eighth of the angles that the convolutions' strides leave; others about the same."""
    maps = rng.normal(size=(3, *SHAPE))
    found = layer(features(maps)).numpy()
    for angles in (8, 24, 40):
        turned = layer(features(np.roll(maps, angles, axis=2))).numpy()
        np.testing.assert_allclose(turned, found, rtol=1e-4, atol=1e-5)
    assert np.abs(layer(features(np.roll(maps, 8, axis=1))).numpy() - found).max() > 1e-3


def test_the_spectrum_s_part_is_a_share_of_the_other_s_length(layer):
    given = features(rng.normal(size=(3, *SHAPE)))
    linear = layer.linear(given[:, :10]).numpy()
    part = layer(given).numpy() - linear
    np.testing.assert_allclose(
        np.linalg.norm(part, axis=1), SHARE * np.linalg.norm(linear, axis=1), rtol=1e-3
    )


def test_alone_is_in_training_only(layer):
    alone = SpectralEmbedding(8, alone=True)
    alone.build((None, 10 + SIZE))
    alone.set_weights(layer.get_weights())
    given = features(rng.normal(size=(3, *SHAPE)))
    linear, whole = layer.linear(given[:, :10]).numpy(), layer(given).numpy()
    np.testing.assert_array_equal(alone(given, training=False), whole)
    np.testing.assert_array_equal(layer(given, training=True), whole)
    part = alone(given, training=True).numpy()
    cosine = (part * (whole - linear)).sum(axis=1) / np.linalg.norm(part, axis=1)
    np.testing.assert_allclose(cosine, np.linalg.norm(whole - linear, axis=1), rtol=1e-4)


def test_a_configuration_makes_the_same_layer(layer):
    other = SpectralEmbedding.from_config(layer.get_config())
    other.build((None, 10 + SIZE))
    other.set_weights(layer.get_weights())
    given = features(rng.normal(size=(2, *SHAPE)))
    np.testing.assert_array_equal(other(given), layer(given))
    assert RADII * ANGLES * 4 == SIZE
