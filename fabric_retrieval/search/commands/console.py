"""How the commands start: the same as a console script and with `python -m`."""

import sys

from absl import app, flags


def start(main, doc, module):
    """As `app.run(main)`; --help shows `doc` and the flags that were defined in the module of this name."""
    if sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files need not be text
    sys.modules["__main__"].__doc__ = doc  # a console script's own is None
    values = flags.FLAGS
    for flag in values.get_key_flags_for_module(module):
        values.register_key_flag_for_module(sys.argv[0], flag)
    app.run(main)
