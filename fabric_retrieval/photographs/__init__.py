"""A model on real photographs: as it is, trained on a little, and on how many of them.

`python -m fabric_retrieval.photographs --help` says how it is run.
"""
