"""PCA against scikit-learn."""

import numpy as np
import pytest
from sklearn.decomposition import PCA as SklearnPCA

from fabric_retrieval.evaluation import PCA


@pytest.mark.parametrize(("images", "dims"), [(200, 30), (20, 50), (31, 30), (30, 30)])
def test_equals_scikit_learn_up_to_signs(images, dims):
    rng = np.random.default_rng(0)
    training = rng.normal(3, 1, size=(images, dims)) * np.geomspace(1, 0.1, dims)
    test = rng.normal(3, 1, size=(40, dims))
    keep = min(images - 1, dims) - 1
    expected = SklearnPCA(keep, svd_solver="full").fit(training)
    pca = PCA.fit(training, keep)
    np.testing.assert_allclose(pca.variances, expected.explained_variance_, rtol=1e-8)
    np.testing.assert_allclose(np.abs(pca.components), np.abs(expected.components_), atol=1e-6)
    np.testing.assert_allclose(np.abs(pca.transform(test)), np.abs(expected.transform(test)), atol=1e-4)


def test_signs_are_fixed_and_leading_components_do_not_depend_on_how_many_are_kept():
    rng = np.random.default_rng(1)
    training = rng.normal(size=(100, 8)) * np.arange(1, 9)
    pca, mirrored = PCA.fit(training), PCA.fit(-training)
    np.testing.assert_allclose(pca.components, mirrored.components, atol=1e-9)
    assert (pca.components[np.arange(8), np.abs(pca.components).argmax(axis=1)] > 0).all()
    np.testing.assert_array_equal(PCA.fit(training, 3).transform(training), pca.transform(training, 3))


def test_all_components_keep_every_distance():
    rng = np.random.default_rng(2)
    training, test = rng.normal(5, 1, size=(50, 6)), rng.normal(5, 1, size=(10, 6))
    before, after = ((part[:, None] - part) ** 2 for part in (test, PCA.fit(training).transform(test)))
    np.testing.assert_allclose(before.sum(axis=2), after.sum(axis=2), rtol=1e-5, atol=1e-5)


def test_more_dimensions_than_the_training_images_determine_are_refused():
    with pytest.raises(ValueError, match="5 images of 9 dimensions has at most 4 components, not 5"):
        PCA.fit(np.ones((5, 9)), 5)


def test_a_feature_that_is_no_number_names_its_image():
    with pytest.raises(ValueError, match="training image 'a'"):
        PCA.fit([[np.nan], [1.0]], ids=["a", "b"])
