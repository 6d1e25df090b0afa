"""Every key of the program: one definition gives key, footer, palette, help and README's table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person can do with a key.

    Attributes:
        action: Textual action that runs, without ``action_``.
        keys: Keys that run it, as Textual names them, separated by commas.
        name: Short name: what the palette lists.
        help: One sentence for the help screen and the palette.
        footer: Word in the footer; empty where the footer leaves the command out.
        shown_key: How footer and help screen write the keys; empty: as they are.
        in_dialogs: Whether the keys run it while a dialog is open, too.
    """

    action: str
    keys: str
    name: str
    help: str
    footer: str = ""
    shown_key: str = ""
    in_dialogs: bool = False

    @property
    def shown(self) -> str:
        """Its keys as help and palette write them."""
        return self.shown_key or self.keys.replace(",", " ")

    def binding(self) -> Binding:
        """The Textual binding of this command."""
        return Binding(
            self.keys,
            self.action,
            self.footer or self.name,
            show=bool(self.footer),
            key_display=self.shown_key or None,
            tooltip=self.help,
            priority=self.in_dialogs,
        )


def bindings(*commands: Iterable[Command]) -> list[BindingType]:
    """The bindings of groups of commands, in order."""
    return [command.binding() for group in commands for command in group]


def quiet(commands: Iterable[Command], *actions: str) -> list[Command]:
    """The same commands, some of them left out of the footer: it has room for six."""
    return [replace(one, footer="") if one.action in actions else one for one in commands]


MOVEMENT = (
    Command("cursor_up", "up,k", "Up", "Move up a row.", shown_key="↑ k"),
    Command("cursor_down", "down,j", "Down", "Move down a row.", shown_key="↓ j"),
    Command("cursor_left", "left,h", "Left", "Move left a column.", shown_key="← h"),
    Command("cursor_right", "right,l", "Right", "Move right a column.", shown_key="→ l"),
    Command("cursor_top", "g,home", "Top", "Go to the first row.", shown_key="g Home"),
    Command("cursor_bottom", "G,end", "Bottom", "Go to the last row.", shown_key="G End"),
    Command(
        "half_page_down", "ctrl+d", "Half a page down", "Move down half a screen.", shown_key="^d"
    ),
    Command("half_page_up", "ctrl+u", "Half a page up", "Move up half a screen.", shown_key="^u"),
    Command(
        "page_down", "ctrl+f,pagedown", "Screen down", "Move down a screen.", shown_key="^f PgDn"
    ),
    Command("page_up", "ctrl+b,pageup", "Screen up", "Move up a screen.", shown_key="^b PgUp"),
)

RUN = (
    Command("facts", "i", "Run facts", "Show how the run at the cursor was made, and its facts."),
    Command(
        "difference",
        "I",
        "Differences",
        "Show how the run at the cursor differs from the baseline; on Files two marked runs.",
    ),
)

SELECT = (
    Command(
        "select_cursor",
        "enter",
        "Questions",
        "Open the questions of the row at the cursor, or the dataset or group.",
        "Questions",
        "↵",
    ),
)

OPEN_SCORES = (
    Command(
        "select_cursor",
        "enter",
        "Open",
        "Open the questions of a score, a run against the best, a dataset, or a group.",
        "Open",
        "↵",
    ),
)

