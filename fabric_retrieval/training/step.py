"""One training step under `tf.distribute`."""

import inspect

import tensorflow as tf

from fabric_retrieval.training.dividing import divided, gathered, joined
from fabric_retrieval.training.optimization import clipped, with_weight_decay
from fabric_retrieval.training.random_state import RandomState


def make_train_step(
    strategy,
    network,
    loss,
    targets,
    optimizer,
    weight_decay=0.0,
    clip_norm=0.0,
    loss_scale=None,
    jit_compile=False,
    negatives="replica",
):
    """A compiled function of one batch that updates the weights and returns what to log.

    Every replica computes the loss of its own batch, and the update is that of the mean over replicas; or
    all compute the loss of one batch, of which each embeds a share of the images.

    Args:
        strategy: in whose scope the model, `loss`, `optimizer` (built) and `loss_scale` were made.
        network: `NetworkPass`.
        loss: a loss layer with `diagnostics`; weights of its own are trained too.
        targets: the keys of the batch that the loss takes beside the embeddings.
        weight_decay: added to the gradients of kernels; 0 where the optimiser decays by itself.
        clip_norm: largest L2 norm of the gradient of all weights together; 0: unlimited.
        loss_scale: `LossScale`, with which a step whose gradient is not finite changes nothing else; or None.
        jit_compile: compile the loss and its gradient with XLA.
        negatives: "replica": a batch each; "global": one batch, whose "images" alone are divided.

    Returns:
        A function of a (distributed) batch to a dict of scalars, means over replicas.
    """
    replicas = strategy.num_replicas_in_sync
    variables = [*network.variables, *loss.trainable_variables]
    random = RandomState(loss)
    differs = "training" in inspect.signature(loss.call).parameters
    mode = {"training": True} if differs else {}

    def loss_gradients(embeddings, wanted, state, part):
        with tf.GradientTape() as tape:
            tape.watch(embeddings)
            value, after = random.call(lambda: loss(embeddings, *wanted, **mode), state, part)
        at_embeddings, *of_loss = tape.gradient(
            value, [embeddings, *(variable.value for variable in loss.trainable_variables)]
        )
        at_embeddings = tf.convert_to_tensor(at_embeddings)  # slices, where a loss takes rows of them
        return at_embeddings, of_loss, after, {"loss": value, **loss.diagnostics(embeddings, *wanted)}

    if jit_compile:
        loss_gradients = tf.function(loss_gradients, jit_compile=True)

    def replica_gradients(batch):
        replica = tf.distribute.get_replica_context()
        number = part = replica.replica_id_in_sync_group
        embeddings, backpropagate = network(batch["images"])
        if negatives == "global":
            embeddings, part = joined(gathered(embeddings), batch["rows"].shape[0]), 0
        wanted = [batch[target] for target in targets]
        at_embeddings, of_loss, after, values = loss_gradients(embeddings, wanted, random.read(), part)
        random.write(after)
        if negatives == "global":  # its own share, n times, since the mean over n replicas is taken of it
            at_embeddings = replicas * divided(at_embeddings, replicas)[number]
        scale = loss_scale.scale if loss_scale else 1.0
        of_network = [gradient / scale for gradient in backpropagate(at_embeddings * scale)]
        gradients = replica.all_reduce(tf.distribute.ReduceOp.MEAN, [*of_network, *of_loss])
        gradients = with_weight_decay(gradients, variables, weight_decay)
        gradients, gradient_norm = clipped(gradients, clip_norm)
        return gradients, values | {"gradient_norm": gradient_norm}

    def replica_update(gradients):
        # Keras's optimisers sum over replicas what is the same mean on each of them here.
        optimizer.apply([gradient / replicas for gradient in gradients], variables)

    @tf.function
    def train_step(batch):
        gradients, values = strategy.run(replica_gradients, args=(batch,))
        values = {
            name: strategy.reduce(tf.distribute.ReduceOp.MEAN, value, axis=None)
            for name, value in values.items()
        }
        finite = loss_scale is None or tf.math.is_finite(values["gradient_norm"])
        if finite:
            strategy.run(replica_update, args=(gradients,))
        if loss_scale is not None:
            loss_scale.update(finite)
            values |= {"loss_scale": loss_scale.scale.value(), "skipped_steps": loss_scale.skipped.value()}
        return values

    return train_step
