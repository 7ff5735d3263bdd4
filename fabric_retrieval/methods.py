"""The methods that can be trained, by name: `--method=focus_ranking`."""

from collections.abc import Callable
from typing import NamedTuple

from fabric_retrieval.losses import FocusRankingLoss


class Method(NamedTuple):
    """`loss`: from the training flags; `targets`: what of a batch the loss takes beside the embeddings."""

    loss: Callable
    targets: str


METHODS = {
    "focus_ranking": Method(
        lambda config: FocusRankingLoss(config.distance_scale, config.embedding_norm, config.reduction),
        targets="units",
    ),
}
