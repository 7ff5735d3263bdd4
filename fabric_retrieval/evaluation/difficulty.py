"""How hard a collection is: reference rows that know nothing of cloth, overall and by factor.

python -m fabric_retrieval.evaluation.difficulty --dataset=fird/rendered --out=difficulty
python -m fabric_retrieval.evaluation.difficulty --quick=500 --seed=9
"""

import numpy as np
from absl import app, flags

from fabric_retrieval.evaluation import descriptors
from fabric_retrieval.evaluation.bootstrap import confidence_intervals
from fabric_retrieval.evaluation.factors import factors, terciles
from fabric_retrieval.evaluation.judgements import Judgements
from fabric_retrieval.evaluation.metrics import measures, order_of
from fabric_retrieval.evaluation.ranking import nearest, rank_relevant

NAMES = ("rgb_histogram", "lbp", "hog", "gist", "untrained")
KS = (1, 16)
SHOWN = ("recall@1", "recall@16", "map")


def bins_of(query, gallery, judgements):
    """The bins that queries are measured in: `([(factor, bin, members [Q] bool), …], notes)`.

    Args:
        query, gallery: `Facts`. judgements: `Judgements` of the two.
    """
    values, notes = factors(query, gallery, judgements)
    bins = []
    for factor, of_queries in values.items():
        bins += [(factor, f"{low:.3g} to {high:.3g}", members) for low, high, members in terciles(of_queries)]
    member = query.family != ""
    bins += [("family", "member", member), ("family", "no member", ~member)]
    for what in sorted(set(query.differs_in[member].tolist())):
        bins.append(("differs_in", what or "nothing: the first", member & (query.differs_in == what)))
    return [found for found in bins if found[2].any()], notes


def measure(name, queries, gallery, query_facts, gallery_facts, bins, judgements, bootstrap=1000, seed=0):
    """One reference row.

    Args:
        name: of the descriptor. queries, gallery: `Features`; query_facts, gallery_facts: `Facts` of them.
        bins: as of `bins_of`. judgements: `Judgements` of the two.
        bootstrap: resamples of the intervals over fabrics. seed: theirs.

    Returns:
        `(rows, errors)`: a dict for all queries and for each bin; a dict of the shares of `top_1_errors`.
    """
    id_order = order_of(gallery.ids, len(gallery.ids))
    ranks = rank_relevant(queries.features, gallery.features, judgements, id_order)
    names, values = measures(ranks, ranks.rank, KS)
    values = values[:, [names.index(shown) for shown in SHOWN]]
    scored = ranks.relevant > 0
    rows = []
    for factor, label, members in [("all", "", np.ones(len(scored), bool)), *bins]:
        members = members & scored
        if not members.any():
            continue
        intervals = confidence_intervals(values[members], queries.labels[members], bootstrap, seed)
        row = {"row": name, "factor": factor, "bin": label, "queries": int(members.sum())}
        for column, shown in enumerate(SHOWN):
            row[shown] = float(values[members, column].mean())
            row[f"{shown}_ci95"] = None if intervals is None else tuple(intervals[column].tolist())
        rows.append(row)
    first, _ = nearest(queries.features, gallery.features, 1, judgements, id_order)
    taken = scored & (first[:, 0] >= 0)
    wrong = taken & (gallery.labels[first[:, 0]] != queries.labels)
    same = (query_facts.family != "") & (gallery_facts.family[first[:, 0]] == query_facts.family)
    present = np.isin(query_facts.family, gallery_facts.family) & (query_facts.family != "")
    return rows, top_1_errors(taken, wrong, same, present)


