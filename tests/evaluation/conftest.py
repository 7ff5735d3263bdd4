"""A made-up collection and SavedModels small enough to make anew for each test."""

import functools
import io
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

SIDE = 16


def jpeg(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


class Collection:
    """The part of a TFDS builder that evaluation uses: 5 photographs of each of some plain fabrics."""

    def __init__(self, fabrics=6, seed=0):
        rng = np.random.default_rng(seed)
        self.examples = {"train": [], "query": [], "gallery": []}
        for label in range(2 * fabrics):
            colour = rng.integers(20, 235, size=3)
            for number in range(5):
                pixels = np.clip(colour + rng.normal(0, 8, size=(SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
                split = "train" if label < fabrics else "query" if number < 2 else "gallery"
                self.examples[split].append(
                    {
                        "image": jpeg(pixels),
                        "label": np.int64(label),
                        "fabric": f"fabric-{label}",
                        "image_id": f"fabric-{label}/{number}",
                        "group": "",
                        "conditions": "",
                    }
                )
        for examples in self.examples.values():
            rng.shuffle(examples)
        self.reads = 0

    @property
    def info(self):
        splits = {
            split: SimpleNamespace(
                num_examples=len(examples),
                num_bytes=sum(len(example["image"]) for example in examples),
                shard_lengths=[len(examples)],
            )
            for split, examples in self.examples.items()
        }
        return SimpleNamespace(full_name="made_up/plain/1.0.0", splits=splits)

    def as_dataset(self, split, decoders=None, shuffle_files=False):
        self.reads += 1
        columns = {key: [example[key] for example in self.examples[split]] for key in self.examples[split][0]}
        return tf.data.Dataset.from_tensor_slices(columns)


@pytest.fixture
def collection():
    return Collection()


@pytest.fixture(scope="session")
def shared_collection():
    """Not to be changed."""
    return Collection()


class MeanColour(tf.Module):
    """Embeds an image as its mean colour, times a factor, twice over: 6 dimensions."""

    def __init__(self, factor):
        super().__init__()
        self.factor = tf.Variable(factor, dtype=tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def embed_bytes(self, image_bytes):
        decode = functools.partial(tf.io.decode_jpeg, channels=3)
        shape = tf.TensorSpec([SIDE, SIDE, 3], tf.uint8)
        return self.embed_pixels(tf.map_fn(decode, image_bytes, fn_output_signature=shape))

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="pixels")])
    def embed_pixels(self, pixels):
        colour = tf.reduce_mean(tf.cast(pixels, tf.float32), axis=[1, 2]) * self.factor
        return {"embedding": tf.concat([colour, colour[:, ::-1]], axis=1)}


def save_model(folder, factor=1.0, step=600, grey=False):
    module = MeanColour(factor)
    signatures = {"serving_default": module.embed_bytes, "pixels": module.embed_pixels}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    metadata = {
        "format": 1,
        "version": "0",
        "dimension": 6,
        "preprocessing": {"resize": SIDE, "crop": SIDE, "grey": grey},
        "dataset": "made_up/plain/1.0.0",
        "step": step,
        "flags": {"method": "focus_ranking"},
    }
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """The folder of a finished run, as far as evaluation reads it; not to be changed."""
    run = tmp_path_factory.mktemp("run")
    (run / "flags.txt").write_text("--dataset=made_up/plain\n--split_seed=3\n--grey=false\n--steps=600\n")
    save_model(run / "saved_model")
    save_model(run / "untrained", factor=0.5, step=0)
    return run


@pytest.fixture
def run_dir(finished_run, tmp_path):
    """A copy of it that has not been evaluated."""
    models = ("flags.txt", "saved_model", "untrained")
    left_out = {path.name for path in finished_run.iterdir()} - set(models)
    return Path(shutil.copytree(finished_run, tmp_path / "run", ignore=shutil.ignore_patterns(*left_out)))
