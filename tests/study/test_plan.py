from fabric_retrieval.study.plan import Part, Run, make_plan, resolve


def names(parts, stage):
    return [part.name for part in parts if part.stage == stage]


def plan(**changes):
    given = {
        "methods": ["alex", "pair", "focus_ranking"],
        "seeds": [5, 6],
        "learning_rates": [0.003, 0.01],
        "ratios": [1, 32],
        "own_ratio": 32,
        "collections": ["fird/a", "fird/b"],
    }
    return make_plan(**given | changes)


def test_every_part_in_order():
    assert [part.name for part in plan()] == [
        "fird/a",
        "fird/b",
        "pretrain",
        "alex",
        "pair-lr0.003-seed5",
        "pair-lr0.01-seed5",
        "focus_ranking-lr0.003-seed5",
        "focus_ranking-lr0.01-seed5",
        "pair-lr?-seed6",
        "focus_ranking-lr?-seed6",
        "focus_ranking-ratio1-lr?-seed5",
        "focus_ranking-ratio1-lr?-seed6",
        "evaluation rgb_histogram",
        "evaluation alex",
        "evaluation pair-lr?-seed5",
        "evaluation focus_ranking-lr?-seed5",
        "evaluation pair-lr?-seed6",
        "evaluation focus_ranking-lr?-seed6",
        "evaluation focus_ranking-ratio1-lr?-seed5",
        "evaluation focus_ranking-ratio1-lr?-seed6",
        "retrievals",
        "report",
    ]


def test_the_papers_study_has_so_many_runs():
    methods = ["alex", "softmax", "pair", "triplet", "triplet_semi_hard", "magnet", "focus_ranking"]
    parts = plan(
        methods=methods, seeds=[0, 1, 2], learning_rates=[0.003, 0.01, 0.03], ratios=[1, 2, 4, 8, 16, 32]
    )
    counts = {stage: len(names(parts, stage)) for stage in ("search", "seeds", "ratios", "evaluation")}
    # 6 trained methods x 3 rates; x 2 further seeds; 5 other ratios x 3 seeds; 1 + 6 x 3 + 15 + the histogram
    assert counts == {"search": 18, "seeds": 12, "ratios": 15, "evaluation": 35}


def test_every_part_has_a_name_of_its_own():
    found = [part.name for part in plan()]
    assert len(set(found)) == len(found)


def test_ready_weights_need_no_pretraining():
    assert not names(plan(pretrained=False), "pretrain")


def test_without_focus_ranking_there_are_no_ratios_and_no_pictures():
    parts = plan(methods=["alex", "pair"])
    assert not names(parts, "ratios")
    assert not names(parts, "retrievals")


def test_a_chosen_rate_completes_the_runs_of_its_method_alone():
    later = Part("ratios", Run("focus_ranking", None, 6, 1))
    assert resolve(later, {"focus_ranking": 0.01}).name == "focus_ranking-ratio1-lr0.01-seed6"
    assert resolve(later, {"pair": 0.01}) is None


def test_what_needs_no_choice_stays_as_it_is():
    for part in (
        Part("search", Run("pair", 0.03, 5)),
        Part("initial", Run("alex", None, 5)),
        Part("evaluation", Run("alex", None, 5)),
        Part("report", "report"),
    ):
        assert resolve(part, {"pair": 0.01}) == part
