"""The loop over training steps: one that can be read from top to bottom."""

import time

from tqdm import tqdm

from fabric_retrieval.training.interrupt import InterruptGuard
from fabric_retrieval.training.optimization import learning_rate

SHOWN = ("loss", "disordered", "accuracy", "active")


def run_steps(
    config, cluster, train_step, batches, images_per_step, optimizer, checkpoints, monitor, history, evaluate
):
    """Runs the steps that are left, up to `config.steps`.

    Args:
        cluster: `Cluster`, whose workers all run this loop; the chief shows how far it is.
        train_step: function of a batch that updates the model and returns scalars.
        batches: iterator over the batches of the steps that are left.
        images_per_step: images in a batch, of all replicas together.
        checkpoints: `Checkpoints`, restored; `monitor`: `Monitor`; `history`: `History`.
        evaluate: function to the metrics of the held-out fabrics, or None if there are none.

    Returns:
        True if the last step is done, False if the run was interrupted; its state is saved either way.

    Raises:
        TrainingStoppedError: NaN or a collapsed embedding; the last good checkpoint is kept.
    """
    first = int(checkpoints.step)
    bar = tqdm(
        total=config.steps,
        initial=first,
        desc="training",
        unit=" steps",
        dynamic_ncols=True,
        disable=not cluster.chief,
    )
    since, images, shown = time.perf_counter(), 0, {}
    with InterruptGuard() as interrupt, bar:
        for step in range(first + 1, config.steps + 1):
            rate = learning_rate(config, step - 1)
            optimizer.learning_rate.assign(rate)
            values = train_step(next(batches))
            bar.update()
            last = step == config.steps
            logging = step % config.log_every == 0 or last
            # Asked once a step, so that no step stops without having saved; several workers seldom agree.
            stopping = (cluster.alone or logging) and cluster.any(interrupt.requested)
            evaluating = evaluate and (step % config.eval_every == 0 or last)
            saving = step % config.checkpoint_every == 0 or last or stopping
            images += images_per_step

            if logging or stopping:
                values = {name: float(value) for name, value in values.items()}
                values["learning_rate"] = rate
                values["images_per_second"] = images / (time.perf_counter() - since)
                shown |= {name: values[name] for name in SHOWN if name in values}
                shown["images/s"] = round(values["images_per_second"])
                bar.set_postfix(shown)
                monitor.record(step, values)
                since, images = time.perf_counter(), 0
            if evaluating or saving:
                checkpoints.require_finite(step)
            if evaluating:
                metrics = evaluate()
                monitor.record_validation(step, metrics)
                checkpoints.offer(step, metrics["map"])
                history.add(step, metrics)
                shown |= {"held-out mAP": metrics["map"], "recall@16": metrics["recall@16"]}
                bar.set_postfix(shown)
                since, images = time.perf_counter(), 0
            if saving:
                checkpoints.save(step)
            if stopping and not last:
                return False
    return True
