"""The TFDS builder of `fird`."""

from dataclasses import dataclass

import numpy as np
import tensorflow_datasets as tfds
from tqdm import tqdm

from fabric_retrieval.data.photographs import load_photograph
from fabric_retrieval.data.splits import split_fabrics, split_queries
from fabric_retrieval.processes import ordered_map
from fabric_retrieval.rendering.collection import COLLECTIONS, draw_photographs
from fabric_retrieval.rendering.conditions import NAMES
from fird.checking import processes_for, usable_photographs
from fird.configs import PhotosConfig, RenderedConfig
from fird.listing import MissingPhotographsError
from fird.splitting import split_photographs

CONDITIONS = (*NAMES, "width", "height")
MANUAL_FOLDER = "fird_photos"
_DESCRIPTIONS = {
    "rendered_mini": "600 drawn fabrics, 5 to 10 photographs each, 256x256.",
    "rendered_tiny": "12 drawn fabrics, 5 to 7 photographs each, 256x256; for tests.",
}


class Builder(tfds.core.GeneratorBasedBuilder):
    """Fabrics and photographs of them, split into train, query and gallery (the paper's section 4)."""

    VERSION = tfds.core.Version("1.0.0")
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
    progress = False  # a bar of our own; TFDS shows one that knows no total

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
                    "label": tfds.features.Scalar(
                        np.int64, doc="Index of the fabric among all sorted fabric names."
                    ),
                    "fabric": tfds.features.Text(doc="Name of the fabric."),
                    "image_id": tfds.features.Text(doc="Path of the file, or collection/fabric/photograph."),
                    "group": tfds.features.Text(
                        doc="Images of one group are never each other's answers; empty for none."
                    ),
                    "conditions": tfds.features.FeaturesDict(
                        {name: tfds.features.Scalar(np.float32) for name in CONDITIONS},
                        doc="What is known of the photograph; NaN for what is not.",
                    ),
                }
            ),
            supervised_keys=("image", "label"),
        )

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
        photos = {
            collection.fabric_name(i): {
                collection.image_id(i, j): (i, j) for j in range(collection.photo_count(i))
            }
            for i in range(collection.fabrics)
        }
        train, test = split_fabrics(list(photos), collection.seed)
        halves = {fabric: split_queries(list(photos[fabric]), collection.seed) for fabric in test}
        chosen = {
            "train": {fabric: list(photos[fabric]) for fabric in train},
            "query": {fabric: queries for fabric, (queries, _) in halves.items()},
            "gallery": {fabric: gallery for fabric, (_, gallery) in halves.items()},
        }
        return {
            split: self._generate_examples(split, _drawing(collection, photos, ids))
            for split, ids in chosen.items()
        }

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
                        known = dict.fromkeys(CONDITIONS, float("nan")) | conditions
                        yield example["image_id"], example | {"image": data, "conditions": known}
                        progress.update()
            finally:
                results.close()  # stops the processes at once when TFDS gives up


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


def _drawing(collection, photos, chosen):
    """The photographs of a fabric are one task, for its tile is drawn once."""
    tasks, examples = [], []
    for fabric, image_ids in chosen.items():
        places = [photos[fabric][image_id] for image_id in image_ids]
        label = places[0][0]
        tasks.append((collection.seed, label, [photo for _, photo in places]))
        examples.append([{"label": label, "fabric": fabric, "image_id": i, "group": ""} for i in image_ids])
    return _Work(draw_photographs, tasks, examples)


def _reading(photographs, labels):
    tasks = [(str(photograph.path), facts) for photograph, facts in photographs]
    examples = [
        [{"label": labels[p.fabric], "fabric": p.fabric, "image_id": p.image_id, "group": p.group}]
        for p, _ in photographs
    ]
    return _Work(load_photograph, tasks, examples)
