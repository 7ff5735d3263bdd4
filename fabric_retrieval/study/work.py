"""How each part of a study is done."""

import tensorflow as tf

import fird
from fabric_retrieval.data.collection import split_fingerprint
from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.embedder import fingerprint
from fabric_retrieval.export import read_metadata, resized_side
from fabric_retrieval.methods import METHODS
from fabric_retrieval.study import evaluations, search
from fabric_retrieval.study import settings as record
from fabric_retrieval.study.answers import write_answers
from fabric_retrieval.study.configs import method_config, parsed
from fabric_retrieval.study.folder import StudyFolder
from fabric_retrieval.study.images import Images, Model, histogram
from fabric_retrieval.study.interruption import Interrupted
from fabric_retrieval.study.measuring import measure
from fabric_retrieval.study.plan import MAIN, REFERENCE, make_plan
from fabric_retrieval.training.run import train


class Work:
    """The parts of one study.

    Attributes:
        folder: `StudyFolder`. parts: list of `Part`, their learning rates not chosen.
    """

    def __init__(self, settings, configs):
        """`settings`: a namespace of the flags; `configs`: dict of method to its training flags."""
        self._settings, self._configs = settings, configs
        self._ratios = {method: ratio_of(config) for method, config in configs.items()}
        self._prepared, self._images = {}, None
        self.folder = StudyFolder(settings, self._config)
        collections = [settings.dataset, *([settings.distractors] if settings.distractors else [])]
        self.parts = make_plan(
            settings.methods,
            settings.seeds,
            settings.learning_rates,
            settings.ratios,
            self._ratios.get(MAIN),
            collections,
            pretrained=not settings.weights,
        )

    def do(self, part):
        """Does the part; returns what it came to, in words.

        Raises:
            Interrupted: it is to be gone on with.
            TrainingStoppedError: a run came to nothing.
        """
        special = {
            "collection": self._collection,
            "pretrain": self._pretrain,
            "evaluation": self._evaluation,
            "retrievals": self._retrievals,
            "report": self._report,
        }
        return special.get(part.stage, self._train)(part.what)

    def record_stop(self, run, error):
        """Keeps that a `Run` came to nothing, and why."""
        search.record_stop(self.folder.run_dir(run), self._about(run), error)

    def write_search(self):
        """Writes search.csv as far as it is known, and what there is to say of it into study.json."""
        outcomes = self.folder.outcomes()
        search.write_search(self.folder.path / "search.csv", outcomes, self._ratios, self._settings.seeds[0])
        notes = [search.edge_note(method, found) for method, found in outcomes.items()]
        record.add(self.folder.path, search_notes=[note for note in notes if note])

    def _config(self, run):
        settings = self._settings
        return method_config(
            run.method,
            settings.configs,
            settings.train,
            run_dir=self.folder.run_dir(run),
            seed=run.seed,
            learning_rate=run.learning_rate,
            ratio=run.ratio,
            weights=settings.weights or self.folder.pretrain,
            dataset=settings.dataset,
            data_dir=settings.data_dir,
            workers=settings.workers,
        )

    def _collection(self, name):
        settings = self._settings
        builder = fird.prepare(name, data_dir=settings.data_dir, workers=settings.workers)
        self._prepared[name] = builder
        if name == (settings.distractors or settings.dataset):  # the last of them
            config = next(iter(self._configs.values()))
            self._images = Images(
                self._prepared[settings.dataset],
                self._prepared.get(settings.distractors),
                side=resized_side(config),
                crop=config.input_size,
                grey=config.grey,
                test_fabrics=settings.test_fabrics,
            )
            self._keep_images()
        return f"{sum(split.num_examples for split in builder.info.splits.values()):,} images"

    def _keep_images(self):
        here = {
            name: {split: split_fingerprint(builder, split) for split in builder.info.splits}
            for name, builder in self._prepared.items()
        }
        if record.read(self.folder.path).get("fingerprints", here) != here:
            raise UserError(
                f"The images of {' and '.join(here)} have changed since the study in {self.folder.path} "
                "began. Give another --study_dir to make one of what is there now."
            )
        record.add(self.folder.path, fingerprints=here, images=self._images.counts())

    def _pretrain(self, _):
        settings = self._settings
        data = [f"--data_dir={settings.data_dir}"] if settings.data_dir else []
        run_dir = self.folder.pretrain
        return _finish(
            parsed(settings.pretrain, f"--run_dir={run_dir}", f"--workers={settings.workers}", *data)
        )

    def _train(self, run):
        return _finish(self._config(run))

    def _evaluation(self, run):
        tf.config.experimental.enable_op_determinism()
        tf.config.experimental.enable_tensor_float_32_execution(False)
        settings = self._settings
        describe, about = self._model(run)
        others = {"distractors"} if run != REFERENCE and run.ratio else set()  # Figure 9 is without
        features = {
            split: self._images.features(describe, split, about["name"], settings.batch_size)
            for split in self._images.collections.keys() - others
        }
        evaluation = measure(about, features, settings.dims, settings.ks, settings.kmeans_restarts)
        evaluations.save(evaluation, self.folder.evaluation(run))
        own = int(evaluation.dims[0])
        reached = {name: evaluation.of(name, own).mean() for name in ("map", evaluation.measures[0])}
        return ", ".join(f"{name} {mean:.3f}" for name, mean in reached.items())

    def _model(self, run):
        """A function of pixels to features, and what it is."""
        if run == REFERENCE:
            about = dict.fromkeys(("ratio", "seed", "learning_rate", "step"))
            about |= {"name": REFERENCE, "method": REFERENCE, "dataset": self._settings.dataset}
            return histogram(self._images.crop, self._images.grey), about
        saved = self.folder.run_dir(run) / "saved_model"
        return Model(saved), {
            "name": run.name,
            **self._about(run),
            "step": read_metadata(saved)["step"],
            "dataset": self._settings.dataset,
            "fingerprint": fingerprint(saved),
        }

    def _about(self, run):
        return {
            "method": run.method,
            "ratio": run.ratio or self._ratios[run.method],
            "seed": run.seed,
            "learning_rate": run.learning_rate,
        }

    def _retrievals(self, _):
        run = self.folder.shown()
        describe, about = self._model(run)
        query, gallery = (
            self._images.features(describe, split, about["name"], self._settings.batch_size)
            for split in ("query", "gallery")
        )
        builder = self._prepared[self._settings.dataset]
        title = f"{run.method}, step {about['step']}, on {builder.info.full_name}"
        write_answers(query, gallery, builder, self.folder.path, title)
        record.add(self.folder.path, shown=about["name"])
        return f"{len(query.ids):,} queries"

    def _report(self, name):
        from fabric_retrieval.study.report import write_report

        self.write_search()
        self.folder.set_aside(self.parts)
        write_report(self.folder.path)
        return f"in {self.folder.path / name}"


def ratio_of(config):
    """Negatives to a positive; None where the method knows no ratio."""
    return config.ratio or METHODS[config.method].ratio or None


def _finish(config):
    if not train(config):
        raise Interrupted
    reached = search.held_out_map(config.run_dir)
    return "ready" if reached is None else f"held-out mAP {reached:.3f}"
