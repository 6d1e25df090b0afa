"""Categories that several data files of a run share keep their folder."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tui_eval.loading.categories import distinct_categories
from tui_eval.tables import SCORES


def rows(*given: tuple[str, str, str], run_: str = "r", dataset: str = "d") -> pl.DataFrame:
    """Scores of (category, file, metric)."""
    return pl.DataFrame(
        [
            {
                "run": run_,
                "dataset": dataset,
                "category": category,
                "file": file,
                "metric": metric,
                "value": float(number),
            }
            for number, (category, file, metric) in enumerate(given)
        ],
        schema=SCORES,
    )


def names(scores: pl.DataFrame) -> dict[float, str]:
    return dict(scores.select("value", "category").iter_rows())


def test_categories_of_different_files_stay_as_they_are() -> None:
    scores = rows(("a", "d/a.csv", "acc"), ("a", "d/a.csv", "std"), ("b", "d/s/b.csv", "acc"))
    assert distinct_categories(scores).equals(scores)


def test_the_folder_tells_files_of_one_name_apart() -> None:
    scores = rows(("a", "d/a.csv", "acc"), ("a", "d/s/a.csv", "acc"), ("b", "d/s/b.csv", "acc"))
    assert names(distinct_categories(scores)) == {0.0: "a", 1.0: "s/a", 2.0: "b"}


def test_the_folder_is_told_below_what_all_files_share() -> None:
    scores = rows(("a", "data/sets/d/x/a.csv", "acc"), ("a", "data/sets/d/y/a.csv", "acc"))
    assert names(distinct_categories(scores)) == {0.0: "x/a", 1.0: "y/a"}


def test_two_rows_of_one_file_are_numbered() -> None:
    scores = rows(("a", "d/a.csv", "acc"), ("a", "d/a.csv", "acc"), ("a", "d/a.csv", "std"))
    assert names(distinct_categories(scores)) == {0.0: "a", 1.0: "a (2)", 2.0: "a"}


def test_all_runs_get_the_names_that_one_of_them_needs() -> None:
    two = rows(("a", "d/a.csv", "acc"), ("a", "d/s/a.csv", "acc"))
    other = rows(("b", "d/b.csv", "acc"), ("a", "d/s/a.csv", "acc"), run_="other")
    found = distinct_categories(pl.concat([two, other])).filter(run="other")
    assert names(found) == {0.0: "b", 1.0: "s/a"}


def test_another_dataset_keeps_its_names() -> None:
    two = rows(("a", "d/a.csv", "acc"), ("a", "d/s/a.csv", "acc"))
    other = rows(("a", "e/s/a.csv", "acc"), dataset="e")
    found = distinct_categories(pl.concat([two, other])).filter(dataset="e")
    assert found["category"].to_list() == ["a"]


files = st.lists(st.sampled_from(["a", "b"]), max_size=3).map(
    lambda folders: "/".join([*folders, "x.csv"])
)


@given(st.lists(files, max_size=6))
def test_categories_are_always_unique_and_no_row_is_lost(paths: list[str]) -> None:
    scores = rows(*[("x", path, "acc") for path in paths])
    found = distinct_categories(scores)
    assert found["category"].n_unique() == found.height == len(paths)
    assert sorted(found["value"]) == sorted(scores["value"])


def test_one_file_has_one_name_in_all_runs_also_where_a_run_lacks_a_folder() -> None:
    files = {"A": ["d/a/x.csv", "d/a/y.csv"], "B": ["d/a/x.csv", "d/a/y.csv", "d/b/x.csv"]}
    rows = [
        {"run": run, "dataset": "d", "category": file[-5], "file": file, "metric": "m"}
        for run, names in files.items()
        for file in names
    ]
    named = distinct_categories(pl.DataFrame(rows, schema=SCORES))
    assert named.filter(file="d/a/x.csv")["category"].unique().to_list() == ["a/x"]
    assert named.filter(file="d/b/x.csv")["category"].to_list() == ["b/x"]
