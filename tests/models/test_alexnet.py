"""AlexNet against section 3.2 of the paper and against TensorFlow's own operations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.models.local_response_normalization import LocalResponseNormalization

PAPER_SHAPES = {
    "conv1": (55, 55, 96),
    "norm1": (27, 27, 96),
    "conv2": (27, 27, 256),
    "norm2": (13, 13, 256),
    "conv3": (13, 13, 384),
    "conv4": (13, 13, 384),
    "conv5": (13, 13, 256),
    "pool5": (6, 6, 256),
    "fc6": (4096,),
    "fc7": (4096,),
}


@pytest.mark.parametrize(("groups", "parameters"), [(1, 58_281_344), (2, 56_868_224)])
def test_parameters(groups, parameters):
    assert alexnet(groups=groups).count_params() == parameters


@pytest.mark.parametrize("groups", [1, 2])
def test_layer_shapes_of_the_paper(groups):
    model = alexnet(groups=groups)
    assert {name: model.get_layer(name).output.shape[1:] for name in PAPER_SHAPES} == PAPER_SHAPES


@pytest.mark.parametrize(
    ("norm_order", "order"),
    [
        ("pool_first", ["conv1", "pool1", "norm1", "conv2", "pool2", "norm2"]),
        ("norm_first", ["conv1", "norm1", "pool1", "conv2", "norm2", "pool2"]),
    ],
)
def test_order_of_pooling_and_normalisation(norm_order, order):
    names = [layer.name for layer in alexnet(67, 0.1, norm_order=norm_order).layers]
    order = [*order, "conv3", "conv4", "conv5", "pool5"]
    assert [n for n in names if n[:4] in ("conv", "pool", "norm")] == order


def test_every_one_of_the_seven_layers_ends_in_a_relu():
    model = alexnet(67, 0.1)
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"):
        assert model.get_layer(name).activation is keras.activations.relu


def test_forward_pass_equals_tensorflow_operations():
    """The whole network, two groups, once more with tf.nn and the weights as plain arrays."""
    model = alexnet(83, 0.125, groups=2)
    images = np.random.default_rng(0).integers(0, 256, (2, 83, 83, 3)).astype(np.float32)

    def weights(name):
        return model.get_layer(name).get_weights()

    def convolve(x, name, stride=1, padding="SAME"):
        kernel, bias = weights(name)
        return tf.nn.relu(tf.nn.conv2d(x, kernel, stride, padding) + bias)

    def grouped(x, name):
        kernels, biases = zip(*(weights(f"{name}_group{g}") for g in (1, 2)), strict=True)
        convolved = tf.nn.conv2d(
            x, np.concatenate(kernels, axis=-1), 1, "SAME"
        )  # groups from the kernel's depth
        return tf.nn.relu(convolved + np.concatenate(biases))

    def pool(x):
        return tf.nn.max_pool2d(x, 3, 2, "VALID")

    def normalise(x):
        return tf.nn.local_response_normalization(x, 2, 1.0, 2e-5, 0.75)

    x = (images - 112) / 64
    x = normalise(pool(convolve(x, "conv1", 4, "VALID")))
    x = normalise(pool(grouped(x, "conv2")))
    x = pool(grouped(grouped(convolve(x, "conv3"), "conv4"), "conv5"))
    x = tf.reshape(x, (2, -1))
    for name in ("fc6", "fc7"):
        kernel, bias = weights(name)
        x = tf.nn.relu(x @ kernel + bias)
    np.testing.assert_allclose(model(images), x, rtol=1e-4, atol=1e-5)


def test_groups_do_not_see_each_other():
    model = alexnet(67, 0.125, groups=2)
    inside = keras.Model(model.get_layer("norm1").output, model.get_layer("conv2").output)
    x = np.random.default_rng(0).normal(size=(1, 7, 7, 12)).astype(np.float32)
    changed = x.copy()
    changed[..., 6:] += 1.0
    before, after = inside(x).numpy(), inside(changed).numpy()
    half = before.shape[-1] // 2
    np.testing.assert_array_equal(before[..., :half], after[..., :half])
    assert (before[..., half:] != after[..., half:]).any()


@pytest.mark.parametrize("radius", [1, 2, 5])
@pytest.mark.parametrize("beta", [0.75, 0.5])
def test_local_response_normalisation_equals_tensorflow(radius, beta):
    x = 20 * np.random.default_rng(radius).normal(size=(2, 5, 4, 17)).astype(np.float32)
    layer = LocalResponseNormalization(depth_radius=radius, bias=1.5, alpha=0.01, beta=beta)
    expected = tf.nn.local_response_normalization(x, radius, 1.5, 0.01, beta)
    np.testing.assert_allclose(layer(x), expected, rtol=2e-5, atol=1e-6)


def test_dropout_acts_in_training_only():
    model = alexnet(67, 0.1, dropout=0.5)
    images = np.full((1, 67, 67, 3), 200.0, np.float32) * np.random.default_rng(0).random((1, 67, 67, 3))
    np.testing.assert_array_equal(model(images), model(images))
    assert (model(images, training=True).numpy() != model(images, training=True).numpy()).any()


def test_feature_layers():
    assert alexnet(67, 0.1, feature_layer="fc6").layers[-1].name == "fc6"
    model = alexnet(67, 0.1, feature_layer="embedding", embedding_dim=16)
    assert model.output_shape == (None, 16)
    features = feature_network(model, "fc6", "l2")
    assert features.output_shape == (None, 410)
    images = np.random.default_rng(0).integers(0, 256, (3, 67, 67, 3)).astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(features(images), axis=1), 1.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"feature_layer": "fc8"}, "feature_layer is 'fc8'"),
        ({"groups": 3}, "groups is 3"),
        ({"norm_order": "norm"}, "norm_order is 'norm'"),
        ({"input_size": 66}, "input_size is 66"),
        ({"embedding_dim": 8}, "embedding_dim=8"),
        ({"feature_layer": "embedding"}, "embedding_dim=None"),
    ],
)
def test_wrong_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        alexnet(**arguments)


def test_features_that_the_network_does_not_have():
    with pytest.raises(ValueError, match="it has no layer fc7"):
        feature_network(alexnet(67, 0.1, feature_layer="fc6"), "fc7")
