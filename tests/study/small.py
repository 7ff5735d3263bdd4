"""Training flags with which a run takes seconds."""

TRAINING = {
    "input_size": 67,
    "width": 0.05,
    "embedding_norm": "l2",
    "steps": 2,
    "fabrics_per_batch": 3,
    "images_per_fabric": 3,
    "holdout": 0.4,
    "eval_every": 1,
    "checkpoint_every": 1,
    "log_every": 1,
}


def write_flags(path, **values):
    path.write_text("".join(f"--{name}={value}\n" for name, value in values.items()))


def write_configs(folder, methods, **changes):
    """A folder of METHOD.flags, small ones; `changes` to all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for method in methods:
        write_flags(folder / f"{method}.flags", method=method, **TRAINING | changes)
    return folder
