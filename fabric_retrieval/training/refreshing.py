"""What batches are drawn by, found anew every so many steps from the network's own features."""

from pathlib import Path

from fabric_retrieval.data.clusters import cluster_fabrics, load, save
from fabric_retrieval.data.neighbours import Neighbours, nearest_fabrics
from fabric_retrieval.errors import UserError


class Refresher:
    """What batches of a step are drawn by; kept on disk, so that a killed run draws the same.

    Args:
        config: training flags. material: `Material`.
        embed: function (pixels, rows) to embeddings [n, D], as the loss sees them, without dropout.
        folder: where `<step>.npz` are kept.
        kind: `Clusters` or `Neighbours`.
    """

    def __init__(self, config, material, embed, folder, kind):
        self._config = config
        self._kind = kind
        self._material = material
        self._embed = embed
        self._folder = Path(folder)
        self._initial = None

    def initial(self):
        """By the network as it is before the first step; nothing is written."""
        if self._initial is None:
            path = self._folder / "0.npz"
            self._initial = load(path, self._kind) if path.exists() else self._compute()
        return self._initial

    def at(self, refreshed, step):
        """As it was computed at step `refreshed`, now that the network is at `step`.

        Raises:
            UserError: the network is past the step of a refresh that is not on disk.
        """
        path = self._folder / f"{refreshed}.npz"
        if not path.exists():
            if refreshed != step:
                raise UserError(f"{path} is missing, without which this run cannot go on as it began.")
            save(self.initial() if step == 0 else self._compute(), path)
        return load(path, self._kind)

    def _compute(self):
        return compute(self._config, self._material, self._embed, self._kind)


def seen_by_loss(config, inputs):
    """A function of pixels and rows of them to the embeddings [n, D] that the loss sees."""
    return inputs.embed(inputs.trained.layers[-1].name, config.embedding_norm)


def compute(config, material, embed, kind):
    """The `kind` of the images trained on, as `embed` sees them now."""
    pixels, rows = material.images.pixels, material.rows
    if kind is Neighbours:
        return nearest_fabrics(lambda some: embed(pixels, rows[some]), material.index, config.neighbours)
    return cluster_fabrics(
        embed(pixels, rows),
        material.index,
        config.clusters_per_fabric,
        config.seed,
        alpha=config.magnet_alpha,
        impostors=config.fabrics_per_batch - 1,
    )


def segments(first, last, every):
    """Splits steps `first` to `last` - 1 where something is refreshed: [(begin, end, refreshed at), ...]."""
    if not every:
        return [(first, last, None)]
    starts = [first, *range((first // every + 1) * every, last, every)]
    ends = [*starts[1:], last]
    return [(begin, end, begin - begin % every) for begin, end in zip(starts, ends, strict=True)]
