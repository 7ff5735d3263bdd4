"""Shards are whole batches, all images are in one, and their number is the plan's alone."""

from types import SimpleNamespace

import pytest

from fabric_retrieval.bulk.plan import keep_plan, make_plan, read_plan
from fabric_retrieval.errors import UserError


def plan_of(count, shards=0, batch_size=32):
    images = SimpleNamespace(count=count, fingerprint="f", name="photos")
    return make_plan("m", {"dimension": 6}, images, shards, batch_size)


@pytest.mark.parametrize(
    ("count", "shards", "batch_size", "bounds"),
    [
        (31, 3, 8, [(0, 8), (8, 16), (16, 31)]),
        (32, 2, 8, [(0, 16), (16, 32)]),
        (5, 9, 2, [(0, 2), (2, 4), (4, 5)]),  # never more shards than batches
        (1, 0, 32, [(0, 1)]),
    ],
)
def test_bounds(count, shards, batch_size, bounds):
    plan = plan_of(count, shards, batch_size)
    assert [plan.bounds(shard) for shard in range(plan.shards)] == bounds


@pytest.mark.parametrize(("count", "shards"), [(1000, 8), (100_000, 49), (10_000_000, 4883)])
def test_a_shard_is_about_2048_images_unless_said_otherwise(count, shards):
    assert plan_of(count).shards == shards


def test_no_images_are_refused():
    with pytest.raises(UserError, match="photos: there are no images"):
        plan_of(0)


def test_a_plan_is_kept_and_read(tmp_path):
    keep_plan(plan_of(31), tmp_path)
    keep_plan(plan_of(31), tmp_path)
    assert read_plan(tmp_path) == plan_of(31)
    with pytest.raises(UserError, match="images 31, now 32"):
        keep_plan(plan_of(32), tmp_path)


def test_features_without_their_plan_are_refused(tmp_path):
    (tmp_path / "features-00000-of-00001.parquet").write_bytes(b"")
    with pytest.raises(UserError, match=r"no plan\.json"):
        keep_plan(plan_of(31), tmp_path)


@pytest.mark.parametrize("damaged", ["", "{}", '{"shards": 3'])
def test_a_damaged_plan_is_named(tmp_path, damaged):
    (tmp_path / "plan.json").write_text(damaged)
    with pytest.raises(UserError, match=r"plan\.json is damaged"):
        read_plan(tmp_path)