EVERYWHERE = (
    Command("show_datasets", "0", "Datasets", "List the datasets: runs, harness, best run."),
    Command("show_files", "1", "Files", "Choose which runs are open."),
    Command("show_scores", "2", "Scores", "See which run is better at what."),
    Command("show_delta", "3", "Delta", "Compare runs with a baseline."),
    Command("show_samples", "4", "Samples", "See which questions flipped, and the answers."),
    Command("show_curves", "5", "Curves", "See scores over training steps, and what was lost."),
    Command(
        "show_correlation",
        "6",
        "Correlation",
        "See whether two benchmarks put the models in the same order.",
    ),
    Command(
        "show_rescore",
        "7",
        "Re-score",
        "Score stored answers again with other filters, without the model.",
    ),
    Command(
        "show_completeness",
        "8",
        "Completeness",
        "See which runs lack questions or answers, and why.",
    ),
    Command("reload", "r", "Reload", "Show runs that were read since; else read all files anew."),
    Command("watch", "W", "Watch", "Show new results as they appear; again: stop."),
    Command("stop", "ctrl+x", "Stop reading", "Stop reading files or answers.", shown_key="^x"),
    Command(
        "show_keys",
        "question_mark,f1",
        "Keys",
        "List the keys of this screen: ? or F1.",
        "Keys",
        "?",
    ),
    Command(
        "screen.go_back",
        "escape",
        "Back",
        "Close what is open, else go back to where you were; at the top stop reading.",
        shown_key="Esc",
    ),
    Command(
        "screen.go_up",
        "backspace",
        "Back or parent",
        "Go back, as Esc does; in the list of folders go to the folder above.",
        shown_key="⌫",
    ),
    Command("leave", "q", "Back or quit", "Go back, as Esc does; at the top quit.", shown_key="q"),
    Command("quit", "ctrl+q", "Quit", "Quit from anywhere.", shown_key="^q", in_dialogs=True),
    Command(
        "interrupt",
        "ctrl+c",
        "Interrupt",
        "Copy the selected text; without one, pressed twice, quit.",
        shown_key="^c",
        in_dialogs=True,
    ),
    Command(
        "suspend_process",
        "ctrl+z",
        "Suspend",
        "Go back to the shell; fg there comes back here.",
        shown_key="^z",
        in_dialogs=True,
    ),
    Command(
        "screen.copy_command",
        "L",
        "Copy command",
        "Copy the command that opens this view: dataset, metric, scale, runs, questions.",
    ),
    Command(
        "draw_anew",
        "ctrl+l",
        "Redraw",
        "Draw the whole screen anew, where something else has written over it.",
        shown_key="^l",
        in_dialogs=True,
    ),
)

PALETTE = Command(
    "command_palette",
    "ctrl+p",
    "Palette",
    "Find a command by its name.",
    shown_key="^p :",
    in_dialogs=True,
)
COLON = replace(PALETTE, keys="colon", in_dialogs=False)  # is typed in dialogs

TABLE = (
    Command("search", "slash", "Search", "Find a row by its name as you type.", shown_key="/"),
    Command("next_hit", "n", "Next hit", "Go to the next row found."),
    Command("previous_hit", "N", "Previous hit", "Go to the previous row found."),
    Command("export", "e", "Export", "Save this table as CSV, Markdown or JSON.", "Export"),
    Command("copy_cell", "y", "Copy cell", "Copy the cell at the cursor."),
    Command("copy_table", "Y", "Copy table", "Copy the table as Markdown."),
    Command("toggle_chart", "c", "Chart", "Show or hide the chart."),
    Command("scale", "x", "Scale", "Show scores on 0–1 or on 0–100.", "Scale"),
    Command("metric", "m", "Metric", "Choose the metric: accuracy, its std, pass@k, unparsed …"),
    Command("dataset", "d", "Dataset", "Choose the dataset.", "Dataset"),
    Command(
        "same",
        "equals_sign",
        "Same dataset",
        "Choose datasets of other harnesses that mean the same, to compare them side by side.",
        shown_key="=",
    ),
)

