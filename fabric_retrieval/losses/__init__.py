"""Loss layers, one file a method: `(embeddings [M, D], units [U, 2 + R]) -> scalar`."""

from fabric_retrieval.losses.focus_ranking import FocusRankingLoss
from fabric_retrieval.losses.magnet import MagnetLoss

__all__ = ["FocusRankingLoss", "MagnetLoss"]
