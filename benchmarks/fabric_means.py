"""How often the right fabric comes first: by its nearest photograph, and by this and the mean of all of it.

  python benchmarks/fabric_means.py --run_dir=runs/mine --dataset=fird/rendered   # its test fabrics
  python benchmarks/fabric_means.py --run_dir=runs/mine --photos_dir=DIR          # half of these fabrics

As search orders fabrics (`search.grouping.beside_means`) against the order of their nearest photographs
alone. Each fabric has 1, 2, 3, ... photographs in the gallery, drawn at random; all others are queries.
Intervals are by bootstrap over fabrics.
"""

import numpy as np
from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups

FLAGS = flags.FLAGS
RESAMPLES = 1000

flags.DEFINE_string("run_dir", None, "Folder of a finished run of train.py.", required=True)
flags.DEFINE_string("dataset", "fird/rendered", "Collection whose test fabrics are asked for.")
flags.DEFINE_string("photos_dir", None, "Photographs instead, one folder a fabric.")
flags.DEFINE_string("data_dir", None, "Where collections are kept. Default: ~/tensorflow_datasets.")
flags.DEFINE_list("photographs", "1,2,3,5", "Of each fabric, in the gallery.")
flags.DEFINE_integer("seed", 0, "Of what is in the gallery, and of the bootstrap.", lower_bound=0)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        compare(FLAGS)


def compare(values):
    """Prints the table."""
    from fabric_retrieval.evaluation.report import aligned

    vectors, fabrics, groups = _features(values)
    rows = [("photographs", "queries", "nearest %", "and mean %", "difference", "95 %")]
    for count in map(int, values.photographs):
        rng = np.random.default_rng(values.seed)
        right, own = _right(vectors, fabrics, groups, count, rng)
        low, high = 100 * _interval(right[:, 1].astype(float) - right[:, 0], own, rng)
        nearest, both = 100 * right.mean(axis=0)
        cells = f"{nearest:.1f}", f"{both:.1f}", f"{both - nearest:+.1f}", f"{low:+.1f} to {high:+.1f}"
        rows.append((str(count), str(len(right)), *cells))
    print(aligned(rows))


def _features(values):
    """Vectors [N, D], fabrics [N] and groups [N], "" for none, of the test fabrics' photographs."""
    import fird
    from fabric_retrieval.evaluation.embedder import Embedder
    from fabric_retrieval.evaluation.features import load_or_compute
    from fabric_retrieval.evaluation.run_folder import open_run

    run = open_run(values.run_dir)
    embedder = Embedder(run / "saved_model")
    builder = fird.prepare(values.dataset, values.data_dir, values.photos_dir, bad_photos="skip")
    method = embedder.metadata["flags"].get("method", "model")  # eval.py's name for them
    parts = [
        load_or_compute(embedder, method, builder, split, run / "features") for split in ("query", "gallery")
    ]
    return [
        np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "fabrics", "groups")
    ]


def _right(vectors, fabrics, groups, count, rng):
    """[Q, 2] bool, is the first fabric right by the nearest photograph, and by this and the mean; [Q] str."""
    from fabric_retrieval.evaluation.judgements import Judgements
    from fabric_retrieval.evaluation.nearest import nearest
    from fabric_retrieval.search.nearest_fabrics import Fabrics

    kept = np.zeros(len(fabrics), bool)
    for fabric in np.unique(fabrics):
        kept[rng.permutation(np.flatnonzero(fabrics == fabric))[:count]] = True
    judgements = Judgements(fabrics[~kept], fabrics[kept], None, None, groups[~kept], groups[kept])
    has_answer = [len(judgements.relevant(query)) > 0 for query in range(np.count_nonzero(~kept))]
    queries = np.flatnonzero(~kept)[has_answer]
    own = fabrics[queries]
    judgements = Judgements(own, fabrics[kept], None, None, groups[queries], groups[kept])
    images, _ = nearest(vectors[queries], vectors[kept], 1, judgements)
    both, _ = Fabrics(vectors[kept], fabrics[kept]).nearest(vectors[queries], 1, judgements)
    return np.stack([fabrics[kept][images[:, 0]] == own, both[:, 0] == own], axis=1), own


def _interval(values, fabrics, rng):
    """The 95 % interval of the mean of values [Q], whose fabrics [Q] are drawn anew."""
    names, which = np.unique(fabrics, return_inverse=True)
    sums, counts = np.bincount(which, values.astype(float)), np.bincount(which)
    drawn = rng.integers(len(names), size=(RESAMPLES, len(names)))
    return np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [0.025, 0.975])


if __name__ == "__main__":
    app.run(main)
