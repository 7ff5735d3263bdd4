"""What counts as the same: a fabric, or a pattern in any colours."""

import numpy as np

COLOURWAY = "colourway"  # what the members of such a family differ in


def patterns(fabrics, family, differs_in):
    """The pattern of each image, [N] str: fabrics that differ in their colours only have one.

    It is called as the first fabric of the family is; where nothing is known of colourways, as the fabric.

    Args:
        fabrics, family, differs_in: [N] str, as the features of `fird` have them.
    """
    return np.where(np.asarray(differs_in) == COLOURWAY, family, fabrics).astype(str)


def judged_by_pattern(fabrics, groups, of_pattern):
    """`(classes, groups)`, [N] str each, for a retrieval of other colourways.

    Images of one pattern are of one class; those of one fabric are a group, so that they are never each
    other's answers. Where no colourways are known both are as they were: images of a fabric are the answers.

    Args:
        fabrics, groups, of_pattern: [N] str, the last as of `patterns`.
    """
    if len(np.unique(of_pattern)) == len(np.unique(fabrics)):
        return fabrics, groups
    return of_pattern, fabrics
