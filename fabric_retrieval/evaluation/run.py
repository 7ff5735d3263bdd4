"""One evaluation: a run's SavedModel and its reference rows, measured at several dimensions."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

import fabric_retrieval
import fird
from fabric_retrieval.data.collection import require_test_images, split_fingerprint
from fabric_retrieval.errors import LeftOutError, UserError
from fabric_retrieval.evaluation import DEFINITIONS, PCA, retrieval_metrics
from fabric_retrieval.evaluation.by_pattern import Patterns
from fabric_retrieval.evaluation.clustering import agreement, kmeans
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import load_or_compute
from fabric_retrieval.evaluation.figures import FILES, write_pages
from fabric_retrieval.evaluation.measured import collection_of, other_images
from fabric_retrieval.evaluation.references import references
from fabric_retrieval.evaluation.report import summary, write_csv, write_json
from fabric_retrieval.evaluation.retrievals import retrieve
from fabric_retrieval.evaluation.run_folder import open_run

SPLITS = ("train", "query", "gallery")
SETTINGS = ("dims", "ks", "ties", "seed", "bootstrap", "kmeans_restarts", "references")


def evaluate(config, data, other=False):
    """Measures a run and writes `results.json`, `results.csv` and the pictures of retrievals.

    Args:
        config: with the attributes `run_dir`, `out_dir` (None: the run's folder), `dims`, `ks`, `ties`,
            `seed`, `bootstrap`, `kmeans_restarts`, `batch_size`, `references` (of `reference_rows.NAMES`),
            `match` ("fabric", "pattern"; None: what the model was trained for, as far as the collection knows
            colourways).
        data: dict of `fird.prepare`'s arguments.
        other: measure on the collection that `data` describes as it is now; else on the one that the model
            was trained on, and `data` says how that was prepared.

    Returns:
        dict, the content of `results.json`.

    Raises:
        RunFolderError: the run is missing or unfinished.
        ValueError: an image that cannot be read, a NaN or infinite feature, no query with an answer.
        UserError: the collection has no test images; `match` is "pattern", and it knows no colourways.
    """
    run = open_run(config.run_dir)
    out = Path(config.out_dir or run)
    out.mkdir(parents=True, exist_ok=True)
    trained, untrained = Embedder(run / "saved_model"), Embedder(run / "untrained")
    builder = fird.prepare(**data) if other else collection_of(trained.metadata, data)
    require_test_images(builder)
    method = trained.metadata["flags"].get("method", "model")
    seen = trained.metadata["preprocessing"]
    made = {
        method: lambda: trained,
        **references(builder, config.references, seen["resize"], seen["crop"], seen["grey"], config.seed),
    }
    if "untrained" in made:
        made["untrained"] = lambda: _before_training(trained, untrained)
    rows, notes, retrievals = [], other_images(trained.metadata, builder), None
    patterns, more_notes = find_patterns(config.match, trained.metadata, builder, same_images=not notes)
    notes += more_notes
    for name, make in made.items():
        try:
            descriptor = make()
            features = {
                split: load_or_compute(descriptor, name, builder, split, run / "features", config.batch_size)
                for split in SPLITS
                if split in builder.info.splits
            }
        except LeftOutError as error:
            notes.append(f"{name}: left out, {error}")
            continue
        if patterns:
            features = patterns.judge(features)
        more_rows, more_notes = measure(name, features, config)
        rows, notes = rows + more_rows, notes + more_notes
        retrievals = retrievals or retrieve(features["query"], features["gallery"])
    results = {
        "format": 1,
        "version": fabric_retrieval.__version__,
        "rows": rows,
        "notes": notes,
        "definitions": DEFINITIONS,
        "settings": {name: getattr(config, name) for name in SETTINGS}
        | {"match": "pattern" if patterns else "fabric"},
        "model": trained.metadata,
        "data": {
            "name": builder.info.full_name,
            "images": {split: len(part.ids) for split, part in features.items()},
            "fabrics": {split: len(np.unique(part.fabrics)) for split, part in features.items()},
        },
        "fingerprints": {
            "saved_model": trained.fingerprint,
            "untrained": untrained.fingerprint,
            **{split: split_fingerprint(builder, split) for split in features},
        },
    }
    title = f"{method}, step {trained.metadata['step']}, on {builder.info.full_name}"
    title += ", by pattern" if patterns else ""
    write_csv(rows, out / "results.csv")
    write_json(results, out / "results.json")
    print(summary(results))
    write_pages(retrievals, builder, out, title, seed=config.seed)
    print(f"Written to {out}: results.json, results.csv, {', '.join(FILES)}")
    return results


def _before_training(trained, untrained):
    if not trained.metadata["step"]:
        raise LeftOutError("nothing was trained, so it is the model itself.")
    return untrained


def find_patterns(match, metadata, builder, same_images):
    """(`Patterns` if it is to be judged by pattern, else None; notes).

    Args:
        match: as of `evaluate`. metadata: of the model.
        same_images: the model was trained on the builder's split "train".

    Raises:
        UserError: as `evaluate`.
    """
    if (match or metadata.get("match")) != "pattern":
        return None, []
    patterns = Patterns.read(builder)
    answerable = patterns.answerable()
    if not answerable.any():
        if match:
            raise UserError(
                f"--match=pattern: of none of the {len(answerable)} queries of {builder.info.full_name} is "
                "another colourway known in the gallery. Measure on a drawn collection "
                "(--dataset=fird/rendered), or with --match=fabric."
            )
        return None, [
            "Judged by fabric: the model was trained for patterns, but no colourways are known here."
        ]
    notes = ["Judged by pattern: answers are the other colourways of the query's fabric."]
    trained_on = int((answerable & patterns.trained_on()).sum()) if same_images else 0
    if trained_on:
        notes.append(
            f"Of {answerable.sum()} queries with an answer, {trained_on} have another colourway in the split "
            "train; on a collection of another seed none has."
        )
    return patterns, notes


def measure(name, features, config):
    """Every measure of one descriptor at its own dimension and at each smaller one of `config.dims`.

    Args:
        name: of the row. features: dict of split to `Features`; without `train` there is no PCA.
        config: as for `evaluate`.

    Returns:
        `(rows, notes)`: a dict of measures for each dimension, and a sentence for each that is left out.
    """
    query, gallery = features["query"], features["gallery"]
    own = query.features.shape[1]
    dims, notes = _dimensions(name, own, features.get("train"), config.dims)
    pca = PCA.fit(features["train"].features, max(dims), features["train"].ids) if dims else None
    ids = np.concatenate([query.ids, gallery.ids])
    labels = np.concatenate([query.labels, gallery.labels])
    order = np.argsort(ids)
    rows = []
    for dim in tqdm([own, *dims], f"{name}: measuring", unit=" dims"):
        reduced = [
            part.features if dim == own else pca.transform(part.features, dim) for part in (query, gallery)
        ]
        measured = retrieval_metrics(
            reduced[0],
            query.labels,
            reduced[1],
            gallery.labels,
            config.ks,
            query.ids,
            gallery.ids,
            query_groups=query.groups,
            gallery_groups=gallery.groups,
            ties=config.ties,
            bootstrap=config.bootstrap,
            seed=config.seed,
        )
        clusters, settings = kmeans(
            np.concatenate(reduced)[order],
            len(np.unique(labels)),
            config.seed,
            ids=ids[order],
            restarts=config.kmeans_restarts,
        )
        measured |= agreement(clusters, labels[order])
        rows.append({"row": name, "dim": dim, "pca": dim != own, **measured, "kmeans": settings})
    return rows, notes


def _dimensions(name, own, train, wanted):
    smaller = sorted({dim for dim in wanted if dim < own}, reverse=True)
    notes = []
    larger = sorted({dim for dim in wanted if dim > own}, reverse=True)
    if larger:
        notes.append(f"{name}: its features have {own} dimensions, so {_list(larger)} left out.")
    most = PCA.most_dimensions(train.features) if train is not None else 0
    undetermined = [dim for dim in smaller if dim > most]
    if undetermined:
        images = 0 if train is None else len(train.ids)
        notes.append(f"{name}: {images} training images are too few for a PCA to {_list(undetermined)}.")
    return [dim for dim in smaller if dim <= most], notes


def _list(dims):
    return ", ".join(map(str, dims))
