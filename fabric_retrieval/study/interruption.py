"""How a study that is asked to stop tells so."""


class Interrupted(Exception):
    """A training run was asked to stop; its state is saved."""
