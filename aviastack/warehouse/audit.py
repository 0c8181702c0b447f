"""The audit of staged rows: the rules that must hold before any row reaches the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from aviastack.columns import staged_columns
from aviastack.errors import AuditFailed, counted
from aviastack.manifest import Manifest
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.script import Script


@dataclass(frozen=True, slots=True)
class Audit:
    """A summary of the staged rows: the ``oldest`` sighting (UTC) and the range of dates, None if there are none.

    ``superseded`` means that rows have another run's id: a later run replaced an object after this one was staged.
    """

    oldest: datetime | None
    first_date: date | None
    last_date: date | None
    superseded: bool


def audited(warehouse: Warehouse, script: Script, manifest: Manifest) -> Audit:
    """Audit the staged rows in one statement. Raises :class:`AuditFailed`, which names the rules and the counts."""
    [found] = warehouse.run(script.audit({"run_id": manifest.run_id}))
    rows, foreign, distinct, oldest, first, last, *counts = found
    names = [column.name for column in staged_columns(script.endpoint)]
    audit = Audit(oldest, first, last, superseded=foreign > 0)
    if not audit.superseded:
        _check(script, manifest, audit, rows=rows, distinct=distinct, filled=dict(zip(names, counts, strict=True)))
    return audit


def _check(
    script: Script, manifest: Manifest, audit: Audit, *, rows: int, distinct: int, filled: dict[str, int]
) -> None:
    key = script.endpoint.key.column
    covers = (manifest.predicate.covers or {}) if manifest.complete else {}
    dates = {str(audit.first_date), str(audit.last_date)}
    needed = ["_run_id", "_extracted_at", key, *(["flight_date"] if script.endpoint.dates_flights else [])]
    rules = [
        (rows != manifest.rows, f"COPY loaded {counted(rows, 'row')}, but the manifest counts {manifest.rows:,}"),
        *((filled[name] != rows, f"{rows - filled[name]} of {rows} rows have no {name}") for name in needed),
        (filled[key] != distinct, f"{filled[key] - distinct} of {rows} rows repeat the {key} of another"),
        (
            rows > 0 and "flight_date" in covers and dates != {covers.get("flight_date")},
            f"flight dates are {audit.first_date} to {audit.last_date}, but {covers.get('flight_date')} was requested",
        ),
        *((True, f"column {name} is empty, but the manifest counts values") for name in _emptied(manifest, filled)),
    ]
    failed = [rule for is_broken, rule in rules if is_broken]
    if failed:
        raise AuditFailed(
            f"The staged rows of run {manifest.run_id} ({script.endpoint.table} {manifest.slice}) fail the audit: "
            f"{'; '.join(failed)}. Nothing was loaded.",
            remedy="Stage the run again from its journal with `aviastack replay`, which costs no call.",
        )


def _emptied(manifest: Manifest, filled: dict[str, int]) -> list[str]:
    """Return the columns whose values were lost: COPY silently fills a column with nulls if no file column matches.

    Only columns whose nulls the manifest counts: an older version of aviastack staged without the newest columns.
    """
    return [name for name, nulls in manifest.nulls.items() if nulls < manifest.rows and filled.get(name) == 0]
