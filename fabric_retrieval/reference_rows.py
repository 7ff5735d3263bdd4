"""The names of the rows that stand beside a model's: `--references=untrained,lbp`."""

HAND_MADE = (
    "rgb_histogram",
    "hue_saturation",
    "lbp",
    "hog",
    "gist",
    "sift_bow",
    "sift_vlad",
    "sift_fisher",
)
NAMES = (*HAND_MADE, "untrained")
CHEAP = ("untrained", "rgb_histogram", "hue_saturation", "lbp")
