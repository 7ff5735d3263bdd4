"""What a bulk job has written, read back."""

from typing import NamedTuple

import numpy as np
from etils import epath

from fabric_retrieval.bulk.plan import read_plan
from fabric_retrieval.bulk.storage import pyarrow
from fabric_retrieval.errors import UserError


class BulkFeatures(NamedTuple):
    """N images in ascending order of their ids."""

    features: np.ndarray  # [N, D] float32
    ids: np.ndarray  # [N] str
    fabrics: np.ndarray  # [N] str


def load(out):
    """Reads the shards of a finished job.

    Args:
        out: its folder.

    Returns:
        `BulkFeatures`: (features [N, D] float32, ids [N] str, fabrics [N] str), ascending by id.

    Raises:
        UserError: no folder of a job, or an unfinished one; an image id that occurs twice.
    """
    from fabric_retrieval.evaluation.inputs import check_unique  # with it comes scikit-learn

    plan = read_plan(out)
    if missing := plan.missing(out):
        raise UserError(
            f"{out} lacks {len(missing)} of {plan.shards} shards: run the job again to finish it."
        )
    names = {"image_id": [], "fabric": []}
    for shard in range(plan.shards):
        for name, column in _columns(out, plan, shard, list(names)).items():
            names[name] += column.to_pylist()
    ids, fabrics = (np.array(column, dtype=str) for column in names.values())
    check_unique(ids, "image")
    order = np.argsort(ids)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    features = np.empty((len(ids), plan.dimension), np.float32)
    done = 0
    for shard in range(plan.shards):
        rows = _embeddings(_columns(out, plan, shard, ["embedding"])["embedding"], plan.dimension)
        features[place[done : done + len(rows)]] = rows
        done += len(rows)
    return BulkFeatures(features, ids[order], fabrics[order])


def count_rows(plan, out):
    """Rows in all shards of a finished job."""
    _, parquet = pyarrow()
    count = 0
    for shard in range(plan.shards):
        with (epath.Path(out) / plan.features_name(shard)).open("rb") as file:
            count += parquet.ParquetFile(file).metadata.num_rows
    return count


def _columns(out, plan, shard, names):
    _, parquet = pyarrow()
    with (epath.Path(out) / plan.features_name(shard)).open("rb") as file:
        table = parquet.read_table(file, columns=names)
    return {name: table[name] for name in names}


def _embeddings(column, dimension):
    """[N, D] float32 of a column of fixed-size lists."""
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in column.chunks]
    return np.concatenate([np.empty(0, np.float32), *parts]).reshape(-1, dimension)
