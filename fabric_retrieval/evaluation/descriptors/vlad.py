"""VLAD (Jégou et al. 2010), intra-normalised (Arandjelović and Zisserman 2013)."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from fabric_retrieval.evaluation.descriptors.words import learn_words, nearest_words

WORDS = 32  # of SIFT's 128 dimensions: 4,096, as many as AlexNet's features


@dataclass(frozen=True)
class Vlad:
    """For each word, in which direction from it the local descriptors lie to which it is the nearest.

    Attributes:
        words: [K, D] float32.
    """

    words: np.ndarray

    @classmethod
    def learn(cls, descriptors, seed=0) -> Self:
        """From [N, D] float32 of training images, N of at least 32; else raises `LeftOutError`."""
        return cls(learn_words(descriptors, WORDS, seed))

    def __call__(self, descriptors):
        """[N, D] float32 to [K * D] float32 of unit length; without a descriptor 0.

        The sum of the differences from each word is brought to unit length, then the whole.
        """
        nearest = nearest_words(descriptors, self.words)
        sums = np.zeros(self.words.shape, np.float32)
        for word in np.unique(nearest):
            sums[word] = _unit((descriptors[nearest == word] - self.words[word]).sum(axis=0))
        return _unit(sums.ravel())


def _unit(vector):
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else vector
