"""XLA computes the same update."""

import pytest
from training.small_step import LOSSES, Training, batch, relative_error, update


@pytest.mark.parametrize("method", LOSSES)
def test_a_compiled_step_makes_the_same_update(method):
    exact = update(batch(0), batch(1), method=method)
    assert relative_error(update(batch(0), batch(1), method=method, jit_compile=True), exact) < 1e-5


def test_network_and_loss_are_compiled_forward_and_back():
    def compiled(**how):
        graph = Training(**how).step.get_concrete_function(batch()).graph.as_graph_def()
        return [f for f in graph.library.function if f.attr["_XlaMustCompile"].b]

    assert not compiled()
    assert len(compiled(jit_compile=True)) >= 3
