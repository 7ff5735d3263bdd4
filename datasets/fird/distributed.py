"""A drawn collection by Apache Beam, on one machine's processes or on many machines.

The files are those of the single process, byte for byte. TFDS's own BeamWriter cannot give them:
it puts an example into shard floor(hash · shards / largest hash), so that shards vary in length, while the
writer of a single process cuts the sorted examples into equal lengths. Here the ids are known before anything
is drawn, and so are the hashes at which to cut.
"""

import bisect
import functools

import tensorflow_datasets as tfds
from etils import epath
from tensorflow_datasets.core import example_serializer, hashing, utils
from tensorflow_datasets.core.utils import shard_utils

from fabric_retrieval.errors import UserError
from fabric_retrieval.rendering.parts import draw_part
from fird.drawn_splits import drawn_splits
from fird.schema import drawn_example, features
from fird.writing import DeterministicWriter

RECORD_OVERHEAD = 16  # bytes a record of a TFRecord file beside its data


def pipeline_options(arguments):
    """Beam's PipelineOptions of command line arguments, ["--project=…", …], or of what is one already.

    Raises:
      UserError: Beam is not installed.
    """
    try:  # here, for the import takes seconds and most builds do without
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError as error:
        raise UserError("Apache Beam is not installed: pip install 'fabric-retrieval[beam]'.") from error
    return arguments if isinstance(arguments, PipelineOptions) else PipelineOptions(list(arguments or []))


def runner_of(name, options):
    """The Beam runner of a name, or else the one that `options` name, or else the DirectRunner.

    Beam's DirectRunner is a switch that first downloads and tries another one, Prism, which takes no notice
    of --direct_num_workers. In its stead comes the runner that it would fall back to.

    Raises:
      UserError: there is no such runner.
    """
    from apache_beam.options.pipeline_options import StandardOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner
    from apache_beam.runners.runner import create_runner

    name = name or options.view_as(StandardOptions).runner or "DirectRunner"
    if name.lower() in ("direct", "directrunner"):
        return FnApiRunner()
    try:
        return create_runner(name)
    except (AttributeError, ImportError, ValueError) as error:
        raise UserError(f"Apache Beam has no runner {name!r} here: {error}") from error


def generate(collection, templates, download_config):
    """Draws and writes a collection on Beam.

    Args:
      collection: `rendering.collection.Collection`.
      templates: {split: `tfds.core.ShardedFileTemplate`} of the TFRecord files.
      download_config: `tfds.download.DownloadConfig`; runner, options and sizes of shards are used.

    Returns:
      [`tfds.core.SplitInfo`, …], as `_generate_splits` does.
    """
    options = pipeline_options(download_config.beam_options)
    import apache_beam as beam

    shard_config = download_config.get_shard_config()
    runner = runner_of(download_config.beam_runner, options)
    with beam.Pipeline(runner=runner, options=options) as pipeline:
        records = (
            pipeline
            | "Parts" >> beam.Create(range(collection.parts))
            | "Spread" >> beam.Reshuffle()
            | "Draw" >> beam.FlatMap(_records, collection)
        )
        sizes = records | "Sizes" >> beam.Map(_size) | "TotalSizes" >> beam.CombinePerKey(sum)
        _ = (
            records
            | "Shard" >> beam.Map(_to_shard, collection, shard_config, beam.pvalue.AsDict(sizes))
            | "Shards" >> beam.GroupByKey()
            | "Write" >> beam.Map(_write_shard, templates)
        )
    return [_split_info(collection, split, template) for split, template in templates.items()]


def _records(part, collection):
    """Yields (split, (hash of the id, serialized example)) for each photograph of a part."""
    splits, connector, serializer = drawn_splits(collection), *_encoding()
    for drawn in draw_part(collection, part):
        image_id, example = drawn_example(collection, drawn)
        split = next(name for name, ids in splits.items() if (drawn.fabric, drawn.photo) in ids)
        data = serializer.serialize_example(connector.encode_example(example))
        yield split, (_hash(split, image_id), data)


@functools.cache
def _encoding():
    connector = features()
    return connector, example_serializer.ExampleSerializer(connector.get_serialized_info())


def _hash(split, image_id):
    """Where TFDS puts an id within its split: 16 bytes, which sort like its number of 128 bits."""
    return hashing.Hasher(split).hash_key(image_id).to_bytes(16, "big")


def _size(record):
    split, (_, data) = record
    return split, len(data)


def _to_shard(record, collection, shard_config, sizes):
    """((split, shard, number of shards), (hash, data))."""
    split, (key, data) = record
    shards = shard_config.get_number_shards(sizes[split], len(drawn_splits(collection)[split]))
    return (split, bisect.bisect_right(_cuts(collection, split, shards), key), shards), (key, data)


@functools.lru_cache(maxsize=8)
def _cuts(collection, split, shards):
    """The hashes with which the shards after the first begin."""
    keys = sorted(_hash(split, image_id) for image_id in drawn_splits(collection)[split].values())
    ends = shard_utils.get_shard_boundaries(len(keys), shards)
    return [keys[end] for end in ends[:-1]]


def _write_shard(shard_records, templates):
    (split, shard, shards), records = shard_records
    path = templates[split].sharded_filepath(shard_index=shard, num_shards=shards)
    # Beam may run this twice, even at once; whichever ends last leaves the same file.
    with utils.incomplete_file(epath.Path(path)) as temporary:
        DeterministicWriter().write(temporary, sorted(records))


def _split_info(collection, split, template):
    count = len(drawn_splits(collection)[split])
    paths = sorted(template.data_dir.glob(f"*-{split}.{template.filetype_suffix}-*-of-*"))
    ends = shard_utils.get_shard_boundaries(count, len(paths))
    size = sum(path.stat().length for path in paths) - RECORD_OVERHEAD * count
    return tfds.core.SplitInfo(
        name=split,
        shard_lengths=[end - start for start, end in zip([0, *ends], ends, strict=False)],
        num_bytes=size,
        filename_template=template,
    )