SCORES = (
    Command("sort", "s", "Sort", "Order rows: best mean first, worst first, by name.", "Sort"),
    Command(
        "sort_column",
        "right_square_bracket",
        "Sort by column",
        "Order rows by the column at the cursor; again: the other way.",
        shown_key="]",
    ),
    Command(
        "transpose",
        "w",
        "Transpose",
        "Runs as rows, best first, or categories (datasets) as rows.",
        "Transpose",
    ),
    Command("threshold", "t", "Filter", "Keep categories with scores ≥ or ≤ a value."),
    Command("lift_threshold", "T", "Clear filter", "Show all categories again."),
    Command(
        "step(1)", "plus", "Raise filter", "Raise the filter's value by a step.", shown_key="+"
    ),
    Command(
        "step(-1)", "minus", "Lower filter", "Lower the filter's value by a step.", shown_key="-"
    ),
    Command(
        "next_page",
        "full_stop,greater_than_sign",
        "Next page",
        "Go to the next page.",
        shown_key=". >",
    ),
    Command(
        "previous_page",
        "comma,less_than_sign",
        "Previous page",
        "Go to the previous page.",
        shown_key=", <",
    ),
    Command("page_size", "p", "Page size", "Show 10, 20, 30, 50 or 100 rows a page, or all rows."),
    Command("groups", "z", "Groups", "Close all groups of categories, or open them; Enter: one."),
    Command(
        "uncertainty",
        "u",
        "Intervals",
        "How sure scores are: show ± (stderr), then 95 % intervals, then neither.",
    ),
    Command("runs", "v", "Runs", "Choose the runs that are shown; a: all of them."),
    Command("overview", "o", "All datasets", "Means of all datasets; Enter opens one."),
    Command(
        "datasets",
        "D",
        "Some datasets",
        "Choose the datasets of the overview; none marked: those that several runs have.",
    ),
    Command("take_baseline", "b", "Baseline", "Compare all runs with the run at the cursor."),
)

SCORE_AGAIN = (
    Command(
        "rescore",
        "R",
        "Re-score",
        "Score these answers again with other filters, without the model.",
    ),
)

READ_ANSWERS = (
    Command(
        "read_answers",
        "A",
        "Read answers",
        "Read answers that are too many to be read unasked, so that tests are paired.",
    ),
)

DELTA = (
    Command(
        "baseline", "b", "Baseline", "Choose the run that the others are compared with.", "Baseline"
    ),
    Command("candidates", "v", "Candidates", "Choose the runs that are compared.", "Candidates"),
    Command(
        "sort",
        "s",
        "Sort",
        "Order rows: Δ down, Δ up, |Δ|, by name; flips: by net, fixed, broken, by name.",
        "Sort",
    ),
    Command(
        "sort_column",
        "right_square_bracket",
        "Sort by column",
        "Order rows by the column at the cursor; again: the other way.",
        shown_key="]",
    ),
    Command("groups", "z", "Groups", "Close all groups of categories, or open them; Enter: one."),
    Command("threshold", "t", "Least |Δ|", "Hide differences smaller than a value."),
    Command("lift_threshold", "T", "Show all Δ", "Show differences of any size again."),
    Command("margin", "M", "Margin", "Choose the difference up to which two runs are the same."),
    Command(
        "step(1)",
        "plus",
        "More",
        "Longer lists of improved and declined; elsewhere a larger least |Δ|.",
        shown_key="+",
    ),
    Command(
        "step(-1)",
        "minus",
        "Less",
        "Shorter lists of improved and declined; elsewhere a smaller least |Δ|.",
        shown_key="-",
    ),
    Command(
        "part(1)",
        "o",
        "Next list",
        "Categories, overview, most improved, most declined, what flipped, missing, all pairs.",
        "Lists",
    ),
    Command("part(-1)", "O", "List before", "Go back to the list before."),
)

