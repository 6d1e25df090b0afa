from __future__ import annotations

import codecs
import json
import math
import os
from pathlib import Path

import pytest

from tests.build.twinkle import document
from tui_eval.files import documents
from tui_eval.files.documents import (
    Document,
    Problem,
    Refusal,
    decode,
    first_document,
    holds_any,
    parse,
    read_documents,
)

TEXT = json.dumps(document(name="中文模型"), ensure_ascii=False)


def anything(value: object) -> bool:
    return isinstance(value, dict)


def refusal_of(path: Path) -> Problem:
    with pytest.raises(Refusal) as caught:
        read_documents(path, anything)
    return caught.value.problem


def file_of(folder: Path, data: bytes | str) -> Path:
    path = folder / "results.json"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


# --- encodings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT.encode("utf-8"), id="utf-8"),
        pytest.param(TEXT.encode("utf-8-sig"), id="utf-8 with BOM"),
        pytest.param(TEXT.encode("utf-16-le"), id="utf-16-le"),
        pytest.param(TEXT.encode("utf-16-be"), id="utf-16-be"),
        pytest.param(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), id="utf-16-le with BOM"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), id="utf-16-be with BOM"),
        pytest.param(TEXT.encode("big5"), id="big5"),
        pytest.param(TEXT.encode("big5") + b" ", id="big5, one byte more"),
        pytest.param(TEXT.encode("cp950"), id="cp950"),
    ],
)
def test_encodings_give_the_same_text_and_no_problem(data: bytes) -> None:
    text, problems = decode(data)
    assert text.strip() == TEXT
    assert problems == []


def test_big5_samples_are_of_even_and_of_odd_length() -> None:
    data = TEXT.encode("big5")
    assert {len(data) % 2, len(data + b" ") % 2} == {0, 1}


def test_cp950_beyond_big5() -> None:
    euro = '{"name": "€"}'
    with pytest.raises(UnicodeEncodeError):
        euro.encode("big5")
    assert decode(euro.encode("cp950")) == (euro, [])


def test_damaged_utf8_keeps_the_sound_part_and_says_where() -> None:
    data = TEXT.encode("utf-8").replace("文".encode(), b"\xe6\x96", 1)
    text, problems = decode(data)
    assert "中�模型" in text
    place = data.index("中".encode()) + 3
    reason = "1 characters are not UTF-8; they are shown as �"
    assert problems == [Problem(f"byte {place}", reason)]


def test_a_text_that_breaks_off_within_its_only_character_that_is_not_ascii() -> None:
    text, problems = decode("beginning 文".encode()[:-1])
    assert text == "beginning �"
    assert [problem.place for problem in problems] == ["byte 10"]


def test_bytes_of_no_encoding_are_refused() -> None:
    with pytest.raises(Refusal, match="byte 1: not text in UTF-8, UTF-16 or Big5"):
        decode(b'"\xff\xff\xff\xff"')


def test_binary_files_are_refused() -> None:
    with pytest.raises(Refusal, match="holds NUL bytes"):
        decode(b"\x7fELF\x00\x00\x01\xd8\x00\xdc\x00\xd8\x00")


def test_utf16_with_half_a_character_at_its_end_keeps_the_rest() -> None:
    text, _ = decode(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"\n")
    assert text.startswith(TEXT)


# --- JSON ---------------------------------------------------------------------------------------


def test_nan_and_infinity_are_read() -> None:
    value = parse('{"a": NaN, "b": [Infinity, -Infinity]}')
    assert str(value) == "{'a': nan, 'b': [inf, -inf]}"


@pytest.mark.parametrize("number", [10**400, -(10**400), 2**64, -(2**63)])
def test_huge_integers_are_read(number: int) -> None:
    assert float(str(parse(f"[{number}]")).strip("[]")) == float(str(number))


def test_integers_of_thousands_of_digits_are_infinite() -> None:
    assert parse(f"[{'9' * 10_000}, -1]") == [math.inf, -1]


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting_is_refused_in_words(opening: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(opening * 100_000)
    assert caught.value.problem == Problem("", "nested too deeply")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud800"', r"\ud800"),
        (r'"a\uDFFFb"', r"a\udfffb"),
        (r'{"\ud800": ["\udc00\ud800"]}', {r"\ud800": [r"\udc00\ud800"]}),
        (r'"\ud83d\ude00\ud83d"', "\U0001f600\\ud83d"),
        (r'["\\ud800", NaN]', [r"\ud800", math.nan]),
        (r'"\\\ud800"', r"\\ud800"),
        (r'"\u00e9\\\\\ud83d\ude00"', "é\\\\\U0001f600"),
    ],
)
def test_half_a_surrogate_pair_becomes_its_escape(text: str, value: object) -> None:
    """Also in names: nothing that follows could write it into a table, a terminal or a file."""
    assert repr(parse(text)) == repr(value)


