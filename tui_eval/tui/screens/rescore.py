"""Screen 7: stored answers scored again with other filters, without the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from tui_eval.analysis.ways import Way, ways_of
from tui_eval.analysis.where import letters
from tui_eval.render.filter_grid import FilterGrid
from tui_eval.render.grid import ReportGrid
from tui_eval.render.names import run_names
from tui_eval.render.safe import cut, safe_text
from tui_eval.tui.commands import EDIT_FILTER, RESCORE, RUN, bindings, quiet
from tui_eval.tui.rescored import Cell
from tui_eval.tui.screens.answered_runs import ChoosesAnsweredRuns
from tui_eval.tui.screens.copy_and_export import CopiesAndExports
from tui_eval.tui.screens.edits_filters import EditsFilters
from tui_eval.tui.screens.makes_runs import Chosen, MakesRuns
from tui_eval.tui.screens.scores_again import ScoresAgain, Wanted
from tui_eval.tui.screens.tries_filters import Trial
from tui_eval.tui.screens.view_screen import Shown
from tui_eval.tui.widgets.frame_table import FrameTable

if TYPE_CHECKING:
    import polars as pl

    from tui_eval.analysis.report import Report
    from tui_eval.analysis.ways import Outcome
    from tui_eval.loading.passes import Samples
    from tui_eval.records import Filter, Run, ScoredBy, Scoring
    from tui_eval.tui.screens.export import Exports
    from tui_eval.tui.session import Loaded, SampleRequest, Snapshot

WHAT_FOR = "Score stored answers again with other filters, without the model"

_HIGH = 30  # lines of a terminal from which on all is told of the difference

_AROUND = 10
"""Lines around the two tables."""

_NAME = 24
"""Terminal cells of a filter's name in a sentence."""


@dataclass(frozen=True, kw_only=True)
class RescoreShown(Shown):
    """What the screen shows, and what it is made of.

    Attributes:
        request: The runs whose answers these are.
        loaded: Where they are from.
        samples: What was read of the answers.
        questions: ``category`` and ``sample`` of those that are wanted, in order.
        ways: A row each.
        cells: What a row and a run are scored as, by run and `Way.key`.
        outcomes: What came of it, in the same way.
        scorings: How the harness scored the runs.
        lettered: The runs by their letters; those that are scored again are left out.
        names: What they are called.
        metric: The score that stands in the files: its name, and its filter.
    """

    request: SampleRequest
    loaded: Loaded
    samples: Samples
    questions: pl.DataFrame
    ways: tuple[Way, ...]
    cells: Mapping[tuple[str, str], Cell]
    outcomes: Mapping[tuple[str, str], Outcome]
    scorings: Mapping[str, Scoring]
    lettered: Mapping[str, str]
    names: Mapping[str, str]
    metric: tuple[str | None, str | None]


