"""The Beam pipeline: an element a shard."""

import apache_beam as beam
from apache_beam.utils import shared
from etils import epath

from fabric_retrieval.bulk.shards import write_shard
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import Embedder
from fird.distributed import runner_of


def run(shards, plan, images, saved_model, out, runner, options):
    """Writes the shards of these numbers into `out`; returns when the pipeline has ended.

    Args:
        images: what `keep` of the job's images returned.
        runner: name of a Beam runner, or None. options: Beam's `PipelineOptions`.
    """
    with beam.Pipeline(runner=runner_of(runner, options), options=options) as pipeline:
        _ = (
            pipeline
            | "Shards" >> beam.Create(shards)
            | "Spread" >> beam.Reshuffle()
            | "Embed" >> beam.ParDo(WriteShard(plan, images, saved_model, out))
        )


class WriteShard(beam.DoFn):
    """Writes the shard of a number, unless it is there: Beam may give a worker the same twice."""

    def __init__(self, plan, images, saved_model, out):
        self._plan, self._images, self._saved_model, self._out = plan, images, str(saved_model), str(out)
        self._embedder = shared.Shared()  # one a process, whatever the number of its threads

    def process(self, shard):
        if (epath.Path(self._out) / self._plan.features_name(shard)).exists():
            return
        write_shard(shard, self._plan, self._images, self._embedder.acquire(self._load), self._out)

    def _load(self):
        embedder = Embedder(self._saved_model)
        if embedder.fingerprint != self._plan.model:
            raise UserError(f"{self._saved_model} is another model on this worker: give all the same.")
        return embedder
