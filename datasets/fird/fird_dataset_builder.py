"""The TFDS builder of `fird`."""

import contextlib
import io
from dataclasses import dataclass

import tensorflow_datasets as tfds
from tensorflow_datasets.core import shuffle
from tqdm import tqdm

from fabric_retrieval.data.photographs import load_photograph
from fabric_retrieval.errors import UserError
from fabric_retrieval.processes import ordered_map
from fabric_retrieval.rendering.collection import COLLECTIONS
from fird import distributed
from fird.checking import processes_for, usable_photographs
from fird.configs import PhotosConfig, RenderedConfig
from fird.drawing import Drawing
from fird.drawn_splits import drawn_splits
from fird.folders import is_local, one_at_a_time, remove_drawings, sweep, tidy
from fird.forecast import announce, check_disk, forecast
from fird.listing import MissingPhotographsError
from fird.schema import drawn_example, features, known_conditions
from fird.splitting import split_photographs
from fird.writing import DeterministicWriter

MANUAL_FOLDER = "fird_photos"
# TFDS sorts a split in memory up to a gigabyte, then in a thousand files open at once. The order of examples
# depends on neither; 2 GB of photographs make 64 files of 32 MB.
SORTED_IN_MEMORY = 128 << 20  # bytes
SORTING_FILES = 64
_DESCRIPTIONS = {
    "rendered_mini": "600 drawn fabrics, 5 to 10 photographs each, 256x256.",
    "rendered_tiny": "12 drawn fabrics, 5 to 7 photographs each, 256x256; for tests.",
    "rendered": "4,300 drawn fabrics, 5 to 10 photographs each, 256x256: the size of the paper's collection.",
    "rendered_train": "12,000 drawn fabrics, 5 to 10 photographs each, 256x256, all to train on.",
    "distractors": "100,000 drawn fabrics, one photograph each, 256x256; none is in another config.",
    "distractors_study": "20,000 drawn fabrics, one photograph each, 256x256: a fifth of distractors.",
    "pretrain": "1,000 drawn fabrics, 10 photographs each, 256x256, to initialise a model with.",
}


