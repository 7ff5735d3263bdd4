"""A study's folder: where each part leaves what it makes, and what is there already."""

from pathlib import Path

from fabric_retrieval.evaluation.embedder import fingerprint
from fabric_retrieval.study import evaluations, search
from fabric_retrieval.study import settings as record
from fabric_retrieval.study.answers import ANSWERS
from fabric_retrieval.study.plan import MAIN, REFERENCE, UNTRAINED, Run, resolve
from fabric_retrieval.training.run_folder import check_run_folder


class StudyFolder:
    """What of a study is there.

    Attributes:
        path: of the folder. pretrain: the folder of the run that all others start from.
    """

    def __init__(self, settings, config_of):
        """`settings`: a namespace of the flags; `config_of`: `Run` to the namespace of its training flags."""
        self.path = Path(settings.study_dir)
        self.pretrain = self.path / "pretrain"
        self._methods = [method for method in settings.methods if method != UNTRAINED]
        self._rates, self._first_seed = settings.learning_rates, settings.seeds[0]
        self._config_of = config_of
        self._known = set()  # parts that were found done: looked at once

    def run_dir(self, run):
        """The folder of a `Run`."""
        return self.path / "runs" / run.name

    def evaluation(self, run):
        """The file of the evaluation of a `Run`, or of the reference row."""
        return self.path / "evaluations" / f"{getattr(run, 'name', run)}.npz"

    def resolved(self, parts):
        """The parts with the learning rates that are chosen by now; None for those of a method without one.

        Before the search of a method is over, its parts are as they were.
        """
        outcomes = self.outcomes()
        chosen = self.chosen(outcomes)
        return [resolve(part, chosen) or (None if part.what.method in outcomes else part) for part in parts]

    def is_done(self, part):
        """Is there what the part makes? Training that came to nothing is done.

        Raises:
            OtherFlagsError: a run was made with other flags than it would be now.
        """
        if part in self._known:
            return True
        if self._is_there(part):
            self._known.add(part)
        return part in self._known

    def is_possible(self, part):
        """Is there what the part needs?"""
        if "?" in part.name:  # its learning rate is not chosen: a run of the search has failed
            return False
        if part.stage == "evaluation" and part.what != REFERENCE:
            return is_finished(self.run_dir(part.what))
        if part.stage == "retrievals":
            return MAIN in self.chosen() and is_finished(self.run_dir(self.shown()))
        return True

    def is_lost(self, part):
        """Will there never be what a part, as `resolved`, needs, because training came to nothing?"""
        if part is None:
            return True
        if part.stage == "evaluation" and part.what != REFERENCE:
            return search.why_stopped(self.run_dir(part.what)) is not None
        return part.stage == "retrievals" and MAIN in self.outcomes().keys() - self.chosen().keys()

    def shown(self):
        """The `Run` whose answers are shown: of the main method, at the first seed."""
        return Run(MAIN, self.chosen()[MAIN], self._first_seed)

    def set_aside(self, parts):
        """Moves evaluations that are not of this plan into evaluations/unused: no report mixes them in.

        Those of the plan that a former one had no use for come back.
        """
        planned = {
            self.evaluation(part.what) for part in self.resolved(parts) if part and part.stage == "evaluation"
        }
        for path in planned:
            if _unused(path).exists() and not path.exists():
                _unused(path).rename(path)
        for path in sorted((self.path / "evaluations").glob("*.npz")):
            if path not in planned:
                _unused(path).parent.mkdir(exist_ok=True)
                path.rename(_unused(path))

    def outcomes(self):
        """dict of method to list of `Outcome`, of the methods whose search is over."""
        found = {}
        for method in self._methods:
            folders = {rate: self.run_dir(Run(method, rate, self._first_seed)) for rate in self._rates}
            if all(is_over(folder) for folder in folders.values()):
                found[method] = [
                    search.Outcome(rate, search.held_out_map(folder) if is_finished(folder) else None)
                    for rate, folder in folders.items()
                ]
        return found

    def chosen(self, outcomes=None):
        """dict of method to learning rate, of the methods that have one."""
        outcomes = self.outcomes() if outcomes is None else outcomes
        rates = {method: search.choose(found) for method, found in outcomes.items()}
        return {method: rate for method, rate in rates.items() if rate is not None}

    def _is_there(self, part):
        if part.stage in ("collection", "report") or "?" in part.name:
            return False  # a collection is opened every time, a report written anew
        if part.stage == "retrievals":
            return self._are_shown()
        if part.stage == "evaluation":
            return self._is_evaluated(part.what)
        if part.stage == "pretrain":
            return is_finished(self.pretrain)
        if is_over(self.run_dir(part.what)):
            check_run_folder(self._config_of(part.what))
            return True
        return False

    def _are_shown(self):
        """Are the pictures there, all of them, and those of the run that is to be shown?"""
        if MAIN not in self.chosen() or not all((self.path / name).exists() for name in ANSWERS):
            return False
        return record.read(self.path).get("shown") == self.shown().name

    def _is_evaluated(self, run):
        path = self.evaluation(run)
        if not path.exists():
            path = _unused(path)
        if not path.exists():
            return False
        made_of = evaluations.load(path).about.get("fingerprint")
        return run == REFERENCE or made_of == fingerprint(self.run_dir(run) / "saved_model")


def _unused(evaluation):
    return evaluation.parent / "unused" / evaluation.name


def is_finished(run_dir):
    """Has the run exported its model?"""
    return (run_dir / "saved_model" / "metadata.json").is_file()


def is_over(run_dir):
    """Has the run finished, or come to nothing?"""
    return is_finished(run_dir) or search.why_stopped(run_dir) is not None
