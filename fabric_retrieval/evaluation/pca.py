"""Principal component analysis, fitted on training features (section 5.3, after Babenko et al. 2014)."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.blas import dsyrk

from fabric_retrieval.evaluation.inputs import check_features


@dataclass(frozen=True)
class PCA:
    """A projection onto the directions of largest variance; no whitening.

    Attributes:
        mean: [D] float64. components: [C, D] float64, orthonormal rows, largest variance first.
        variances: [C] float64, of the training features along each.
    """

    mean: np.ndarray
    components: np.ndarray
    variances: np.ndarray

    @classmethod
    def fit(cls, features, dimensions=None, ids=None):
        """The exact decomposition, with signs fixed: each component's largest entry is positive.

        Args:
            features: [N, D] float, of the training images.
            dimensions: components to keep; None keeps all min(N - 1, D).
            ids: [N] names for error messages.

        Raises:
            ValueError: more dimensions than min(N - 1, D), or a NaN or infinite feature (the image is named).
        """
        features = check_features(features, "training", ids)
        most = cls.most_dimensions(features)
        dimensions = most if dimensions is None else dimensions
        if not 1 <= dimensions <= most:
            raise ValueError(
                f"PCA of {features.shape[0]} images of {features.shape[1]} dimensions has at most {most} "
                f"components, not {dimensions}."
            )
        mean = features.mean(axis=0, dtype=np.float64)
        centred = features - mean
        if features.shape[0] > features.shape[1]:
            variances, vectors = _leading_eigenvectors(dsyrk(1.0, centred.T), dimensions)
            variances, components = variances[::-1], vectors.T[::-1]
        else:
            _, roots, components = np.linalg.svd(centred, full_matrices=False)
            variances = roots**2
        components = components[:dimensions]
        variances = np.maximum(variances[:dimensions], 0) / (len(features) - 1)
        largest = np.abs(components).argmax(axis=1)
        signs = np.sign(components[np.arange(dimensions), largest])
        return cls(mean, np.ascontiguousarray(components * signs[:, np.newaxis]), variances)

    @staticmethod
    def most_dimensions(features):
        """The number of components that these [N, D] training features determine."""
        return min(features.shape[0] - 1, features.shape[1])

    def transform(self, features, dimensions=None):
        """[N, D] float to [N, dimensions] float32, on the first `dimensions` components (None: all)."""
        return ((features - self.mean) @ self.components[:dimensions].T).astype(np.float32)


def _leading_eigenvectors(upper, count):
    """The `count` largest eigenvalues, ascending, and their vectors [D, count], of an upper triangle."""
    subset = (len(upper) - count, len(upper) - 1)
    return eigh(upper, lower=False, subset_by_index=subset, driver="evr", overwrite_a=True)
