"""The rows behind a query, as JSON text: kept whole if they are few, rendered block by block if they are many."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Protocol

import polars as pl

BLOCK = 4_096  # rows rendered together: fewer cost more per row, more cost memory


class Rows(Protocol):
    """The list that a query answers, in the API's order."""

    @property
    def total(self) -> int:
        """How many rows there are."""

    @property
    def size(self) -> int:
        """The approximate number of bytes held."""

    def is_ready(self, positions: Sequence[int]) -> bool:
        """Whether :meth:`text` costs next to nothing."""

    def text(self, positions: Sequence[int]) -> bytes:
        """Return the rows at ``positions`` as JSON objects joined by commas."""


class TextRows:
    """Rows that already are text."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = texts

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._texts)

    @property
    def size(self) -> int:
        """The approximate number of bytes held."""
        return sum(map(len, self._texts))

    def is_ready(self, positions: Sequence[int]) -> bool:  # noqa: ARG002 - part of the protocol
        """Return True."""
        return True

    def text(self, positions: Sequence[int]) -> bytes:
        """Return the rows at ``positions`` as JSON objects joined by commas."""
        if isinstance(positions, range):
            return b",".join(self._texts[positions.start : positions.stop])
        return b",".join([self._texts[position] for position in positions])


class Kept:
    """The most recently used blocks of rendered rows, by name, within ``room`` bytes."""

    def __init__(self, room: int) -> None:
        self._room, self._held = room, 0
        self._blocks: OrderedDict[object, TextRows] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, name: object) -> bool:
        return name in self._blocks

    def block(self, name: object, make: Callable[[], TextRows]) -> TextRows:
        """Return the block of that name, rendering it again if it was dropped."""
        with self._lock:
            found = self._blocks.get(name)
            if found is not None:
                self._blocks.move_to_end(name)
                return found
        made = make()
        with self._lock:
            if name not in self._blocks:
                self._held += made.size
            self._blocks[name] = made
            while self._held > self._room and len(self._blocks) > 1:
                self._held -= self._blocks.popitem(last=False)[1].size
        return made


class FrameRows:
    """Rows of a frame that ``render`` turns into text; blocks are ``kept`` under ``name``."""

    def __init__(
        self, frame: pl.DataFrame, render: Callable[[pl.DataFrame], pl.Series], kept: Kept, name: object
    ) -> None:
        self._frame, self._render, self._kept, self._name = frame, render, kept, name

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self._frame.height

    @property
    def size(self) -> int:
        """The approximate number of bytes held."""
        return int(self._frame.estimated_size())

    def is_ready(self, positions: Sequence[int]) -> bool:
        """Whether the blocks are kept."""
        if not positions:
            return True
        numbers = range(positions[0] // BLOCK, positions[-1] // BLOCK + 1)
        return isinstance(positions, range) and all((self._name, number) in self._kept for number in numbers)

    def text(self, positions: Sequence[int]) -> bytes:
        """Return the rows at ``positions``: a range comes from blocks, other positions are rendered alone."""
        if not isinstance(positions, range):
            return b",".join(_texts(self._render(self._frame[list(positions)])))
        pieces, at = [], positions.start
        while at < positions.stop:
            number, first = divmod(at, BLOCK)
            last = min(BLOCK, first + positions.stop - at)
            pieces.append(self._block(number).text(range(first, last)))
            at += last - first
        return b",".join(pieces)

    def _block(self, number: int) -> TextRows:
        def make() -> TextRows:
            return TextRows(_texts(self._render(self._frame.slice(number * BLOCK, BLOCK))))

        return self._kept.block((self._name, number), make)


def _texts(rendered: pl.Series) -> list[bytes]:
    return [text.encode() for text in rendered.to_list()]
