"""Features of very many images, by Apache Beam, into Parquet: `python -m fabric_retrieval.bulk --help`.

Importing this loads neither TensorFlow nor Beam.
"""

from fabric_retrieval.bulk.reading import load

__all__ = ["load"]
