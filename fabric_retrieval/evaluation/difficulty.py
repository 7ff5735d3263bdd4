"""How hard a collection is: rows that no one trained to tell fabrics apart, overall and by factor.

  python -m fabric_retrieval.evaluation.difficulty --dataset=fird/rendered --out=difficulty

Prints tables, and writes results.json and results.csv to --out. To tune the drawing, --quick=500 --seed=9
draws the test half of 500 fabrics in memory instead, and measures the RGB histogram unless --rows says
otherwise. A smaller gallery is an easier one: recall of --quick=500 is not that of 4,300 fabrics.
"""

from pathlib import Path

import numpy as np
from absl import app, flags

import fabric_retrieval
from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.errors import LeftOutError, UserError
from fabric_retrieval.evaluation.references import references
from fabric_retrieval.reference_rows import NAMES
from fabric_retrieval.rendering.collection import Collection

SPLITS = ("query", "gallery")


def difficulty(builder, rows, folder=None, batch_size=32, bootstrap=1000, seed=0):
    """Measures reference rows on the test half of a collection.

    Args:
        builder: prepared builder of `fird`, or a `DrawnTestHalf`.
        rows: name → function that makes the descriptor, as of `references`.
        folder: where features are kept; None keeps none.
        batch_size: images at once. bootstrap: resamples of the intervals. seed: theirs.

    Returns:
        dict, the content of `results.json`: `rows` as of `by_factor.measure`, `top_1_errors` of each row,
        `notes` (also of rows that are left out), `verdicts`, `definitions` of the factors, `data`,
        `settings`.

    Raises:
        ValueError: an image that cannot be read; no query with an answer; no row that can be measured.
    """
    from fabric_retrieval.evaluation import difficulty_report as report
    from fabric_retrieval.evaluation.by_factor import bins_of, measure, top_1_errors
    from fabric_retrieval.evaluation.factors import FACTORS, read_facts
    from fabric_retrieval.evaluation.features import compute, load_or_compute
    from fabric_retrieval.evaluation.judgements import Judgements

    def features(name, descriptor, split):
        if folder is None:
            return compute(descriptor, name, builder, split, batch_size)
        return load_or_compute(descriptor, name, builder, split, folder, batch_size)

    facts = [read_facts(builder, split) for split in SPLITS]
    measured, of_errors, bins, left_out = [], {}, None, []
    for name, make in rows.items():
        try:
            descriptor = make()
            query, gallery = (features(name, descriptor, split) for split in SPLITS)
        except LeftOutError as error:
            left_out.append(f"{name}: left out, {error}")
            continue
        if bins is None:
            judgements = Judgements(
                query.labels, gallery.labels, query.ids, gallery.ids, query.groups, gallery.groups
            )
            bins, notes = bins_of(*facts, judgements)
        measured += measure(name, query, gallery, bins, judgements, bootstrap, seed)
        of_errors[name] = top_1_errors(query, gallery, *facts, judgements)
    if not measured:
        raise UserError("There is nothing to measure. " + " ".join(left_out))
    return {
        "format": 1,
        "version": fabric_retrieval.__version__,
        "rows": measured,
        "top_1_errors": of_errors,
        "notes": notes + left_out,
        "verdicts": report.verdicts(measured, of_errors),
        "definitions": {factor: text for factor, (_, _, text) in FACTORS.items()},
        "data": {
            "name": builder.info.full_name,
            "images": {"query": len(query.ids), "gallery": len(gallery.ids)},
            "fabrics": {"query": len(np.unique(query.labels)), "gallery": len(np.unique(gallery.labels))},
        },
        "settings": {"seed": seed, "bootstrap": bootstrap, "batch_size": batch_size},
    }


def quick(seed, fabrics, names=("rgb_histogram",), workers=0, photos=(5, 10)):
    """`difficulty` of the test half of `fabrics` fabrics that are drawn in memory; `photos` of each."""
    from fabric_retrieval.evaluation.drawn import DrawnTestHalf

    drawn = DrawnTestHalf(Collection("drawn", seed, fabrics, photos), workers)
    return difficulty(drawn, references(drawn, names, seed=seed, workers=workers), seed=seed)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        values = flags.FLAGS
        if values.quick:
            names = values.rows or ["rgb_histogram"]
            results = quick(values.seed, values.quick, names, values.workers)
        else:
            results = _of_collection(values)
        _write(results, values.out)


def _of_collection(values):
    import fird
    from fabric_retrieval.data.collection import require_test_images

    data = values.flags_by_module_dict()[flag_groups.__name__]
    builder = fird.prepare(**{flag.name: flag.value for flag in data})
    require_test_images(builder)
    folder = Path(values.out) / "features" if values.out else None
    rows = references(builder, values.rows or NAMES, seed=values.seed, workers=values.workers)
    return difficulty(builder, rows, folder, bootstrap=values.bootstrap, seed=values.seed)


def _write(results, out):
    from fabric_retrieval.evaluation import difficulty_report as report
    from fabric_retrieval.evaluation.report import write_json

    print(report.summary(results))
    if out:
        Path(out).mkdir(parents=True, exist_ok=True)
        write_json(results, Path(out) / "results.json")
        report.write_csv(results["rows"], Path(out) / "results.csv")
        print(f"Written to {out}: results.json, results.csv")


def define_flags():
    flags.DEFINE_string("out", None, "Folder of results.json, results.csv and the features. Default: none.")
    flags.DEFINE_list("rows", None, f"Reference rows, of {','.join(NAMES)}. Default: all.")
    flags.DEFINE_integer("quick", 0, "Draw the test half of so many fabrics of --seed.", lower_bound=0)
    flags.DEFINE_integer("seed", 0, "Seed of network, words, intervals and --quick's drawing.", lower_bound=0)
    flags.DEFINE_integer("bootstrap", 1000, "Resamples of the intervals. 0: none.", lower_bound=0)
    flag_groups.define_data_flags()
    flags.register_validator(
        "rows", lambda names: set(names or ()) <= set(NAMES), f"each must be one of {', '.join(NAMES)}"
    )


if __name__ == "__main__":
    define_flags()
    app.run(main)
