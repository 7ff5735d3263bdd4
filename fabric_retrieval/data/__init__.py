"""Ranking units, photographs, splits, preprocessing and the tf.data pipeline."""
