"""One model's features to its `Evaluation`: at every dimension, without and with distractors."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from fabric_retrieval.evaluation import PCA
from fabric_retrieval.evaluation.clustering import agreement, kmeans
from fabric_retrieval.evaluation.inputs import check_unique
from fabric_retrieval.evaluation.judgements import Judgements
from fabric_retrieval.evaluation.metrics import has_relevant, measures, order_of
from fabric_retrieval.evaluation.ranking import rank_relevant
from fabric_retrieval.processes import count_cores
from fabric_retrieval.study.evaluations import Evaluation

ROWS = 4096  # images projected at once
KMEANS_SEED = 0  # the same for all models


def measure(about, features, dims, ks, kmeans_restarts=3):
    """Measures one model (section 5.1) as `eval.py` does, and with distractors in the gallery (section 5.3).

    Args:
        about: dict, kept in the evaluation, with `distractors`, `queries_without_answer` and `kmeans` added.
        features: dict of "train", "query", "gallery" and perhaps "distractors" to `Features`.
        dims: PCA, fitted on the training features, reduces to each of these that is smaller than the
            features' own dimension and determined by the training images; the own dimension comes first.
        ks: the K of recall@K and hit_rate@K.
        kmeans_restarts: starts of the k-means of the test images, as many clusters as fabrics.

    Returns:
        `Evaluation`. Without distractors its second gallery is the first.

    Raises:
        UserError: no query has an answer, or two gallery images have one id.
    """
    query, gallery, train = features["query"], features["gallery"], features["train"]
    extra = features.get("distractors")
    ids = gallery.ids if extra is None else np.concatenate([gallery.ids, extra.ids])
    check_unique(ids, "gallery and distractors")
    parts = [query, gallery] if extra is None else [query, gallery, extra]

    own = query.features.shape[1]
    smaller = smaller_dims(train.features, dims)
    pca = PCA.fit(train.features, smaller[0], train.ids) if smaller else None
    projected = [_project(pca, part.features) for part in parts] if smaller else []

    def reduced(dim):
        if dim == own:
            return [part.features for part in parts]
        return [np.ascontiguousarray(part[:, :dim]) for part in projected]

    rows, dimensions = [], [own, *smaller]
    # k-means works on one core (`kmeans` says why), so several go on beside the ranking. All under one limit:
    # each k-means that ends would else set the threads of the others.
    with threadpool_limits(limits=1), ThreadPoolExecutor(count_cores()) as pool:
        clusterings = [
            pool.submit(cluster, *reduced(dim)[:2], query, gallery, kmeans_restarts) for dim in dimensions
        ]
        for dim in tqdm(dimensions, f"{about['name']}: measuring", unit=" dims", leave=False):
            queries, *galleries = reduced(dim)
            names, alone, answered = rank(queries, galleries[0], query, [gallery], ks)
            mixed = alone
            if extra is not None:
                _, mixed, _ = rank(queries, np.concatenate(galleries), query, [gallery, extra], ks)
            rows.append([alone, mixed])
        clusterings = [found.result() for found in clusterings]
    return Evaluation(
        about=about
        | {
            "distractors": 0 if extra is None else len(extra.ids),
            "queries_without_answer": int((~answered).sum()),
            "kmeans": {name: clusterings[0][name] for name in ("seed", "restarts", "max_iterations")}
            | {"iterations": [found["iterations"] for found in clusterings]},
        },
        dims=np.array(dimensions),
        measures=np.array(names),
        values=np.array(rows, np.float32).swapaxes(0, 1)[:, :, answered],
        fabrics=query.fabrics[answered],
        f1=np.array([found["f1"] for found in clusterings]),
        nmi=np.array([found["nmi"] for found in clusterings]),
    )


def smaller_dims(train, dims):
    """Those of `dims` that PCA can give of these [N, D] training features, descending."""
    most = min(train.shape[1] - 1, PCA.most_dimensions(train))
    return sorted({dim for dim in dims if dim <= most}, reverse=True)


def rank(queries, gallery, of_queries, of_gallery, ks):
    """Each query's measures: `(names [M], values [Q, M] float64, has it a relevant image? [Q] bool)`.

    Args:
        queries: [Q, D] and gallery: [G, D], perhaps reduced.
        of_queries: their `Features`. of_gallery: list of the `Features` that the gallery is made of.
        ks: the K of recall@K and hit_rate@K.

    Raises:
        UserError: no query has a relevant image.
    """
    labels, ids, groups = (
        np.concatenate([getattr(part, field) for part in of_gallery]) for field in ("labels", "ids", "groups")
    )
    judgements = Judgements(of_queries.labels, labels, of_queries.ids, ids, of_queries.groups, groups)
    ranks = rank_relevant(queries, gallery, judgements, order_of(ids, len(ids)))
    return *measures(ranks, ranks.rank, ks), has_relevant(ranks)


def cluster(queries, gallery, of_queries, of_gallery, restarts):
    """`f1` and `nmi` of the test images' clusters, in the order of their ids as `eval.py` has them, and the
    settings of `kmeans`: one dict."""
    ids = np.concatenate([of_queries.ids, of_gallery.ids])
    labels = np.concatenate([of_queries.labels, of_gallery.labels])
    order = np.argsort(ids)
    clusters, settings = kmeans(
        np.concatenate([queries, gallery])[order],
        len(np.unique(labels)),
        KMEANS_SEED,
        ids=ids[order],
        restarts=restarts,
    )
    return settings | agreement(clusters, labels[order])


def _project(pca, features):
    return np.concatenate(
        [pca.transform(features[start : start + ROWS]) for start in range(0, len(features), ROWS)]
    )
