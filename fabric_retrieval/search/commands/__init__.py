"""`fabric-index` and `fabric-search`."""