def test_the_place_of_an_error_is_told_where_half_a_surrogate_pair_stands_before_it() -> None:
    with pytest.raises(Refusal) as caught:
        parse(r'{"a": "\ud800" 1}')
    assert caught.value.problem.place == "line 1, column 16"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('{"a": 1,\n "b": }', "line 2, column 7", "not valid JSON: expecting value"),
        ('{"a": 1} x', "line 1, column 10", "not valid JSON: extra data"),
        ('{"a": 1', "line 1, column 8", "the JSON breaks off here: the file is incomplete"),
        ('{"a": "b', "line 1, column 7", "the JSON breaks off here: the file is incomplete"),
        ("[1,\n2,\n", "line 3, column 1", "the JSON breaks off here: the file is incomplete"),
        ('{"a": -1.', "line 1, column 9", "the JSON breaks off here: the file is incomplete"),
        ('{"a": fal', "line 1, column 7", "the JSON breaks off here: the file is incomplete"),
        ('{"a": "\\u12', "line 1, column 9", "the JSON breaks off here: the file is incomplete"),
        ("nonsense", "line 1, column 1", "not valid JSON: expecting value"),
        ('{"a": fal, "b": 1}', "line 1, column 7", "not valid JSON: expecting value"),
    ],
)
def test_errors_tell_their_place(text: str, place: str, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(text)
    assert caught.value.problem == Problem(place, reason)


# --- documents of a file ------------------------------------------------------------------------

ONE = {"n": 1}
TWO = {"n": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"n": 1}', [Document(ONE)]),
        ('\n {"n":\n 1}\n', [Document(ONE)]),
        ('[{"n": 1}, {"n": 2}]', [Document(ONE, "item 1"), Document(TWO, "item 2")]),
        ("[1, 2]", [Document([1, 2])]),
        ('{"n": 1}\n{"n": 2}\n', [Document(ONE, "line 1"), Document(TWO, "line 2")]),
        ('{"n": 1},\n\n{"n": 2},', [Document(ONE, "line 1"), Document(TWO, "line 3")]),
        ('{"n": 1}\r\n{"n": 2}\r\n', [Document(ONE, "line 1"), Document(TWO, "line 2")]),
        (
            '{"n": "\u2028"}\n{"n": 2}',
            [Document({"n": "\u2028"}, "line 1"), Document(TWO, "line 2")],
        ),
    ],
)
def test_shapes_of_files(tmp_path: Path, text: str, expected: list[Document]) -> None:
    assert read_documents(file_of(tmp_path, text), anything) == (expected, [])


def test_lines_that_are_none_are_told_and_the_others_read(tmp_path: Path) -> None:
    text = 'garbage\n{"n": 1}\n{"n": 2\n{"n": 2}'
    found, problems = read_documents(file_of(tmp_path, text), anything)
    assert found == [Document(ONE, "line 2"), Document(TWO, "line 4")]
    assert problems == [
        Problem("line 1", "not valid JSON: expecting value"),
        Problem("line 3", "the JSON breaks off here: the file is incomplete"),
    ]


def test_half_a_document_is_refused_although_its_lines_are_json(tmp_path: Path) -> None:
    path = file_of(tmp_path, '{"a": [\n0.5,\n1,\n')
    assert refusal_of(path).place == "line 4, column 1"


@pytest.mark.parametrize("data", [b"", b" \n\t", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_empty_files_are_refused(tmp_path: Path, data: bytes) -> None:
    assert refusal_of(file_of(tmp_path, data)) == Problem("", "the file is empty")


def test_a_file_that_vanished_is_refused_in_words(tmp_path: Path) -> None:
    problem = Problem("", "cannot be read: no such file or directory")
    assert refusal_of(tmp_path / "gone.json") == problem
    with pytest.raises(Refusal, match="no such file"):
        first_document(tmp_path / "gone.json")


def test_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    assert refusal_of(tmp_path) == Problem("", "cannot be read: is a directory")


def test_a_file_without_permission_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = file_of(tmp_path, TEXT)
    with monkeypatch.context() as patch:  # folders of tests are removed by it
        patch.setattr(os, "open", denied)
        assert refusal_of(path) == Problem("", "cannot be read: permission denied")


def test_place_of_a_problem_is_told_from_the_beginning() -> None:
    assert str(Problem("result 2", "odd").within("line 3")) == "line 3 › result 2: odd"
    assert str(Problem("", "odd").within("line 3")) == "line 3: odd"
    assert str(Problem("result 2", "odd").within("")) == "result 2: odd"


# --- large files --------------------------------------------------------------------------------


def test_first_document_reads_one_line_only(tmp_path: Path) -> None:
    path = file_of(tmp_path, '{"n": 1},\n' + "x" * documents.HEAD)
    assert first_document(path) == Document(ONE, "line 1")


@pytest.mark.parametrize("text", ['{"n": 1}', '{"n":\n 1}', "\n" + '{"n": 1}'])
def test_first_document_of_other_files_is_none(tmp_path: Path, text: str) -> None:
    assert first_document(file_of(tmp_path, text)) is None


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "utf-16-le", "utf-16"])
@pytest.mark.parametrize("before", [0, 5, 20])
def test_text_is_found_across_the_ends_of_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, before: int
) -> None:
    monkeypatch.setattr(documents, "HEAD", 32)
    text = "-" * before + "dataset_results" + "-" * 50
    path = file_of(tmp_path, text.encode(encoding))
    assert holds_any(path, [b"nothing", b"dataset_results"])
    assert not holds_any(path, [b"dataset_resulte"])
