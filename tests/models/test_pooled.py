"""The similarity network on a backbone: what it concatenates, and that its parts make the whole."""

import keras
import numpy as np
import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.models.backbones import build_backbone
from fabric_retrieval.models.pooled import head_of, similarity_network, trunk_of
from fabric_retrieval.models.spectrum import LogPolarSpectrum

SIDE = 32
IMAGES = np.random.default_rng(0).uniform(0, 255, (3, SIDE, SIDE, 3)).astype(np.float32)


def network(**options):
    keras.utils.set_random_seed(0)
    return similarity_network(build_backbone("efficientnet_lite0", SIDE), **options)


@pytest.mark.parametrize(
    ("taps", "pooling", "dimension"),
    [
        ((), "avg", 112 + 1280),
        (("stage5",), "gem", 112),
        (("images", "stage5"), "avg_std", 2 * (3 + 112)),
        (("images", "stem", "stage4"), "avg_std_corr", (3 + 3 + 3) + (32 + 32 + 496) + (80 + 80)),
        (("colours", "stage1"), "avg", 216 + 16),
    ],
)
def test_pooled_features_have_a_mean_square_of_one_whatever_is_taken(taps, pooling, dimension):
    features = network(taps=taps, pooling=pooling)(IMAGES).numpy()
    assert features.shape == (3, dimension)
    np.testing.assert_allclose(np.square(features).mean(axis=1), 1, rtol=1e-4)


def test_every_part_counts_the_same():
    """A tap of three numbers and one of 1,280 have the same length, so neither drowns the other."""
    features = network(taps=("images", "head"), pooling="avg")(IMAGES).numpy()
    lengths = np.linalg.norm(features[:, :3], axis=1), np.linalg.norm(features[:, 3:], axis=1)
    np.testing.assert_allclose(*lengths, rtol=1e-4)
    np.testing.assert_allclose(
        features[:, :3] / lengths[0][:, None],
        IMAGES.mean(axis=(1, 2)) / np.linalg.norm(IMAGES.mean(axis=(1, 2)), axis=1, keepdims=True),
        rtol=1e-4,
    )


def test_trunk_and_head_make_the_network():
    whole = network(embedding_dim=8)
    np.testing.assert_allclose(
        head_of(whole)(trunk_of(whole)(IMAGES)), whole(IMAGES, training=False), rtol=1e-5
    )
    assert [v.path for v in head_of(whole).trainable_variables] == ["embedding/kernel", "embedding/bias"]


@pytest.mark.parametrize("scales", [(1,), (1.5, 1.1)])
def test_a_spectrum_is_behind_the_features_of_the_others_and_of_the_image_as_it_is(scales):
    taps = ("stage5", "spectrum", "colours")
    whole = network(taps=taps, scales=scales, embedding_dim=8)
    features = trunk_of(whole)(IMAGES).numpy()
    others = network(taps=("stage5", "colours"), scales=scales)(IMAGES).numpy()
    np.testing.assert_allclose(features[:, : others.shape[1]], others, rtol=1e-5)
    spectrum = LogPolarSpectrum()(IMAGES).numpy().reshape(3, -1)
    np.testing.assert_allclose(features[:, others.shape[1] :], spectrum, rtol=1e-5)
    np.testing.assert_allclose(head_of(whole)(features), whole(IMAGES, training=False), rtol=1e-4)


@pytest.mark.parametrize(
    "options", [{"taps": ("spectrum",), "embedding_dim": 8}, {"taps": ("spectrum", "head")}]
)
def test_a_spectrum_alone_or_without_a_layer_behind_it_is_refused(options):
    with pytest.raises(UserError, match="another tap beside it, and --embedding_dim"):
        network(**options)


def test_a_head_needs_something_to_train():
    with pytest.raises(UserError, match="--embedding_dim"):
        head_of(network())


def test_unknown_taps_are_told_with_those_that_there_are():
    with pytest.raises(UserError, match=r"no stage9, only images, stem, stage1.*head, colours"):
        network(taps=("stage9",))


def test_batch_normalisation_does_not_see_the_batch():
    whole = network(embedding_dim=8)
    before = [variable.numpy() for variable in whole.non_trainable_variables]
    alone = whole(IMAGES[:1], training=True).numpy()
    np.testing.assert_allclose(whole(IMAGES, training=True).numpy()[:1], alone, rtol=1e-4, atol=1e-5)
    for variable, value in zip(whole.non_trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
