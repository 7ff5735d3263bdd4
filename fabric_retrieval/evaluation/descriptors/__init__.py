"""Hand-made descriptors: functions of the pixels [H, W, 3] uint8 of one image to [D] float32."""

from fabric_retrieval.evaluation.descriptors.gist import gist
from fabric_retrieval.evaluation.descriptors.hog import hog
from fabric_retrieval.evaluation.descriptors.lbp import lbp

__all__ = ["gist", "hog", "lbp"]
