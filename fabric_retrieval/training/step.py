"""One training step under `tf.distribute`."""

import inspect

import tensorflow as tf

from fabric_retrieval.training.optimization import clipped, with_weight_decay


def make_train_step(strategy, model, loss, targets, optimizer, weight_decay=0.0, clip_norm=0.0):
    """A compiled function of one batch that updates `model` and returns what to log.

    Every replica computes the loss of its own batch; the update is that of the mean over replicas.

    Args:
        strategy: in whose scope `model`, `loss` and `optimizer` (already built) were made.
        loss: a loss layer with `diagnostics`; weights of its own are trained too.
        targets: the key of the batch that the loss takes beside the embeddings.
        weight_decay: added to the gradients of kernels; 0 where the optimiser decays by itself.
        clip_norm: largest L2 norm of the gradient of all weights together; 0: unlimited.

    Returns:
        A function of a (distributed) batch to a dict of float32 scalars, means over replicas.
    """
    replicas = strategy.num_replicas_in_sync
    drops_out = "training" in inspect.signature(loss.call).parameters
    mode = {"training": True} if drops_out else {}

    def replica_step(batch):
        with tf.GradientTape() as tape:
            embeddings = model(tf.cast(batch["images"], tf.float32), training=True)
            value = loss(embeddings, batch[targets], **mode)
        variables = [*model.trainable_variables, *loss.trainable_variables]
        gradients = tape.gradient(value, [variable.value for variable in variables])
        gradients = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
        gradients = with_weight_decay(gradients, variables, weight_decay)
        gradients, gradient_norm = clipped(gradients, clip_norm)
        # Keras's optimisers sum over replicas what is the same mean on each of them here.
        optimizer.apply([gradient / replicas for gradient in gradients], variables)
        return {
            "loss": value,
            "gradient_norm": gradient_norm,
            **loss.diagnostics(embeddings, batch[targets]),
        }

    @tf.function
    def train_step(batch):
        values = strategy.run(replica_step, args=(batch,))
        return {
            name: strategy.reduce(tf.distribute.ReduceOp.MEAN, value, axis=None)
            for name, value in values.items()
        }

    return train_step
