"""95 % intervals over seeds and fabrics, and of differences between methods."""

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
RESAMPLES = 4000
NOTHING = 1e-9  # draws that differ by less do not vary: what is left is rounding


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
        """(low, high): percentiles of the resamples; None without any, or where all are one number.

        A number that nothing was varied for is not a certain one. Nothing is clipped: the interval of a share
        may reach past 0 or 1.
        """
        if self.resampled is None:
            return None
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(self.resampled, [tail, 1 - tail]).tolist()
        return (low, high) if high - low > NOTHING else None

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
    """The resamples of a study: the fabrics and seeds that each draws are shared by all of its models.

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

    def of_queries(self, values, seeds):
        """`Draws` of the mean over seeds and queries, where both seeds and fabrics might have been others.

        Fabrics are drawn with replacement, whole, as queries of one are not independent; to the mean over
        seeds x̄ of that resample comes what S seeds leave open, `_over_seeds`. One seed says nothing of
        others: then the interval is over fabrics alone.

        Args:
            values: [S, Q] float, each seed's measure of each query.
            seeds: [S] non-negative int, ascending; see `_shifts`.
        """
        values = np.asarray(values, float)
        sums = np.stack(
            [np.bincount(self.fabric, weights=row, minlength=len(self.queries)) for row in values]
        )
        by_seed = (self.drawn @ sums.T) / self.weights[:, np.newaxis]
        return Draws(float(values.mean()), self._over_seeds(by_seed, seeds))

    def of_seeds(self, values, seeds, trained=True):
        """`Draws` of the mean over seeds of a measure that has no queries (F1, NMI): over seeds alone.

        Args:
            values: [S] float. seeds: as of `of_queries`.
            trained: False for what no seed changes: its one value is the same in all resamples. One seed of
                a trained method has no interval.
        """
        values = np.asarray(values, float)
        if trained and len(values) < 2:
            return Draws(float(values.mean()), None)
        by_seed = np.broadcast_to(values, (self.resamples, len(values)))
        return Draws(float(values.mean()), self._over_seeds(by_seed, seeds))

    def _over_seeds(self, by_seed, seeds):
        """[B]: x̄ + Σ g_s (x_s - x̄) / √(S(S-1)) of each resample's [B, S] values x_s."""
        centre, count = by_seed.mean(axis=1), by_seed.shape[1]
        if count == 1:
            return centre
        deviations = by_seed - centre[:, np.newaxis]
        return centre + (self._shifts(seeds) * deviations).sum(axis=1) / np.sqrt(count * (count - 1))

    def _shifts(self, seeds):
        """[B, S] g = z √((S-1)/c), z normal and c of chi-square with S-1 degrees of freedom.

        With them the sum above is the standard error over seeds times Student's t with S-1 degrees of freedom
        (three seeds drawn with replacement would give an interval about half as wide). Whatever has these
        seeds meets the same g: a gap between two methods has Student's t of the gaps seed by seed, as runs
        of one seed hold out the same fabrics.
        """
        rng = np.random.default_rng((self.seed, 1, *seeds))
        normal = rng.standard_normal((self.resamples, len(seeds)))
        chi_square = rng.chisquare(len(seeds) - 1, (self.resamples, 1))
        return normal * np.sqrt((len(seeds) - 1) / chi_square)
