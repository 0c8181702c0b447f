"""Progress lines of an extraction, in the log of its task."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

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
        log.info("%s: %d pages of an earlier attempt are in the journal and are not fetched again", slice_, pages)

    def planned(self, slice_: Slice, cost: Cost) -> None:
        """Log what the slice will cost."""
        self._pages = cost.pages
        log.info("%s: %d rows on %d pages, %d more calls", slice_, cost.rows, cost.pages, cost.calls)

    def fetched(self, slice_: Slice, page: Page) -> None:  # noqa: ARG002 - the listener's signature
        """Count a page, and log the count when a line is due."""
        self._fetched += 1
        if self._clock() >= self._due:
            self._due = self._clock() + INTERVAL
            done = self._journaled + self._fetched
            log.info(
                "%s: %d of %s pages, %d of them fetched now", slice_, done, self._pages or "unknown", self._fetched
            )
