"""Hand-made descriptors of one image.

`gist`, `hog`, `hue_saturation`, `lbp` are functions of its pixels [H, W, 3] uint8 to [D] float32. `root_sift`
gives local descriptors [N, 128]; `BagOfWords`, `Vlad` and `Fisher` learn from those of training images how to
make one vector of them.
"""

from fabric_retrieval.evaluation.descriptors.bag_of_words import BagOfWords
from fabric_retrieval.evaluation.descriptors.fisher import Fisher, scikit_image
from fabric_retrieval.evaluation.descriptors.gist import gist
from fabric_retrieval.evaluation.descriptors.hog import hog
from fabric_retrieval.evaluation.descriptors.hue_saturation import hue_saturation
from fabric_retrieval.evaluation.descriptors.lbp import lbp
from fabric_retrieval.evaluation.descriptors.sift import root_sift
from fabric_retrieval.evaluation.descriptors.vlad import Vlad

__all__ = [
    "BagOfWords",
    "Fisher",
    "Vlad",
    "gist",
    "hog",
    "hue_saturation",
    "lbp",
    "root_sift",
    "scikit_image",
]
