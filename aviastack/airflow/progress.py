"""Progress lines of an extraction, in the log of its task."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from aviastack.errors import counted
from aviastack.pipeline.events import Listener

if TYPE_CHECKING:
    from aviastack.page import Page
    from aviastack.paging.cost import Cost
    from aviastack.slices import Slice

log = logging.getLogger(__name__)

INTERVAL = 5.0  # seconds between two lines


class Progress(Listener):
    """Log how far a slice is: at its start, then at most once in ``INTERVAL`` seconds of ``clock``."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due = clock() + INTERVAL
        self._journaled = 0
        self._pages: int | None = None
        self._fetched = 0

    def resumed(self, slice_: Slice, pages: int) -> None:
        """Log the pages that an earlier attempt left in the journal."""
        self._journaled = pages
        kept = counted(pages, "page")
        log.info("%s: %s of an earlier attempt in the journal, not fetched again", slice_, kept)

    def planned(self, slice_: Slice, cost: Cost) -> None:
        """Log what the slice will cost."""
        self._pages = cost.pages
        rows, pages, calls = counted(cost.rows, "row"), counted(cost.pages, "page"), counted(cost.calls, "more call")
        log.info("%s: %s on %s, %s", slice_, rows, pages, calls)

    def fetched(self, slice_: Slice, page: Page) -> None:  # noqa: ARG002 - the listener's signature
        """Count a page, and log the count when a line is due."""
        self._fetched += 1
        if self._clock() >= self._due:
            self._due = self._clock() + INTERVAL
            done = self._journaled + self._fetched
            pages = f"{done:,} of {counted(self._pages, 'page')}" if self._pages else counted(done, "page")
            log.info("%s: %s, %d fetched now", slice_, pages, self._fetched)
