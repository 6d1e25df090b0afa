"""Calls in child processes: what comes back, what ends them, and what is left behind: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from tests.loading import called
from tui_eval.files.documents import Refusal
from tui_eval.formats.harnesses import evalscope, lm_eval, mixeval, twinkle
from tui_eval.loading import pool
from tui_eval.loading.pool import Call, Done, result, results

ROOT = Path(__file__).parents[2]
FILES = {
    twinkle: "twinkle/**/eval_results_*_run*.jsonl",
    lm_eval: "lm_eval/**/samples_*.jsonl",
    evalscope: "evalscope/**/reviews/**/*.jsonl",
    mixeval: "mixeval/**/judge_results_*.jsonl",
}


def not_cancelled() -> bool:
    return False


def all_of(calls: list[Call], most: int = 2, **more: Any) -> dict[int, list[Any]]:
    """What came of each call, in the order in which it came."""
    found: dict[int, list[Any]] = {number: [] for number in range(len(calls))}
    for number, value in results(calls, most, not_cancelled, **more):
        found[number].append(value)
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_there(process: int) -> bool:
    """Whether a process runs, and not only waits for its parent to look at how it ended."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def written(path: Path) -> int:
    """The number that a child writes into a file."""
    wait_until(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


@pytest.fixture(autouse=True)
def _no_kept_child() -> Iterator[None]:
    pool.end_kept()
    yield
    pool.end_kept()


# --- what comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 4])
def test_all_items_of_a_call_come_in_order_and_its_end_last(most: int) -> None:
    calls = [Call(called.numbers, (10 * number, number)) for number in range(9)]
    found = all_of(calls, most)
    assert found == {
        number: [*range(10 * number, 11 * number), Done()] for number in range(len(calls))
    }


def test_calls_are_asked_for_while_others_are_done() -> None:
    asked: list[int] = []

    def calls() -> Iterator[Call]:
        for number in range(20):
            asked.append(number)
            yield Call(called.numbers, (number, 1))

    found = results(calls(), 1, not_cancelled)
    next(found)
    assert len(asked) < 20
    assert sum(isinstance(value, Done) for _, value in found) == 20


def test_there_are_no_more_children_than_were_asked_for() -> None:
    processes = {values[0] for values in all_of([Call(called.process, ())] * 12, 2).values()}
    assert 1 <= len(processes) <= 2
    assert os.getpid() not in processes


def test_a_value_of_many_bytes_comes_whole() -> None:
    size = 5_000_000
    assert result(called.large, size) == b"x" * size


def test_a_refusal_and_a_fault_of_one_call_are_told_and_the_next_goes_on() -> None:
    calls = [Call(called.refused, ()), Call(called.faulty, ()), Call(called.numbers, (5, 1))]
    refused, faulty, sound = all_of(calls, 1).values()
    assert refused[0] == 1
    assert str(refused[1].problem) == "line 3: it is odd"
    assert str(faulty[0].problem).startswith("a bug in tui-eval (called.py, line ")
    assert sound == [5, Done()]
    with pytest.raises(Refusal, match="line 3: it is odd"):
        result(called.refused)


def test_no_call_is_no_work() -> None:
    assert all_of([]) == {}


# --- a child that ends ----------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2])
def test_a_call_that_ends_its_process_costs_that_call_alone(most: int) -> None:
    calls = [Call(called.numbers, (number, 2)) for number in range(8)]
    calls[3] = Call(called.killed, (2,))
    found = all_of(calls, most)
    *items, end = found.pop(3)
    assert items == [0, 1]
    reason = "the process that read it was ended by SIGABRT: is it damaged, or was memory short?"
    assert str(end.problem) == reason
    assert all(values == [number, number + 1, Done()] for number, values in found.items())


def test_a_kept_child_is_used_again_and_replaced_when_it_has_ended() -> None:
    first = result(called.process)
    assert result(called.process) == first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not is_there(first))
    second = result(called.process)
    assert second != first
    with pytest.raises(Refusal, match="SIGABRT"):
        result(called.killed, 1)
    assert result(called.process) not in (first, second)


def test_two_threads_at_once_have_a_child_each_and_one_is_kept() -> None:
    found: list[int] = []
    threads = [Thread(target=lambda: found.append(result(called.process))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    wait_until(lambda: sum(map(is_there, set(found))) == 1)


@pytest.mark.usefixtures("no_children")
def test_where_no_child_can_be_started_all_is_done_here() -> None:
    calls = [Call(called.process, ()), Call(called.refused, ())]
    here, refused = all_of(calls).values()
    assert here == [os.getpid(), Done()]
    assert [str(one) for one in refused[:-1]] == ["1"]
    assert result(called.process) == os.getpid()


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_where_python_does_not_start_all_is_done_here(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    assert all_of([Call(called.process, ())] * 3) == {
        key: [os.getpid(), Done()] for key in range(3)
    }


# --- what ends a child ----------------------------------------------------------------------------


@pytest.mark.parametrize("function", [called.endless, called.asleep])
def test_what_is_cancelled_ends_at_once(function: Any, tmp_path: Path) -> None:
    told = tmp_path / "process"
    assert list(results([Call(function, (told,))], 1, told.exists)) == []
    assert not is_there(written(told))


def test_who_does_not_read_on_ends_the_children(tmp_path: Path) -> None:
    told = tmp_path / "process"
    calls = [Call(called.numbers, (0, 1)), Call(called.asleep, (told,))]
    found = results(calls, 2, not_cancelled, keep=True)
    assert next(found) == (0, 0)
    process = written(told)
    found.close()  # type: ignore[attr-defined]
    assert not is_there(process)


PARENT = """
import sys
from pathlib import Path
from tests.loading import called
from tui_eval.loading.pool import Call, result, results

told = Path(sys.argv[1])
print("main", flush=True)
result(called.process)
for _ in results([Call(getattr(called, sys.argv[2]), (told,))], 1, lambda: False):
    pass
"""


@pytest.mark.parametrize("function", ["endless", "asleep"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_whatever_kills_the_parent(
    function: str, number: signal.Signals, tmp_path: Path
) -> None:
    """Nor is the main module run again, though it does not ask whether it is the main one."""
    script, told = tmp_path / "parent.py", tmp_path / "process"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, script, told, function],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    process = written(told)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    assert str(process) in children
    assert len(children) == 2  # with the one that is kept
    parent.send_signal(number)
    out, _ = parent.communicate(timeout=60)
    assert out == b"main\n"
    wait_until(lambda: not any(is_there(int(child)) for child in children))


def test_a_key_that_interrupts_does_not_reach_children() -> None:
    process = result(called.process)
    os.kill(process, signal.SIGINT)
    assert result(called.process) == process


def test_nothing_reaches_the_terminal() -> None:
    code = "from tests.loading import called; from tui_eval.loading.pool import result\n"
    code += "assert result(called.talkative) == ''"
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=environ, capture_output=True, input=b"x", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


# --- what a child imports -------------------------------------------------------------------------


@pytest.mark.parametrize("form", FILES, ids=lambda form: form.FORMAT.name)
def test_neither_polars_nor_numpy_is_imported_where_json_is_read(form: ModuleType) -> None:
    path = next((ROOT / "samples").glob(FILES[form]))
    rows, modules = result(called.modules_after, form.SAMPLES.index, path)
    assert rows > 0
    assert form.SAMPLES.index.__module__ in modules
    assert not {"polars", "numpy", "textual", "yaml"} & set(modules)