def top_1_errors(taken, wrong, same, member):
    """Whose the first neighbours are; all arguments [Q] bool.

    Args:
        taken: queries that count. wrong: those of them whose first neighbour is of another fabric.
        same: whose first neighbour is of the query's family. member: whose fabric belongs to a family.

    Returns:
        dict: `errors`, the share of `taken`; and shares of these errors, None where there are none:
        `wrong_of_same_family`, `wrong_query_in_family`.
    """
    count = int(wrong.sum())
    return {
        "errors": count / int(taken.sum()),
        "wrong_of_same_family": int((wrong & same).sum()) / count if count else None,
        "wrong_query_in_family": int((wrong & member).sum()) / count if count else None,
        "queries_in_family": int((taken & member).sum()) / int(taken.sum()),
    }


def rows_of(builder, references, folder=None, batch_size=32, bootstrap=1000, seed=0):
    """Measures every descriptor on a collection.

    Args:
        builder: prepared builder of `fird`, or one that is read as it is.
        references: name → descriptor, as for `features.compute`.
        folder: where features are kept; None keeps none.

    Returns:
        `(rows, errors, notes)`: rows of `measure`; {descriptor: its top-1 errors}; sentences.
    """
    from fabric_retrieval.evaluation.factors import read_facts
    from fabric_retrieval.evaluation.features import compute, load_or_compute

    facts = [read_facts(builder, split) for split in ("query", "gallery")]
    rows, errors, bins = [], {}, None
    for name, descriptor in references.items():
        query, gallery = (
            compute(descriptor, name, builder, split, batch_size)
            if folder is None
            else load_or_compute(descriptor, name, builder, split, folder, batch_size)
            for split in ("query", "gallery")
        )
        if bins is None:
            judgements = Judgements(
                query.labels, gallery.labels, query.ids, gallery.ids, query.groups, gallery.groups
            )
            bins, notes = bins_of(*facts, judgements)
        more, errors[name] = measure(name, query, gallery, *facts, bins, judgements, bootstrap, seed)
        rows += more
    return rows, errors, notes


def reference_rows(names=NAMES, workers=0, seed=0):
    """The descriptors of the reference rows, name → descriptor; all see the same middle of an image.

    Args:
        names: which of `NAMES`. workers: threads of the hand-made ones; 0 is one a core. seed: of the network.
    """
    from fabric_retrieval.evaluation.handmade import HandMade
    from fabric_retrieval.evaluation.histogram import Histogram
    from fabric_retrieval.evaluation.untrained import Untrained

    makers = {
        "rgb_histogram": lambda: Histogram(resize=130, crop=115),
        "lbp": lambda: HandMade(descriptors.lbp, 256, 227, workers),
        "hog": lambda: HandMade(descriptors.hog, 144, 128, workers),
        "gist": lambda: HandMade(descriptors.gist, 144, 128, workers),
        "untrained": lambda: Untrained(seed),
    }
    return {name: makers[name]() for name in names}


def quick(seed, fabrics, names=("rgb_histogram",), workers=0, photos=(5, 10)):
    """`rows_of` the test half of `fabrics` drawn fabrics, in memory; by default of the RGB histogram only."""
    from fabric_retrieval.evaluation.drawn import DrawnTestHalf

    rows = reference_rows(names, workers, seed)
    return rows_of(DrawnTestHalf(seed, fabrics, workers, photos), rows)


def main(_):
    from fabric_retrieval.evaluation import difficulty_report as report

    values = flags.FLAGS
    rows, errors, notes = quick(values.seed, values.quick, values.rows or ["rgb_histogram"], values.workers)
    for part in (report.overall_table(rows), report.factor_table(rows), report.errors_table(errors), *notes):
        print(part, end="\n\n")


if __name__ == "__main__":
    flags.DEFINE_integer("quick", 0, "Only draw the test half of so many fabrics of --seed.", lower_bound=0)
    flags.DEFINE_multi_enum("rows", None, NAMES, "Reference rows. Default: all; the histogram with --quick.")
    flags.DEFINE_integer("seed", 0, "Seed of the drawing (--quick) and of the intervals.", lower_bound=0)
    flags.DEFINE_integer("workers", 0, "Processes. 0: one a core.", lower_bound=0)
    app.run(main)
