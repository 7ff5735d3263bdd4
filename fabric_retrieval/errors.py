"""Errors that are the user's to mend: commands show their message instead of a traceback."""


class UserError(ValueError):
    """Input or flags that cannot be used; the message names the thing and says what to do."""


class TrainingStoppedError(UserError):
    """A run cannot go on as it is (NaN, collapse); its last good checkpoint is kept."""
