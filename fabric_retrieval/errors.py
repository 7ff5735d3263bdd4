"""Errors that are the user's to mend, and how the commands show them."""

import contextlib
import shlex
import sys

from absl import logging

# What TensorFlow says, in errors of its own, and what that means to the user.
SIGNS = {
    "No space left on device": "the disk is full. What was saved before is kept. Free some space",
    "Collective ops is aborted": (
        "another worker of this run has ended; its own output says why. What was saved before is kept. "
        "Start all workers again"
    ),
}


class UserError(ValueError):
    """Input or flags that cannot be used; the message names the thing and says what to do."""


class TrainingStoppedError(UserError):
    """A run cannot go on as it is (NaN, collapse); its last good checkpoint is kept."""


class LeftOutError(UserError):
    """A reference row that cannot be measured here, and why; the other rows can."""


def command():
    """The command that is running, as one would type it."""
    module = getattr(sys.modules["__main__"], "__spec__", None)  # there is one with `python -m`
    what = ["-m", module.name.removesuffix(".__main__")] if module else sys.argv[:1]
    return shlex.join(["python", *what, *sys.argv[1:]])


@contextlib.contextmanager
def brief():
    """Ends the command with an error's message instead of its traceback; --verbosity=1 shows that too."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(f"Interrupted. Go on with: {command()}")
    except (UserError, OSError) as error:
        logging.debug("Where it happened:", exc_info=True)
        sys.exit(f"Error: {error} (--verbosity=1 shows where)")
    except Exception as error:
        for sign, advice in SIGNS.items():
            if sign in str(error):
                logging.debug("Where it happened:", exc_info=True)
                sys.exit(f"Error: {advice} and go on with: {command()}")
        raise
