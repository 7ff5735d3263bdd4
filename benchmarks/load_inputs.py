"""What the load test serves and asks for: a model, photographs, an index; made in a process of its own."""

import time
from pathlib import Path

import cv2
import numpy as np
from photographs import QUALITY, _noise

from fabric_retrieval.export import export
from fabric_retrieval.models import alexnet
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.search import Item, create_index
from fabric_retrieval.search.describer import Describer, description

EACH = 5  # images of a fabric


class Inputs:
    """Of a run, or of an AlexNet of random weights that is written to `folder`.

    The index in FOLDER/index holds the photographs' own vectors, and drawn ones of like mean and spread.
    """

    def __init__(self, folder, run_dir, photographs, width, images, seed):
        rng, self._folder = np.random.default_rng(seed), Path(folder)
        self._model = self._folder / "saved_model" if run_dir is None else Path(run_dir) / "saved_model"
        if run_dir is None:
            settings = {"preprocessing": {"resize": 256, "crop": 227, "grey": False}}
            export(feature_network(alexnet(227, 1.0), "fc6", "none"), self._model, settings)
        height, quality = width * 3 // 4, [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        pictures = [_noise(rng, width, height) for _ in range(photographs)]
        self._photographs = [cv2.imencode(".jpg", picture, quality)[1].tobytes() for picture in pictures]
        self._describer = Describer(self._model)
        own = self._describer(self._photographs)
        with create_index(self._folder / "index", description(self._describer)) as index:
            index.add([Item(f"own/{row}", f"own {row}") for row in range(len(own))], own)
            drawn = rng.normal(own.mean(), own.std(), (images, own.shape[1])).astype(np.float32)
            index.add([Item(f"drawn/{row}", f"drawn {row // EACH}") for row in range(images)], drawn)
            index.save()

    def model(self):
        """Folder of the SavedModel, str."""
        return str(self._model)

    def encoded(self):
        """The photographs as JPEG bytes."""
        return self._photographs

    def rate(self, batch, images):
        """Photographs a second that the model describes, `batch` at once, of about `images`."""
        batches = [
            [self._photographs[(start + row) % len(self._photographs)] for row in range(batch)]
            for start in range(0, images, batch)
        ]
        self._describer(batches[0])
        start = time.perf_counter()
        for photographs in batches:
            self._describer(photographs)
        return batch * len(batches) / (time.perf_counter() - start)
