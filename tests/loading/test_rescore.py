from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.build.rescored import SOLVED, answers, opened, scored_again, write_riddles
from tui_eval.loading import rescore
from tui_eval.loading.rescore import Rescorer, own_filters, pooled
from tui_eval.records import ScoredBy
from tui_eval.rescoring.spec import filter_from_spec
from tui_eval.tables import RESCORED, RESCORES

ENDLESS = r"regex:((?:5+)+)x"
"""Takes exponential time on many fives."""


def total(totals: pl.DataFrame, name: str, category: str | None = None) -> dict[str, object]:
    is_category = pl.col("category").eq_missing(pl.lit(category, pl.String))
    return totals.filter(is_category, filter=name).row(0, named=True)


def test_a_pattern_finds_what_the_filters_of_the_run_do_not(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)

    found = scored_again(loaded, ["strict", filter_from_spec(SOLVED)])

    assert found.is_whole
    assert found.notes == ()
    assert found.rows.schema == RESCORED
    assert found.totals.schema == RESCORES
    strict, solved = (total(found.totals, name) for name in ("strict", SOLVED))
    assert (strict["value"], strict["stored"], strict["invalid"], strict["n"]) == (0.0, 0.0, 12, 12)
    assert (solved["value"], solved["stored"], solved["invalid"]) == (8 / 12, 0.0, 3)
    assert (solved["stored_filter"], solved["stored_metric"]) == ("strict", "exact_match")
    assert solved["stderr"] == pytest.approx((8 / 12 * 4 / 12 / 11) ** 0.5)
    assert total(found.totals, SOLVED, "riddles")["value"] == 8 / 12


def test_each_answer_says_what_was_taken_of_it(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)

    rows = scored_again(loaded, [filter_from_spec(SOLVED)]).rows

    assert rows["extracted"].to_list()[:5] == ["4", "5", "60", "7", "[invalid]"]
    assert rows["status"].to_list()[3:5] == ["ok", "unparsed"]
    assert rows["score"].to_list()[:5] == [1.0, 1.0, 0.0, 1.0, 0.0]
    assert rows["id"].to_list() == [str(number) for number in range(12)]
    assert rows["place"].n_unique() == 12


