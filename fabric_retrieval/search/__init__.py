"""Photograph a cloth, find it: an index of photographs' vectors, and what searches it. No TensorFlow here."""

from fabric_retrieval.search.grouping import FabricResult, by_fabric
from fabric_retrieval.search.index import Description, Hit, Index, Item, create_index, open_index

__all__ = ["Description", "FabricResult", "Hit", "Index", "Item", "by_fabric", "create_index", "open_index"]
