"""The command from its settings to its files."""

import datetime
import gc
from pathlib import Path

import keras
import tensorflow as tf

import fabric_retrieval
from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import command
from fabric_retrieval.evaluation.report import write_json
from fabric_retrieval.evaluation.run_folder import open_run
from fabric_retrieval.export import read_metadata
from fabric_retrieval.photographs import results as results_of
from fabric_retrieval.photographs.curve import learning_curve
from fabric_retrieval.photographs.picture import draw_curve
from fabric_retrieval.photographs.report import how_many, report
from fabric_retrieval.photographs.rows import SetUnderTest
from fabric_retrieval.photographs.sets import open_sets
from fabric_retrieval.study.settings import machine

KEPT = ("begin", "seeds", "fabrics", "photos", "end_to_end_steps", "split_seed", "bootstrap", "train", "grey")


def run(settings):
    """Measures all sets and writes `results.json`, `results.csv`, `curve.csv`, `report.md`,
    `how_many_photographs.md` and pictures.

    Args:
        settings: namespace, as of `flags.settings_of`.

    Returns:
        dict, the content of `results.json`.

    Raises:
        UserError: the run, a set or flags that cannot be used. KeyboardInterrupt: the same call goes on.
    """
    model = read_metadata(open_run(settings.run_dir) / "saved_model")
    out = Path(settings.out)
    out.mkdir(parents=True, exist_ok=True)
    tf.config.experimental.enable_op_determinism()
    sets = []
    for of in open_sets(settings):
        print(f"{of.name}: {of.builder.info.full_name}", flush=True)
        under_test = SetUnderTest(of, settings)
        rows, points = under_test.rows(), learning_curve(under_test, settings)
        sets.append(results_of.of_set(of, rows, points, under_test.heads, settings.bootstrap))
        if points:
            title = f"{of.name}{', grey' if of.grey else ''}: {settings.seeds} seeds"
            draw_curve(points, rows.half["zero_shot"], title, out / f"curve-{of.name}.svg")
        del under_test
        keras.backend.clear_session()
        gc.collect()
    results = {
        "format": 1,
        "version": fabric_retrieval.__version__,
        "command": command(),
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "sets": sets,
        "settings": {name: getattr(settings, name) for name in KEPT},
        "model": model,
    }
    write_json(results, out / "results.json")
    results_of.write_rows(sets, out / "results.csv")
    results_of.write_curve(sets, out / "curve.csv")
    text = report(results)
    for name, page in (("report.md", text), ("how_many_photographs.md", how_many(results))):
        with replacing(out / name) as temporary:
            temporary.write_text(page, encoding="utf-8")
    print(text)
    return results
