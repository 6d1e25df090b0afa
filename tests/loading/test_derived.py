from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from tests.build import twinkle
from tests.build.rescored import SOLVED, answers, derived, opened, scored_again, write_riddles
from tui_eval.analysis.guard import differences
from tui_eval.analysis.run_details import facts_report
from tui_eval.formats.rescored import read_recipe
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import Collection
from tui_eval.loading.derived import DerivedRun, derive
from tui_eval.loading.passes import read_samples
from tui_eval.loading.texts import answers_at, texts
from tui_eval.records import Filter, FilterStep, ScoredBy
from tui_eval.rescoring.spec import filter_from_spec
from tui_eval.tables import SAMPLES

PATTERN = filter_from_spec(SOLVED)


def with_derived(folder: Path) -> tuple[Collection, DerivedRun]:
    loaded = opened(write_riddles(folder).parent)
    run = derived(loaded, PATTERN)
    loaded.derive(run)
    return loaded, run


def test_it_is_a_run_beside_its_parent(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)
    tables = loaded.tables()
    parent = loaded.runs[0]

    assert [one.key for one in loaded.runs] == [parent.key, run.key]
    assert tables.labels[run.key] == f"{tables.labels[parent.key]} · {SOLVED}"
    scores = tables.scores.filter(run=run.key)
    assert scores.select("category", "metric", "filter", "value", "n", "origin").rows() == [
        ("riddles", "exact_match", SOLVED, 8 / 12, 12, "recomputed")
    ]
    row = tables.runs.row(by_predicate=pl.col("run") == run.key, named=True)
    assert row["parent"] == tables.labels[parent.key]
    assert (row["harness"], row["sample_files"]) == ("lm_eval", 1)


def test_its_recipe_tells_how_it_was_made(tmp_path: Path) -> None:
    _, run = with_derived(tmp_path)

    recipe = read_recipe(run.recipe)

    assert recipe is not None
    assert recipe.filter == Filter(
        SOLVED,
        (FilterStep("regex", {"regex_pattern": "A: (-?[0-9]+)"}), FilterStep("take_first")),
    )
    assert recipe.metric == ScoredBy("exact_match")
    assert (recipe.dataset, recipe.where, recipe.questions) == ("riddles", "", 12)


def test_its_answers_are_those_of_the_parent_with_new_scores(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)

    rows = answers(loaded).rows

    own = rows.filter(run=run.key)
    before = rows.filter(pl.col("run") != run.key, filter="strict")
    assert own.schema == SAMPLES
    same = ("sample", "id", "question", "prompt", "cluster", "length", "place", "file")
    assert own.select(same).equals(before.select(same))
    assert own["filter"].unique().to_list() == [SOLVED]
    assert own["score"].sum() == 8
    assert own["status"].value_counts().sort("status").rows() == [("ok", 9), ("unparsed", 3)]


def test_files_of_parent_and_derived_run_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_eval.formats.batches import passed
    from tui_eval.loading import passes

    loaded, _ = with_derived(tmp_path)
    read: list[Path] = []

    def counted(index: object, path: Path, span: object) -> object:
        read.append(path)
        return passed(index, path, span)  # type: ignore[arg-type]

    monkeypatch.setattr(passes, "passed", counted)
    runs, tables = {run.key: run for run in loaded.runs}, loaded.tables()
    *_, samples = read_samples(runs, tables, tables, "riddles", Cache(None))

    assert len(read) == 1
    assert samples.rows["run"].n_unique() == 2


def test_its_texts_are_the_parents_but_for_what_was_extracted(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)
    rows = answers(loaded).rows.filter(run=run.key)
    runs = {one.key: one for one in loaded.runs}

    found = answers_at(runs, rows, "riddles", rows["sample"][2])[run.key][0]

    assert found.answer is not None
    assert found.answer.response == "I think A: 60, or A: 6"
    assert (found.answer.extracted, found.score) == ("60", 0.0)
    record = next(texts(runs, loaded.tables().labels, rows.head(1), rows))
    assert record["extracted"] == "4"


def test_only_the_filter_is_not_the_same(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)
    tables, rows = loaded.tables(), answers(loaded).rows
    key = loaded.runs[0].key

    found = differences(tables, "riddles", ("exact_match", SOLVED), key, run.key, rows)

    assert [one.name for one in found] == ["filter"]