def test_some_questions_are_compared_with_their_own_stored_scores(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    rows = answers(loaded).rows.filter(pl.col("id").cast(pl.Int64) < 3)

    solved = total(scored_again(loaded, ["last"], rows=rows).totals, "last")

    assert (solved["n"], solved["value"], solved["stored"]) == (3, 1.0, 1.0)


def test_the_next_pattern_on_the_same_answers_reads_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    rows, rescorer = answers(loaded).rows, Rescorer()
    first = scored_again(loaded, [filter_from_spec(SOLVED)], rows=rows, rescorer=rescorer)
    monkeypatch.setattr(rescore, "score_places", None)

    again = scored_again(loaded, [filter_from_spec(SOLVED)], rows=rows, rescorer=rescorer)

    assert again.rows.equals(first.rows)


def test_many_texts_are_not_kept(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    rescorer = Rescorer(most_texts=100)

    scored_again(loaded, ["last"], rescorer=rescorer)

    assert rescorer._texts == {}


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path = write_riddles(tmp_path)
    rescorer = Rescorer()
    scored_again(opened(tmp_path), ["last"], rescorer=rescorer)
    write_riddles(tmp_path, ["A: 4", "A: 5 it is, surely"])

    found = scored_again(opened(path.parent), [filter_from_spec(SOLVED)], rescorer=rescorer)

    assert total(found.totals, SOLVED)["value"] == 1.0


def test_a_file_that_changed_since_its_rows_were_found_is_not_read(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    samples = answers(loaded)
    write_riddles(tmp_path, ["A: 4"])
    runs, tables = {run.key: run for run in loaded.runs}, loaded.tables()

    *_, found = Rescorer().rescore(
        runs, tables, tables, samples.rows, ["last"], states=samples.states
    )

    assert found.rows.is_empty()
    assert "the file has changed" in found.notes[0]
    assert total(found.totals, "last")["reason"] == "no answer has a score"


def test_a_pattern_that_takes_for_ever_is_stopped_and_the_others_are_scored(
    tmp_path: Path,
) -> None:
    responses = ["A: 4", "A: " + "5" * 40, "A: 6"]
    loaded = opened(write_riddles(tmp_path, responses).parent)

    found = scored_again(loaded, [filter_from_spec(ENDLESS)], seconds=0.1)

    stopped = total(found.totals, ENDLESS)
    assert (stopped["timed_out"], stopped["n"]) == (1, 2)
    assert found.rows.filter(status="timed out")["score"].to_list() == [None]
    assert "longer than 0.1 s" in " ".join(found.notes)


def test_a_pattern_that_is_given_up_is_not_tried_on_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescore, "_CHUNK", 6)
    loaded = opened(write_riddles(tmp_path, ["5" * 40] * 30).parent)

    found = scored_again(loaded, [filter_from_spec(ENDLESS), "last"], seconds=0.02)

    assert total(found.totals, ENDLESS)["timed_out"] == 30
    assert total(found.totals, ENDLESS)["value"] is None
    assert total(found.totals, "last")["n"] == 30
    assert any("was stopped: the others were not tried" in note for note in found.notes)


def test_nothing_follows_when_it_is_cancelled(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    runs, tables, rows = (
        {run.key: run for run in loaded.runs},
        loaded.tables(),
        answers(loaded).rows,
    )

    found = Rescorer().rescore(runs, tables, tables, rows, ["last"], cancelled=lambda: True)

    assert list(found) == []


def test_categories_are_pooled_as_the_harness_pools_its_groups(tmp_path: Path) -> None:
    loaded = opened(write_riddles(tmp_path, tasks=("sums", "products"), group="maths").parent)

    totals = scored_again(loaded, [filter_from_spec(SOLVED)], dataset="maths").totals

    assert totals["category"].to_list() == [None, "products", "sums"]
    assert totals["n"].to_list() == [24, 12, 12]
    assert totals["value"].to_list() == [8 / 12] * 3
    own = totals["stderr"][1]
    assert totals["stderr"][0] == pytest.approx((2 * 11 * 12 * own**2 / 22 / 24) ** 0.5)


def test_pooling_of_parts_with_and_without_stderr() -> None:
    assert pooled([0.5, 1.0], [2, 2]) == (0.75, None)
    assert pooled([0.5], [2], [0.5]) == (0.5, 0.5)
    assert pooled([0.5, 1.0], [2, 2], [0.5, None]) == (0.75, None)
    assert pooled([], [], []) == (None, None)


def test_repeats_are_voted_on_within_their_row(tmp_path: Path) -> None:
    responses = [["A: 1", "A: 4", "A: 4"], ["A: 5", "A: 5", "A: 9"], ["A: 1", "A: 2", "A: 6"]]
    loaded = opened(write_riddles(tmp_path, responses).parent)
    regex = {"function": "regex", "regex_pattern": "A: ([0-9]+)"}
    vote = filter_from_spec(
        json.dumps(
            {
                "name": "vote",
                "filter": [regex, {"function": "majority_vote"}, {"function": "take_first"}],
            }
        )
    )

    totals = scored_again(loaded, [vote]).totals

    assert total(totals, "vote")["value"] == 2 / 3


def test_metric_of_repeats(tmp_path: Path) -> None:
    responses = [["A: 1", "A: 4"], ["A: 9", "A: 9"]]
    loaded = opened(write_riddles(tmp_path, responses).parent)

    totals = scored_again(loaded, [filter_from_spec(SOLVED)], ScoredBy("pass@2")).totals

    assert (total(totals, SOLVED)["metric"], total(totals, SOLVED)["value"]) == ("pass@2", 0.5)


@pytest.mark.parametrize(
    ("wish", "metric", "reason"),
    [
        ("loose", None, "it has no filter loose"),
        ("last", ScoredBy("acc"), "acc cannot be computed of texts"),
    ],
)
def test_what_cannot_be_scored_says_why_beside_the_stored_score(
    tmp_path: Path, wish: str, metric: ScoredBy | None, reason: str
) -> None:
    loaded = opened(write_riddles(tmp_path).parent)

    row = total(scored_again(loaded, [wish], metric).totals, wish)

    assert str(row["reason"]).startswith(reason)
    assert (row["value"], row["n"]) == (None, 0)
    assert row["stored"] is not None


def test_the_code_of_a_task_is_not_guessed(tmp_path: Path) -> None:
    path = write_riddles(tmp_path)
    whole = json.loads(path.read_text())
    whole["configs"]["riddles"]["process_results"] = "def process_results(doc, results): ..."
    path.write_text(json.dumps(whole))
    loaded = opened(tmp_path)

    own = total(scored_again(loaded, ["last"]).totals, "last")
    chosen = total(scored_again(loaded, ["last"], ScoredBy("exact_match")).totals, "last")

    assert "process_results" in str(own["reason"])
    assert own["value"] is None
    assert own["stored"] == chosen["value"]


def test_filters_of_the_configuration_come_with_the_one_that_every_task_has(
    tmp_path: Path,
) -> None:
    loaded = opened(write_riddles(tmp_path).parent)
    runs, tables = {run.key: run for run in loaded.runs}, loaded.tables()

    found = own_filters(runs, tables, tables, "riddles")

    assert [one.name for one in found] == ["strict", "last", "none"]


def test_a_metric_over_all_questions_stands_beside_that_of_its_own_filter(tmp_path: Path) -> None:
    path = write_riddles(tmp_path, ["the cat sat here 4", "a dog ran far 9"])
    (file,) = path.parent.glob("samples_*")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        row["metrics"] = ["bleu"]
        row["bleu"] = ["the cat sat here 4", row["resps"][0][0] if row["filter"] == "last" else "x"]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    whole = json.loads(path.read_text())
    whole["results"]["riddles"] = {"bleu,strict": 0.0, "bleu,last": 50.0}
    whole["configs"]["riddles"]["metric_list"] = [{"metric": "bleu"}]
    path.write_text(json.dumps(whole))

    totals = scored_again(opened(tmp_path), ["strict", "last"]).totals

    strict, last = (total(totals, name)["stored"] for name in ("strict", "last"))
    assert strict == 0.0
    assert isinstance(last, float)
    assert last > 30


def test_a_filter_that_is_code_of_the_task_says_so_and_others_go_on(tmp_path: Path) -> None:
    path = write_riddles(tmp_path)
    whole = json.loads(path.read_text())
    own = whole["configs"]["riddles"]["filter_list"][0]["filter"]
    own[0] = {"function": "custom", "filter_fn": "<function riddle>"}
    path.write_text(json.dumps(whole))

    totals = scored_again(opened(tmp_path), ["strict", "last"], ScoredBy("exact_match")).totals

    assert "whose code is not in the files" in str(total(totals, "strict")["reason"])
    assert total(totals, "last")["value"] == 10 / 12
