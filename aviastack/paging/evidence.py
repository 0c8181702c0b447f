"""What paging remembers of a page, and what a page must be to count as evidence."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from aviastack.page import Page
from aviastack.paging.cost import WINDOW


@dataclass(eq=False, slots=True)
class Read:
    """What paging remembers of a page once its body is gone: 8 bytes a row of a moving list, nothing of a still one."""

    number: int
    offset: int
    limit: int
    count: int
    total: int
    said_limit: int | None
    said_offset: int | None
    keys: array[int]
    earlier: bool = False  # read by an earlier attempt, at an unknown distance in time

    @classmethod
    def of(cls, page: Page, keys: Iterable[int] = (), *, earlier: bool = False) -> Read:
        """Remember ``page`` and the 64-bit hashes of its rows' keys."""
        said = page.pagination
        hashes = array("Q", keys)
        return cls(
            page.number, page.offset, page.limit, said.count, said.total, said.limit, said.offset, hashes, earlier
        )

    @property
    def rows_per_page(self) -> int:
        """The page size that the API serves, as its first page has it, whatever was asked."""
        return self.count if 0 < self.count < self.total else max(self.said_limit or self.limit, self.count, 1)

    @property
    def is_last(self) -> bool:
        """Whether the page reaches its own total."""
        return self.offset + self.count >= self.total

    @property
    def is_beyond_window(self) -> bool:
        """Whether the page is bare because its offset lies beyond the window in which the API answers."""
        return self.count == 0 and WINDOW <= self.offset < self.total

    def fault(self, size: int) -> str | None:
        """Why the page is no evidence, or None.

        A page that is short before the end may have lost rows anywhere on it: in 30,212 recorded pages only the last
        of a list was short. Its rows are kept, and its offset is asked for again.
        """
        if self.said_offset not in (None, self.offset):
            return f"offset {self.offset:,} was asked for and {self.said_offset:,} answered"
        if self.total == 0:
            return f"offset {self.offset:,} was answered with an empty list"
        if self.count < min(self.limit, self.said_limit or size, size) and not self.is_last:
            return f"the page at offset {self.offset:,} of {self.total:,} has {self.count:,} rows instead of {size:,}"
        return None
