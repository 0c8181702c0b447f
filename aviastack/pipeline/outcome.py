"""The result of a slice: an :class:`Outcome`, or :class:`Failed` with the error that ended it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aviastack.errors import AviastackError
from aviastack.manifest import Manifest, html_table
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.warehouse.loading import Loaded


@dataclass(frozen=True)
class Outcome:
    """A slice that was staged and, if ``loaded`` is set, loaded.

    ``calls`` are those that this run spent, ``seconds`` the time of each stage. ``streamed`` says whether the rows were
    handed on while pages still arrived.
    """

    slice: Slice
    manifest: Manifest
    calls: int
    loaded: Loaded | None = None
    streamed: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        shown = self.manifest._repr_html_()
        if self.loaded is not None:
            counts = (self.loaded.inserted, self.loaded.updated, self.loaded.removed)
            shown += html_table("load", dict(zip(("inserted", "updated", "removed"), counts, strict=True)))
        return shown


@dataclass(frozen=True)
class Failed:
    """A slice that an error ended. ``calls`` are those that this run spent on it."""

    slice: Slice
    error: AviastackError
    calls: int = 0


Result = Outcome | Failed
