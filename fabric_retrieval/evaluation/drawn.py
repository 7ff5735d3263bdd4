"""The test half of a drawn collection in memory, as the builder would make it: to tune the drawing by."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from fabric_retrieval.data.splits import split_fabrics, split_queries
from fabric_retrieval.processes import ordered_map
from fabric_retrieval.rendering.collection import draw_photographs

SPLITS = ("query", "gallery")


class DrawnTestHalf:
    """What the features and the facts of a split are read from, without a file: `info` and `as_dataset`."""

    def __init__(self, collection, workers=0):
        """Draws the queries and the gallery of a `rendering.collection.Collection`; workers: processes."""
        seed, fabrics = collection.seed, collection.fabrics
        self._columns = {split: [] for split in SPLITS}
        tasks, places = [], []
        _, test = split_fabrics([collection.fabric_name(i) for i in range(fabrics)], seed)
        for index in map(int, test):
            ids = [collection.image_id(index, j) for j in range(collection.photo_count(index))]
            queries, _ = split_queries(ids, seed)
            places += [("query" if image_id in queries else "gallery", index, image_id) for image_id in ids]
            tasks.append((seed, index, range(len(ids))))
        drawn = (image for images in ordered_map(draw_photographs, tasks, workers) for image in images)
        progress = tqdm(places, "drawing", unit=" images")
        for (split, index, image_id), (image, conditions) in zip(progress, drawn, strict=True):
            family, differs_in = collection.family(index)
            self._columns[split].append(
                {
                    "image": image,
                    "label": index,
                    "fabric": collection.fabric_name(index),
                    "image_id": image_id,
                    "group": "",
                    "family": family,
                    "differs_in": differs_in,
                    "conditions": {name: np.float32(value) for name, value in conditions.items()},
                }
            )
        self.info = SimpleNamespace(
            full_name=f"test half of {fabrics} fabrics drawn from seed {seed}",
            splits={
                split: SimpleNamespace(num_examples=len(found)) for split, found in self._columns.items()
            },
        )

    def as_dataset(self, split, decoders=None, shuffle_files=False):
        """The split's examples, their images encoded whatever `decoders` says."""
        examples = self._columns[split]
        columns = {key: [example[key] for example in examples] for key in examples[0] if key != "conditions"}
        columns["conditions"] = {
            name: [example["conditions"][name] for example in examples] for name in examples[0]["conditions"]
        }
        return tf.data.Dataset.from_tensor_slices(columns)