class Builder(tfds.core.GeneratorBasedBuilder):
    """Fabrics and photographs of them, split into train, query and gallery (the paper's section 4)."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {  # noqa: RUF012, TFDS wants a dict
        "1.0.0": "Fabrics drawn from a seed; photographs of one's own.",
        "2.0.0": "New drawing; rendered, distractors and pretrain; features family and differs_in.",
    }
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"""
    fird/photos reads <manual_dir>/{MANUAL_FOLDER}/<fabric>/*: one folder a fabric. Drawn ones need nothing.
    """
    BUILDER_CONFIGS = [  # noqa: RUF012, TFDS wants a list
        *(
            RenderedConfig(name=name, description=text, collection=COLLECTIONS[name])
            for name, text in _DESCRIPTIONS.items()
        ),
        PhotosConfig(name="photos", description="Your own photographs, one folder a fabric."),
    ]

    workers = 0  # processes that draw or read photographs; 0 is one a core
    progress = False  # a bar over photographs that are read; TFDS shows one that knows no total
    _drawing = None
    _written = None  # the bar over all splits of a drawn collection

    def _info(self):
        return self.dataset_info_from_configs(features=features(), supervised_keys=("image", "label"))

    def download_and_prepare(self, *, download_config=None, **settings):
        """As TFDS's. One process at a time prepares a config; a killed drawing goes on where it stopped.

        Raises:
          DiskFullError: less is free than a drawn collection needs; nothing was drawn.
        """
        # Nothing of ours is on TFDS's servers; asking them only costs time, or fails without a network.
        download_config = download_config or tfds.download.DownloadConfig(try_download_gcs=False)
        if not self._needs_preparing(download_config):
            tidy(self.data_path)
            super().download_and_prepare(download_config=download_config, **settings)
            return
        with one_at_a_time(self.data_path.parent), _little_memory():
            if not self._needs_preparing(download_config):  # another process has prepared it since
                self.info.read_from_directory(self.data_path)
                return
            with self._drawn(download_config):
                super().download_and_prepare(download_config=download_config, **settings)
            remove_drawings(self.data_path)

    def _needs_preparing(self, download_config):
        return not self.data_path.exists() or download_config.download_mode.overwrite_dataset

    @contextlib.contextmanager
    def _drawn(self, download_config):
        """Draws what is missing; what was drawn is kept until the set is in place."""
        folder = self.data_path.parent
        if not isinstance(self.builder_config, RenderedConfig):
            sweep(folder)
            yield
            return
        collection = self.builder_config.collection
        if _on_beam(download_config):
            sweep(folder)
            fabrics = f"{collection.fabrics:,} fabrics"
            print(f"Preparing {self.info.full_name}, {fabrics}, on Apache Beam: this once.", flush=True)
            yield
            return
        if not is_local(folder):
            raise UserError(f"data_dir {folder}: without Beam, collections are drawn on local disks only.")
        drawing = Drawing(collection, folder, self.version)
        sweep(folder, keep=drawing.folder)
        missing = drawing.missing()
        expected = forecast(drawing, missing, self.workers)
        announce(self.info.full_name, drawing, expected, self.workers)
        check_disk(folder, expected)
        drawing.draw(missing, self.workers)
        self._drawing = drawing
        with (
            tqdm(desc="Writing", total=expected.photographs, unit="photo") as self._written,
            contextlib.redirect_stdout(io.StringIO()),  # TFDS speaks of a download
        ):
            yield

    def _example_writer(self):
        return DeterministicWriter(self.info.file_format)

    def _generate_splits(self, dl_manager, download_config):
        if not _on_beam(download_config):
            return super()._generate_splits(dl_manager, download_config)
        if not isinstance(self.builder_config, RenderedConfig):
            raise UserError("Beam draws collections; photographs of one's own are prepared without it.")
        if self.info.file_format != tfds.core.FileFormat.TFRECORD:
            raise UserError(f"file_format {self.info.file_format.value}: on Beam only tfrecord is written.")
        collection = self.builder_config.collection
        templates = {split: self._get_filename_template(split) for split in drawn_splits(collection)}
        return distributed.generate(collection, templates, download_config)

    def _split_generators(self, dl_manager):
        if isinstance(self.builder_config, RenderedConfig):
            return self._rendered_splits(self.builder_config.collection)
        config = self.builder_config
        given = config.photos_dir or config.photos_csv
        listing = config.listing(None if given else _manual_folder(dl_manager))
        return self._photograph_splits(
            usable_photographs(listing, config.bad_photos, self.workers), config.split_seed
        )

    def _rendered_splits(self, collection):
        splits = drawn_splits(collection)
        return {split: self._drawn_examples(collection, wanted) for split, wanted in splits.items()}

    def _drawn_examples(self, collection, wanted):
        for drawn in self._drawing.read(wanted):
            yield drawn_example(collection, drawn)
            self._written.update()

    def _photograph_splits(self, usable, seed):
        facts = {photograph.image_id: (photograph, facts) for photograph, facts in usable}
        labels = {
            name: label for label, name in enumerate(sorted({photograph.fabric for photograph, _ in usable}))
        }
        splits = split_photographs([photograph for photograph, _ in usable], seed)
        return {
            split: self._generate_examples(split, _reading([facts[i] for i in ids], labels))
            for split, ids in splits.items()
        }

    def _generate_examples(self, split, work):
        """Yields (image id, example)."""
        total = sum(len(examples) for examples in work.examples)
        workers = processes_for(work.tasks, self.workers) if total == len(work.tasks) else self.workers
        results = ordered_map(work.function, work.tasks, workers)
        hidden = not self.progress
        with tqdm(total=total, desc=f"Preparing {split}", unit="photo", disable=hidden) as progress:
            try:
                for examples, images in zip(work.examples, results, strict=True):
                    for example, (data, conditions) in zip(examples, images, strict=True):
                        known = known_conditions(conditions)
                        yield example["image_id"], example | {"image": data, "conditions": known}
                        progress.update()
            finally:
                results.close()  # stops the processes at once when TFDS gives up


def _on_beam(download_config):
    return download_config.beam_runner is not None or download_config.beam_options is not None


@contextlib.contextmanager
def _little_memory():
    before = shuffle.MAX_MEM_BUFFER_SIZE, shuffle.BUCKETS_NUMBER
    shuffle.MAX_MEM_BUFFER_SIZE, shuffle.BUCKETS_NUMBER = SORTED_IN_MEMORY, SORTING_FILES
    try:
        yield
    finally:
        shuffle.MAX_MEM_BUFFER_SIZE, shuffle.BUCKETS_NUMBER = before


def _manual_folder(dl_manager):
    try:
        return dl_manager.manual_dir / MANUAL_FOLDER
    except AssertionError as error:
        expected = dl_manager.download_dir / "manual" / MANUAL_FOLDER
        raise MissingPhotographsError(
            f"No photographs: give photos_dir or photos_csv, or put one folder a fabric into {expected}."
        ) from error


@dataclass(frozen=True)
class _Work:
    """function(*task) gives [(JPEG bytes, conditions), …] for a task's list of examples, which lack these."""

    function: object
    tasks: list
    examples: list


def _reading(photographs, labels):
    tasks = [(str(photograph.path), facts) for photograph, facts in photographs]
    examples = [
        [
            {"label": labels[p.fabric], "fabric": p.fabric, "image_id": p.image_id, "group": p.group}
            | {"family": "", "differs_in": ""}
        ]
        for p, _ in photographs
    ]
    return _Work(load_photograph, tasks, examples)
