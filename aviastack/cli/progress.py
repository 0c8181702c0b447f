"""Progress on a terminal: pages, calls, quota, time left; and the plan before the money is spent."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from aviastack.cli.output import counted
from aviastack.pipeline.events import Listener

if TYPE_CHECKING:
    from aviastack.api.session import Api
    from aviastack.manifest import Manifest
    from aviastack.page import Page
    from aviastack.paging.cost import Cost
    from aviastack.slices import Slice
    from aviastack.warehouse.loading import Loaded


class ProgressWatch(Listener):
    """Shows each slice under way as a bar over its pages; a finished one becomes a line.

    ``final`` is a run that has all that is asked for now; to ask again is then told to be for nothing.
    """

    def __init__(self, console: Console, api: Api | None = None, final: Manifest | None = None) -> None:
        self._console = console
        self._api = api
        self._final = final
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("pages"),
            TextColumn("{task.fields[calls]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def resumed(self, slice_: Slice, pages: int) -> None:
        """Say what need not be asked again."""
        self._console.print(f"[dim]{slice_}: resumed; pages in the journal, not asked for again: {pages}[/]")
        self._progress.advance(self._bar(slice_), pages)

    def planned(self, slice_: Slice, cost: Cost) -> None:
        """Say what the slice costs, before the rest of it is spent."""
        self._console.print(
            f"[dim]{slice_}: {counted(cost.rows, 'row')}; {counted(cost.calls, 'more call')} "
            f"of {cost.rows_per_page:,} rows[/]"
        )
        if self._final is not None:
            self._console.print(
                f"[dim]{slice_} was complete on {self._final.as_of:%Y-%m-%d} and had settled: asking again costs "
                "calls for nothing new. --max-age 90d answers from the journal, and backfill leaves it out.[/]"
            )
        self._progress.update(self._bar(slice_), total=cost.pages)

    def fetched(self, slice_: Slice, page: Page) -> None:  # noqa: ARG002  the bar counts pages, whatever they hold
        """Move the bar on by a page."""
        calls = f"[dim]{counted(self._api.calls, 'call')}[/]" if self._api else ""
        self._progress.update(self._bar(slice_), advance=1, calls=calls)

    def staged(self, slice_: Slice, manifest: Manifest) -> None:
        """Turn the bar into a line that says what came and by which proof."""
        mark = "[green]complete[/]" if manifest.complete else "[bold yellow]incomplete[/]"
        self._console.print(
            f"{slice_}: {counted(manifest.rows, 'row')}, {counted(manifest.calls, 'call')}, {mark} "
            f"[dim]({manifest.proof})[/]"
        )
        bar = self._bars.pop(str(slice_), None)
        if bar is not None:
            self._progress.remove_task(bar)

    def loaded(self, slice_: Slice, loaded: Loaded) -> None:
        """Say what the warehouse made of it."""
        if loaded.superseded:
            self._console.print(f"{slice_}: a newer run has replaced these objects; nothing was changed")
            return
        self._console.print(
            f"[dim]{slice_}: {loaded.inserted:,} inserted, {loaded.updated:,} updated, {loaded.removed:,} removed[/]"
        )

    def _bar(self, slice_: Slice) -> TaskID:
        name = str(slice_)
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=None, calls="")
        return self._bars[name]
