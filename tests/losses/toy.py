"""A retrieval problem with a known answer, to train each loss on with its own sampler.

A "photograph" is a vector: its fabric shows in SIGNAL directions, which a rotation hides among NUISANCE
directions of far larger variance. The network is one linear layer, so a loss that works must find the few
directions that tell fabrics apart, and is measured on fabrics it has not seen. `Toy.oracle` has the signal
alone: what retrieval with the right directions reaches.

    problem, model = toy_problem(0), network(0)
    train(model, problem, loss, draw)  # draw: batch number -> UnitBatch of problem.index
    assert held_out(model, problem)["map"] > 0.8
"""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from fabric_retrieval.data.units import FabricIndex
from fabric_retrieval.evaluation import retrieval_metrics

SIGNAL, NUISANCE, EMBEDDING = 6, 26, 8
FABRICS, HELD_OUT, IMAGES = 60, 40, 10


class Toy(NamedTuple):
    """`images`: [FABRICS * IMAGES, D] float32 to train on, of the fabrics that `index` knows;
    `held_out`: [HELD_OUT * IMAGES, D] of other fabrics, `held_out_labels` theirs, `oracle` their signal."""

    images: np.ndarray
    index: FabricIndex
    held_out: np.ndarray
    held_out_labels: np.ndarray
    oracle: np.ndarray


def toy_problem(seed):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(FABRICS + HELD_OUT), IMAGES)
    fabrics = rng.normal(size=(FABRICS + HELD_OUT, SIGNAL))
    signal = fabrics[labels] + 0.25 * rng.normal(size=(labels.size, SIGNAL))
    nuisance = 3.0 * rng.normal(size=(labels.size, NUISANCE))
    rotation = np.linalg.qr(rng.normal(size=(SIGNAL + NUISANCE, SIGNAL + NUISANCE)))[0]
    images = (np.concatenate([signal, nuisance], axis=1) @ rotation / 3.0).astype(np.float32)
    seen = labels < FABRICS
    return Toy(images[seen], FabricIndex(labels[seen]), images[~seen], labels[~seen], signal[~seen])


def network(seed):
    """One linear layer, [B, D] to [B, EMBEDDING]."""
    layer = keras.layers.Dense(EMBEDDING, kernel_initializer=keras.initializers.GlorotUniform(seed))
    return keras.Sequential([keras.Input((SIGNAL + NUISANCE,)), layer])


def train(model, problem, loss, draw, targets="units", steps=200, learning_rate=0.03):
    """Trains `model`, and the loss's own weights, by Adam; returns the loss of the first and the last step.

    Args:
        draw: function of a batch number to a `UnitBatch` of `problem.index`, all of one shape.
        targets: what `loss` takes beside the embeddings: "units", or "labels" (class of each image).
    """

    def batch(number):
        rows, units = draw(number)
        labels = problem.index.fabric_of[rows].astype(np.int32)
        return tf.constant(problem.images[rows]), tf.constant(units if targets == "units" else labels)

    images, wanted = batch(0)
    loss(model(images), wanted)  # makes the loss's own weights
    dropout = {"training": True} if targets == "labels" else {}
    variables = model.trainable_variables + loss.trainable_variables
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(variables)

    @tf.function
    def step(images, wanted):
        with tf.GradientTape() as tape:
            value = loss(model(images, training=True), wanted, **dropout)
        gradients = tape.gradient(value, [variable.value for variable in variables])
        optimizer.apply(gradients, variables)
        return value

    values = [float(step(*batch(number))) for number in range(steps)]
    return values[0], values[-1]


def measured(features, labels):
    """`retrieval_metrics` with 2/5 of each fabric's images as queries (section 4), the rest the gallery."""
    query = np.arange(len(labels)) % 5 < 2
    return retrieval_metrics(
        features[query], labels[query], features[~query], labels[~query], ks=(1,), bootstrap=0
    )


def held_out(model, problem):
    """`retrieval_metrics` of the model's embeddings of fabrics that it was not trained on."""
    return measured(np.asarray(model(problem.held_out)), problem.held_out_labels)
