"""A study from its first part to its last, going on where it stopped."""

import gc
import traceback

import keras

from fabric_retrieval.errors import TrainingStoppedError
from fabric_retrieval.study.interruption import Interrupted
from fabric_retrieval.study.timing import Timing, duration, left_in_words, time_left

NEEDED = ("collection", "pretrain")  # without these nothing can be done


def run_study(work, say=print):
    """Does every part that is not done.

    Args:
        work: `Work`.
        say: takes a line of progress.

    Returns:
        dict of part to what went wrong with it; the same call tries these again. What cannot be had since
        training came to nothing (NaN, a collapse) is not among them: it is only told.

    Raises:
        Interrupted, KeyboardInterrupt: the same call goes on.
        UserError, OSError: nothing more can be done (a collection, the initial weights, a full disk).
    """
    timing, failed, lost, total = Timing(work.folder.path / "timing.csv"), {}, [], len(work.parts)
    done = sum(part is not None and work.folder.is_done(part) for part in work.folder.resolved(work.parts))
    if done:
        say(f"{done} of {total} parts are done: going on.")
    for number, planned in enumerate(work.parts, 1):
        (part,) = work.folder.resolved([planned])
        if work.folder.is_lost(part):
            lost.append((part or planned).name)
            continue
        if not work.folder.is_possible(part):
            failed[part.name] = "left out, since a run that it needs has failed"
            continue
        if work.folder.is_done(part):
            continue
        try:
            with timing.measuring(part.name):
                told = work.do(part)
        except TrainingStoppedError as error:
            if part.stage in NEEDED:
                raise
            work.record_stop(part.what, error)
            told = f"came to nothing: {error}"
        except Interrupted:
            raise
        except Exception as error:
            if part.stage in NEEDED or _is_disk(error):
                raise
            say(traceback.format_exc())
            failed[part.name], told = str(error), f"failed: {error}"
        finally:
            keras.backend.clear_session()
            gc.collect()
        if part.stage == "search":
            work.write_search()
        left = left_in_words(*_left(work, number, timing))
        say(f"[{number}/{total}] {part.name} ... {told}, {duration(timing.seconds[part.name])}; {left}")
    if lost:
        say(
            f"Left out for good, since training came to nothing: {', '.join(lost)}. The run's stopped.json "
            f"in {work.folder.path / 'runs'} says why; a run without a folder is trained again."
        )
    return failed


def list_parts(work, say=print):
    """Says what is done, what it has cost, and about how long the rest takes; does nothing.

    Lost is what cannot be had since training came to nothing.
    """
    timing, done = Timing(work.folder.path / "timing.csv"), 0
    resolved = work.folder.resolved(work.parts)
    for number, (planned, part) in enumerate(zip(work.parts, resolved, strict=True), 1):
        state = "lost" if work.folder.is_lost(part) else "done" if work.folder.is_done(part) else "to do"
        done += state == "done"
        part = part or planned
        cost = duration(timing.seconds[part.name]) if part.name in timing.seconds else ""
        say(f"[{number}/{len(resolved)}] {state:5} {part.name}  {cost}".rstrip())
    say(f"{done} of {len(resolved)} parts are done; {left_in_words(*_left(work, 0, timing))}.")


def _left(work, after, timing):
    resolved = enumerate(work.folder.resolved(work.parts))
    parts = [(number, part) for number, part in resolved if not work.folder.is_lost(part)]
    finished = [part for number, part in parts if number < after or work.folder.is_done(part)]
    to_do = [part for number, part in parts if number >= after and not work.folder.is_done(part)]
    return time_left(finished, to_do, timing.seconds)


def _is_disk(error):
    return isinstance(error, OSError) or "No space left on device" in str(error)
