"""Loss layers, one file a method: `(embeddings [M, D], units or labels) -> scalar`."""

from fabric_retrieval.losses.focus_ranking import FocusRankingLoss
from fabric_retrieval.losses.magnet import MagnetLoss
from fabric_retrieval.losses.pair import PairLoss
from fabric_retrieval.losses.softmax import SoftmaxLoss
from fabric_retrieval.losses.triplet import TripletLoss

__all__ = ["FocusRankingLoss", "MagnetLoss", "PairLoss", "SoftmaxLoss", "TripletLoss"]
