"""The audit of staged rows: what must hold before any of them reaches the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from aviastack.columns import staged_columns
from aviastack.errors import AuditFailed
from aviastack.manifest import Manifest
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.script import Script


@dataclass(frozen=True, slots=True)
class Audit:
    """What the staged rows are: ``oldest`` sighting (UTC) and range of dates, None where there are none.

    ``superseded`` tells that rows bear another run's id: a later run replaced an object after this one was staged.
    """

    oldest: datetime | None
    first_date: date | None
    last_date: date | None
    superseded: bool


def audited(warehouse: Warehouse, script: Script, manifest: Manifest) -> Audit:
    """Judge the staged rows in one statement. Raises :class:`AuditFailed` that names the rule and the counts."""
    [found] = warehouse.run(script.audit({"run_id": manifest.run_id}))
    rows, foreign, distinct, oldest, first, last, *counts = found
    names = [column.name for column in staged_columns(script.endpoint)]
    audit = Audit(oldest, first, last, superseded=foreign > 0)
    if not audit.superseded:
        _judge(script, manifest, audit, rows=rows, distinct=distinct, filled=dict(zip(names, counts, strict=True)))
    return audit


def _judge(
    script: Script, manifest: Manifest, audit: Audit, *, rows: int, distinct: int, filled: dict[str, int]
) -> None:
    key = script.endpoint.key.column
    covers = (manifest.predicate.covers or {}) if manifest.complete else {}
    dates = {str(audit.first_date), str(audit.last_date)}
    needed = ["_run_id", "_extracted_at", key, *(["flight_date"] if script.endpoint.dates_flights else [])]
    broken = [
        (rows != manifest.rows, f"{rows} rows were copied where the manifest counts {manifest.rows}"),
        *((filled[name] != rows, f"{rows - filled[name]} of {rows} rows have no {name}") for name in needed),
        (filled[key] != distinct, f"{filled[key] - distinct} of {rows} rows repeat the {key} of another"),
        (
            rows > 0 and "flight_date" in covers and dates != {covers.get("flight_date")},
            f"flight dates {audit.first_date} to {audit.last_date} came where {covers.get('flight_date')} was asked",
        ),
        *((True, f"column {name} came empty where the manifest counts values") for name in _emptied(manifest, filled)),
    ]
    failed = [rule for holds_not, rule in broken if holds_not]
    if failed:
        raise AuditFailed(
            f"The staged rows of run {manifest.run_id} ({script.endpoint.table} {manifest.slice}) fail the audit: "
            f"{'; '.join(failed)}. Nothing was loaded.",
            remedy="Stage the run again from its journal with `aviastack replay`, which costs no call.",
        )


def _emptied(manifest: Manifest, filled: dict[str, int]) -> list[str]:
    """Columns that lost their values on the way: COPY leaves a column null, silently, that it matches to none.

    Only those whose nulls the manifest counts: an older version of aviastack staged without the newest columns.
    """
    return [name for name, nulls in manifest.nulls.items() if nulls < manifest.rows and filled.get(name) == 0]
