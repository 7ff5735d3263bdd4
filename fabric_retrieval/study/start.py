"""A study from its flags."""

import sys

from fabric_retrieval import errors
from fabric_retrieval.study import settings as record
from fabric_retrieval.study.configs import as_recorded, check_alike, images_per_step, method_config, parsed
from fabric_retrieval.study.notes import read_notes


def start(settings):
    """Makes a study, goes on with it, or lists its parts.

    Args:
        settings: a namespace of the flags of `python -m fabric_retrieval.study`.

    Raises:
        UserError: flags of the methods that do not fit each other or the folder; nothing is written.
        SystemExit: it was interrupted, or parts have failed; says how to go on.
    """
    configs = {
        method: method_config(method, settings.configs, settings.train, run_dir="unused")
        for method in settings.methods
    }
    check_alike(configs)
    content = content_of(settings, configs)
    # TensorFlow is behind these.
    from fabric_retrieval.study.interruption import Interrupted
    from fabric_retrieval.study.runner import list_parts, run_study
    from fabric_retrieval.study.work import Work

    record.check_study(settings.study_dir, content)
    work = Work(settings, configs)
    if settings.list:
        list_parts(work)
        return
    record.open_study(settings.study_dir, content)
    try:
        failed = run_study(work, say=lambda line: print(line, flush=True))
    except Interrupted:
        sys.exit(f"Stopped; its state is saved. Go on with: {errors.command()}")
    if failed:
        lines = "\n".join(f"  {part}: {problem}" for part, problem in failed.items())
        sys.exit(f"Not all parts could be done:\n{lines}\nThese are tried again by: {errors.command()}")


def content_of(settings, configs):
    """dict for study.json."""
    given = vars(settings)
    one = next(iter(configs.values()))
    pretrain = None
    if not settings.weights:
        pretrain = as_recorded(
            parsed(settings.pretrain, "--run_dir=unused"), keep=("seed", "learning_rate", "dataset")
        )
    return {name: given[name] for name in record.SETTINGS if name in given} | {
        "configs": {method: as_recorded(config) for method, config in configs.items()},
        "pretrain": pretrain,
        "weights": record.digest(settings.weights),
        "command": errors.command(),
        "notes": read_notes(settings.notes),
        "steps": one.steps,
        "images_per_step": images_per_step(one),
    }
