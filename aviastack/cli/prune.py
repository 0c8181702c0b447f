"""``prune``: journals, partial objects and quarantine past their retention."""

from __future__ import annotations

from typing import Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json


def prune(
    yes: Annotated[bool, typer.Option("--yes", help="Remove what the dry run lists.")] = False,
    older_than: Annotated[str | None, typer.Option(help="Retention, as 90d; AVIASTACK_RETENTION if unset.")] = None,
    staging: options.Staging = None,
    as_json: Json = False,
) -> None:
    """List what is past its retention, and remove it with --yes. An unfinished run's journal is never listed."""
    from datetime import UTC, datetime

    from aviastack.cli.output import console, tell_json
    from aviastack.staging import prune as pruning

    settings, store = options.opened(staging=staging, retention=options.age_of(older_than))
    old = pruning.expired(store, settings.retention, datetime.now(UTC))
    if yes:
        pruning.remove(store, old)
    size = sum(entry.bytes for entry in old)
    if as_json:
        tell_json({"removed": yes, "bytes": size, "paths": [entry.path for entry in old]})
        return
    for entry in old:
        console().print(f"{entry.path}  [dim]{entry.bytes:,} bytes[/]")
    done = "removed" if yes else "would go; run with --yes to remove them"
    console().print(f"{len(old):,} files of {size / 1e6:,.1f} MB {done} (older than {settings.retention.days} days)")
