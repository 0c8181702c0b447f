"""``status``: runs, completeness, quota, with no call to the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.manifest import Manifest


def status(
    endpoint: Annotated[str | None, typer.Argument(help="One endpoint; all if left out.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First date of slices, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last date of slices, included.")] = None,
    latest: Annotated[int, typer.Option(min=1, help="Runs to show, the newest.")] = 20,
    staging: options.Staging = None,
    as_json: Json = False,
) -> None:
    """Show the newest runs, whether they are complete, and the month's quota; --json has the proofs as well."""
    from aviastack.cli.output import tell_json
    from aviastack.limits.ledger import known_quota
    from aviastack.staging import manifest_log

    settings, store = options.opened(staging=staging)
    declared = options.endpoint_of(endpoint) if endpoint else None
    since, until = (options.date_of(text) if text else None for text in (first, last))
    found = sorted(manifest_log.every(store, declared, since=since, until=until), key=lambda m: m.run_id)
    quota = known_quota(settings)
    if as_json:
        tell_json({"quota": _quota_object(quota), "runs": [_object(manifest) for manifest in found[-latest:]]})
    else:
        _show(found[-latest:], len(found), quota)


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
    from rich.table import Table

    from aviastack.cli.output import console

    table = Table("slice", "as of (UTC)", box=None, header_style="bold")
    for heading in ("rows", "refused", "calls"):
        table.add_column(heading, justify="right")
    table.add_column("complete")
    for manifest in found:
        table.add_row(
            f"{manifest.endpoint} {manifest.slice}",
            f"{manifest.as_of:%Y-%m-%d %H:%M}",
            f"{manifest.rows:,}",
            f"{manifest.quarantined:,}",
            f"{manifest.calls:,}",
            "[green]yes[/]" if manifest.complete else f"[bold yellow]no[/]: {manifest.proof}",
        )
    console().print(table)
    limit = "" if quota.limit is None else f" of {quota.limit:,}"
    left = "" if quota.remaining is None else f", {quota.remaining:,} left"
    console().print(f"{count:,} runs. This month: {quota.used:,} calls{limit}{left} [dim]({quota.source})[/]")
