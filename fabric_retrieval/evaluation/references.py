"""The rows that stand beside a model's: descriptors that no one trained to tell fabrics apart."""

import functools

from fabric_retrieval.errors import LeftOutError
from fabric_retrieval.reference_rows import NAMES


def references(builder, names=NAMES, resize=130, crop=115, grey=False, seed=0, workers=0):
    """Name → function that makes the descriptor; all see the same middle of an image.

    Those of structure look at grey levels anyway, at a size of their own; those of SIFT learn from the
    training images. Making one, or describing with it, raises `LeftOutError` where it cannot be measured.

    Args:
        builder: prepared builder of `fird`, or a `DrawnTestHalf`.
        names: which of `NAMES`.
        resize, crop, grey: the "preprocessing" of the model beside which they stand; colour histograms see
            the same pixels. Grey levels have `grey_histogram` in place of `rgb_histogram`, and no hue.
        seed: of the untrained network's weights, and of what is learned. workers: threads; 0 is one a core.
    """
    # TensorFlow is behind these, and `--help` is to be instant.
    from fabric_retrieval.evaluation import descriptors
    from fabric_retrieval.evaluation.aggregated import TrainingKeypoints, aggregated
    from fabric_retrieval.evaluation.handmade import HandMade
    from fabric_retrieval.evaluation.histogram import Histogram
    from fabric_retrieval.evaluation.untrained import Untrained

    def sides(side):
        return side * resize // crop, side

    def of_structure(function, side):
        return HandMade(function, *sides(side), workers)

    def hue_saturation():
        if grey:
            raise LeftOutError("for the model sees no colours.")
        return HandMade(descriptors.hue_saturation, resize, crop, workers)

    @functools.cache
    def keypoints():
        return TrainingKeypoints(builder, *sides(227), seed, workers)

    def fisher():
        descriptors.scikit_image()
        return aggregated(descriptors.Fisher, keypoints(), workers)

    makers = {
        "rgb_histogram": lambda: Histogram(resize, crop, grey),
        "hue_saturation": hue_saturation,
        "lbp": lambda: of_structure(descriptors.lbp, 227),
        "hog": lambda: of_structure(descriptors.hog, 128),
        "gist": lambda: of_structure(descriptors.gist, 128),
        "sift_bow": lambda: aggregated(descriptors.BagOfWords, keypoints(), workers),
        "sift_vlad": lambda: aggregated(descriptors.Vlad, keypoints(), workers),
        "sift_fisher": fisher,
        "untrained": lambda: Untrained(seed),
    }
    shown = {"rgb_histogram": "grey_histogram"} if grey else {}
    return {shown.get(name, name): makers[name] for name in names}
