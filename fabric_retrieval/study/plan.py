"""The parts of a study, in order, before the learning rates are chosen: pure functions of its settings."""

from typing import NamedTuple

UNTRAINED = "alex"  # the network as initialised: one run, no learning rate
MAIN = "focus_ranking"  # the method of the ratio analysis (Figure 9) and of the pictures (Figures 6 and 7)
REFERENCE = "rgb_histogram"


class Run(NamedTuple):
    """One training run.

    Attributes:
        method: a row of `METHODS`.
        learning_rate: None is the one that the search chooses; of `UNTRAINED`, that there is none.
        seed: of the run.
        ratio: negatives to a positive; None is that of the method's configuration.
    """

    method: str
    learning_rate: float | None
    seed: int
    ratio: int | None = None

    @property
    def name(self):
        """The name of its folder; "?" stands for a learning rate that is yet to be chosen."""
        if self.method == UNTRAINED:
            return self.method
        ratio = "" if self.ratio is None else f"-ratio{self.ratio}"
        rate = "?" if self.learning_rate is None else f"{self.learning_rate:g}"
        return f"{self.method}{ratio}-lr{rate}-seed{self.seed}"


class Part(NamedTuple):
    """One line of progress: `what` is a `Run` where the stage trains or evaluates one, else a name."""

    stage: str  # collection, pretrain, initial, search, seeds, ratios, evaluation, retrievals, report
    what: Run | str

    @property
    def name(self):
        """Unique in a study; also its name in timing.csv."""
        name = getattr(self.what, "name", self.what)
        return f"evaluation {name}" if self.stage == "evaluation" else name

    @property
    def kind(self):
        """Parts of one kind cost about the same."""
        trained = self.stage in ("search", "seeds", "ratios")
        return f"train {self.what.method}" if trained else self.stage


def make_plan(methods, seeds, learning_rates, ratios, own_ratio, collections, pretrained=True):
    """All `Part`s of a study.

    Args:
        methods: names; `UNTRAINED` among them trains nothing, `MAIN` among them brings the ratio analysis.
        seeds, learning_rates: the search is at the first seed. ratios: those of `MAIN`.
        own_ratio: the ratio that `MAIN` has in the comparison; its runs are not made twice.
        collections: names of those to prepare.
        pretrained: whether the study makes its initial weights itself.

    Returns:
        list of `Part`, those that need the outcome of others after these.
    """
    trained = [method for method in methods if method != UNTRAINED]
    first = seeds[0]
    initial = [Run(UNTRAINED, None, first)] if UNTRAINED in methods else []
    search = [Run(method, rate, first) for method in trained for rate in learning_rates]
    # By seed, so that a study that is cut short has compared all methods alike.
    more_seeds = [Run(method, None, seed) for seed in seeds[1:] for method in trained]
    others = [ratio for ratio in ratios if ratio != own_ratio] if MAIN in methods else []
    more_ratios = [Run(MAIN, None, seed, ratio) for seed in seeds for ratio in others]
    chosen = [Run(method, None, first) for method in trained]
    measured = [REFERENCE, *initial, *chosen, *more_seeds, *more_ratios]
    return [
        *(Part("collection", name) for name in collections),
        *([Part("pretrain", "pretrain")] if pretrained else []),
        *(Part("initial", run) for run in initial),
        *(Part("search", run) for run in search),
        *(Part("seeds", run) for run in more_seeds),
        *(Part("ratios", run) for run in more_ratios),
        *(Part("evaluation", run) for run in measured),
        *([Part("retrievals", "retrievals")] if MAIN in methods else []),
        Part("report", "report"),
    ]


def resolve(part, chosen):
    """The part with the learning rate that its method was given.

    Args:
        chosen: dict of method to learning rate, of the methods that have one.

    Returns:
        `Part`, or None where the search has left the method without a learning rate.
    """
    run = part.what
    if not isinstance(run, Run) or run.method == UNTRAINED or run.learning_rate is not None:
        return part
    if run.method not in chosen:
        return None
    return part._replace(what=run._replace(learning_rate=chosen[run.method]))
