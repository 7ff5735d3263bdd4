"""Study folders with known answers, for tests of the report."""

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image

from fabric_retrieval.study.evaluations import Evaluation, save

DIMS = (1024, 512, 256, 64, 16, 8)
KS = (1, 2, 4, 8, 16, 32)
MEASURES = (*(f"recall@{k}" for k in KS), "hit_rate@1", "map", "map_trapezoid", "map_at_r")
# The paper's claims as a world: recall@16 at the full dimension, and the share of it kept at each dimension.
LEVELS = {
    "alex": 0.45,
    "softmax": 0.62,
    "pair": 0.60,
    "magnet": 0.66,
    "triplet": 0.72,
    "triplet_semi_hard": 0.74,
    "focus_ranking": 0.85,
}
METRIC_KEPT = (1.0, 1.0, 1.0, 0.995, 0.98, 0.90)
PAIR_KEPT = (1.0, 1.0, 1.0, 1.0, 1.0, 0.97)
CLASSIFIED_KEPT = (1.0, 0.97, 0.93, 0.82, 0.60, 0.45)
KEPT = dict.fromkeys(LEVELS, METRIC_KEPT) | {
    "pair": PAIR_KEPT,
    "alex": CLASSIFIED_KEPT,
    "softmax": CLASSIFIED_KEPT,
}
DISTRACTED = dict.fromkeys(LEVELS, 0.80) | {"focus_ranking": 0.95}  # share kept with distractors
RATIOS = {1: 0.70, 2: 0.74, 4: 0.78, 8: 0.815, 16: 0.848}
MEASURE_SHARE = {"map": 0.8, "map_trapezoid": 0.8, "map_at_r": 0.7, "hit_rate@1": 0.85}
CLUSTER_SHARE = {"f1": 0.6, "nmi": 1.05}
RATES = {"pair": 0.001, "softmax": 0.01}


def evaluation(
    method, level, kept=METRIC_KEPT, distracted=0.8, ratio=None, seed=0, rate=0.01, dims=DIMS, **how
):
    """An `Evaluation` whose measures are `level` times the share kept at each dimension, plus noise.

    how: `fabrics` (60) of `queries` (4) each; `spread` (0.15) between fabrics, the same for all methods;
    `seed_spread` (0.0005); `distractors` (20000); `at_first` (1), share kept of recall@1 and recall@2.
    """
    fabrics, queries = how.get("fabrics", 60), how.get("queries", 4)
    labels = np.repeat([f"fabric {number:03}" for number in range(fabrics)], queries)
    shared = np.random.default_rng(1)
    easy = np.repeat(shared.normal(0, how.get("spread", 0.15), fabrics), queries)
    easy -= easy.mean()
    own = np.random.default_rng([seed, sum(map(ord, method)), ratio or 0])
    shift = own.normal(0, how.get("seed_spread", 0.0005))
    noise = own.normal(0, 0.01, len(labels))
    noise -= noise.mean()
    of_dims = own.normal(0, 0.002, (len(dims), len(labels)))
    of_dims -= of_dims.mean(axis=1, keepdims=True)
    values = np.zeros((2, len(dims), len(labels), len(MEASURES)))
    for gallery, share in enumerate((1.0, distracted)):
        for row, dim_share in enumerate(kept[: len(dims)]):
            for column, name in enumerate(MEASURES):
                at = MEASURE_SHARE.get(name) or float(np.sqrt(_rank_share(name)))
                at *= how.get("at_first", 1) if name in ("recall@1", "recall@2") else 1
                mean = (level + shift) * share * dim_share * at
                values[gallery, row, :, column] = mean + easy + noise + of_dims[row]
    clusters = {
        name: (level + shift) * share * np.array(kept[: len(dims)]) + own.normal(0, 0.0005, len(dims))
        for name, share in CLUSTER_SHARE.items()
    }
    about = {
        "name": "-".join(map(str, filter(None, [method, ratio and f"ratio{ratio}", f"seed{seed}"]))),
        "method": method,
        "ratio": ratio,
        "seed": seed,
        "learning_rate": rate,
        "step": 600,
        "dataset": "fird/rendered",
        "distractors": how.get("distractors", 20000),
        "kmeans": {"seed": 0, "restarts": 1, "max_iterations": 300, "iterations": [30 + seed] * len(dims)},
        "queries_without_answer": 7,
    }
    return Evaluation(
        about, np.array(dims), np.array(MEASURES), values.astype(np.float32), labels, **clusters
    )


