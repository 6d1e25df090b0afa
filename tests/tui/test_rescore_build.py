"""What screen 7 shows of a snapshot, without an app."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.build.filtered import two_writers
from tui_eval.analysis.aliases import unified
from tui_eval.analysis.rescore_grid import ALL_INVALID, NEW
from tui_eval.analysis.view import View
from tui_eval.analysis.ways import Outcome, Way
from tui_eval.loading.cache import Cache
from tui_eval.loading.collection import load
from tui_eval.loading.store import SampleStore
from tui_eval.records import Filter, FilterStep, ScoredBy, Scoring
from tui_eval.tui.command_line import rescore_command, spec_of
from tui_eval.tui.rescored import Rescoring
from tui_eval.tui.screens.rescore import WHAT_FOR, RescoreScreen, RescoreShown
from tui_eval.tui.session import Loaded, LoadState, Session, Snapshot

STRICT = Filter("strict", (FilterStep("regex", {"regex_pattern": "#+ (.*)"}),))
IS = Filter("regex:is (.*)", (FilterStep("regex", {"regex_pattern": "is (.*)"}),))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Two runs of twelve questions, their answers read."""
    folder = two_writers(tmp_path_factory.mktemp("writers"))
    session, collection = Session([folder]), load([folder])
    written, files = collection.tables(), collection.file_table()
    runs = {run.key: run for run in collection.runs}
    session.take(LoadState(Loaded(unified(written, ()), files, written, runs), files.height))
    session.request = session.sample_request()
    assert session.request is not None
    store = SampleStore(Cache(None))
    *_, session.samples = store.read(session.request.runs, written, written, "sums")
    return session


def snapshot_of(session: Session, **known: object) -> Snapshot:
    snapshot = session.snapshot
    assert snapshot is not None
    assert snapshot.request is not None
    scorings = {run: Scoring(filters=(STRICT,)) for run in snapshot.request.runs}
    rescoring = replace(Rescoring(scorings=scorings), **known)  # type: ignore[arg-type]
    return replace(snapshot, rescoring=rescoring)


def built(snapshot: Snapshot) -> RescoreShown:
    shown = RescoreScreen.build(snapshot)
    assert isinstance(shown, RescoreShown)
    return shown


def cells(shown: RescoreShown) -> list[list[str]]:
    return [[cell.text for cell in row] for row in shown.grid.rows(0, shown.grid.row_count)]


def test_filters_over_runs_with_the_scores_that_are_known(session: Session) -> None:
    first = built(snapshot_of(session, drafts=(IS,)))
    assert list(first.lettered) == ["a", "b"]
    cell = first.cells[first.lettered["a"], Way(STRICT).key]
    blind = Outcome(0.0, 0.0, 12, 12, stored=0.5)
    known = built(snapshot_of(session, drafts=(IS,), outcomes={cell: blind}))
    assert cells(known) == [
        ["strict", "", "0.000 ±0.000", ALL_INVALID, "—       ", "…", "#+ (.*)"],
        ["regex:is (.*)", "new", "—       ", "…", "—       ", "…", "is (.*)"],
        [NEW, "", "", "", "", "", ""],
    ]
    assert known.grid.rows(0, 1)[0][3].tone == "warn"
    assert known.context[:3] == ("sums", "all 12 questions", "metric as each run")
    assert [words for words, _ in known.exports()] == ["the filters over the runs"]


def test_a_condition_and_a_metric_are_scores_of_their_own(session: Session) -> None:
    whole = snapshot_of(session)
    cell = built(whole).cells[built(whole).lettered["a"], Way(STRICT).key]
    known = replace(whole.rescoring, outcomes={cell: Outcome(0.25, None, 12)})
    view = replace(whole.selection.view, where="b.correct")
    some = replace(whole, rescoring=known, selection=replace(whole.selection, view=view))
    assert built(some).outcomes == {}
    assert "8 of 12 questions: b.correct, T clears" in built(some).context
    by = replace(whole.position, rescored_by="exact_match:ignore_case")
    other = built(replace(whole, rescoring=known, position=by))
    assert other.outcomes == {}
    assert "metric exact_match:ignore_case" in other.context
    assert other.ways[0].metric == ScoredBy("exact_match", {"ignore_case": True}, adds=True)


def test_where_nothing_can_be_scored_it_is_said_what_this_is_for(session: Session) -> None:
    snapshot = snapshot_of(session)
    nothing = replace(snapshot, request=None, samples=None)
    empty = RescoreScreen.build(nothing).report.empty
    assert empty.startswith(WHAT_FOR)
    assert "no answers are stored" in empty
    overview = replace(nothing, selection=replace(nothing.selection, view=View()))
    assert RescoreScreen.build(overview).report.empty == f"{WHAT_FOR}: choose a dataset first (d)."
    assert RescoreScreen.build(replace(snapshot, samples=None)).report.empty == "Reading answers …"


def test_the_command_names_filters_as_it_knows_them(session: Session) -> None:
    usual = (FilterStep("regex", {"regex_pattern": "is (.*)"}), FilterStep("take_first"))
    assert spec_of(Way(Filter("mine", usual))) == "regex:is (.*)"
    last = (FilterStep("regex", {"regex_pattern": "x", "group_select": -1}), usual[1])
    assert '"group_select": -1' in spec_of(Way(Filter("last", last)))
    session.change(category="sums", where="broken")
    try:
        words = rescore_command(session, [Way(None, ScoredBy("acc"))], "")
        assert "--filter none --metric acc" in words
        assert words.endswith("""--where '(broken) and category == "sums"'""")
        assert "--filter mine" in rescore_command(
            session, [Way(STRICT._replace(name="mine"), None, "kept")], ""
        )
    finally:
        session.change(category=None, where="")
