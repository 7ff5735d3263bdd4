"""Fisher vectors (Perronnin et al. 2010) of local descriptors' principal components, by scikit-image."""

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from fabric_retrieval.errors import LeftOutError
from fabric_retrieval.evaluation.descriptors.words import check_count
from fabric_retrieval.evaluation.pca import PCA

COMPONENTS = 64  # as in Jégou et al. 2012
MODES = 32  # with 64 components 32 * (1 + 2 * 64) = 4,128 dimensions, about as many as AlexNet's features


def scikit_image():
    """The module skimage.feature.

    Raises:
        LeftOutError: not installed.
    """
    try:
        import skimage.feature
    except ImportError as error:
        raise LeftOutError(
            "for Fisher vectors need scikit-image: pip install 'fabric-retrieval[references]'."
        ) from error
    return skimage.feature


@dataclass(frozen=True)
class Fisher:
    """How weights, means and variances of a Gaussian mixture would change to fit an image's descriptors.

    Attributes:
        pca: of the local descriptors. mixture: scikit-learn's GaussianMixture of diagonal covariances.
    """

    pca: PCA
    mixture: Any

    @classmethod
    def learn(cls, descriptors, seed=0) -> Self:
        """From [N, D] float32 of training images.

        Raises:
            LeftOutError: no scikit-image, or too few descriptors for 64 components or 32 modes.
        """
        check_count(descriptors, max(COMPONENTS + 1, MODES), "components and modes")
        # One thread: with more, the order in which partial sums are added can vary.
        with threadpool_limits(limits=1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            pca = PCA.fit(descriptors, COMPONENTS)
            reduced = pca.transform(descriptors).astype(np.float64)
            settings = {"covariance_type": "diag", "random_state": seed}
            mixture = scikit_image().learn_gmm(reduced, n_modes=MODES, gm_args=settings)
        return cls(pca, mixture)

    def __call__(self, descriptors):
        """[N, D] float32 to [M * (1 + 2 * C)] float32 of unit length; without a descriptor 0.

        The parts are those of weights, means and variances; of each entry its root, then unit length.
        """
        if len(descriptors) == 0:
            modes, components = self.mixture.means_.shape
            return np.zeros(modes * (1 + 2 * components), np.float32)
        reduced = self.pca.transform(descriptors).astype(np.float64)
        found = scikit_image().fisher_vector(reduced, self.mixture, improved=True, alpha=0.5)
        return found.astype(np.float32)
