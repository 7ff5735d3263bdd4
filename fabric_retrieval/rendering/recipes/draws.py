"""What recipes draw from a generator."""

import numpy as np


def log_uniform(rng, low, high):
    """Number between `low` and `high`, each of its doublings as likely as any other."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
