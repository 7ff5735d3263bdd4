"""The spectrum on logarithmic radii: of waves where they must lie, of turned pictures shifted."""

import keras
import numpy as np
import pytest

from fabric_retrieval.models.spectral_embedding import SHARE, SHIFT, SIZE, SpectralEmbedding
from fabric_retrieval.models.spectrum import ANGLES, LEAST, RADII, SHAPE, STEP, LogPolarSpectrum

SIDE = 128
WHOLE, HALVES = range(2)
rng = np.random.default_rng(0)


def wave(periods, degrees, side=SIDE):
    """[1, S, S, 3]: `periods` across the picture, changing in the direction `degrees` (90 is downwards)."""
    y, x = np.mgrid[:side, :side] / side
    angle = np.deg2rad(degrees)
    light = np.sin(2 * np.pi * periods * (x * np.cos(angle) + y * np.sin(angle)))
    return np.repeat(100 + 60 * light[None, ..., None], 3, axis=-1).astype(np.float32)


def spectrum(images):
    return LogPolarSpectrum()(images).numpy()


def peak(channel):
    return np.unravel_index(channel.argmax(), channel.shape)


@pytest.mark.parametrize("radius", [30, 45, 65])
@pytest.mark.parametrize("angle", [0, 14, 48, 80])
def test_a_wave_lies_at_its_frequency_and_direction(radius, angle):
    image = wave(LEAST * STEP**radius, angle * 180 / ANGLES)
    found = spectrum(image)[0]
    assert found.shape == SHAPE
    for channel in (WHOLE, HALVES):  # also in windows half as wide, where it has half as many periods
        radial, angular = np.abs(np.subtract(peak(found[..., channel]), (radius, angle)))
        assert radial <= 2
        assert min(angular, ANGLES - angular) <= 2


def test_a_fine_wave_is_seen_between_the_middles_of_bins_too():
    """Bins are wider there than a wave's peak in the whole picture's spectrum."""
    radius = 80
    found = [
        spectrum(wave(LEAST * STEP ** (radius + shift), 37, side=227))[0, ..., WHOLE].max()
        for shift in np.linspace(-0.5, 0.5, 9)
    ]
    assert min(found) > max(found) - 1  # of logarithms, halved


def test_the_power_in_the_whole_is_that_of_numpy():
    texture = rng.uniform(0, 255, (1, SIDE, SIDE, 3)).astype(np.float32)
    light = np.log(texture[0] @ [0.299, 0.587, 0.114] + 8)
    fade = np.outer(*[np.hanning(SIDE + 2)[1:-1]] * 2)
    light = light - np.average(light, weights=fade)
    power = np.abs(np.fft.fft2(light * fade)) ** 2
    radii = LEAST * STEP ** np.arange(RADII)
    bands = [(radii[r], radii[r + 12]) for r in (35, 50, 65)]
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(SIDE, 1 / SIDE)] * 2))
    expected = [
        np.log((power * frequency**2)[(low <= frequency) & (frequency < high)]).mean() for low, high in bands
    ]
    found = [spectrum(texture)[0, r : r + 12, :, WHOLE].mean() * 2 for r in (35, 50, 65)]
    # White noise has logarithms that differ by little; what matters is that no band is off.
    np.testing.assert_allclose(np.diff(found), np.diff(expected), atol=0.4)


def test_an_enlarged_wave_is_as_far_from_its_half_as_before():
    def distance(enlarged):
        at = [peak(spectrum(wave(p / enlarged, 30))[0, ..., WHOLE])[0] for p in (16, 32)]
        return at[1] - at[0]

    assert abs(distance(1) - np.log(2) / np.log(STEP)) <= 1
    assert abs(distance(1.5) - distance(1)) <= 1


def test_a_quarter_turn_shifts_the_angles_by_half():
    texture = rng.uniform(0, 255, (1, SIDE, SIDE, 3)).astype(np.float32)
    texture[:, ::2] *= 0.5
    turned = spectrum(np.rot90(texture, axes=(1, 2)))
    np.testing.assert_allclose(turned, np.roll(spectrum(texture), ANGLES // 2, axis=2), atol=0.02)


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
    """By what the convolutions' strides leave of the angles; by others about the same."""
    maps = rng.normal(size=(3, *SHAPE))
    found = layer(features(maps)).numpy()
    for angles in (16, 48, 80):
        turned = layer(features(np.roll(maps, angles, axis=2))).numpy()
        np.testing.assert_allclose(turned, found, rtol=1e-4, atol=1e-5)
    assert np.abs(layer(features(np.roll(maps, 16, axis=1))).numpy() - found).max() > 1e-3


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
    part = alone(given, training=True).numpy()
    cosine = (part * (whole - linear)).sum(axis=1) / np.linalg.norm(part, axis=1)
    np.testing.assert_allclose(cosine, np.linalg.norm(whole - linear, axis=1), rtol=0.05)
    assert np.abs(cosine / np.linalg.norm(whole - linear, axis=1) - 1).min() > 0


def test_in_training_a_batch_is_photographed_anew_alike(layer):
    maps = rng.normal(size=(4, *SHAPE)).astype(np.float32)
    seen = set()
    for _ in range(20):
        found = layer.photographed_anew(maps).numpy()
        assert found.shape == maps.shape
        [(row, turn)] = np.argwhere(maps[0, :, :, 0] == found[0, 40, 0, 0])
        nearer = row - 40
        rows = np.clip(np.arange(RADII) + nearer, 0, RADII - 1)
        columns = [(turn + sign * np.arange(ANGLES)) % ANGLES for sign in (1, -1)]
        [mirrored] = [i for i in (0, 1) if np.array_equal(found, maps[:, rows][:, :, columns[i]])]
        seen.add((mirrored, nearer, turn))
        assert abs(nearer) <= SHIFT
    assert len(seen) > 15
    assert {mirrored for mirrored, _, _ in seen} == {0, 1}


def test_a_configuration_makes_the_same_layer(layer):
    other = SpectralEmbedding.from_config(layer.get_config())
    other.build((None, 10 + SIZE))
    other.set_weights(layer.get_weights())
    given = features(rng.normal(size=(2, *SHAPE)))
    np.testing.assert_array_equal(other(given), layer(given))
    assert RADII * ANGLES * 2 == SIZE
