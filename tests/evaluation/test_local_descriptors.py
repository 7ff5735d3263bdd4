"""SIFT and what is made of it, against words and mixtures worked out by hand, and numerical derivatives."""

import cv2
import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import norm
from sklearn.mixture import GaussianMixture

from fabric_retrieval.errors import LeftOutError
from fabric_retrieval.evaluation.descriptors import BagOfWords, Fisher, Vlad, root_sift
from fabric_retrieval.evaluation.descriptors.sift import CONTRAST
from fabric_retrieval.evaluation.descriptors.words import learn_words, nearest_words
from fabric_retrieval.evaluation.pca import PCA

WORDS = np.array([[0, 0], [4, 0], [0, 100]], np.float32)
# Three are nearest to the first word, (3, 4) from it in all; two to the second, (0, 1.5) from it.
DESCRIPTORS = np.array([[1, 1], [4, 2], [1, 3], [1, 0], [4, -0.5]], np.float32)


@pytest.fixture(scope="module")
def picture():
    noise = np.random.default_rng(0).integers(0, 256, size=(120, 120, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 3) // 2 * 3 - 60


@pytest.fixture(scope="module")
def mixture():
    made = GaussianMixture(2, covariance_type="diag")
    made.weights_ = np.array([0.3, 0.7])
    made.means_ = np.array([[0.0, 1.0], [2.0, -1.0]])
    made.covariances_ = np.array([[1.0, 0.25], [0.5, 2.0]])
    made.precisions_cholesky_ = 1 / np.sqrt(made.covariances_)
    return made


def test_root_sift_is_the_hellinger_kernel_of_sift(picture):
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    _, sift = cv2.SIFT_create(contrastThreshold=CONTRAST).detectAndCompute(grey, None)
    shares = sift.astype(np.float64) / sift.sum(axis=1, keepdims=True)
    found = root_sift(picture)
    assert len(found) > 20
    assert found.dtype == np.float32
    kernel = np.sqrt(shares[:, None, :] * shares[None, :, :]).sum(axis=2)
    np.testing.assert_allclose(found @ found.T, kernel, atol=1e-5)
    np.testing.assert_allclose(np.diag(found @ found.T), 1, atol=1e-5)


def test_root_sift_does_not_see_quarter_turns(picture):
    ours, turned = root_sift(picture), root_sift(np.ascontiguousarray(np.rot90(picture)))
    assert np.median((ours @ turned.T).max(axis=1)) > 0.97


def test_a_flat_image_has_no_keypoints():
    assert root_sift(np.full((40, 40, 3), 99, np.uint8)).shape == (0, 128)


def test_nearest_words_are_those_of_brute_force():
    random = np.random.default_rng(0)
    descriptors, words = (random.normal(size=(count, 16)).astype(np.float32) for count in (200, 30))
    expected = [min(range(30), key=lambda k, one=one: np.square(one - words[k]).sum()) for one in descriptors]
    assert nearest_words(descriptors, words).tolist() == expected


def test_words_are_the_centres_of_clusters():
    centres = np.array([[0, 0], [10, 0], [0, 10]], np.float32)
    random = np.random.default_rng(0)
    descriptors = np.repeat(centres, 200, axis=0) + random.normal(0, 0.1, size=(600, 2)).astype(np.float32)
    words = learn_words(descriptors, 3, seed=0)
    np.testing.assert_allclose(words[np.lexsort(np.round(words).T)], centres, atol=0.1)


def test_bag_of_words_of_a_hand_worked_vocabulary():
    np.testing.assert_allclose(BagOfWords(WORDS)(DESCRIPTORS), np.sqrt([3 / 5, 2 / 5, 0]), rtol=1e-6)


def test_vlad_of_a_hand_worked_vocabulary():
    expected = np.array([3 / 5, 4 / 5, 0, 1, 0, 0]) / np.sqrt(2)
    np.testing.assert_allclose(Vlad(WORDS)(DESCRIPTORS), expected, rtol=1e-6)


def test_vlad_of_descriptors_on_their_word_is_zero():
    assert not Vlad(WORDS)(WORDS[:1]).any()


def log_likelihood(descriptors, logits, means, deviations):
    of_modes = norm.logpdf(descriptors[:, None, :], means, deviations).sum(axis=2)
    return logsumexp(of_modes + np.log(softmax(logits)), axis=1).mean()


def slopes(function, values, step=1e-5):
    found = np.zeros(values.shape)
    for place in np.ndindex(values.shape):
        above, below = values.copy(), values.copy()
        above[place] += step
        below[place] -= step
        found[place] = (function(above) - function(below)) / (2 * step)
    return found


def test_fisher_vector_is_the_slope_of_the_likelihood(mixture):
    """By the slopes along the weights' logits, means and deviations, in units of their own spread."""
    pytest.importorskip("skimage")
    logits, means, deviations = np.log(mixture.weights_), mixture.means_, np.sqrt(mixture.covariances_)
    roots = np.sqrt(mixture.weights_)
    data = DESCRIPTORS.astype(np.float64)
    of_weights = slopes(lambda values: log_likelihood(data, values, means, deviations), logits) / roots
    of_means = slopes(lambda values: log_likelihood(data, logits, values, deviations), means)
    of_deviations = slopes(lambda values: log_likelihood(data, logits, means, values), deviations)
    of_means *= deviations / roots[:, None]
    of_deviations *= -deviations / roots[:, None] / np.sqrt(2)  # scikit-image's has the other sign
    expected = np.concatenate([of_weights, of_means.ravel(), of_deviations.ravel()])
    expected = np.sign(expected) * np.sqrt(np.abs(expected))
    pca = PCA(np.zeros(2), np.eye(2), np.ones(2))
    found = Fisher(pca, mixture)(DESCRIPTORS)
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-4)


def test_without_keypoints_there_is_nothing(mixture):
    none = np.zeros((0, 2), np.float32)
    pca = PCA(np.zeros(2), np.eye(2), np.ones(2))
    for method, length in ((BagOfWords(WORDS), 3), (Vlad(WORDS), 6), (Fisher(pca, mixture), 2 * 5)):
        vector = method(none)
        assert vector.dtype == np.float32
        np.testing.assert_array_equal(vector, np.zeros(length))


@pytest.mark.parametrize(("method", "length"), [(BagOfWords, 1024), (Vlad, 32 * 128), (Fisher, 32 * 129)])
def test_learning_is_the_same_for_the_same_seed(method, length):
    if method is Fisher:
        pytest.importorskip("skimage")
    descriptors = np.random.default_rng(0).normal(size=(2000, 128)).astype(np.float32)
    vectors = [method.learn(descriptors, seed)(descriptors[:50]) for seed in (3, 3, 4)]
    assert vectors[0].shape == (length,)
    assert vectors[0].dtype == np.float32
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert (vectors[0] != vectors[2]).any()


@pytest.mark.parametrize(("method", "needed"), [(BagOfWords, 1024), (Vlad, 32), (Fisher, 65)])
def test_too_few_keypoints_to_learn_from_are_said(method, needed):
    descriptors = np.zeros((needed - 1, 128), np.float32)
    with pytest.raises(LeftOutError, match=rf"{needed} .* not {needed - 1}\."):
        method.learn(descriptors)
