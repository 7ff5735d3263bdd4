import random

import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import training_config
from fabric_retrieval.training.networks import build_model
from fabric_retrieval.training.setup import refuse_memory_of_each


def weights(seed):
    config = training_config("--run_dir=x", "--input_size=67", "--width=0.1", f"--seed={seed}")
    return [variable.numpy() for variable in build_model(config)[0].variables]


def test_a_network_follows_from_its_seed_whatever_was_drawn_before():
    """Preparing a collection draws random numbers too; a run must not depend on whether it had to."""
    first = weights(seed=3)
    random.random()
    np.random.random()
    tf.random.uniform([])
    for one, two in zip(first, weights(seed=3), strict=True):
        np.testing.assert_array_equal(one, two)
    assert any((one != two).any() for one, two in zip(first, weights(seed=4), strict=True))


def test_devices_that_would_remember_batches_of_their_own_are_refused():
    def check(replicas, *flags):
        refuse_memory_of_each(training_config("--run_dir=unused", "--hardest=1", *flags), replicas)

    with pytest.raises(UserError, match="--memory on 2 devices needs --negatives=global"):
        check(2, "--memory=9")
    check(1, "--memory=9")
    check(2)
    check(2, "--memory=9", "--negatives=global")
