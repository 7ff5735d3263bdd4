"""Retrieval measures, each by one fixed definition (the same ranking scores differently in every library)."""

import numpy as np

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.bootstrap import confidence_intervals
from fabric_retrieval.evaluation.distances import BLOCK_VALUES
from fabric_retrieval.evaluation.inputs import check_features, check_length, check_unique
from fabric_retrieval.evaluation.judgements import Judgements
from fabric_retrieval.evaluation.ranking import rank_relevant

KS = (1, 2, 4, 8, 16, 32)
DEFINITIONS = {
    "recall@K": "mean over queries of (relevant images in the top K) / (relevant images); paper, sec. 5.1",
    "hit_rate@K": "share of queries with at least one relevant image in the top K; Jegou 2011, Song 2016",
    "map": "mean over queries of (sum of precision at each relevant image) / (relevant images); TREC",
    "map_trapezoid": "the same curve's area by the trapezoid rule, as Oxford 5k's compute_ap; paper's [49]",
    "map_at_r": "as map, of the top R ranks only, R = relevant images; Musgrave 2020",
    "f1": "pairwise F1 of a k-means clustering of queries and gallery, k = test fabrics; Manning ch. 16.3",
    "nmi": "I(clusters; fabrics) / mean(H(clusters), H(fabrics)), same clustering; Manning ch. 16.3",
    "ranking": "ascending squared L2 distance, equal distances by image id",
    "ci95": "95 % interval of the mean, by bootstrap over fabrics",
    "match": "fabric: as above. pattern: relevant are the images of the other colourways of the query's "
    "fabric, those of the fabric itself are left out of its ranking, neither right nor wrong; a query whose "
    "fabric has no other colourway in the gallery is in no mean; f1, nmi and the bootstrap take patterns for "
    "fabrics",
}


def retrieval_metrics(
    queries,
    query_labels,
    gallery,
    gallery_labels,
    ks=KS,
    query_ids=None,
    gallery_ids=None,
    *,
    query_groups=None,
    gallery_groups=None,
    ties="break",
    bootstrap=1000,
    seed=0,
    block_values=BLOCK_VALUES,
):
    """Ranks the gallery for each query by squared L2 distance and measures the ranking (paper, sec. 5.1).

    A query never matches itself (the same id), nor an image of its group; such images are neither relevant
    nor distractors. Equal distances are broken by gallery id, by position where there are no ids. Queries
    without a relevant image are left out of every mean and counted.

    Args:
        queries: [Q, D] float. gallery: [G, D] float.
        query_labels: [Q]. gallery_labels: [G].
        ks: the K of recall@K and hit_rate@K.
        query_ids: [Q], gallery_ids: [G], the latter all different.
        query_groups: [Q], gallery_groups: [G] str; "" is no group.
        ties: "report" adds `<measure>_least` and `<measure>_most`, the bounds of each measure under any order
            of equal distances, and `queries_with_ties`.
        bootstrap: resamples of the confidence intervals; 0 for none. seed: theirs.
        block_values: approximate distances held in memory at once; no result depends on it.

    Returns:
        dict: `recall@K`, `hit_rate@K`, `map`, `map_trapezoid`, `map_at_r` (floats, `DEFINITIONS`), for each
        `<name>_ci95` (low, high), None with a single fabric; `queries` in the means and
        `queries_without_relevant` left out of them.

    Raises:
        ValueError: shapes or lengths that do not fit, a NaN or infinite feature (the image is named), an
            empty set, a repeated gallery id, or no query with a relevant image.
    """
    if ties not in ("break", "report"):
        raise ValueError(f"ties must be 'break' or 'report', not {ties!r}.")
    ks = [int(k) for k in ks]
    if any(k < 1 for k in ks):
        raise ValueError(f"Every K must be at least 1: {ks}.")
    queries = check_features(queries, "query", query_ids)
    gallery = check_features(gallery, "gallery", gallery_ids)
    query_labels = check_length(query_labels, len(queries), "query labels")
    gallery_labels = check_length(gallery_labels, len(gallery), "gallery labels")
    query_ids, query_groups = _optional(query_ids, query_groups, len(queries), "query")
    gallery_ids, gallery_groups = _optional(gallery_ids, gallery_groups, len(gallery), "gallery")
    judgements = Judgements(
        query_labels, gallery_labels, query_ids, gallery_ids, query_groups, gallery_groups
    )

    ranks = rank_relevant(queries, gallery, judgements, order_of(gallery_ids, len(gallery)), block_values)
    scored = has_relevant(ranks)
    names, values = measures(ranks, ranks.rank, ks)
    values = values[scored]
    intervals = confidence_intervals(values, query_labels[scored], bootstrap, seed)
    result = dict(zip(names, values.mean(axis=0).tolist(), strict=True))
    for number, name in enumerate(names):
        result[f"{name}_ci95"] = None if intervals is None else tuple(intervals[number].tolist())
    result["queries"] = int(scored.sum())
    result["queries_without_relevant"] = int((~scored).sum())
    if ties == "report":
        for suffix, rank in (("least", ranks.most), ("most", ranks.least)):
            means = measures(ranks, rank, ks)[1][scored].mean(axis=0).tolist()
            result |= {f"{name}_{suffix}": mean for name, mean in zip(names, means, strict=True)}
        result["queries_with_ties"] = len(np.unique(ranks.query[ranks.least != ranks.most]))
    return result


def has_relevant(ranks):
    """[Q] bool: the query has a relevant image.

    Raises:
        UserError: none has.
    """
    found = ranks.relevant > 0
    if not found.any():
        raise UserError(f"None of the {len(found)} queries has another image of its fabric in the gallery.")
    return found


def measures(ranks, rank, ks):
    """Each query's own measures: `(names [M], values [Q, M] float64)`; 0 for a query without relevant images.

    `rank` is one of `ranks.rank`, `ranks.least`, `ranks.most`.
    """
    relevant = np.maximum(ranks.relevant, 1)

    def total(weights):
        return np.bincount(ranks.query, weights=weights, minlength=len(relevant))

    hits = [total(rank <= k) for k in ks]
    precision = ranks.order / rank
    # Oxford 5k's compute_ap starts with a precision of 1 before the first image.
    precision_before = np.where(rank > 1, (ranks.order - 1) / np.maximum(rank - 1, 1), 1.0)
    columns = {f"recall@{k}": hit / relevant for k, hit in zip(ks, hits, strict=True)}
    columns |= {f"hit_rate@{k}": (hit > 0).astype(float) for k, hit in zip(ks, hits, strict=True)}
    columns["map"] = total(precision) / relevant
    columns["map_trapezoid"] = total((precision + precision_before) / 2) / relevant
    columns["map_at_r"] = total(precision * (rank <= relevant[ranks.query])) / relevant
    return list(columns), np.stack(list(columns.values()), axis=1)


def order_of(ids, length):
    """[G] int64, each image's position in the order of ids; its own position where `ids` is None."""
    if ids is None:
        return np.arange(length)
    order = np.empty(length, np.int64)
    order[np.argsort(ids)] = np.arange(length)
    return order


def _optional(ids, groups, length, what):
    if ids is not None:
        ids = check_length(ids, length, f"{what} ids")
        if what == "gallery":
            check_unique(ids, what)
    if groups is not None:
        groups = check_length(groups, length, f"{what} groups")
    return ids, groups
