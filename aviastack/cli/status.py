"""``status``: runs, completeness and quota, without a call to the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.manifest import Manifest
    from aviastack.settings import Settings

COST_DAYS = 7
MANIFEST_WIDTH = 160  # columns from which the table has room for the manifests


def status(
    endpoint: Annotated[
        str | None,
        typer.Argument(
            metavar="ENDPOINT", autocompletion=options.complete_endpoint, help="One endpoint; all if omitted."
        ),
    ] = None,
    first: Annotated[str | None, typer.Option("--from", metavar=options.DAY, help="First date of the slices.")] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar=options.DAY, help="Last date of the slices, included.")
    ] = None,
    latest: Annotated[int, typer.Option(metavar="N", min=1, help="Number of newest runs to show.")] = 20,
    cost: Annotated[bool, typer.Option("--cost", help="Show Snowflake's credits of the last 7 days instead.")] = False,
    staging: options.Staging = None,
    warehouse: options.Warehouse = None,
    as_json: Json = False,
) -> None:
    """Show the newest runs, whether they are complete, their manifests, and the month's quota."""
    from aviastack.cli.output import print_json
    from aviastack.limits.ledger import known_quota
    from aviastack.slices import endpoint_of
    from aviastack.staging import manifest_log

    if first is not None and last is not None:
        options.days_of(first, last)
    since, until = (options.date_of(text) if text else None for text in (first, last))
    declared = endpoint_of(endpoint) if endpoint else None
    settings = options.settings_of(staging=staging, warehouse=warehouse)
    if cost:
        _show_cost(settings, latest, as_json=as_json)
        return
    store = options.store_of(settings)
    found = sorted(manifest_log.every(store, declared, since=since, until=until), key=lambda m: m.run_id)
    quota = known_quota(settings)
    if as_json:
        print_json({"quota": _quota_object(quota), "runs": [_object(manifest) for manifest in found[-latest:]]})
    else:
        _show(found[-latest:], len(found), quota)


def _show_cost(settings: Settings, most: int, *, as_json: bool) -> None:
    from dataclasses import asdict

    from aviastack.cli.output import console, line, print_json, print_table, table
    from aviastack.warehouse.snowflake_credits import credits_used

    used = credits_used(settings, COST_DAYS)
    total = sum(row.credits for row in used)
    if as_json:
        print_json({"days": COST_DAYS, "credits": total, "work": [asdict(row) for row in used]})
        return
    shown = table("work", "of", "statements", "credits", right=("statements", "credits"))
    for row in used[:most]:
        shown.add_row(row.work, line(row.of), f"{row.statements:,}", f"{row.credits:.6f}")
    if used:
        print_table(shown)
    console().print(
        line(f"{total:.6f} credits in {COST_DAYS} days, without idle time. Snowflake reports them up to 8 hours late.")
    )


def _quota_object(quota: Quota) -> dict[str, object]:
    return {"limit": quota.limit, "remaining": quota.remaining, "used": quota.used, "source": quota.source}


def _object(manifest: Manifest) -> dict[str, object]:
    return {
        "endpoint": manifest.endpoint,
        "slice": manifest.slice,
        "run_id": manifest.run_id,
        "as_of": manifest.as_of,
        "complete": manifest.complete,
        "proof": manifest.proof,
        "rows": manifest.rows,
        "quarantined": manifest.quarantined,
        "calls": manifest.calls,
        "manifest": manifest.path,
    }


def _show(found: list[Manifest], count: int, quota: Quota) -> None:
    from aviastack.cli.output import QUOTA_SOURCES, console, line, print_table, table
    from aviastack.errors import counted

    out = console()
    with_manifest = out.width >= MANIFEST_WIDTH
    headings = ["slice", "as of (UTC)", "rows", "quarantined", "calls", "complete"]
    shown = table(*headings, *(["manifest"] if with_manifest else []), right=("rows", "quarantined", "calls"))
    for manifest in found:
        shown.add_row(
            line(f"{manifest.endpoint} {manifest.slice}"),
            f"{manifest.as_of:%Y-%m-%d %H:%M}",
            f"{manifest.rows:,}",
            f"{manifest.quarantined:,}",
            f"{manifest.calls:,}",
            line(("yes", "green")) if manifest.complete else line(("no", "bold yellow"), f": {manifest.proof}"),
            *([line(manifest.path)] if with_manifest else []),
        )
    if found:
        print_table(shown)
    if found and not with_manifest:
        out.print(line(("Newest manifest: ", "dim"), found[-1].path))
    limit = "" if quota.limit is None else f" of {quota.limit:,}"
    left = "" if quota.remaining is None else f", {quota.remaining:,} left"
    month = f"This month: {counted(quota.used, 'call')}{limit}{left} ({QUOTA_SOURCES[quota.source]})."
    out.print(line(f"{counted(count, 'run')}. {month}"))
