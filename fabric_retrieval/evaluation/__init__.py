"""Features, PCA, exact ranking, measures and figures: everything behind `eval.py`.

What is offered here is NumPy and scikit-learn, and importing it loads no TensorFlow; the modules that deal
with images and models (`embedder`, `features`, `figures`, `histogram`, `measured`, `run`) do.
"""

from fabric_retrieval.evaluation.clustering import clustering_metrics
from fabric_retrieval.evaluation.metrics import DEFINITIONS, retrieval_metrics
from fabric_retrieval.evaluation.nearest import nearest
from fabric_retrieval.evaluation.pca import PCA

__all__ = ["DEFINITIONS", "PCA", "clustering_metrics", "nearest", "retrieval_metrics"]
