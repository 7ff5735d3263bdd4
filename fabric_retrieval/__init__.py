"""Fabric image retrieval with focus ranking (Deng et al., 2017)."""

__version__ = "0.14.1"