class _FilterTable(FrameTable):
    """A table whose Enter edits a filter, and says so in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(EDIT_FILTER)


class RescoreScreen(EditsFilters, MakesRuns, ScoresAgain, ChoosesAnsweredRuns, CopiesAndExports):
    """Filters as rows, runs as columns; below them what a filter takes from the answers."""

    KEYS = (*EDIT_FILTER, *RESCORE, *RUN)
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        quiet(RESCORE, "export", "scale", "dataset"), RUN
    )
    NUMBER = 7
    MODE = "rescore"
    TABLE = _FilterTable
    CANDIDATES = "Runs that are scored beside the baseline"

    def compose(self) -> ComposeResult:
        """The rows of the screen, and above the prompt what is wrong with a filter."""
        yield from super().compose()
        yield Static(id="complaint", markup=False)

    def update_view(self) -> None:
        """See to it that the answers are read, and show what came of them."""
        self.reading.ensure_samples()
        self.lift_misfit()
        super().update_view()

    def completed(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with how the harnesses scored the runs, and the filters that are kept."""
        request, samples = snapshot.request, snapshot.samples
        if request is None or samples is None:
            return snapshot
        known = self.with_kept(snapshot.rescoring)
        category = snapshot.selection.view.category
        scorings = self._scorings(snapshot.loaded, request, samples, category)
        return replace(snapshot, rescoring=replace(known, scorings=scorings))

    def _scorings(
        self, loaded: Loaded, request: SampleRequest, samples: Samples, category: str | None
    ) -> dict[str, Scoring]:
        """How the harnesses scored the runs, in the category or in all."""
        from tui_eval.analysis.ways import merged
        from tui_eval.loading.rescore import Names, scoring_of

        parts = samples.rows.select("run", "category").unique(maintain_order=True).rows()
        subject = (loaded, request.dataset, category, tuple(parts))
        if self._scored_how is None or self._scored_how[0] != subject:
            names = Names(loaded.written, loaded.tables)
            scorings = {
                key: merged(
                    [
                        scoring_of(run, names, request.dataset, part)
                        for own, part in parts
                        if own == key and (category is None or part == category)
                    ]
                )
                for key, run in request.runs.items()
            }
            self._scored_how = (subject, scorings)
        return self._scored_how[1]

    _scored_how: tuple[object, dict[str, Scoring]] | None = None

    @staticmethod
    def build(snapshot: Snapshot) -> Shown:
        """Filters over runs, with the scores that are known."""
        from tui_eval.analysis.rescore_grid import rescore_grid

        selection, samples, request = snapshot.selection, snapshot.samples, snapshot.request
        if samples is None or request is None:
            return _nothing(snapshot)
        if not request.runs.keys() <= selection.letters.keys():  # of runs that are gone by now
            return _nothing(snapshot)
        view, known = selection.view, snapshot.rescoring
        lettered = _lettered(request.runs)
        runs = tuple(lettered.values())
        metric = _metric(snapshot)
        ways = ways_of(known.scorings.values(), known.kept, known.drafts, metric)
        letters_of = tuple(request.runs) if view.where else ()
        about = (request.dataset, view.category, view.where, letters_of)
        files = hash(frozenset(samples.states.items()))
        cells = {(run, way.key): Cell(run, *about, way.key, files) for run in runs for way in ways}
        outcomes = {
            place: known.outcomes[cell] for place, cell in cells.items() if cell in known.outcomes
        }
        names = run_names(selection.tables, runs)
        takes_filters = not ways or ways[0].filter is not None
        scored_by = f"metric {snapshot.position.rescored_by or 'as each run'}"
        report = rescore_grid(
            request.dataset,
            ways,
            lettered,
            outcomes,
            view.scale,
            takes_filters=takes_filters,
        )
        questions, total = _questions(snapshot)
        return RescoreShown(
            report=replace(report, notes=(*samples.notes, *_troubles(snapshot), *report.notes)),
            grid=FilterGrid(
                report,
                _headings(lettered, names.full, "filter" if takes_filters else "metric"),
                fills="filter",
                beyond=("steps",),
            ),
            rows=tuple(report.frame["filter"]),
            context=(
                request.dataset,
                *([view.category] if view.category else []),
                _how_many_questions(questions.height, total, view.where),
                scored_by if takes_filters else "",
                f"runs {names.shared}" if names.shared else "",
            ),
            exports=partial(_exports, report, tuple(outcomes.values())),
            request=request,
            loaded=snapshot.loaded,
            samples=samples,
            questions=questions,
            ways=ways,
            cells=cells,
            outcomes=outcomes,
            scorings=known.scorings,
            lettered=lettered,
            names={run: f"{one} {names.full[run]}" for one, run in lettered.items()},
            metric=(None, None)
            if selection.metric is None
            else (selection.metric.name, selection.metric.filter),
        )

    def wanted(self) -> Wanted | None:
        """What is shown without a score."""
        import polars as pl

        known = self.known
        if known is None or not known.samples.is_whole:
            return None
        missing = {
            place: cell for place, cell in known.cells.items() if place not in known.outcomes
        }
        if not missing:
            return None
        runs, keys = {run for run, _ in missing}, {key for _, key in missing}
        rows = known.samples.rows.filter(pl.col("run").is_in(runs)).join(
            known.questions, on=("category", "sample"), how="semi", nulls_equal=True
        )
        ways = tuple(way for way in known.ways if way.key in keys)
        return Wanted(known.request, known.loaded, known.samples, rows, ways, missing)

    @property
    def ways(self) -> Sequence[Way]:
        """All rows."""
        return () if self.known is None else self.known.ways

    async def close_top(self) -> bool:
        """Close what is open on top of the view, else stop what goes on; whether either was."""
        if await super().close_top():
            return True
        self.stop_trial()  # which ends soon by itself: it is nothing that one goes back from
        return self.stop_scoring()

    # where the cursor is

    @property
    def known(self) -> RescoreShown | None:
        """What is shown, where there is something to score."""
        return self.shown if isinstance(self.shown, RescoreShown) else None

    def way_at_cursor(self) -> Way | None:
        """The filter of the row at the cursor; None: a new one can be typed there."""
        known, row = self.known, self.table.cursor_row
        return known.ways[row] if known is not None and row < len(known.ways) else None

    def run_at_cursor(self) -> str | None:
        """The run of the column at the cursor; beside the columns of runs the first one."""
        known = self.known
        if known is None:
            return None
        letter = (self.table.cursor_key or "").partition(".")[0]
        return known.lettered.get(letter, next(iter(known.names), None))

    def summary(self) -> Sequence[str]:
        """What came of the filter and the run at the cursor, and whether it is more than noise."""
        from tui_eval.render.rescore_words import told_of_outcome

        known, way, run = self.known, self.way_at_cursor(), self.run_at_cursor()
        if known is None or run is None:
            return ()
        obstacle = known.scorings[run].obstacle if run in known.scorings else ""
        width = max(self.size.width - 2, _NAME)
        if way is None:
            lines = [f"{WHAT_FOR}: Enter, and type a pattern.", *([obstacle] if obstacle else [])]
            return tuple(line for one in lines for line in wrap(one, width))[:3]
        outcome = known.outcomes.get((run, way.key))
        return told_of_outcome(
            outcome,
            f"{known.names[run]}, {cut(safe_text(way.name), _NAME)}",
            self.session.view.scale,
            obstacle,
            width=width,
        )[: 3 if self.size.height >= _HIGH else 2]

    def trial_at_cursor(self) -> Trial | None:
        """The filter that is typed, or that of the row at the cursor, on the run's answers."""
        from tui_eval.analysis.rescore_rows import answers_to_try
        from tui_eval.loading.try_filter import At

        known, way, run = self.known, self.way_at_cursor(), self.run_at_cursor()
        if known is None or run is None:
            return None
        scoring = known.scorings.get(run)
        tried = self.session.rescoring.trial or _tried(way, scoring)
        name, own = known.metric
        wanted = (None if way is None else way.name, own)
        rows = answers_to_try(known.samples.rows, run, known.questions, name, wanted)
        stored_by = rows["filter"][0] if rows.height else None
        return Trial(
            filter=tried,
            metric=_scored_by(way, scoring),
            run=known.request.runs[run],
            name=known.names[run],
            at=[At(*place) for place in rows.select("file", "place", "item").iter_rows()],
            ids=rows["id"].fill_null("").to_list(),
            stored=rows["score"].to_list(),
            stored_by=stored_by or "",
        )

    @on(FrameTable.CellHighlighted, "#table")
    def _follow_cursor(self) -> None:
        if self.known is not None:
            self.put_summary()
            self.show_trial()

    # what is shown

    def put_up(self, shown: Shown) -> None:
        """Show filters and answers, and score what is not scored yet."""
        super().put_up(shown)
        self.place_tables()
        self.call_after_refresh(self.place_tables)  # headings have their lines by then
        self._go_to_sought()
        self.go_to_new()
        self.show_trial()
        self.score_missing()

    def stay_at(self, chosen: Chosen) -> None:
        """Come back to the filter and the run when their answers are read again."""
        self.goes_to = chosen.way.name
        self.session.sought_run = chosen.run.key

    def _go_to_sought(self) -> None:
        """Put the cursor on the run that the user came from."""
        lettered = {} if self.known is None else self.known.lettered
        for letter, run in lettered.items():
            if run == self.session.sought_run:
                self.table.move_cursor(column_key=f"{letter}.score")
                self.session.sought_run = None

    def on_resize(self) -> None:
        """Share the room between filters and answers."""
        super().on_resize()
        self.place_tables()

    def place_tables(self) -> None:
        """Give the filters as many lines as they need, half of the screen at most."""
        rows = self.table.row_count + self.table.heading_height
        room = max((self.size.height - _AROUND) // 2, 4)
        self.table.styles.height = min(rows, room) if self.known is not None else None

    def show_context(self, more: Sequence[str]) -> None:
        """What is looked at, and how scoring goes."""
        super().show_context((*more, self.session.rescoring.progress))

    def action_other_pane(self) -> None:
        """Switch between filters and answers."""
        other = self.answers if self.focused is self.table else self.table
        self.set_focus(other if other.display else self.table)

    def action_select_cursor(self) -> None:
        """Edit the filter at the cursor, as Enter does in the table."""
        self.table.action_select_cursor()

    def chosen(self) -> Chosen | None:
        """The filter and the run at the cursor, where there are answers to score."""
        known, way, run = self.known, self.way_at_cursor(), self.run_at_cursor()
        if known is None or way is None or run is None:
            return None
        view = self.session.view
        every = known.samples.rows.filter(run=run)
        rows = every.join(known.questions, on=("category", "sample"), how="semi", nulls_equal=True)
        return Chosen(
            known.request.runs[run],
            self.session.labels.get(run, run),
            way,
            Wanted(known.request, known.loaded, known.samples, rows, (way,), {}),
            view.category,
            view.where,
            every.select("category", "sample").n_unique(),
        )

    def action_lift_where(self) -> None:
        """Score all questions again."""
        self.change(where="")

    def action_copy_command(self) -> None:
        """Copy the command that scores these answers with the filter at the cursor."""
        from tui_eval.tui.command_line import rescore_command

        way = self.way_at_cursor()
        scorings = self.known.scorings.values() if self.known is not None else ()
        own = {one.name for scoring in scorings for one in scoring.filters}
        metric = self.session.position.rescored_by
        self.copy(rescore_command(self.session, [way] if way else [], metric, own))


def _lettered(runs: Mapping[str, Run]) -> dict[str, str]:
    """The runs by their letters, as they are on Samples; without those that were scored again."""
    lettered = zip(letters(len(runs)), runs, strict=True)
    return {letter: run for letter, run in lettered if runs[run].parent is None}


def _headings(lettered: Mapping[str, str], names: Mapping[str, str], first: str) -> dict[str, str]:
    """What stands above the rows' names, and above the columns of each run."""
    headings = {"filter": first}
    for letter, run in lettered.items():
        headings |= {f"{letter}.score": f"{letter} {names[run]}", f"{letter}.invalid": "invalid"}
    return headings


def _metric(snapshot: Snapshot) -> ScoredBy | None:
    """The metric that was chosen; None: that of each run."""
    from tui_eval.rescoring.spec import metric_from_spec

    spec = snapshot.position.rescored_by
    return metric_from_spec(spec) if spec else None


def _tried(way: Way | None, scoring: Scoring | None) -> Filter | None:
    """What is tried on the answers that are seen; None: nothing that can be scored."""
    from tui_eval.rescoring.filters import UNFILTERED

    obstacle = scoring.obstacle if scoring is not None else ""
    if way is None or (way.metric is None and way.origin == "run" and obstacle):
        return None
    return UNFILTERED if way.filter is None else way.filter


def _scored_by(way: Way | None, scoring: Scoring | None) -> ScoredBy:
    """By what a way scores the answers of a run."""
    from tui_eval.records import ScoredBy
    from tui_eval.rescoring.metrics import meant, obstacle

    if way is not None and way.metric is not None:
        return way.metric if scoring is None else meant(way.metric, scoring)
    metrics = () if scoring is None else scoring.metrics
    usable = (one for one in metrics if scoring is not None and not obstacle(one, scoring))
    return next(usable, ScoredBy("exact_match"))


def _questions(snapshot: Snapshot) -> tuple[pl.DataFrame, int]:
    """The questions that meet the condition, in order; how many there are without it."""
    from tui_eval.analysis.samples import question_table, samples_report
    from tui_eval.analysis.selection import select
    from tui_eval.analysis.view import View

    selection, samples, request = snapshot.selection, snapshot.samples, snapshot.request
    assert samples is not None  # noqa: S101  # its caller knows
    assert request is not None  # noqa: S101
    view, runs = selection.view, tuple(request.runs)
    names = ("dataset", "category", "metric", "filter")
    whole = View(**{name: getattr(view, name) for name in names})
    asked = samples.once(
        ("rescore", selection.tables, whole, runs),
        lambda: question_table(
            select(selection.tables, whole), samples.rows, runs, is_whole=samples.is_whole
        ),
    )
    frame = samples_report(selection, asked).frame
    return frame.select("category", "sample"), asked.questions.height


def _how_many_questions(count: int, total: int, where: str) -> str:
    if not where:
        return f"all {total:,} questions"
    return f"{count:,} of {total:,} questions: {where}, T clears"


def _troubles(snapshot: Snapshot) -> list[str]:
    """What else is wrong."""
    request, trouble = snapshot.request, snapshot.rescoring.trouble
    limit = [request.limit_note] if request is not None and request.limit_note else []
    return [*limit, *([f"Kept filters: {trouble}"] if trouble else [])]


def _exports(grid: Report, outcomes: Sequence[Outcome]) -> Exports:
    from tui_eval.analysis.rescore_outcomes import all_scores

    whole = all_scores(outcomes)
    scores = () if whole is None else (("new and stored scores, with intervals", lambda: whole),)
    return (*scores, ("the filters over the runs", lambda: grid))


def _nothing(snapshot: Snapshot) -> Shown:
    """What is shown where no answers are, or none yet."""
    import polars as pl

    from tui_eval.analysis.report import Report

    selection = snapshot.selection
    words = f"{WHAT_FOR}: choose a dataset first (d)."
    if selection.dataset is not None:
        words = f"{WHAT_FOR}: of these runs no answers are stored (v: other runs, d: dataset)."
    if snapshot.request is not None or snapshot.is_loading:
        words = "Reading answers …"
    title = selection.dataset or "Re-score"
    report = Report("rescore", title, pl.DataFrame(), (), empty=words)
    return Shown(report=report, grid=ReportGrid(report), rows=(), context=(report.title,))
