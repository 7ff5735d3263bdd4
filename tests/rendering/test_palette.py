import numpy as np
import pytest

from fabric_retrieval.rendering import oklab
from fabric_retrieval.rendering.palette import draw_colours, to_linear


@pytest.fixture(scope="module")
def palettes():
    return np.array([draw_colours(np.random.default_rng((7, number))) for number in range(150)])


def test_oklab_gives_published_values():
    # Ottosson's table of CIE XYZ pairs, as sRGB: white is (1, 0, 0); red, green and blue after CSS Color 4.
    linear = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    expected = [
        (1, 0, 0), (0.62796, 0.22486, 0.12585), (0.86644, -0.23389, 0.1795), (0.45201, -0.03246, -0.31153),
    ]  # fmt: skip
    assert oklab.from_linear(linear) == pytest.approx(np.array(expected), abs=1e-4)
    assert oklab.to_linear(oklab.from_linear(linear)) == pytest.approx(linear, abs=1e-6)


def test_colours_out_of_gamut_keep_lightness_and_hue():
    wanted = oklab.from_lch([[0.6, 0.4, 30], [0.6, 0.4, 150], [0.6, 0.4, 270]])
    given = oklab.from_linear(oklab.in_gamut(wanted))
    assert given[:, 0] == pytest.approx(wanted[:, 0], abs=0.01)
    hue = [np.rad2deg(np.arctan2(lab[:, 2], lab[:, 1])) for lab in (wanted, given)]
    assert hue[1] == pytest.approx(hue[0], abs=2)


def test_palettes_are_linear_light_of_five_colours(palettes):
    assert palettes.shape == (150, 5, 3)
    assert draw_colours(np.random.default_rng(0)).dtype == np.float32
    assert palettes.min() >= 0
    assert palettes.max() <= 1


def test_one_seed_gives_one_palette(palettes):
    assert np.array_equal(draw_colours(np.random.default_rng((7, 3))), palettes[3])


def test_accents_stand_off_from_the_ground(palettes):
    lab = oklab.from_linear(palettes)
    away = np.linalg.norm(lab[:, 1:] - lab[:, :1], axis=-1)
    assert np.median(away) > 0.25
    assert (away.max(1) > 0.15).all()
    assert np.mean(away[:, 0] > 0.15) > 0.9


def test_few_palettes_are_alike(palettes):
    """Between two palettes the colours, each with its nearest, differ clearly for almost all pairs."""
    lab = oklab.from_linear(palettes)
    apart = np.linalg.norm(lab[:, None, :, None] - lab[None, :, None, :], axis=-1)
    distance = (apart.min(-1).mean(-1) + apart.min(-2).mean(-1)) / 2
    pairs = distance[np.triu_indices(len(lab), 1)]
    assert np.mean(pairs > 0.05) > 0.97
    assert np.median(pairs) > 0.08


def test_muted_colours_outnumber_vivid_ones(palettes):
    lab = oklab.from_linear(palettes)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    assert 0.5 < np.mean(chroma < 0.08) < 0.9
    assert np.mean(chroma > 0.14) > 0.02


def test_grounds_are_often_undyed_navy_or_dark(palettes):
    ground = oklab.from_linear(palettes[:, 0])
    chroma = np.hypot(ground[:, 1], ground[:, 2])
    light = (ground[:, 0] > 0.82) & (chroma < 0.06)
    dark = ground[:, 0] < 0.4
    assert np.mean(light) > 0.15
    assert np.mean(dark) > 0.15
    assert to_linear([0, 1]).tolist() == [0, 1]