def write_study(folder, methods=tuple(LEVELS), seeds=3, ratios=tuple(RATIOS), extras=True, **changes):
    """Writes a study in which the paper's claims hold.

    Args:
        folder: where to.
        methods, seeds, ratios: what is there. extras: also the histogram, search.csv, timing.csv, study.json
            and pictures.
        changes: `levels`, `kept`, `distracted`, `ratio_levels` (dicts that replace entries), `at_first` (dict
            of method to the argument of `evaluation`), and `how`, a dict of its further arguments.
    """
    folder = Path(folder)
    levels, kept = LEVELS | changes.get("levels", {}), KEPT | changes.get("kept", {})
    distracted = DISTRACTED | changes.get("distracted", {})
    ratio_levels = RATIOS | changes.get("ratio_levels", {})
    how = changes.get("how", {})
    for method in methods:
        trained = method != "alex"
        ratio = {"focus_ranking": 32, "triplet": 1, "triplet_semi_hard": 75}.get(method)
        for seed in range(seeds if trained else 1):
            rate = RATES.get(method, 0.01) if trained else None
            shape = {"ratio": ratio, "seed": seed, "rate": rate} | how
            shape["at_first"] = changes.get("at_first", {}).get(method, 1)
            _save(folder, evaluation(method, levels[method], kept[method], distracted[method], **shape))
    for ratio in ratios:
        for seed in range(seeds):
            shape = {"ratio": ratio, "seed": seed} | how
            _save(folder, evaluation("focus_ranking", ratio_levels[ratio], **shape))
    if extras:
        _write_extras(folder, levels, how)
    return folder


def _rank_share(name):
    """Of recall@16: 1 at K=16."""
    k = int(name.partition("@")[2])
    return (np.log2(k) + 1) / 5 if k <= 16 else 1.05


def _save(folder, one):
    save(one, folder / "evaluations" / f"{one.about['name']}.npz")


def _write_extras(folder, levels, how):
    _save(folder, evaluation("rgb_histogram", 0.56, CLASSIFIED_KEPT[1:], rate=None, dims=DIMS[1:], **how))
    search = [["method", "ratio", "learning_rate", "seed", "held_out_map", "chosen"]]
    for method in levels:
        if method != "alex":
            for rate in (0.001, 0.01):
                chosen = rate == RATES.get(method, 0.01)
                ratio = 32 if method == "focus_ranking" else ""
                search.append([method, ratio, rate, 0, 0.5 + 0.1 * chosen, int(chosen)])
    timing = [
        ["part", "seconds"],
        ["fird/rendered", 42.5],
        ["pretrain", 1200.4],
        ["pair-lr0.001-seed0", 2400],
        ["pair-lr0.01-seed0", 1200],
        ["focus_ranking-ratio8-lr0.01-seed2", 2405],
        ["evaluation pair-lr0.01-seed0", 10.5],
        ["evaluation alex", 11.5],
    ]
    for name, rows in (("search.csv", search), ("timing.csv", timing)):
        with open(folder / name, "w", newline="") as file:
            csv.writer(file).writerows(rows)
    settings = {
        "methods": list(levels),
        "ratios": [1, 2, 4, 8, 16, 32],
        "seeds": [0, 1, 2],
        "learning_rates": [0.001, 0.01],
        "steps": 600,
        "date": "2026-11-22T05:06:38+00:00",
        "command": "python -m fabric_retrieval.study --flagfile=configs/study.flags --seeds=0,1,2",
        "shown": "focus_ranking-ratio32-seed1",
        "weights": None,
        "pretrain": {"steps": 900, "input_size": 115, "dataset": "fird/pretrain"},
        "configs": {
            "pair": {"steps": 600, "input_size": 115},
            "focus_ranking": {"steps": 600, "input_size": 115},
        },
        "search_notes": ["pair: its learning rate 0.001 is the lowest that was searched."],
        "images_per_step": 80,
        "dims": list(DIMS),
        "ks": list(KS),
        "dataset": "fird/rendered",
        "distractors": 20000,
        "machine": {"cores": 2, "processor": "x86_64"},
        "versions": {"tensorflow": "2.21.0"},
    }
    (folder / "study.json").write_text(json.dumps(settings))
    for name in ("retrievals", "retrievals_failures"):
        Image.new("RGB", (1300, 900), "grey").save(folder / f"{name}.png")
    (folder / "retrievals.csv").write_text("query,rank,image\nq,1,g\n")