SAMPLES = (
    Command(
        "preset",
        "f",
        "Show only",
        "Fixed, broken, all wrong, unparsed …: choose what is shown.",
        "Show only",
    ),
    Command(
        "where",
        "ampersand",
        "Filter",
        "Keep questions by an expression: not b.correct and …",
        "Filter",
        "&",
    ),
    Command("lift_where", "T", "Clear filter", "Show all questions again."),
    Command(
        "search",
        "slash",
        "Search texts",
        "Find a regular expression in prompts and answers.",
        "Search",
        "/",
    ),
    Command("next_hit", "n", "Next hit", "Go to the next hit, here or in the next question."),
    Command(
        "previous_hit",
        "N",
        "Previous hit",
        "Go to the previous hit, here or in a previous question.",
    ),
    Command("other_pane", "tab", "Answers", "Switch between questions and answers."),
    Command("sort", "s", "Sort", "Order questions as they were asked."),
    Command(
        "sort_column",
        "right_square_bracket",
        "Sort by column",
        "Order questions by the column at the cursor; again: the other way.",
        shown_key="]",
    ),
    Command("next_attempt", "full_stop", "Next attempt", "Show the next attempt.", shown_key="."),
    Command(
        "previous_attempt", "comma", "Previous attempt", "Show the previous attempt.", shown_key=","
    ),
    Command(
        "next_run", "greater_than_sign", "Next runs", "Show the answers of the next runs.", "", ">"
    ),
    Command(
        "previous_run",
        "less_than_sign",
        "Previous runs",
        "Show the answers of the previous runs.",
        "",
        "<",
    ),
    Command("reasoning", "t", "Reasoning", "Show or fold the reasoning of the models."),
    Command("prompt", "p", "Prompt", "Show the whole prompt, or its beginning and end."),
    Command("words", "w", "Differences", "Mark the words in which answers differ."),
    Command(
        "unfold", "z", "Unfold", "Show all of prompt, reasoning, steps and answers; again: fold."
    ),
    Command("category", "C", "Category", "Choose the category, or all of the dataset."),
    Command("baseline", "b", "Baseline", "Choose the run that is called a."),
    Command("candidates", "v", "Runs", "Choose the runs whose answers are shown beside it."),
)

ANSWERS = tuple(
    command
    for command in TABLE
    if command.action in ("export", "copy_cell", "copy_table", "scale", "metric", "dataset")
)

COPY = (
    Command(
        "copy_answer",
        "y",
        "Copy text",
        "In the answers: copy prompt (p), target (t) or the answer of a run (a, b, …).",
    ),
)

READING = (
    Command(
        "select_cursor",
        "enter",
        "Read",
        "Show answers on the whole screen; again: on half of it.",
        "Read",
        "↵",
    ),
)

NEXT = (
    Command("next_question", "J", "Next question", "Go to the next question."),
    Command("previous_question", "K", "Previous question", "Go to the previous question."),
)

ORDER = (
    Command("sort", "s", "Sort", "Order rows by the next of the usual columns.", "Sort"),
    Command(
        "sort_column",
        "right_square_bracket",
        "Sort by column",
        "Order rows by the column at the cursor; again: the other way. Or click its heading.",
        shown_key="]",
    ),
)

OVERVIEW = tuple(
    command
    for command in TABLE
    if command.action in ("next_hit", "previous_hit", "export", "copy_cell", "copy_table", "scale")
)

OPEN_CURVE = (
    Command(
        "select_cursor",
        "enter",
        "Compare",
        "Compare the step at the cursor with the one before it.",
        "Compare",
        "↵",
    ),
)

CURVES = (
    Command("axis", "a", "Axis", "Show steps on a logarithmic axis or on a linear one.", "Axis"),
    Command("overview", "o", "All datasets", "Curves of all datasets; again: of one."),
    Command("runs", "v", "Runs", "Choose the runs that are shown; a: all of them."),
)

DATASETS = (
    Command("runs", "v", "Runs", "Choose the runs that are counted; a: all of them.", "Runs"),
    Command("search", "slash", "Search", "Find a dataset by its name as you type.", "Search", "/"),
    *ORDER,
)

OPEN_DATASET = (
    Command(
        "select_cursor",
        "enter",
        "Open",
        "Open the scores of the dataset at the cursor.",
        "Open",
        "↵",
    ),
)

CORRELATION = (
    Command(
        "benchmark",
        "o",
        "Categories",
        "Compare the categories of one dataset; again: datasets.",
        "Categories",
    ),
    Command("runs", "v", "Runs", "Choose the runs that are counted; a: all of them.", "Runs"),
    Command("dataset", "d", "Dataset", "Choose the dataset whose categories are compared."),
    *(one for one in TABLE if one.action in ("search", "toggle_chart", "metric")),
    *OVERVIEW,
)

