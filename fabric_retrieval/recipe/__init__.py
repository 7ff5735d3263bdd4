"""Which training flags matter: each tried alone against a base, on held-out training fabrics."""
