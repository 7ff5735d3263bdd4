"""The moving average of a run's weights, by which it is measured and which it exports."""

import contextlib


@contextlib.contextmanager
def averaged(optimizer, variables):
    """While entered, the variables have the values of their averages, if the optimiser keeps any.

    Args:
        optimizer: Keras optimiser, built with `variables` in this order.
    """
    if not optimizer.use_ema:
        yield
        return
    trained = [variable.numpy() for variable in variables]
    optimizer.finalize_variable_values(variables)
    try:
        yield
    finally:
        for variable, value in zip(variables, trained, strict=True):
            variable.assign(value)
