"""Features, PCA, exact ranking, measures and figures: everything behind `eval.py`.

The arithmetic is NumPy and scikit-learn; only `features` and `histogram` touch TensorFlow, and are therefore
not imported here.
"""

from fabric_retrieval.evaluation.clustering import clustering_metrics
from fabric_retrieval.evaluation.metrics import DEFINITIONS, retrieval_metrics
from fabric_retrieval.evaluation.pca import PCA
from fabric_retrieval.evaluation.ranking import nearest

__all__ = ["DEFINITIONS", "PCA", "clustering_metrics", "nearest", "retrieval_metrics"]
