"""What paging remembers of a page, and what makes a page count as evidence."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from aviastack.errors import counted
from aviastack.page import Page
from aviastack.paging.cost import WINDOW


@dataclass(eq=False, slots=True)
class Evidence:
    """A page without its body: 8 bytes per row of a changing list, no bytes per row of a settled one.

    ``reported_limit`` and ``reported_offset`` are the page's own, ``offset`` and ``limit`` the requested ones.
    ``earlier``: an earlier attempt fetched the page, at an unknown distance in time.
    """

    number: int
    offset: int
    limit: int
    count: int
    total: int
    reported_limit: int | None
    reported_offset: int | None
    keys: array[int]
    earlier: bool = False

    @classmethod
    def of(cls, page: Page, keys: Iterable[int] = (), *, earlier: bool = False) -> Evidence:
        """Remember ``page`` and the 64-bit hashes of its rows' keys."""
        own = page.pagination
        hashes = array("Q", keys)
        return cls(page.number, page.offset, page.limit, own.count, own.total, own.limit, own.offset, hashes, earlier)

    @property
    def rows_per_page(self) -> int:
        """The page size that the API serves, which may differ from the requested one."""
        return self.count if 0 < self.count < self.total else max(self.reported_limit or self.limit, self.count, 1)

    @property
    def is_last(self) -> bool:
        """Whether the page reaches its own total."""
        return self.offset + self.count >= self.total

    @property
    def is_beyond_window(self) -> bool:
        """Whether the page is empty because its offset is beyond the window in which the API answers."""
        return self.count == 0 and WINDOW <= self.offset < self.total

    def fault(self, size: int) -> str | None:
        """Return why the page is not evidence, or None.

        A page that is short before the end may have lost rows anywhere on it: in 30,212 recorded pages only the last
        of a list was short. Its rows are kept, and its offset is requested again.
        """
        if self.reported_offset not in (None, self.offset):
            return f"offset {self.offset:,} was requested and {self.reported_offset:,} was returned"
        if self.total == 0:
            return f"offset {self.offset:,} returned an empty list"
        if self.count < min(self.limit, self.reported_limit or size, size) and not self.is_last:
            rows = counted(self.count, "row")
            return f"the page at offset {self.offset:,} of {self.total:,} has {rows} instead of {size:,}"
        return None
