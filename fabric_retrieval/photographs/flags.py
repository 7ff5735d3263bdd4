"""The flags of the command, defined without importing TensorFlow so that `--help` is instant."""

import functools
import re
from types import SimpleNamespace

from absl import flags

BEGINNINGS = ("run", "anew")


def define_flags(flag_values=flags.FLAGS):
    """Defines them, with what they must be."""
    string, integer, names = (
        functools.partial(define, flag_values=flag_values)
        for define in (flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_list)
    )
    string("run_dir", None, "A finished run of train.py on drawn fabrics.", required=True)
    names(
        "sets",
        None,
        "Folders of photographs, each one folder a fabric, or drawn collections: fird/NAME.",
        required=True,
    )
    string("out", None, "Folder of the results. What is done there is not done again.", required=True)
    names("grey", [], "Sets to look at in grey, by the names of their folders.")
    flags.DEFINE_multi_string(
        "group_pattern",
        [],
        "SET=PATTERN, a regular expression on file names, which must match: images of a fabric for which its "
        "groups in brackets (without any, the match) are the same are never each other's answers.",
        flag_values=flag_values,
    )
    string("train", "", 'Training flags, over those of the run: "--steps=100".')
    names("begin", ["run"], "Where a head begins: run, from RUN's; anew, from random weights.")
    integer("seeds", 3, "Seeds 0, 1, ... of each head, of which the mean counts.", lower_bound=1)
    names("fabrics", "10,30,100,300", "Learning curve: fabrics trained on, as far as there are as many.")
    names("photos", "3,5,10", "Learning curve: photographs of each, likewise.")
    integer(
        "end_to_end_steps",
        0,
        "Steps of a network trained with all its upper layers; each takes seconds. 0: none.",
        lower_bound=0,
    )
    string(
        "end_to_end",
        "--backbone_rate=0.1 --frozen_through=stage4 --fabrics_per_batch=16 --views=3 --hardest=0 "
        "--warmup_steps=10 --learning_rate=0.0003",
        "Training flags of that network, over the others.",
    )
    integer("split_seed", 0, "Seed of the halves, and of which test images are queries.")
    integer("bootstrap", 1000, "Resamples of the intervals. 0: none.", lower_bound=0)
    integer("batch_size", 32, "Images that go through a model at once.", lower_bound=1)
    flags.DEFINE_enum(
        "bad_photos",
        "stop",
        ["stop", "skip"],
        "On unreadable photographs and lone ones: stop, or leave them out.",
        flag_values=flag_values,
    )
    string("data_dir", None, "Where prepared collections are kept. Default: ~/tensorflow_datasets.")
    integer("workers", 0, "Processes that check photographs. 0: one a core.", lower_bound=0)
    _define_agreements(flag_values)


def settings_of(flag_values=flags.FLAGS):
    """The flags as a namespace: `fabrics` and `photos` as ascending numbers, `group_pattern` as a dict of set
    to pattern."""
    own = {flag.name: flag.value for flag in flag_values.flags_by_module_dict()[__name__]}
    for name in ("fabrics", "photos"):
        own[name] = sorted({int(number) for number in own[name]})
    own["group_pattern"] = dict(given.split("=", 1) for given in own["group_pattern"])
    return SimpleNamespace(**own)


def _define_agreements(flag_values):
    validate = functools.partial(flags.register_validator, flag_values=flag_values)
    for name in ("fabrics", "photos"):
        validate(name, _from_two, "whole numbers from 2, separated by commas")
    validate("begin", lambda names: names and set(names) <= set(BEGINNINGS), f"of {','.join(BEGINNINGS)}")
    validate("group_pattern", _are_patterns, "must be SET=PATTERN, a regular expression, once for a set")


def _from_two(values):
    return bool(values) and all(value.isdecimal() and int(value) >= 2 for value in values)


def _are_patterns(values):
    pairs = [value.partition("=")[::2] for value in values]
    try:
        patterns = [re.compile(pattern) for name, pattern in pairs if name and pattern]
    except re.error:
        return False
    return len(patterns) == len(values) == len(dict(pairs))
