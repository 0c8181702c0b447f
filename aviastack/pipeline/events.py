"""The events of a run, for a listener: a progress bar, a log, a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.page import Page
    from aviastack.paging.cost import Cost
    from aviastack.slices import Slice
    from aviastack.warehouse.loading import Loaded


class Listener:
    """Receives the events of a run on the event loop's thread; override what you need, and return at once."""

    def started(self, slice_: Slice) -> None:
        """A slice that no run on record answers is about to be fetched."""

    def waiting(self, slice_: Slice) -> None:
        """Another process extracts the slice; this one waits for it, and its result is used."""

    def resumed(self, slice_: Slice, pages: int) -> None:
        """``pages`` pages of an unfinished run are in the journal; they are not fetched again."""

    def planned(self, slice_: Slice, cost: Cost) -> None:
        """Page 0 has shown what the slice costs."""

    def fetched(self, slice_: Slice, page: Page) -> None:
        """A page is in the journal."""

    def staged(self, slice_: Slice, manifest: Manifest) -> None:
        """The manifest is written."""

    def loaded(self, slice_: Slice, loaded: Loaded) -> None:
        """The slice is in the warehouse."""


QUIET = Listener()
