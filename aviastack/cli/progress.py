"""Progress of a run on stderr: bars on a terminal, a line per step in a log."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from aviastack.cli.output import aside, line, printable
from aviastack.errors import counted
from aviastack.pipeline.events import Listener

if TYPE_CHECKING:
    from aviastack.api.session import Api
    from aviastack.manifest import Manifest
    from aviastack.page import Page
    from aviastack.paging.cost import Cost
    from aviastack.slices import Slice
    from aviastack.warehouse.loading import Loaded


class ProgressDisplay(Listener):
    """Shows each slice under way as a bar over its pages, and leaves a line for a finished one.

    ``final`` is a final run of the only slice: before it is fetched again, the display says that this brings nothing
    new. ``pages`` counts the pages that are in the journal.
    """

    def __init__(self, *, final: Manifest | None = None) -> None:
        self.pages = 0
        self._console = aside()
        self._live = self._console.is_terminal or self._console.is_jupyter
        self._api: Api | None = None
        self._final = final
        self._bars: dict[Slice, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[step]}", style="dim", markup=False),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._live,
        )

    def of(self, api: Api) -> Self:
        """Show the calls of this session, and their retries."""
        self._api = api
        api.on_retry = self.retried
        return self

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def started(self, slice_: Slice) -> None:
        """Say that page 0 is being fetched and, before it is paid for, if that brings nothing new."""
        if self._final is not None:
            self._print(
                f"{slice_} is final ({self._final.as_of:%Y-%m-%d %H:%M} UTC): fetching it again spends calls and "
                "returns the same rows. --max-age 90d reads the journal instead; backfill skips it.",
                style="bold yellow",
            )
        if not self._live:
            self._print(f"{slice_}: fetching page 0", style="dim")
        self._progress.update(self._bar(slice_), step="fetching page 0")

    def waiting(self, slice_: Slice) -> None:
        """Say that another process is at work on the slice."""
        self._print(f"{slice_}: another process extracts it; waiting for its result", style="dim")
        self._progress.update(self._bar(slice_), step="waiting for another process")

    def resumed(self, slice_: Slice, pages: int) -> None:
        """Say how many pages need not be fetched again."""
        self._print(f"{slice_}: resumed with {counted(pages, 'page')} from the journal", style="dim")
        self.pages += pages
        self._progress.update(self._bar(slice_), advance=pages, step="fetching")

    def planned(self, slice_: Slice, cost: Cost) -> None:
        """Say what the slice costs, before the rest of it is fetched."""
        more = f"{counted(cost.calls, 'more call')} of {cost.rows_per_page:,} rows" if cost.calls else "no more calls"
        self._print(f"{slice_}: {counted(cost.rows, 'row')}, {more}", style="dim")
        self._progress.update(self._bar(slice_), total=cost.pages, step="fetching")

    def retried(self, slice_: Slice, attempt: int, attempts: int, cause: str) -> None:
        """Say why a call is sent again: ``attempt`` of at most ``attempts`` comes next."""
        again = f"attempt {attempt} of {attempts}"
        if self._live:
            self._progress.update(self._bar(slice_), step=again)
        else:
            self._print(f"{slice_}: {again}: {cause}", style="dim")

    def fetched(self, slice_: Slice, page: Page) -> None:  # noqa: ARG002  the bar counts pages, whatever they hold
        """Advance the bar by a page."""
        self.pages += 1
        calls = counted(self._api.calls_of(slice_), "call") if self._api else ""
        self._progress.update(self._bar(slice_), advance=1, step=calls)

    def staged(self, slice_: Slice, manifest: Manifest, *, calls: int | None = None) -> None:
        """Replace the bar by a line with the result and its proof.

        ``calls`` are those of this command if it did not fetch the run itself.
        """
        mark = ("complete", "green") if manifest.complete else ("incomplete", "bold yellow")
        counts = f"{counted(manifest.rows, 'row')}, {counted(manifest.calls if calls is None else calls, 'call')}"
        if manifest.quarantined:
            counts += f", {manifest.quarantined:,} quarantined"
        self._console.print(line(f"{slice_}: {counts}, ", mark, (f" ({manifest.proof})", "dim")))
        bar = self._bars.pop(slice_, None)
        if bar is not None:
            self._progress.remove_task(bar)

    def loaded(self, slice_: Slice, loaded: Loaded) -> None:
        """Say what the load changed."""
        if loaded.superseded:
            self._print(f"{slice_}: a newer run has replaced these files; the warehouse is unchanged")
            return
        counts = f"{loaded.inserted:,} inserted, {loaded.updated:,} updated, {loaded.removed:,} removed"
        self._print(f"{slice_}: {counts}", style="dim")

    def _print(self, text: str, *, style: str = "") -> None:
        self._console.print(line(text, style=style))

    def _bar(self, slice_: Slice) -> TaskID:
        if slice_ not in self._bars:
            self._bars[slice_] = self._progress.add_task(printable(str(slice_)), total=None, step="")
        return self._bars[slice_]
