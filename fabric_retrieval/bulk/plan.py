"""What belongs into which shard: fixed before the first image is read, so that a job can be continued."""

import dataclasses
import json
import math

from etils import epath

from fabric_retrieval.bulk.storage import write
from fabric_retrieval.errors import UserError

IMAGES_PER_SHARD = 2048
LEAST_SHARDS = 8  # so that the processes of one machine have their share of a small job too


@dataclasses.dataclass(frozen=True)
class Plan:
    """`images` images in `shards` shards of whole batches, embedded by one model.

    Attributes:
        model: fingerprint of the SavedModel. feature_layer, dimension: as it says of itself.
        images_fingerprint: of names, sizes and times of the images. images_name: for people, not compared.
    """

    model: str
    feature_layer: str
    dimension: int
    images_fingerprint: str
    images_name: str
    images: int
    batch_size: int
    shards: int
    format: int = 1

    def bounds(self, shard):
        """(first, end) of the images of a shard."""
        batches = math.ceil(self.images / self.batch_size)
        first, end = (batches * edge // self.shards * self.batch_size for edge in (shard, shard + 1))
        return first, min(end, self.images)

    def features_name(self, shard):
        return f"features-{shard:05d}-of-{self.shards:05d}.parquet"

    def bad_name(self, shard):
        return f"bad-{shard:05d}-of-{self.shards:05d}.csv"

    def missing(self, out):
        """The numbers of the shards that `out` does not hold yet, ascending."""
        there = {path.name for path in epath.Path(out).glob("features-*.parquet")}
        return [shard for shard in range(self.shards) if self.features_name(shard) not in there]


def make_plan(model, metadata, images, shards=0, batch_size=32):
    """The `Plan` of `images` under the SavedModel of fingerprint `model`.

    Raises:
        UserError: there are no images; the model does not say its dimension.
    """
    if not images.count:
        raise UserError(f"{images.name}: there are no images to embed.")
    if "dimension" not in metadata:
        raise UserError("The metadata.json of the model names no dimension: export the run again.")
    batches = math.ceil(images.count / batch_size)
    wanted = shards or max(LEAST_SHARDS, math.ceil(images.count / IMAGES_PER_SHARD))
    return Plan(
        model=model,
        feature_layer=metadata.get("feature_layer", ""),
        dimension=metadata["dimension"],
        images_fingerprint=images.fingerprint,
        images_name=images.name,
        images=images.count,
        batch_size=batch_size,
        shards=min(wanted, batches),
    )


def keep_plan(plan, out):
    """Writes OUT/plan.json, or makes sure that the one there is the same.

    Raises:
        UserError: the folder holds a job with another plan, or shards of no plan.
    """
    path = epath.Path(out) / "plan.json"
    if not path.exists():
        if any(epath.Path(out).glob("features-*.parquet")):
            raise UserError(f"{out} holds features but no plan.json: give another --out.")
        write(path, json.dumps(dataclasses.asdict(plan), indent=2).encode())
        return
    kept, wanted = (
        {name: value for name, value in dataclasses.asdict(each).items() if name != "images_name"}
        for each in (read_plan(out), plan)
    )
    other = [f"{name} {kept[name]!r}, now {wanted[name]!r}" for name in kept if kept[name] != wanted[name]]
    if other:
        raise UserError(
            f"{out} holds features of another plan ({'; '.join(other)}): give another --out, or remove it."
        )


def read_plan(out):
    """The `Plan` of a folder.

    Raises:
        UserError: there is none, or it cannot be read.
    """
    path = epath.Path(out) / "plan.json"
    try:
        return Plan(**json.loads(path.read_text()))
    except FileNotFoundError as error:
        raise UserError(f"{out} is not the folder of a bulk job: it holds no plan.json.") from error
    except (TypeError, ValueError) as error:
        raise UserError(f"{path} is damaged ({error}): remove {out} and run the job again.") from error
