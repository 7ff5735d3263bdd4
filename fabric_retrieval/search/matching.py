"""What is asked of a match, the fabric or its pattern in any colour, and which index can tell it."""

from fabric_retrieval.errors import UserError

MATCHES = ("fabric", "pattern")


def match_of(metadata):
    """What the model of these metadata was trained for; older ones do not say, and know fabrics."""
    return metadata.get("match") or "fabric"


def check_pattern_index(index):
    """Raises `UserError` unless the model of an index was trained for patterns."""
    if match_of(index.settings) != "pattern":
        raise UserError(
            f"The index {index.location} was made by {index.description.model_name}, which was not trained "
            "for patterns. Make one by fabric-index create with a run of configs/pattern.flags."
        )


def location_of(match, index, pattern_index):
    """Which of two locations is to be asked.

    Raises:
        UserError: a match by pattern, and no index for it.
    """
    if match == "fabric":
        return index
    if not pattern_index:
        raise UserError(
            "--match=pattern needs --pattern_index, an index of the same photographs by a model that was "
            "trained for patterns (configs/pattern.flags)."
        )
    return pattern_index
