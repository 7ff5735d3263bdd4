import pytest

from fabric_retrieval.errors import TrainingStoppedError
from fabric_retrieval.training.monitor import PATIENCE, Monitor

HEALTHY = {
    "loss": 0.5,
    "gradient_norm": 1.0,
    "embedding_spread": 0.1,
    "embedding_norm": 3.0,
    "dead_units": 0.2,
}


def test_goes_on_while_all_is_well(tmp_path):
    monitor = Monitor(tmp_path)
    for step in range(5):
        monitor.record(step, HEALTHY)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_stops_at_a_loss_that_is_not_finite(tmp_path, loss):
    with pytest.raises(TrainingStoppedError, match=rf"{loss} at step 7.*--learning_rate"):
        Monitor(tmp_path).record(7, HEALTHY | {"loss": loss})


def test_stops_at_a_collapse_that_lasts(tmp_path):
    monitor = Monitor(tmp_path)
    for step in range(PATIENCE - 1):
        monitor.record(step, HEALTHY | {"embedding_spread": 0.0})
    monitor.record(PATIENCE, HEALTHY)
    for step in range(PATIENCE - 1):
        monitor.record(step, HEALTHY | {"embedding_spread": 0.0})
    with pytest.raises(TrainingStoppedError, match=r"collapsed: at step 9 .*20% dead units"):
        monitor.record(9, HEALTHY | {"embedding_spread": 0.0})


def test_stops_where_float16_does_not_hold_the_gradient(tmp_path):
    monitor = Monitor(tmp_path)
    monitor.record(1, HEALTHY | {"loss_scale": 1.0, "skipped_steps": 15})
    with pytest.raises(TrainingStoppedError, match=r"does not fit into float16: 16 steps were skipped"):
        monitor.record(2, HEALTHY | {"loss_scale": 0.5, "skipped_steps": 16})
