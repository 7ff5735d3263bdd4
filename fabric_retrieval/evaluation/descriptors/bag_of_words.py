"""Bag of visual words (Sivic and Zisserman 2003; Csurka et al. 2004)."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from fabric_retrieval.evaluation.descriptors.words import learn_words, nearest_words

WORDS = 1024


@dataclass(frozen=True)
class BagOfWords:
    """Which share of an image's local descriptors is nearest to each word.

    Attributes:
        words: [K, D] float32.
    """

    words: np.ndarray

    @classmethod
    def learn(cls, descriptors, seed=0) -> Self:
        """From [N, D] float32 of training images, N of at least 1,024; else raises `LeftOutError`."""
        return cls(learn_words(descriptors, WORDS, seed))

    def __call__(self, descriptors):
        """[N, D] float32 to [K] float32: roots of shares, of unit length; without a descriptor 0."""
        nearest = nearest_words(descriptors, self.words)
        counts = np.bincount(nearest, minlength=len(self.words))
        return np.sqrt(counts / max(len(descriptors), 1)).astype(np.float32)
