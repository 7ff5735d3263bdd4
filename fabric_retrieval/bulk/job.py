"""A bulk job from its plan to its summary."""

import time
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from fabric_retrieval.atomic import remove_unfinished
from fabric_retrieval.beside import beside
from fabric_retrieval.bulk.plan import keep_plan, make_plan
from fabric_retrieval.bulk.reading import count_rows
from fabric_retrieval.bulk.storage import absolute, read_bad, write_bad
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import fingerprint
from fabric_retrieval.export import read_metadata
from fird.distributed import pipeline_options
from fird.folders import is_local, one_at_a_time

LOOK_EVERY = 0.5  # seconds between two looks at the shards that are there, at least
LOOK_SHARE = 0.05  # of the time may be spent on looking, which takes long in an object store


class Summary(NamedTuple):
    """What a job has left: numbers of rows, bad images and shards, and of the shards this run computed."""

    rows: int
    bad: int
    shards: int
    computed: int
    out: str

    def __str__(self):
        bad = f"{self.bad:,} bad, listed in bad-*.csv" if self.bad else "none bad"
        return (
            f"{self.rows:,} rows ({bad}) in {self.shards:,} shards, {self.computed:,} of them computed now: "
            f"{self.out}"
        )


def extract(saved_model, images, out, shards=0, batch_size=32, beam_runner=None, beam_options=()):
    """Writes the features of images under a SavedModel into Parquet files.

    OUT/plan.json fixes which image belongs to which shard. A shard is one element of the pipeline: its rows
    are in OUT/features-<shard>-of-<shards>.parquet with the columns image_id, fabric, group (string) and
    embedding (float32, fixed size), its bad images in OUT/bad-<shard>-of-<shards>.csv. Shards that are there
    are not computed again. Entries of a listing that name no image are in OUT/bad-listing.csv.

    Args:
        saved_model: local folder, at the same place for all workers.
        images: as of `images.open_images`.
        out: folder that all workers write to.
        shards: 0 chooses. batch_size: images at once; the last bits of features can depend on it.
        beam_runner: name of a Beam runner; None is DirectRunner.
        beam_options: the pipeline's command line arguments, or PipelineOptions.

    Returns:
        `Summary`.

    Raises:
        UserError: no such model; `out` lies among the photographs or holds features of another plan; Beam is
            not installed; a runner that ended before all shards were written.
    """
    options = pipeline_options(beam_options)
    from fabric_retrieval.bulk.pipeline import run

    if not (Path(saved_model) / "saved_model.pb").is_file():
        raise UserError(f"--saved_model={saved_model}: no SavedModel there; train.py makes RUN/saved_model.")
    plan = make_plan(fingerprint(saved_model), read_metadata(saved_model), images, shards, batch_size)
    if images.root and Path(out).resolve().is_relative_to(images.root):
        raise UserError(f"--out={out} lies among the photographs of {images.root}: give a folder elsewhere.")
    saved_model, out = absolute(saved_model), absolute(out)  # workers may start elsewhere
    out.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(out):
        keep_plan(plan, out)
        if is_local(out):
            remove_unfinished(out)
        write_bad(out / "bad-listing.csv", images.bad)
        missing = plan.missing(out)
        if missing:
            with _counting(plan, out):
                run(missing, plan, images.keep(plan, out), saved_model, out, beam_runner, options)
        if left := plan.missing(out):
            raise UserError(f"The runner ended without {len(left)} of {plan.shards} shards: run it again.")
    bad = sum(len(read_bad(path)) for path in out.glob("bad-*.csv"))
    return Summary(count_rows(plan, out), bad, plan.shards, len(missing), str(out))


def _counting(plan, out):
    """A context in which a bar shows the shards that are there, whoever writes them."""

    def look(ended):
        done = plan.shards - len(plan.missing(out))
        pause = LOOK_EVERY
        with tqdm(total=plan.shards, initial=done, desc="Embedding", unit=" shards") as progress:
            while True:
                last = ended.wait(pause)
                start = time.monotonic()
                progress.update(plan.shards - len(plan.missing(out)) - progress.n)
                progress.refresh()
                pause = max(LOOK_EVERY, (time.monotonic() - start) / LOOK_SHARE)
                if last:
                    return

    return beside(look)
