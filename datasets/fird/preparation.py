"""Prepares a collection once and for all."""

import contextlib
import errno
import functools
import io

import tensorflow_datasets as tfds
from absl import logging

from fabric_retrieval.errors import UserError
from fird.configs import PhotosConfig, RenderedConfig
from fird.distributed import pipeline_options
from fird.fird_dataset_builder import Builder
from fird.folders import tidy
from fird.forecast import DiskFullError


def prepare(
    dataset="fird/rendered_mini",
    data_dir=None,
    photos_dir=None,
    photos_csv=None,
    bad_photos="stop",
    split_seed=0,
    workers=0,
    beam_runner=None,
    beam_options=None,
):
    """Makes the builder of a collection and prepares it if that has not been done.

    Args:
      dataset: "fird/<config>"; not looked at when photographs are given.
      data_dir: where prepared collections are kept; default TFDS's own, ~/tensorflow_datasets.
      photos_dir, photos_csv, bad_photos, split_seed: your own photographs, see `PhotosConfig`.
      workers: processes; 0 is one a core. The result does not depend on it.
      beam_runner, beam_options: if either is given, Apache Beam draws the collection: a runner's name, and
        command line arguments of the pipeline, ["--direct_num_workers=2", …], or PipelineOptions.

    Returns:
      A prepared `tfds.core.DatasetBuilder`.

    Raises:
      FileNotFoundError: `photos_dir` or `photos_csv` does not exist.
      ValueError: unknown `dataset`; wrong CSV; unusable photographs (`checking.BadPhotographsError`);
        a photograph that changes meanwhile; a worker process that dies;
        Beam is asked for and not installed, or with photographs of your own.
      OSError: `data_dir` cannot be written, or the disk is (or would be) full. What was drawn is kept, and
        drawing goes on from there.
    """
    if photos_dir or photos_csv:
        config = PhotosConfig(
            photos_dir=photos_dir and str(photos_dir),
            photos_csv=photos_csv and str(photos_csv),
            bad_photos=bad_photos,
            split_seed=split_seed,
        )
        make = functools.partial(_of_photographs, config, data_dir)
    else:
        make = functools.partial(_named, dataset, data_dir)
    builder = make()
    if _is_ready(builder):
        tidy(builder.data_path)
        return builder
    builder.workers, builder.progress = workers, True
    settings = tfds.download.DownloadConfig(try_download_gcs=False)
    if beam_runner is not None or beam_options is not None:
        settings.beam_runner, settings.beam_options = beam_runner, pipeline_options(beam_options)
    try:
        with _without_tfds_bars():
            if isinstance(builder.builder_config, RenderedConfig):
                builder.download_and_prepare(download_config=settings)
            else:
                print(f"Preparing {builder.info.full_name} in {builder.data_path}: this once.", flush=True)
                with contextlib.redirect_stdout(io.StringIO()):  # TFDS speaks of a download
                    builder.download_and_prepare(download_config=settings)
    except Exception as error:
        if _is_full(error) and not isinstance(error, DiskFullError):
            raise DiskFullError(
                errno.ENOSPC,
                "The disk is full. What was drawn is kept; free some space or give another data_dir than "
                f"{builder.data_path.parents[2]}",
            ) from error
        raise
    return builder


def _is_ready(builder):
    """A builder that was made before its files were there knows of no splits."""
    return builder.data_path.exists() and bool(builder.info.splits)


def _of_photographs(config, data_dir):
    with _errors_only():  # TFDS warns that a config is not one of its list
        return Builder(config=config, data_dir=data_dir)


def _named(dataset, data_dir):
    name, _, config = dataset.partition("/")
    if name != Builder.name:
        raise UserError(f"dataset={dataset!r}: expected fird/<config>, one of {_known()}.")
    if config.split(":")[0] in Builder.builder_configs:
        return Builder(config=config, data_dir=data_dir)
    try:
        # Photographs that were prepared earlier do not need their folder any more.
        return tfds.builder(dataset, data_dir=data_dir)
    except (ValueError, tfds.core.DatasetNotFoundError) as error:
        raise UserError(
            f"dataset={dataset!r}: no such config, and none prepared; known are {_known()}."
        ) from error


@contextlib.contextmanager
def _errors_only():
    before = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _known():
    return ", ".join(f"fird/{config}" for config in Builder.builder_configs)


@contextlib.contextmanager
def _without_tfds_bars():
    tfds.disable_progress_bar()
    try:
        yield
    finally:
        tfds.enable_progress_bar()


def _is_full(error):
    while error is not None:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or "No space left" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
