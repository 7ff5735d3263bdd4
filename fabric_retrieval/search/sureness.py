"""How sure an answer is: what distances meant for fabrics that the model had not seen."""

import json
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.nearest_fabrics import Fabrics

DISTANCES = "to images and means"  # of fabrics, as of `grouping.beside_means`
EXPECTED = 0.75  # share of all that is asked for that is in the catalogue; `Sureness` says why


class Sureness(NamedTuple):
    """Two chances of an answer, between 0 and 1.

    Whoever searches a catalogue mostly expects to find, and a wrong "none of ours" ends a search that was
    about to succeed. So three of four photographs are taken to be of its fabrics: "none of ours" is said
    where the distances speak three to one for it. With a weak model they hardly ever do, and most unknown
    fabrics are not told from known ones: there it is better to say less than to be wrong.

    Attributes:
        right: that the nearest fabric is the right one.
        ours: that the right one is in the catalogue.
    """

    right: float
    ours: float

    @property
    def none_of_ours(self):
        """Whether the photograph is rather of no fabric of the catalogue."""
        return self.ours < 0.5


@dataclass(frozen=True)
class Logistic:
    """A chance that falls as any of V values rises: logistic, and never beyond `least` and `most`."""

    intercept: float
    slopes: tuple[float, ...]
    least: float
    most: float

    def __call__(self, values):
        """The chance at [V] values, or at each of [N, V]."""
        finite = np.minimum(values, np.finfo(np.float32).max)  # level in a value: 0 times infinity
        chances = 0.5 + 0.5 * np.tanh((self.intercept + finite @ np.array(self.slopes)) / 2)
        return np.clip(chances, self.least, self.most)

    @classmethod
    def fit(cls, values, outcomes):
        """The chances of [N] bool outcomes by [N, V] values: Platt's logistic regression.

        After n outcomes, all of one sort, the chance of another of it is (n + 1) / (n + 2) (Laplace). That is
        what the regression aims at in place of 1, or of 0 (J. Platt, Probabilistic Outputs for Support Vector
        Machines, 1999), and what no chance goes beyond: few outcomes make nothing sure. A value that the
        chance would rise with is left out.
        """
        from sklearn.linear_model import LogisticRegression  # slow to load, and not for searching

        true, false = np.count_nonzero(outcomes), np.count_nonzero(~outcomes)
        least, most = 1 / (false + 2), (true + 1) / (true + 2)
        aims = np.where(outcomes, most, least)
        means, spreads = values.mean(axis=0), values.std(axis=0)
        if not true or not false:
            spreads[:] = np.inf  # nothing to tell apart
        spreads[spreads <= 1e-6 * means] = np.inf  # all the same but for rounding
        while True:
            scaled = (values - means) / spreads
            regression = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
            regression.fit(
                np.concatenate([scaled, scaled]),
                np.repeat([True, False], len(aims)),
                sample_weight=np.concatenate([aims, 1 - aims]),
            )
            rises = regression.coef_[0]
            if (rises <= 0).all():
                break
            spreads[rises.argmax()] = np.inf
        slopes = rises / spreads
        intercept = regression.intercept_[0] - slopes @ means
        return cls(float(intercept), tuple(slopes.tolist()), float(least), float(most))


@dataclass(frozen=True)
class Calibration:
    """Chances by distances, as they were in one gallery.

    The more images a catalogue has, the nearer is the nearest of another fabric: with many more images than
    `images` both chances are too high, with fewer too low. Fit it again when the catalogue has outgrown it.

    The chances are by lengths, roots of the squared distances. Over 15 sets of vectors, for fabrics that none
    was fitted to, these did as well as squares and logarithms or better, and isotonic regression did worse.

    Attributes:
        right: `Logistic` of best / other, the lengths to the nearest fabric and the next, if the right one is
            in the gallery.
        ours: `Logistic` of best and best / other, if half of what is asked for is in the gallery.
        queries, images, fabrics: how many there were, of the gallery the latter.
    """

    right: Logistic
    ours: Logistic
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
        from fabric_retrieval.evaluation.judgements import Judgements  # loads scikit-learn too

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
        found, squares = Fabrics(gallery, gallery_fabrics).nearest(queries, 3, judgements)
        images, count = len(gallery_fabrics), len(np.unique(gallery_fabrics))
        return cls.of_nearest(found, np.sqrt(squares), fabrics, images, count)

    @classmethod
    def of_nearest(cls, found, lengths, own, images, fabrics):
        """By the nearest fabrics of queries whose own fabric is in the gallery.

        Args:
            found: [Q, 3] str, the three nearest fabrics, "" where there are fewer.
            lengths: [Q, 3] floats, roots of the distances to them (`FabricResult`); infinite for "".
            own: [Q] str, the right fabrics.
            images, fabrics: how many there are in the gallery.
        """
        whole = np.isfinite(lengths[:, : min(3, fabrics)]).all(axis=1)
        if not whole.any():
            raise UserError("No query has found the fabrics that it takes to learn how sure an answer is.")
        found, lengths, own = found[whole], lengths[whole], own[whole, np.newaxis]

        # Without its own fabric a query finds the first two of the others.
        others = np.argsort(found == own, axis=1, kind="stable")[:, :2]
        present, absent = lengths[:, :2], np.take_along_axis(lengths, others, axis=1)
        best = np.concatenate([present[:, 0], absent[:, 0]])
        shares = np.concatenate([_share(*present.T), _share(*absent.T)])
        if np.isinf(absent).any():  # two fabrics: without its own there is no other to compare with
            shares[:] = 1
        return cls(
            Logistic.fit(_share(*present.T)[:, np.newaxis], found[:, 0] == own[:, 0]),
            Logistic.fit(np.stack([best, shares], axis=1), np.repeat([True, False], len(own))),
            queries=len(own),
            images=images,
            fabrics=fabrics,
        )

    def of(self, results):
        """The `Sureness` of an answer.

        Args:
            results: list of `FabricResult`, ascending. Where it holds one fabric only, another is taken to be
                as far as its last hit.
        """
        if not results:
            return Sureness(0.0, 0.0)
        best = np.sqrt(results[0].distance)
        other = np.sqrt(results[1].distance if len(results) > 1 else results[0].hits[-1].distance)
        share = _share(best, other)
        even = self.ours([best, share])
        expected, not_expected = EXPECTED * even, (1 - EXPECTED) * (1 - even)
        ours = float(expected / (expected + not_expected))
        return Sureness(ours * float(self.right([share])), ours)

    def to_json(self):
        """A dict of plain numbers and lists."""
        return json.loads(json.dumps(asdict(self) | {"distances": DISTANCES}))

    @classmethod
    def from_json(cls, content):
        """Raises UserError: a version of this package wrote it that knew another sort of chances."""
        content = {"distances": "to images"} | content
        distances, parts = content.pop("distances"), {}
        known = {DISTANCES, *Logistic.__dataclass_fields__}
        for name in ("right", "ours"):
            if {distances, *content[name]} != known:
                raise UserError(
                    f"The index says how sure it is by distances {distances} ({', '.join(content[name])}), "
                    "which another version of fabric_retrieval wrote: use that one, or make the index again "
                    "with fabric-index create."
                )
            parts[name] = Logistic(**content[name] | {"slopes": tuple(content[name]["slopes"])})
        return cls(**(content | parts))


def _share(best, other):
    """best / other, 1 where both are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.divide(best, other)
    return np.where(np.isnan(share), 1.0, share)
