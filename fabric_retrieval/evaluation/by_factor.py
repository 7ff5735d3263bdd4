"""Retrieval measured by factor, and whose the wrong first neighbours are."""

import numpy as np

from fabric_retrieval.evaluation.bootstrap import confidence_intervals
from fabric_retrieval.evaluation.factors import factors, terciles
from fabric_retrieval.evaluation.metrics import measures, order_of
from fabric_retrieval.evaluation.nearest import nearest
from fabric_retrieval.evaluation.ranking import rank_relevant

KS = (1, 16)
MEASURES = ("recall@1", "recall@16", "map")


def bins_of(query, gallery, judgements):
    """The bins that queries are measured in: `([(factor, bin, members [Q] bool), …], notes)`.

    A numeric factor has a bin for each third of the queries. "family": is the query's fabric one of a family,
    and if so, is another fabric of it in the gallery? "differs_in": of those of a family, what its
    members differ in.

    Args:
        query, gallery: `Facts`. judgements: `Judgements` of the two.
    """
    values, notes = factors(query, gallery, judgements)
    bins = []
    for factor, of_queries in values.items():
        for number, (low, high, members) in enumerate(terciles(of_queries), 1):
            bins.append((factor, f"{number}: {low:.3g} to {high:.3g}", members))
    member, tempted = query.family != "", relatives_in_gallery(query, gallery)
    bins += [
        ("family", "member, relatives in the gallery", tempted),
        ("family", "member, none in the gallery", member & ~tempted),
        ("family", "no member", ~member),
    ]
    for what in sorted(set(query.differs_in[member].tolist())):
        bins.append(("differs_in", what, member & (query.differs_in == what)))
    if not member.any():
        notes.append("family: the collection knows of none.")
    return [found for found in bins if found[2].any()], notes


def relatives_in_gallery(query, gallery):
    """[Q] bool: does the gallery hold another fabric of the query's family?"""
    fabrics = {}
    for family, fabric in zip(gallery.family.tolist(), gallery.fabrics.tolist(), strict=True):
        fabrics.setdefault(family, set()).add(fabric)
    return np.array(
        [
            family != "" and bool(fabrics.get(family, set()) - {fabric})
            for family, fabric in zip(query.family.tolist(), query.fabrics.tolist(), strict=True)
        ],
        dtype=bool,
    )


def measure(name, queries, gallery, bins, judgements, bootstrap=1000, seed=0):
    """The rows of one descriptor: a dict for all queries and one for each bin, with 95 % intervals.

    Args:
        name: of the descriptor. queries, gallery: `Features`.
        bins: as of `bins_of`; of queries without an answer none counts. judgements: `Judgements` of the two.
        bootstrap: resamples of the intervals, over fabrics. seed: theirs.
    """
    ranks = rank_relevant(
        queries.features, gallery.features, judgements, order_of(gallery.ids, len(gallery.ids))
    )
    names, values = measures(ranks, ranks.rank, KS)
    values = values[:, [names.index(shown) for shown in MEASURES]]
    scored = ranks.relevant > 0
    rows = []
    for factor, label, members in [("all", "", scored), *bins]:
        chosen = members & scored
        if not chosen.any():
            continue
        intervals = confidence_intervals(values[chosen], queries.labels[chosen], bootstrap, seed)
        row = {"row": name, "factor": factor, "bin": label, "queries": int(chosen.sum())}
        for column, shown in enumerate(MEASURES):
            row[shown] = float(values[chosen, column].mean())
            row[f"{shown}_ci95"] = None if intervals is None else tuple(intervals[column].tolist())
        rows.append(row)
    return rows


def top_1_errors(queries, gallery, query_facts, gallery_facts, judgements):
    """Which queries' first neighbour is of another fabric, and whose it is.

    Args:
        queries, gallery: `Features`; query_facts, gallery_facts: `Facts` of the same images.
        judgements: `Judgements` of the two.

    Returns:
        dict: `errors`, the share of queries with an answer whose first neighbour is of another fabric; then
        shares of these, None where there are none: `neighbour_of_query's_family`, `query_in_a_family`,
        `query_with_relatives` in the gallery. Last, what the latter two are among all queries with an answer.
    """
    first, _ = nearest(
        queries.features, gallery.features, 1, judgements, order_of(gallery.ids, len(gallery.ids))
    )
    first = first[:, 0]
    scored = np.array([len(judgements.relevant(number)) > 0 for number in range(len(first))])
    wrong = scored & (gallery.labels[first] != queries.labels)
    member = query_facts.family != ""
    same = member & (gallery_facts.family[first] == query_facts.family)
    tempted = relatives_in_gallery(query_facts, gallery_facts)
    return {
        "errors": _share(wrong, scored),
        "neighbour_of_query's_family": _share(same, wrong),
        "query_in_a_family": _share(member, wrong),
        "query_with_relatives": _share(tempted, wrong),
        "all_queries_in_a_family": _share(member, scored),
        "all_queries_with_relatives": _share(tempted, scored),
    }


def _share(which, among):
    count = int(among.sum())
    return int((which & among).sum()) / count if count else None
