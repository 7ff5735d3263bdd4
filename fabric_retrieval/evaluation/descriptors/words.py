"""Visual words: centres that k-means finds among local descriptors."""

import warnings

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from fabric_retrieval.errors import LeftOutError

BATCH = 4096


def learn_words(descriptors, count, seed):
    """[N, D] float32 to `count` words [count, D] float32, the same for the same seed.

    Raises:
        LeftOutError: fewer descriptors than words.
    """
    check_count(descriptors, count, "words")
    # One thread: with more, the order in which partial sums are added can vary.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different descriptors than words
        model = MiniBatchKMeans(count, batch_size=BATCH, n_init=1, random_state=seed).fit(descriptors)
    return model.cluster_centers_.astype(np.float32)


def check_count(descriptors, count, what):
    """Raises `LeftOutError` where there are fewer descriptors than `count` of `what` need."""
    if len(descriptors) < count:
        found = len(descriptors)
        raise LeftOutError(f"for {count} {what} need as many keypoints of training images, not {found}.")


def nearest_words(descriptors, words):
    """[N, D] and [K, D] to [N] int64, the number of each descriptor's nearest word; the first of equals."""
    distances = np.square(words).sum(axis=1) - 2 * descriptors @ words.T
    return distances.argmin(axis=1)
