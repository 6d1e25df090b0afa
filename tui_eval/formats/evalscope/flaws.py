"""Numbers of EvalScope's reports that count questions which nothing could score, as 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

from tui_eval.formats.evalscope.metrics import matched_names
from tui_eval.formats.evalscope.samples import place_of
from tui_eval.records import Run, SampleFile, Score, ScoreColumns

_Key = tuple[str, str | None, str]


def with_flaws(run: Run) -> list[Score]:
    """The scores of a run: reported ones with what its reviews tell of them, others as they are.

    ``unscored`` is of a category what its reviews say, of a dataset or group their sum.
    """
    reported = [score for score in run.scores if score.origin == "reported"]
    datasets = {score.dataset for score in reported}
    others = [score for score in run.scores if score.origin != "reported"]
    told = dict(_told(replace(run, scores=ScoreColumns(reported)), others))
    together: dict[_Key, list[Score]] = defaultdict(list)
    for one in reported if told else ():
        flaw = told.get((one.dataset, one.category, one.metric))
        if flaw is not None and one.category is not None and one.filter is None:
            for group in {None, one.group}:
                together[one.dataset, group, one.metric].append(flaw)
    marked = [_marked(score, told, together) for score in reported]
    is_alone = (score.dataset not in datasets and not score.unscored for score in others)
    return [*marked, *compress(others, is_alone)]  # flaws of no report are no scores


def _told(run: Run, others: Sequence[Score]) -> Iterator[tuple[_Key, Score]]:
    """What reviews tell of reported scores, by the names that the report has."""
    by_dataset: dict[str, list[Score]] = defaultdict(list)
    for score in others:
        if score.unscored:
            by_dataset[score.dataset].append(score)
    for dataset, scores in by_dataset.items():
        reported = dict.fromkeys(one.metric for one in run.scores if one.dataset == dataset)
        metrics = list(dict.fromkeys(score.metric for score in scores))
        names = matched_names(metrics, list(reported))
        for score in scores:
            _, category = place_of(run, SampleFile(Path(), dataset, score.category))
            yield (dataset, category, names[score.metric]), score


def _marked(score: Score, told: dict[_Key, Score], together: dict[_Key, list[Score]]) -> Score:
    if score.category is not None:
        flaw = told.get((score.dataset, score.category, score.metric))
        if flaw is None or score.filter is not None:
            return score
        is_all = not flaw.n and score.n is not None
        return score._replace(unscored=score.n if is_all else flaw.unscored, status=flaw.status)
    parts = together.get((score.dataset, score.group, score.metric))
    if not parts:
        return score
    return score._replace(
        unscored=sum(part.unscored or 0 for part in parts), status=parts[0].status
    )
