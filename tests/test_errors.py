import pytest
import tensorflow as tf

from fabric_retrieval.errors import TrainingStoppedError, UserError, brief


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserError("no such cloth"), "Error: no such cloth (--verbosity=1 shows where)"),
        (TrainingStoppedError("NaN"), "Error: NaN"),
        (
            PermissionError(13, "Permission denied", "/folder"),
            "Error: [Errno 13] Permission denied: '/folder'",
        ),
        (tf.errors.ResourceExhaustedError(None, None, "x; No space left on device"), "the disk is full"),
        (
            tf.errors.UnavailableError(None, None, "x; Collective ops is aborted by: reset"),
            "another worker of this run has ended",
        ),
        (KeyboardInterrupt(), "Interrupted. Go on with: python"),
    ],
)
def test_what_a_user_can_mend_is_said_without_a_traceback(error, message):
    with pytest.raises(SystemExit) as ended, brief():
        raise error
    assert message in ended.value.code


def test_a_fault_of_ours_keeps_its_traceback():
    with pytest.raises(ValueError, match="ours"), brief():
        raise ValueError("ours")
