"""Confidence intervals of means over queries, by bootstrap over fabrics."""

import numpy as np


def confidence_intervals(values, labels, resamples=1000, seed=0, level=0.95):
    """Percentile intervals of the column means, whole fabrics drawn with replacement.

    Queries of one fabric are not independent, so the fabric is what is drawn (a cluster bootstrap); each
    resample's mean weighs its queries alike, as the reported mean does.

    Args:
        values: [Q, M] float, M measures of each query.
        labels: [Q] the queries' fabrics.
        resamples: number of resamples; 0 gives no intervals.
        seed: of the drawing.

    Returns:
        [M, 2] float64, low and high; None with fewer than two fabrics or no resamples.
    """
    _, fabric = np.unique(labels, return_inverse=True)
    fabrics = int(fabric.max()) + 1
    if fabrics < 2 or resamples < 1:
        return None
    sums = np.stack([np.bincount(fabric, weights=column, minlength=fabrics) for column in values.T])
    queries = np.bincount(fabric, minlength=fabrics)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(fabrics, np.full(fabrics, 1 / fabrics), size=resamples)
    means = (draws @ sums.T) / (draws @ queries)[:, np.newaxis]
    tail = (1 - level) / 2
    return np.quantile(means, [tail, 1 - tail], axis=0).T
