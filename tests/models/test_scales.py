"""A network at several scales: the mean of what networks of those sizes give, with one set of weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.backbones import build_backbone
from fabric_retrieval.models.pooled import similarity_network
from fabric_retrieval.models.scales import Resized, layers_of

SIDE, TAPS = 67, ("colours", "stage2", "head")
IMAGES = np.random.default_rng(0).uniform(0, 255, (2, SIDE, SIDE, 3)).astype(np.float32)


def network(side, **options):
    keras.utils.set_random_seed(0)
    return similarity_network(build_backbone("efficientnet_lite0", side), TAPS, "avg_std_corr", **options)


def test_features_are_the_mean_of_those_at_each_size():
    several = network(SIDE, scales=(1, 0.7, 0.5))
    expected = np.mean(
        [
            network(side)(tf.image.resize(IMAGES, (side, side), antialias=True)).numpy()
            for side in (SIDE, 47, 34)
        ],
        axis=0,
    )
    np.testing.assert_allclose(several(IMAGES).numpy(), expected, rtol=1e-4, atol=1e-4)


def test_all_scales_share_one_set_of_weights():
    several, one = network(SIDE, scales=(1, 0.5)), network(SIDE)
    assert [v.path for v in several.variables] == [v.path for v in one.variables]
    own = {v.path for layer in layers_of(several) for v in layer.variables}
    assert own == {v.path for v in one.variables}


def test_the_weights_learn_from_every_scale():
    def gradient(scales):
        model = network(SIDE, scales=scales)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(IMAGES)[:, 216:240] ** 2)
        return tape.gradient(loss, model.get_layer("stem_conv").kernel.value).numpy()

    assert np.abs(gradient((1, 0.5)) - gradient((1,)) / 2).max() > 1e-3


@pytest.mark.parametrize("side", [20, 33, 66, 67])
def test_resized_is_tensorflows_resizing_with_antialias(side):
    expected = tf.image.resize(IMAGES, (side, side), antialias=True).numpy()
    resized = Resized(side)(IMAGES)
    np.testing.assert_allclose(resized, expected, atol=1e-3)
    assert resized.shape == Resized(side).compute_output_shape(IMAGES.shape)


def test_a_scale_that_leaves_too_little_is_refused():
    with pytest.raises(UserError, match=r"--scales: 0\.3 of 67 pixels are too few: 20\."):
        network(SIDE, scales=(1, 0.3))
