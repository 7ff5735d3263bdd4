"""All that is measured on one set."""

import hashlib
import time
from typing import NamedTuple

import numpy as np

from fabric_retrieval.data.collection import split_fingerprint
from fabric_retrieval.evaluation.embedder import Embedder
from fabric_retrieval.evaluation.features import Features, load_or_compute
from fabric_retrieval.evaluation.references import references
from fabric_retrieval.export import resized_side
from fabric_retrieval.photographs.configs import end_to_end_config, head_config, untrained_config
from fabric_retrieval.photographs.descriptors import Pooled
from fabric_retrieval.photographs.halves import all_fabrics, test_half
from fabric_retrieval.photographs.heads import Heads
from fabric_retrieval.photographs.measured import kept, mean_of, measure
from fabric_retrieval.training.networks import build_model
from fabric_retrieval.training.run import train
from fabric_retrieval.training.setup import load_material

SPLITS = ("train", "query", "gallery")
REFERENCES = ("rgb_histogram", "lbp")
HEAD_ROWS = {"run": "head", "anew": "head_anew"}  # by where it begins
LEFT_OUT = {"run_dir", "data_dir", "photos_dir", "photos_csv", "weights", "workers", "seed", "log_every"}


class Rows(NamedTuple):
    """Dicts of row to `Measured`, on the test half and on all fabrics of the set."""

    half: dict
    whole: dict


class SetUnderTest:
    """One set and one run: features are computed once, and what was measured is kept in the set's folder."""

    def __init__(self, of, settings):
        """`of`: `PhotoSet`; `settings`: of the command."""
        self._of, self._settings = of, settings
        config = head_config(settings, of)
        self.heads = Heads(config, load_material(config))
        self._pooled = self._described("pooled", Pooled(config, self.heads.model), ("query", "gallery"))
        images = self.heads.images
        names = (images.fabrics, images.image_ids, images.fabrics, images.groups)
        self._pooled["train"] = Features(self.heads.plain, *names)
        data = [split_fingerprint(of.builder, split) for split in SPLITS]
        self._identity = [data, self.heads.origin, _flags(config)]

    def rows(self):
        """The `Rows` of the table."""
        half, whole = {}, {}
        for name, parts in self._untrained():
            half[name] = measure(*test_half(parts))
            whole[name] = measure(*all_fabrics(parts, self._settings.split_seed))
        everything = np.arange(len(self.heads.images.fabrics))
        trained = {HEAD_ROWS[begin]: self.trained(everything, begin) for begin in self._settings.begin}
        if self._settings.end_to_end_steps:
            trained["end_to_end"] = self._end_to_end()
        return Rows({"zero_shot": half.pop("zero_shot"), **trained, **half}, whole)

    def trained(self, rows, begin):
        """The `Measured` of heads that were trained on rows [n] of the train half: the mean of the seeds."""
        return mean_of([self.trained_once(rows, begin, seed) for seed in range(self._settings.seeds)])

    def trained_once(self, rows, begin, seed):
        """The same of one seed."""

        def make():
            started = time.perf_counter()
            embed = self.heads.train(rows, seed, anew=begin == "anew")
            seconds = time.perf_counter() - started
            return measure(*test_half(self._embedded(embed)), seconds)

        return kept(self._path(HEAD_ROWS[begin], [rows.tolist(), seed]), make)

    def _untrained(self):
        """Yields names of rows that learned nothing of the set, and their dicts of split to `Features`."""
        yield "zero_shot", self._embedded(self.heads.as_begun())
        config = untrained_config(self._settings, self._of)
        yield "features_alone", self._described("pooled", Pooled(config, build_model(config)[0]))
        side = resized_side(config)
        made = references(self._of.builder, REFERENCES, side, config.input_size, config.grey, config.seed)
        for name, make in made.items():
            yield name, self._described(name, make())

    def _embedded(self, embed):
        return {split: part._replace(features=embed(part.features)) for split, part in self._pooled.items()}

    def _described(self, name, descriptor, splits=SPLITS):
        folder, batch = self._of.folder / "features", self._settings.batch_size
        return {
            split: load_or_compute(descriptor, name, self._of.builder, split, folder, batch)
            for split in splits
        }

    def _end_to_end(self):
        config = end_to_end_config(self._settings, self._of)

        def make():
            started = time.perf_counter()
            if not train(config):
                raise KeyboardInterrupt
            seconds = time.perf_counter() - started
            embedder = Embedder(self._of.folder / "end_to_end" / "saved_model")
            found = self._described("end_to_end", embedder, ("query", "gallery"))
            return measure(*test_half(found), seconds)

        return kept(self._path("end_to_end", _flags(config)), make)

    def _path(self, name, more):
        digest = hashlib.sha256(repr([self._identity, more]).encode()).hexdigest()
        return self._of.folder / "measured" / f"{name}-{digest[:16]}.npz"


def _flags(config):
    return sorted((name, value) for name, value in vars(config).items() if name not in LEFT_OUT)
