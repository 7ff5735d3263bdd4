"""Which runs a search is made of, and which lines it refuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import training_config
from fabric_retrieval.recipe.plan import images_of, make_plan

ROOT = Path(__file__).parents[2]


def test_every_seed_of_the_base_and_then_of_each_variant(settings):
    runs = make_plan(settings("--seeds=2,0"))
    assert [run.name for run in runs] == [
        f"{name}-seed{seed}" for name in ("base", "faster", "far_too_fast", "triplet") for seed in (0, 2)
    ]
    assert [run.variant.factor for run in runs[::2]] == ["", "rate", "rate", "method"]
    assert [run.config.seed for run in runs[:2]] == [0, 2]
    base, faster = runs[0].config, runs[2].config
    same = vars(base) | {"learning_rate": 0.02, "run_dir": faster.run_dir}
    assert vars(faster) == same
    assert (base.dataset, base.holdout) == ("fird/rendered_tiny", 0.4)
    assert images_of(base) == 2 * 3 * 3


@pytest.mark.parametrize(
    ("only", "names"), [("method", {"triplet"}), ("faster,method", {"faster", "triplet"}), ("", None)]
)
def test_only_some(settings, only, names):
    found = {run.variant.name for run in make_plan(settings(f"--only={only}"))}
    assert found == ({"base"} | names if names else {"base", "faster", "far_too_fast", "triplet"})


def test_flags_for_all_are_below_a_variants_own(settings):
    runs = make_plan(settings("--train=--steps=5 --learning_rate=0.03", "--seeds=0"))
    assert [run.config.steps for run in runs] == [5] * 4
    assert [run.config.learning_rate for run in runs] == [0.03, 0.02, 1e30, 0.03]


@pytest.mark.parametrize(
    ("variants", "told"),
    [
        ("a: --ratio=2", r"line 1: expected `\[factor\]` first"),
        ("[f]\na --ratio=2", "found 'a --ratio=2'"),
        ("[f]\na: --ratio=2\na: --ratio=3", "line 3: the name a is taken"),
        ("[f]\nbase: --ratio=2", "the name base is taken"),
        ("[f]\na/b: --ratio=2", "found 'a/b'"),
        ("[f]\na: --ratio='2", "line 2: No closing quotation"),
        ("# nothing", "holds no variants"),
        ("[f]\na: --rato=2", "Did you mean: ratio"),
        ("[f]\na: --width=0.05", "same as base"),
        ("[f]\na: --ratio=2\nb: --ratio=2", "b .* is the same as a"),
        ("[f]\na: --holdout=0.2", "--holdout of its own"),
        ("[f]\na: --seed=7", "--seed of its own"),
        ("[f]\na: --method=alex", "trains nothing"),
    ],
)
def test_lines_that_cannot_be_compared_are_refused(settings, variants, told):
    with pytest.raises(UserError, match=told):
        make_plan(settings(variants=variants))


def test_an_unknown_factor_is_refused(settings):
    with pytest.raises(UserError, match="no rates; factors are rate, method"):
        make_plan(settings("--only=rates"))


def test_the_lines_that_come_with_the_library(tmp_path):
    """All of configs/recipe.txt differ from configs/recipe.flags, whose method and methods they compare."""
    settings_of_files = {"base": ROOT / "configs/recipe.flags", "variants": ROOT / "configs/recipe.txt"}
    from absl import flags

    from fabric_retrieval.recipe.flags import define_flags, settings_of

    values = flags.FlagValues()
    define_flags(values)
    values(["recipe", f"--recipe_dir={tmp_path}", *(f"--{n}={v}" for n, v in settings_of_files.items())])
    runs = make_plan(settings_of(values))
    of_methods = [run for run in runs if run.variant.factor == "method"]
    assert {run.config.method for run in of_methods} == {
        "pair",
        "triplet",
        "triplet_semi_hard",
        "softmax",
        "magnet",
    }
    assert {images_of(run.config) for run in of_methods} == {images_of(runs[0].config)}  # one budget


def test_the_whole_network_is_the_one_of_best_flags_but_for_the_size_it_sees():
    best, whole = (
        vars(training_config(f"--flagfile={ROOT / 'configs' / name}.flags", "--run_dir=x"))
        for name in ("best", "best_pretrained")
    )
    for name in ("backbone", "taps", "pooling", "embedding_dim", "feature_layer"):
        assert whole[name] == best[name]  # or the first run's weights would not fit
    assert (best["backbone_rate"], whole["backbone_rate"]) == (0, 0.3)


def test_help_and_wrong_flags_do_not_wait_for_tensorflow(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('TensorFlow was imported')")
    for arguments, answer in (
        (["--help"], "--recipe_dir"),
        (["--recipe_dir=x", "--seeds=1,1"], "different whole numbers"),
        ([f"--recipe_dir={tmp_path}", f"--variants={tmp_path}/none.txt"], "cannot be read"),
    ):
        result = subprocess.run(
            [sys.executable, "-m", "fabric_retrieval.recipe", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}:{ROOT / 'datasets'}"},
            check=False,
        )
        assert result.returncode == 1
        assert "TensorFlow was imported" not in result.stdout + result.stderr
        assert answer in result.stdout + result.stderr