EDIT_FILTER = (
    Command(
        "select_cursor",
        "enter",
        "Edit filter",
        "Edit the pattern of the filter at the cursor; on new regex… type one.",
        "Edit",
        "↵",
    ),
)

RESCORE = (
    Command("edit_json", "E", "Edit JSON", "Edit all steps of the filter, as lm-eval's JSON."),
    Command("keep_filter", "K", "Keep filter", "Keep the filter by a name, for later.", "Keep"),
    Command("forget_filter", "D", "Delete filter", "Delete the kept or new filter at the cursor."),
    Command(
        "scored_by",
        "m",
        "Metric",
        "Choose the metric: exact_match with its options, or as each run was scored.",
        "Metric",
    ),
    Command(
        "make_run",
        "S",
        "Make a run",
        "Make the new scores a run of its own, beside the one that answered, on all screens.",
        "Make run",
    ),
    Command(
        "save_files",
        "F",
        "Save files",
        "Save the new scores as result and sample files of lm-eval, in a folder.",
    ),
    Command(
        "score_all",
        "A",
        "Score all",
        "Score all questions, also very many, and go on after a stop.",
    ),
    Command("other_pane", "tab", "Answers", "Switch between filters and answers.", "Answers"),
    Command("lift_where", "T", "Clear condition", "Score all questions again, not some only."),
    Command("category", "C", "Category", "Choose the category, or all of the dataset."),
    Command("baseline", "b", "Baseline", "Choose the run that is called a."),
    Command("candidates", "v", "Runs", "Choose the runs that are scored beside it."),
    *(one for one in TABLE if one.action in ("export", "copy_cell", "copy_table", "scale")),
    *(one for one in TABLE if one.action == "dataset"),
)

OPEN_BENCHMARK = (
    Command(
        "select_cursor", "enter", "Open", "Open the scores of the row at the cursor.", "Open", "↵"
    ),
)

CHECKS = (
    Command(
        "hide_complete",
        "t",
        "Filter",
        "Show only what is not complete; again: all.",
        "Not complete",
    ),
    Command(
        "dataset",
        "d",
        "Dataset",
        "Choose the dataset whose completeness is shown, or all of them.",
        "Dataset",
    ),
    Command("runs", "v", "Runs", "Choose the runs that are checked; a: all of them.", "Runs"),
    Command("search", "slash", "Search", "Find a run or category by its name.", "Search", "/"),
    *quiet(ORDER, "sort"),
    Command(
        "read_answers",
        "A",
        "Read answers",
        "Read the answers that are too many to be checked unasked; after a stop read on.",
    ),
)

OPEN_CHECK = (
    Command(
        "select_cursor",
        "enter",
        "Questions",
        "Open the questions that the row at the cursor is about.",
        "Questions",
        "↵",
    ),
)

FILES = (
    Command(
        "toggle_mark", "space", "Mark", "Mark or unmark the run at the cursor.", "Mark", "space"
    ),
    Command("mark_all", "a", "All or none", "Mark all runs shown; again: none.", "All/none"),
    Command(
        "filter",
        "slash",
        "Filter",
        "Keep runs that contain all words: in names, datasets, paths, dates. !word, date>2026-11.",
        "Filter",
        "/",
    ),
    *quiet(ORDER, "sort"),
    Command(
        "other_pane",
        "tab",
        "Folders",
        "Switch between runs and folders.",
        "Folders",
        "tab",
    ),
    Command("export", "e", "Export", "Save the list of runs as CSV, Markdown or JSON."),
    Command("copy_cell", "y", "Copy path", "Copy the path of the file at the cursor."),
    Command("copy_table", "Y", "Copy table", "Copy the table as Markdown."),
)

OPEN = (
    Command(
        "select_cursor",
        "enter",
        "Open",
        "Open the marked runs, or the folder at the cursor.",
        "Open",
        "↵",
    ),
)
