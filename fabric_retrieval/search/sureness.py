"""How sure an answer is: what distances meant for fabrics that the model had not seen."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from fabric_retrieval.errors import UserError

LEAST_IN_BIN = 50  # queries whose answers make one point of a curve
MOST_BINS = 50


class Sureness(NamedTuple):
    """Two chances of an answer, 0 to 1.

    Attributes:
        right: that the nearest fabric is the right one, if the right one is in the catalogue.
        ours: that the right one is in the catalogue, if half of all that is asked for is.
    """

    right: float
    ours: float

    @property
    def none_of_ours(self):
        """Whether the photograph is rather of no fabric of the catalogue."""
        return self.ours < 0.5


@dataclass(frozen=True)
class Curve:
    """A chance that falls as a value rises: straight lines through points, level beyond them."""

    values: tuple[float, ...]
    chances: tuple[float, ...]

    def __call__(self, value):
        """The chance at a value, or at each of [N]."""
        return np.interp(value, self.values, self.chances)

    @classmethod
    def fit(cls, values, outcomes):
        """The curve of [N] values and [N] bool outcomes, by isotonic regression.

        Its points are means of neighbours in the order of the values, so that it is never surer than so many
        of them allow (half an outcome of either sort is added to each bin).
        """
        from sklearn.isotonic import IsotonicRegression  # slow to load, and not for searching

        order = np.argsort(values, kind="stable")
        bins = np.array_split(order, int(np.clip(len(order) // LEAST_IN_BIN, 1, MOST_BINS)))
        means = [values[own].mean() for own in bins]
        shares = [(outcomes[own].sum() + 0.5) / (len(own) + 1) for own in bins]
        regression = IsotonicRegression(increasing=False)
        regression.fit(means, shares, sample_weight=[len(own) for own in bins])
        return cls(tuple(regression.X_thresholds_.tolist()), tuple(regression.y_thresholds_.tolist()))


@dataclass(frozen=True)
class Calibration:
    """Chances by distances, as they were in one gallery.

    The more images a catalogue has, the nearer is the nearest of another fabric: with many more images than
    `images` both chances are too high, with fewer too low. Fit it again when the catalogue has outgrown it.

    Attributes:
        right: `Curve` of the share best / other, of the distance of the best image and of the best one of
            another fabric. ours: `Curve` of the distance of the best image.
        queries, images, fabrics: how many there were, of the gallery the latter.
    """

    right: Curve
    ours: Curve
    queries: int
    images: int
    fabrics: int

    @classmethod
    def fit(cls, queries, query_fabrics, gallery, gallery_fabrics, query_groups=None, gallery_groups=None):
        """Asks for each query twice: with its fabric in the gallery, and with its fabric taken out.

        Args:
            queries: [Q, D] floats, of fabrics that the model was not trained on. query_fabrics: [Q] str.
            gallery: [G, D] floats. gallery_fabrics: [G] str.
            query_groups, gallery_groups: [Q], [G] str, "" for none: an image of its own group is no answer.

        Raises:
            UserError: the gallery holds fewer than two fabrics, or no query's fabric.
        """
        from fabric_retrieval.evaluation.judgements import Judgements  # load scikit-learn too
        from fabric_retrieval.evaluation.nearest import nearest

        fabrics, gallery_fabrics = np.asarray(query_fabrics), np.asarray(gallery_fabrics)
        groups = [None if names is None else np.asarray(names) for names in (query_groups, gallery_groups)]
        judgements = Judgements(fabrics, gallery_fabrics, None, None, *groups)
        asked = [query for query in range(len(fabrics)) if len(judgements.relevant(query))]
        if not asked or len(np.unique(gallery_fabrics)) < 2:
            raise UserError(
                f"{len(asked)} queries have an answer among {len(gallery_fabrics)} images of "
                f"{len(np.unique(gallery_fabrics))} fabrics: to learn how sure an answer is, it takes "
                "at least one query and two fabrics."
            )
        queries, fabrics = np.asarray(queries)[asked], fabrics[asked]
        groups[0] = None if groups[0] is None else groups[0][asked]

        judgements = Judgements(fabrics, gallery_fabrics, None, None, *groups)
        best, first = nearest(queries, gallery, 1, judgements)
        found = gallery_fabrics[best[:, 0]]
        # What is found is left out in its turn, as if its fabric were the id of the query.
        judgements = Judgements(fabrics, gallery_fabrics, found, gallery_fabrics, *groups)
        _, second = nearest(queries, gallery, 1, judgements)
        both = np.isfinite(second[:, 0])
        first, second, right = first[both, 0], second[both, 0], (found == fabrics)[both]
        without = np.where(right, second, first)  # the best of another fabric than the query's
        return cls(
            Curve.fit(_share(first, second), right),
            Curve.fit(np.concatenate([first, without]), np.repeat([True, False], len(first))),
            queries=len(first),
            images=len(gallery_fabrics),
            fabrics=len(np.unique(gallery_fabrics)),
        )

    def of(self, results):
        """The `Sureness` of an answer.

        Args:
            results: list of `FabricResult`, as `by_fabric` makes it. Where it holds one fabric only, others
                are at least as far as its last hit: the chance is then a lower bound.
        """
        if not results:
            return Sureness(0.0, 0.0)
        best = results[0].best.distance
        other = results[1].best.distance if len(results) > 1 else results[0].hits[-1].distance
        return Sureness(float(self.right(_share(best, other))), float(self.ours(best)))

    def to_json(self):
        """A dict of plain numbers and lists."""
        content = asdict(self)
        for name in ("right", "ours"):
            content[name] = {part: list(points) for part, points in content[name].items()}
        return content

    @classmethod
    def from_json(cls, content):
        curves = {
            name: Curve(tuple(content[name]["values"]), tuple(content[name]["chances"]))
            for name in ("right", "ours")
        }
        return cls(**(content | curves))


def _share(best, other):
    """best / other, 1 where both are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.divide(best, other)
    return np.where(np.isnan(share), 1.0, share)
