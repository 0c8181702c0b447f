"""What a run tells whoever watches it: a progress bar, a log, a metric. Every method may be left as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.page import Page
    from aviastack.paging.cost import Cost
    from aviastack.slices import Slice
    from aviastack.warehouse.loading import Loaded


class Listener:
    """Hears of a run's steps, on the event loop's thread, and returns at once."""

    def resumed(self, slice_: Slice, pages: int) -> None:
        """``pages`` pages of an unfinished run were found in the journal; they are not asked for again."""

    def planned(self, slice_: Slice, cost: Cost) -> None:
        """Page 0 has said what the slice costs."""

    def fetched(self, slice_: Slice, page: Page) -> None:
        """A page is safe in the journal."""

    def staged(self, slice_: Slice, manifest: Manifest) -> None:
        """The manifest is written."""

    def loaded(self, slice_: Slice, loaded: Loaded) -> None:
        """The warehouse has the slice."""


QUIET = Listener()
