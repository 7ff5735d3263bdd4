"""Clusters of the training images, refreshed every so many steps from the network's own features (Magnet)."""

from pathlib import Path

from fabric_retrieval.data.clusters import cluster_fabrics, load, save
from fabric_retrieval.errors import UserError


class Refresher:
    """The clusters that batches of a step are drawn from; kept on disk, so that a killed run draws the same.

    Args:
        config: training flags. material: `Material`.
        embed: function (pixels, rows) to embeddings [n, D], as the loss sees them, without dropout.
        folder: where `<step>.npz` are kept.
    """

    def __init__(self, config, material, embed, folder):
        self._config = config
        self._material = material
        self._embed = embed
        self._folder = Path(folder)
        self._initial = None

    def initial(self):
        """Clusters by the network as it is before the first step; nothing is written."""
        if self._initial is None:
            path = self._folder / "0.npz"
            self._initial = load(path) if path.exists() else self._compute()
        return self._initial

    def at(self, refreshed, step):
        """Clusters as they were computed at step `refreshed`, now that the network is at `step`.

        Raises:
            UserError: the network is past the step of a refresh that is not on disk.
        """
        path = self._folder / f"{refreshed}.npz"
        if not path.exists():
            if refreshed != step:
                raise UserError(f"{path} is missing, without which this run cannot go on as it began.")
            save(self.initial() if step == 0 else self._compute(), path)
        return load(path)

    def _compute(self):
        config, material = self._config, self._material
        return cluster_fabrics(
            self._embed(material.images.pixels, material.rows),
            material.index,
            config.clusters_per_fabric,
            config.seed,
            alpha=config.magnet_alpha,
            impostors=config.fabrics_per_batch - 1,
        )


def segments(first, last, every):
    """Splits steps `first` to `last` - 1 where clusters are refreshed: [(begin, end, refreshed at), ...]."""
    if not every:
        return [(first, last, None)]
    starts = [first, *range((first // every + 1) * every, last, every)]
    ends = [*starts[1:], last]
    return [(begin, end, begin - begin % every) for begin, end in zip(starts, ends, strict=True)]
