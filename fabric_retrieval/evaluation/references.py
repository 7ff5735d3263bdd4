"""The reference rows of the difficulty table: descriptors that nothing was trained for."""

from fabric_retrieval.evaluation import descriptors

HAND_MADE = ("rgb_histogram", "lbp", "hog", "gist")
NAMES = (*HAND_MADE, "untrained")


def references(names=NAMES, workers=0, seed=0):
    """Name → descriptor; all see the same middle of an image, 227/256 of its side.

    Args:
        names: which of `NAMES`. workers: threads of the hand-made ones; 0 is one a core.
        seed: of the untrained network's weights.
    """
    # TensorFlow is behind these, and `--help` is to be instant.
    from fabric_retrieval.evaluation.handmade import HandMade
    from fabric_retrieval.evaluation.histogram import Histogram
    from fabric_retrieval.evaluation.untrained import Untrained

    makers = {
        "rgb_histogram": lambda: Histogram(resize=130, crop=115),  # as beside the demo's model
        "lbp": lambda: HandMade(descriptors.lbp, resize=256, crop=227, workers=workers),
        "hog": lambda: HandMade(descriptors.hog, resize=144, crop=128, workers=workers),
        "gist": lambda: HandMade(descriptors.gist, resize=144, crop=128, workers=workers),
        "untrained": lambda: Untrained(seed),
    }
    return {name: makers[name]() for name in names}
