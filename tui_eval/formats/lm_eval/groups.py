"""Groups of tasks: what a file says of them, in either way of writing it, as one tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tui_eval.files.documents import Refusal
from tui_eval.files.strings import clean_str
from tui_eval.formats.values import as_mapping

_INDENT = re.compile(r"(\s*)-\s")

_MOST_VISITS = 200_000  # groups that name each other could multiply without end


class Tree(NamedTuple):
    """Groups and what they consist of.

    Attributes:
        children: Direct children of every group that has some.
        leaves: Tasks of every group, at any depth, each once.
        homes: Outermost groups of every task and inner group that is in one.
        paths: For every outermost group, the inner groups that lead to what is in it.
    """

    children: Mapping[str, list[str]]
    leaves: Mapping[str, list[str]]
    homes: Mapping[str, list[str]]
    paths: Mapping[str, Mapping[str, str]]


def tree_of(children: Mapping[str, list[str]]) -> Tree:
    """The tree of groups of which the direct children are known."""
    inner = {name for group, names in children.items() for name in names if name != group}
    visits = [0]
    leaves = {group: _leaves(group, children, visits) for group in children}
    paths = {group: _paths(group, children) for group in children if group not in inner}
    homes: dict[str, list[str]] = {}
    for group, within in paths.items():
        for name in within:
            homes.setdefault(name, []).append(group)
    return Tree(children, leaves, homes, paths)


def _paths(home: str, children: Mapping[str, list[str]]) -> dict[str, str]:
    """Everything in an outermost group, with the inner groups that it is in, the outer one first.

    An inner group is the last of its own path.
    """
    found: dict[str, str] = {}
    stack = [(name, "") for name in reversed(children[home])]
    while stack:
        name, path = stack.pop()
        if name in found or name == home:
            continue
        short = name.rpartition("::")[2] or name
        inner = f"{path} › {short}" if path else short
        found[name] = inner if name in children else path
        stack.extend((below, inner) for below in reversed(children.get(name, ())))
    return found


def _leaves(group: str, children: Mapping[str, list[str]], visits: list[int]) -> list[str]:
    """Tasks of a group at any depth, in order; groups may contain each other in a broken file."""
    seen = {group}
    found = []
    stack = list(reversed(children[group]))
    while stack:
        name = stack.pop()
        visits[0] += 1
        if visits[0] > _MOST_VISITS:
            raise Refusal("its groups name each other too often")
        if name in seen:
            continue
        seen.add(name)
        if name in children:
            stack.extend(reversed(children[name]))
        else:
            found.append(name)
    return found


def children_of(
    whole: Mapping[str, object], payloads: Mapping[str, Mapping[str, object]]
) -> dict[str, list[str]]:
    """Direct children of every group: as written since 0.4.2, else by the indents of the names."""
    told = whole.get("group_subtasks")
    if not isinstance(told, dict):
        return _children_by_indent(whole, payloads)
    found = {
        group: [_full_name(group, name, payloads) for name in names if isinstance(name, str)]
        for group, names in told.items()
        if isinstance(names, list)
    }
    listed = {name for names in found.values() for name in names}
    for name in payloads:
        group = name.rpartition("::")[0]
        if group and name not in listed:
            found.setdefault(group, []).append(name)
    return {group: names for group, names in found.items() if names}


def _full_name(group: str, name: str, payloads: Mapping[str, Mapping[str, object]]) -> str:
    full = f"{group}::{name}"
    return full if name not in payloads and full in payloads else name


def _children_by_indent(
    whole: Mapping[str, object], payloads: Mapping[str, Mapping[str, object]]
) -> dict[str, list[str]]:
    """0.4.0 and 0.4.1 tell it by ``" - anatomy"`` below ``"mmlu"``, a blank a level.

    Rows stand below their group, but an inner group may be written before the outer one: then its
    own tasks are written as those of an outermost group, no deeper than itself.
    """
    groups = as_mapping(whole.get("groups"))
    rows = [(name, _depth(row)) for name, row in payloads.items()]
    found: dict[str, list[str]] = {}
    early: list[tuple[int, str]] = []
    above: dict[int, str] = {}
    for place, (name, depth) in enumerate(rows):
        below = rows[place + 1][1] if place + 1 < len(rows) else 0
        if name in groups and depth and below <= depth:
            early.append((place, name))
            above = {0: name}
            continue
        if depth and depth - 1 in above:
            found.setdefault(above[depth - 1], []).append(name)
        if name in groups:
            above[depth] = name
        elif not depth:
            above = {}
    for place, name in early:
        outer = _outer_group(rows[place + 1 :], groups)
        if outer is not None:
            found.setdefault(outer, []).append(name)
    return found


def _outer_group(later: list[tuple[str, int]], groups: Mapping[str, object]) -> str | None:
    """The group to which an inner one belongs that was written before it; None: nothing tells.

    Of several, the one that has no tasks of its own.
    """
    outermost = [
        (place, name) for place, (name, depth) in enumerate(later) if not depth and name in groups
    ]
    if len(outermost) > 1:
        after = [*later[1:], ("", 0)]
        outermost = [
            (place, name)
            for place, name in outermost
            if after[place][1] == 0 or after[place][0] in groups
        ]
    return outermost[0][1] if len(outermost) == 1 else None


def _depth(row: Mapping[str, object]) -> int:
    alias = row.get("alias")
    indent = _INDENT.match(alias) if isinstance(alias, str) else None
    return len(indent[1]) if indent else 0


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Names without the groups that 0.5 writes before them, where they stay different."""
    known = dict.fromkeys(names)
    if not any("::" in name for name in known):
        return {name: clean_str(name) or "" for name in known}
    short = {name: name.rpartition("::")[2] or name for name in known}
    counts = Counter(short.values())
    return {
        name: clean_str(part if counts[part] == 1 else name) or "" for name, part in short.items()
    }
