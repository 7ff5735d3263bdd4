"""95 % intervals over seeds and fabrics, and of differences between methods."""

import zlib
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
RESAMPLES = 2000


@dataclass(frozen=True)
class Draws:
    """A number and what it might as well have been.

    Attributes:
        mean: of the seeds and queries as they are.
        resampled: [B] float64, the same of each resample; None where nothing says how far it varies.
    """

    mean: float
    resampled: np.ndarray | None

    @property
    def interval(self):
        """(low, high): percentiles of the resamples; None without any."""
        if self.resampled is None:
            return None
        tail = (1 - LEVEL) / 2
        return tuple(np.quantile(self.resampled, [tail, 1 - tail]).tolist())

    def __sub__(self, other):
        return combined(np.subtract, self, other)


def combined(function, *draws):
    """`function` of several `Draws`, resample by resample: what they share in a resample cancels."""
    resampled = None
    if all(one.resampled is not None for one in draws):
        resampled = function(*(one.resampled for one in draws))
    return Draws(float(function(*(one.mean for one in draws))), resampled)


def relative_loss(full, reduced):
    """`Draws` of (full minus reduced) / full."""
    return combined(lambda before, after: (before - after) / before, full, reduced)


class Resampling:
    """The resamples of a study: the fabrics that each draws are shared by all of its models.

    Args:
        fabrics: [Q] the queries' fabrics.
        resamples: their number B. seed: of the drawing.
    """

    def __init__(self, fabrics, resamples=RESAMPLES, seed=0):
        _, self.fabric = np.unique(fabrics, return_inverse=True)
        self.queries = np.bincount(self.fabric)
        self.resamples, self.seed = resamples, seed
        count = len(self.queries)
        rng = np.random.default_rng((seed, 0))
        self.drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples).astype(float)
        self.weights = self.drawn @ self.queries

    def of_queries(self, values, key):
        """`Draws` of the mean over seeds and queries: seeds and fabrics drawn with replacement, jointly.

        Whole fabrics, as queries of one are not independent. S drawn seeds spread by (S-1)/S of the variance
        that the S seeds show, a third too little of three, so their deviations are widened by √(S/(S-1)).
        One seed says nothing of others: then the interval is over fabrics alone.

        Args:
            values: [S, Q] float, each seed's measure of each query.
            key: str; calls of one key draw the same seeds (one network at two dimensions), of two keys
                independently (two methods).
        """
        values = np.asarray(values, float)
        sums = np.stack(
            [np.bincount(self.fabric, weights=row, minlength=len(self.queries)) for row in values]
        )
        by_seed = (self.drawn @ sums.T) / self.weights[:, np.newaxis]
        centre = by_seed.mean(axis=1)
        resampled = centre
        seeds = len(values)
        if seeds > 1:
            drawn = self._rng(key).multinomial(seeds, np.full(seeds, 1 / seeds), size=self.resamples) / seeds
            resampled = centre + np.sqrt(seeds / (seeds - 1)) * ((drawn * by_seed).sum(axis=1) - centre)
        return Draws(float(values.mean()), resampled)

    def of_seeds(self, values, key, trained=True):
        """`Draws` of the mean over seeds of a measure that has no queries (F1, NMI): Student's t interval.

        The draws are the mean plus its standard error times all quantiles of t with S-1 degrees of freedom,
        shuffled by key, so that a difference of two methods has the Behrens-Fisher interval.

        Args:
            values: [S] float. key: as of `of_queries`.
            trained: False for what no seed changes: its one value is exact. One seed of a trained method
                has no interval.
        """
        values = np.asarray(values, float)
        mean, seeds = float(values.mean()), len(values)
        if not trained:
            return Draws(mean, np.full(self.resamples, mean))
        if seeds < 2:
            return Draws(mean, None)
        error = values.std(ddof=1) / np.sqrt(seeds)
        quantiles = stats.t.ppf((np.arange(self.resamples) + 0.5) / self.resamples, seeds - 1)
        return Draws(mean, mean + error * self._rng(key).permutation(quantiles))

    def _rng(self, key):
        return np.random.default_rng((self.seed, 1, zlib.crc32(key.encode())))
