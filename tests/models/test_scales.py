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


@pytest.mark.parametrize(
    ("scales", "sides"), [((1, 0.7, 0.5), (SIDE, 47, 34)), ((1.4, 1), (94, SIDE)), ((1.2,), (80,))]
)
def test_features_are_the_mean_of_those_at_each_size(scales, sides):
    several = network(SIDE, scales=scales)
    expected = np.mean(
        [network(side)(tf.image.resize(IMAGES, (side, side), antialias=True)).numpy() for side in sides],
        axis=0,
    )
    np.testing.assert_allclose(several(IMAGES).numpy(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scales", [(1, 0.5), (1.2,), (1.2, 0.5)])
def test_all_scales_share_one_set_of_weights(scales):
    several, one = network(SIDE, scales=scales), network(SIDE)
    assert [v.path for v in several.variables] == [v.path for v in one.variables]
    own = [v.path for layer in layers_of(several) for v in layer.variables]
    assert sorted(own) == sorted(v.path for v in one.variables)


def test_the_weights_learn_from_every_scale():
    """The gradient of what is linear in the features is the mean of those at each size."""
    towards = np.random.default_rng(1).normal(size=network(SIDE).output_shape[1:]).astype(np.float32)

    def gradient(model, images):
        with tf.GradientTape() as tape:
            along = tf.reduce_sum(model(images) * towards)
        return tape.gradient(along, model.get_layer("stem_conv").kernel.value).numpy()

    smaller = gradient(network(34), tf.image.resize(IMAGES, (34, 34), antialias=True))
    expected = (gradient(network(SIDE), IMAGES) + smaller) / 2
    found = gradient(network(SIDE, scales=(1, 0.5)), IMAGES)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
    assert np.abs(smaller).max() > 0.1 * np.abs(expected).max()


@pytest.mark.parametrize("side", [20, 33, 66, 67, 90])
def test_resized_is_tensorflows_resizing_with_antialias(side):
    expected = tf.image.resize(IMAGES, (side, side), antialias=True).numpy()
    resized = Resized(side)(IMAGES)
    np.testing.assert_allclose(resized, expected, atol=1e-3)
    assert resized.shape == Resized(side).compute_output_shape(IMAGES.shape)


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ((1, 0.3), "20 of 67 pixels are too few, 32 are needed"),
        ((1, 0.5, 0.5), "of 67 pixels two are the same size: 67, 34, 34"),
    ],
)
def test_scales_that_cannot_be_are_refused(scales, message):
    with pytest.raises(UserError, match=message):
        network(SIDE, scales=scales)


def test_a_network_of_keras_at_two_scales():
    backbone = build_backbone("MobileNetV2", 96)
    model = similarity_network(backbone, scales=(1, 0.5))
    assert {v.path for layer in layers_of(model) for v in layer.variables} == {
        v.path for v in model.variables
    }
    assert np.isfinite(model(np.zeros((1, 96, 96, 3), np.float32))).all()


def test_a_network_of_keras_that_works_at_one_size_only_is_refused():
    with pytest.raises(UserError, match="made for 80 pixels and does not work with 40"):
        similarity_network(build_backbone("InceptionV3", 80), scales=(1, 0.5))


def test_layers_that_are_networks_themselves_are_kept():
    """ConvNeXt has such; its weights would be missing from checkpoints."""
    inner = keras.Sequential([keras.layers.Dense(2)])
    images = keras.Input((4,))
    model = keras.Model(images, inner(images))
    assert inner in layers_of(model)
