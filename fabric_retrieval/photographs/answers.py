"""What a learning curve says, in plain words; each sentence is worked out from the numbers."""

ENOUGH = 0.01  # of mAP: a cell so close to the best is as good
ALIKE = 1.2  # photographs in all, of two cells that are compared


def answers(one):
    """A list of sentences on one set, as `results.of_set` has it."""
    zero_shot, found = one["test_half"][0], []
    found.append(
        f"With nothing trained, the first answer is the right fabric for {zero_shot['hit_rate@1']:.1%} of "
        f"the queries; the mAP is {zero_shot['map']:.3f}."
    )
    for begin in dict.fromkeys(point["begin"] for point in one["curve"]):
        points = [point for point in one["curve"] if point["begin"] == begin]
        subject = "Trained on from the run" if begin == "run" else "Trained anew"
        found += [f"{subject}: {sentence}" for sentence in _of_begin(points)]
    return found


def _of_begin(points):
    best = max(points, key=lambda point: (point["map"], -_photographs(point)))
    enough = min((p for p in points if p["map"] >= best["map"] - ENOUGH), key=_photographs)
    helps = [p for p in points if _surely(p) > 0]
    harms = [p for p in points if _surely(p) < 0]
    yield f"the best is {_cell(best)}, with a mAP of {best['map']:.3f} ({_gain(best)})."
    if _photographs(enough) < _photographs(best):
        yield f"{_cell(enough)} give as much but for {ENOUGH:.2f}: {enough['map']:.3f}."
    if helps:
        least = min(helps, key=_photographs)
        yield f"the fewest photographs that surely help: {_cell(least)}, {least['map']:.3f} ({_gain(least)})."
    else:
        yield "no number of photographs here surely helps; every interval of the gain reaches 0 or below."
    if harms:
        most = max(harms, key=_photographs)
        yield f"{_cell(most)} are surely worse than nothing trained: {most['map']:.3f} ({_gain(most)})."
    if pair := _pair(points):
        wide, deep = pair
        better = "more fabrics" if wide["map"] > deep["map"] else "more photographs of each"
        yield (
            f"of about as many photographs in all, {_cell(wide)} give {wide['map']:.3f} and {_cell(deep)} "
            f"{deep['map']:.3f}: here {better} did better."
        )


def _pair(points):
    """The two cells with the most photographs, about as many in both, but of other numbers of fabrics."""
    pairs = [
        (wide, deep)
        for wide in points
        for deep in points
        if wide["fabrics"] > deep["fabrics"]
        and wide["photos"] < deep["photos"]
        and max(_photographs(wide), _photographs(deep)) <= ALIKE * min(_photographs(wide), _photographs(deep))
    ]
    return max(pairs, key=lambda pair: _photographs(pair[0]), default=None)


def _surely(point):
    """1 or -1 if the interval of the difference in mAP to nothing trained is above or below 0, else 0."""
    interval = point["minus_zero_shot"]["map_ci95"]
    return 0 if interval is None else int(interval[0] > 0) - int(interval[1] < 0)


def _photographs(point):
    return point["fabrics"] * point["photos"]


def _cell(point):
    return f"{point['fabrics']} fabrics with {point['photos']} photographs each"


def _gain(point):
    return f"{point['minus_zero_shot']['map']:+.3f}"
