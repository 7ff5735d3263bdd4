"""Errors that are the user's to mend, and how the commands show them."""

import contextlib
import shlex
import sys

from absl import logging


class UserError(ValueError):
    """Input or flags that cannot be used; the message names the thing and says what to do."""


class TrainingStoppedError(UserError):
    """A run cannot go on as it is (NaN, collapse); its last good checkpoint is kept."""


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
        if "No space left on device" not in str(error):  # TensorFlow has an error of its own for it
            raise
        sys.exit(
            "Error: the disk is full. What was saved before is kept. "
            f"Free some space and go on with: {command()}"
        )