def test_a_filter_of_its_own_makes_no_difference(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    run = derived(loaded, "last")
    loaded.derive(run)

    metric = ("exact_match", "last")
    assert differences(loaded.tables(), "riddles", metric, loaded.runs[0].key, run.key) == ()


def test_its_facts_say_what_it_was_made_of(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)
    tables = loaded.tables()

    facts = dict(facts_report(tables, run.key).frame.select("fact", "value").iter_rows())

    assert facts["scored again from"] == tables.labels[loaded.runs[0].key]
    assert facts["scored again: filter"] == (
        f"{SOLVED}: regex (regex_pattern A: (-?[0-9]+)), take_first"
    )
    assert facts["scored again: metric"] == "exact_match"
    assert facts["scored again: questions"] == "12 of riddles"


def test_it_goes_when_the_files_of_its_parent_change(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)
    loaded.tables()
    write_riddles(tmp_path, ["A: 4"])

    loaded.look_again([tmp_path])

    assert run.key not in loaded.tables().labels
    assert len(loaded.runs) == 1


def test_it_stays_while_other_files_come(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path / "one")
    loaded.tables()
    write_riddles(tmp_path / "two", model="mock/other")

    loaded.look_again([tmp_path])

    assert run.key in loaded.tables().labels
    assert len(loaded.runs) == 3
    assert loaded.file_table()["runs"].sum() == 2  # files hold none of it


def test_it_can_be_taken_out(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)
    loaded.tables()

    assert loaded.drop(run.key)
    assert not loaded.drop(run.key)

    assert run.key not in loaded.tables().labels
    assert loaded.tables().scores["run"].unique().to_list() == [loaded.runs[0].key]


def test_the_same_again_is_the_same_run(tmp_path: Path) -> None:
    loaded, run = with_derived(tmp_path)

    loaded.derive(derived(loaded, PATTERN))

    assert len(loaded.runs) == 2
    assert loaded.runs[1].key == run.key


def test_of_some_questions_it_is_partial(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    rows = answers(loaded).rows.filter(pl.col("id").cast(pl.Int64) < 3)

    run = derived(loaded, PATTERN, rows=rows, where="id < 3", asked=12)

    assert run.state == "partial"
    assert run.notes == ("scored again on 3 of 12 questions",)
    recipe = read_recipe(run.recipe)
    assert recipe is not None
    assert (recipe.where, recipe.questions) == ("id < 3", 3)


def test_groups_have_scores_where_the_parent_has_some(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path, tasks=("sums", "products"), group="maths").parent)

    run = derived(loaded, PATTERN, dataset="maths")

    rows = [(one.dataset, one.category, one.value, one.n) for one in run.scores]
    assert rows == [
        ("maths", "products", 8 / 12, 12),
        ("maths", "sums", 8 / 12, 12),
        ("maths", None, 8 / 12, 24),
    ]


def test_nothing_scored_is_no_run(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)

    with pytest.raises(ValueError, match="nothing was scored"):
        derived(loaded, "loose")


ASKED = {0: ("it is A", "it is B", "it is A"), 1: ("it is B", "it is B", "it is A")}


def several_attempts(
    folder: Path, outputs: Mapping[int, Sequence[str]] = ASKED, *, other_answers: bool = False
) -> Collection:
    """A run of Twinkle Eval that was asked two questions three times, one with other options."""
    for attempt in range(3):
        rows = [
            twinkle.row(
                one,
                said[attempt][-1] == "A",
                llm_output=said[attempt],
                correct_answer="B" if other_answers and attempt > one == 0 else "A",
            )
            for one, said in outputs.items()
        ]
        twinkle.lines(folder, rows, attempt)
    right = [[said[attempt][-1] == "A" for said in outputs.values()] for attempt in range(3)]
    told = {"accuracies": [sum(one) / len(one) for one in right], "results": []}
    result = twinkle.item("datasets/d/a.csv", 0.5, individual_runs=told)
    twinkle.write(folder / f"results_{twinkle.TIMESTAMP}.json", twinkle.document([result]))
    return opened(folder)


def test_attempts_in_rows_of_their_own_are_averaged_or_voted_on(tmp_path: Path) -> None:
    loaded = several_attempts(tmp_path)
    wanted = filter_from_spec("regex:it is ([AB])")

    each = scored_again(loaded, [wanted], dataset="d")
    voted = scored_again(loaded, [wanted], ScoredBy("maj@3"), dataset="d")

    assert (each.rows.height, each.totals["n"][0]) == (6, 2)
    assert each.totals["value"][0] == pytest.approx(0.5)
    assert (voted.rows.height, voted.totals["n"][0]) == (2, 2)
    assert voted.totals["value"][0] == 0.5


def test_each_attempt_keeps_its_score(tmp_path: Path) -> None:
    loaded = several_attempts(tmp_path)
    tables = loaded.tables()
    wanted = filter_from_spec("regex:it is ([AB])")
    found = scored_again(loaded, [wanted], dataset="d")
    run = derive(loaded.runs[0], "x", tables, tables, found.rows, found.totals, wanted)
    loaded.derive(run)

    rows = answers(loaded, "d").rows.filter(run=run.key).sort("id", "attempt")

    assert rows["score"].to_list() == [1.0, 0.0, 1.0, 0.0, 0.0, 1.0]


def test_labels_tell_runs_of_one_filter_apart(tmp_path: Path) -> None:
    loaded, _ = with_derived(tmp_path)
    rows = answers(loaded).rows.filter(run=loaded.runs[0].key)
    some = rows.filter(pl.col("id").cast(pl.Int64) < 3)
    loaded.derive(derived(loaded, PATTERN, rows=some, where="id < 3", asked=12))
    loaded.derive(
        derived(loaded, PATTERN, ScoredBy("exact_match", {"ignore_case": True}), rows=rows)
    )

    parent, *others = loaded.tables().labels.values()

    assert [label.removeprefix(parent) for label in others] == [
        f" · {SOLVED} (exact_match)",
        f" · {SOLVED} (exact_match:ignore_case)",
        f" · {SOLVED} (id < 3)",
    ]
