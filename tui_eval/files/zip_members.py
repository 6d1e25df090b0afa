"""Zip files: their members, in no more memory than is said here, whatever a file says of itself.

A zip ends with a list of its members. How long that is, and how long each member, the file itself
says, and a member may be a thousand times longer than the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from tui_eval.files.documents import Refusal, opened
from tui_eval.files.strings import clean_str

DAMAGED = "not a zip file, or a damaged one"

LONGEST_LIST = 1 << 23
"""Bytes of the longest list of members that is read: that of some 100,000 members."""

LONGEST_MEMBER = 1 << 26
"""Bytes of the longest member that is read."""

_ERRORS = (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)
_END = 1 << 17  # bytes before the end in which `zipfile` looks for the list
_ENCRYPTED = 1  # a flag of a member


def zip_members(path: Path) -> list[str]:
    """The names of the members of a zip; nothing of them is read.

    Raises:
        Refusal: It cannot be opened, is no zip, or has too many members.
    """
    with _archive(path) as archive:
        return archive.namelist()


def zip_member(path: Path, name: str) -> bytes:
    """What a member of a zip holds.

    Raises:
        Refusal: The zip cannot be opened, or the member is not there, damaged, too long, encrypted,
            or compressed in another way than by deflate.
    """
    with _archive(path) as archive:
        info = archive.NameToInfo.get(name)
        if info is None:
            raise Refusal("it is not in the zip file", clean_str(name) or "")
        if reason := _why_unread(info):
            raise Refusal(reason, clean_str(name) or "")
        with archive.open(info) as member:
            return member.read(info.file_size)  # read() would unpack more than it says


def _why_unread(info: ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return f"it is compressed by method {info.compress_type}; only deflate (8) is read"
    if info.file_size > LONGEST_MEMBER:
        return f"it is longer than {LONGEST_MEMBER >> 20} MB"
    return None


class _Bounded:
    """A file of which not all is read at once, whatever length `zipfile` finds in it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        """So many bytes; all that is left, which `zipfile` asks for near the end alone."""
        if size > LONGEST_LIST:
            raise Refusal(f"its list of members is longer than {LONGEST_LIST >> 20} MB")
        return self._file.read(size if size >= 0 else _END)


@contextmanager
def _archive(path: Path) -> Iterator[ZipFile]:
    with opened(path) as file:
        try:
            with ZipFile(_Bounded(file)) as archive:
                yield archive
        except _ERRORS:
            raise Refusal(DAMAGED) from None
