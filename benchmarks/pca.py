"""PCA against scikit-learn's full SVD, and the angle between the subspaces that the two find.

python benchmarks/pca.py                    # 12,500 images, 4,096 dimensions; both sides in float64
python benchmarks/pca.py --dtype=float32    # scikit-learn then computes in float32, ours still in float64
"""

import numpy as np
from absl import app, flags
from drawn_features import photographs
from scipy.linalg import subspace_angles
from side_by_side import in_turns, machine, print_table
from sklearn.decomposition import PCA as SklearnPCA

from fabric_retrieval.evaluation import PCA

FLAGS = flags.FLAGS
flags.DEFINE_integer("images", 12_500, "Training images.", lower_bound=2)
flags.DEFINE_integer("dims", 4096, "Dimensions of their features.", lower_bound=1)
flags.DEFINE_integer("fabrics", 2150, "Fabrics.", lower_bound=1)
flags.DEFINE_list("components", ["512", "all"], "Components to keep; all: as many as there are.")
flags.DEFINE_enum("dtype", "float64", ["float32", "float64"], "What the features are handed over as.")
flags.DEFINE_integer("repeats", 5, "Rounds whose median counts.", lower_bound=1)
flags.DEFINE_integer("untimed", 1, "Rounds before them.", lower_bound=0)
flags.DEFINE_integer("seed", 0, "Of the features.")


def drawn():
    """Features with noise in every dimension, as a network's have: else the last directions mean nothing."""
    features = photographs(np.arange(FLAGS.images) % FLAGS.fabrics, FLAGS.dims, 1.0, FLAGS.seed)
    rng = np.random.default_rng(FLAGS.seed + 1)
    features += rng.normal(scale=0.1, size=features.shape).astype(np.float32)
    return np.maximum(features, 0).astype(FLAGS.dtype)


def main(argv):
    del argv
    features, found, rows = drawn(), {}, []
    most = PCA.most_dimensions(features)
    for components in FLAGS.components:
        components = most if components == "all" else int(components)

        def ours(count=components):
            found["ours"] = PCA.fit(features, count).components

        def scikit_learn(count=components):
            found["theirs"] = SklearnPCA(count, svd_solver="full").fit(features).components_

        seconds = in_turns({"ours": ours, "scikit-learn": scikit_learn}, FLAGS.repeats, FLAGS.untimed)
        for leading in sorted({components // 8, components // 2, components} - {0, FLAGS.dims}):
            angles = subspace_angles(*(part[:leading].T.astype(float) for part in found.values()))
            rows.append(
                [
                    components,
                    f"{seconds['scikit-learn']:.1f} s",
                    f"{seconds['ours']:.1f} s",
                    f"{seconds['scikit-learn'] / seconds['ours']:.1f}",
                    leading,
                    f"{angles.max():.1e}",
                ]
            )
    about = f"{FLAGS.images:,} images, {FLAGS.dims:,} dimensions, {FLAGS.dtype}"
    print(f"{about}; {machine('numpy', 'scipy', 'scikit-learn')}\n")
    names = ["components", "scikit-learn", "ours", "ratio", "leading components", "largest angle, radians"]
    print_table(names, rows)


if __name__ == "__main__":
    app.run(main)
