"""The closing lines of a run: what was skipped and why, what came, what it cost, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aviastack.cli.output import console, line, print_note
from aviastack.errors import counted
from aviastack.pipeline.outcome import Outcome
from aviastack.pipeline.resume import is_final
from aviastack.settings import duration_text

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.pipeline.outcome import Result
    from aviastack.settings import Settings
    from aviastack.staging.store import Store


def print_summary(
    results: Sequence[Result], settings: Settings, store: Store, quota: Quota, *, requested: int, load: bool
) -> None:
    """Print the closing lines; nothing if no slice was staged."""
    outcomes = [result for result in results if isinstance(result, Outcome)]
    _explain_unfetched(outcomes, requested)
    if len(results) < requested:
        print_note(f"{counted(requested - len(results), 'slice')} not begun. {_RESUMES}", style="bold yellow")
    if not outcomes:
        return
    rows = sum(outcome.manifest.rows for outcome in outcomes)
    calls = sum(outcome.calls for outcome in outcomes)
    left = "" if quota.remaining is None else f" ({quota.remaining:,} left this month)"
    slices = counted(len(outcomes), "slice") + ("" if len(outcomes) == requested else f" of {requested:,}")
    parts = [f"{slices}, {counted(rows, 'row')}, {counted(calls, 'call')}{left}", _files(outcomes, store)]
    if load:
        parts.append(f"table aviationstack.{outcomes[0].slice.endpoint.table} in {settings.warehouse}")
    console().print(line("; ".join(part for part in parts if part), style="bold"))


_RESUMES = "The same command continues there."


def _explain_unfetched(outcomes: Sequence[Outcome], requested: int) -> None:
    """Say which slices cost no call because a run was on record, and how to fetch them again."""
    unfetched = [outcome for outcome in outcomes if outcome.calls == 0]
    final = [outcome for outcome in unfetched if is_final(outcome.slice, outcome.manifest)]
    if final and requested > 1:
        print_note(
            f"{len(final):,} of {counted(requested, 'slice')} skipped: complete, and fetched after their date had "
            "settled. --again fetches them again."
        )
    for outcome in unfetched:
        if outcome not in final or requested == 1:
            as_of = outcome.manifest.as_of
            age = _age(datetime.now(UTC) - as_of)
            print_note(f"{outcome.slice}: no call spent; these rows are as of {as_of:%Y-%m-%d %H:%M} UTC ({age}).")


def _age(age: timedelta) -> str:
    """Return ``12 minutes ago``, or in hours or days from two of them."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if age >= 2 * unit or (unit <= timedelta(minutes=1) and age >= unit):
            return f"{duration_text(age // unit * unit)} ago"
    return "less than a minute ago"


def _files(outcomes: Sequence[Outcome], store: Store) -> str:
    staged = [file.path for outcome in outcomes for file in outcome.manifest.staged]
    if not staged:
        return ""
    if len(staged) == 1:
        return store.address(staged[0])
    return f"{counted(len(staged), 'file')} in {store.address(staged[0].partition('/')[0])}"
