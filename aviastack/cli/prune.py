"""``prune``: remove journals, partial files and quarantine past their retention."""

from __future__ import annotations

from typing import Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json


def prune(
    yes: Annotated[bool, typer.Option("--yes", help="Remove what the dry run lists.")] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar=options.AGE, help="Age such as 90d or 12h.", show_default="AVIASTACK_RETENTION, or 90 days"
        ),
    ] = None,
    staging: options.Staging = None,
    as_json: Json = False,
) -> None:
    """List what is past its retention, and remove it with --yes. The journal of an unfinished run is never listed."""
    from datetime import UTC, datetime

    from aviastack.cli.output import console, line, print_json, size
    from aviastack.errors import counted
    from aviastack.settings import duration_text
    from aviastack.staging import prune as pruning

    settings = options.settings_of(staging=staging, retention=options.age_of(older_than, "--older-than"))
    store = options.store_of(settings)
    old = pruning.expired(store, settings.retention, datetime.now(UTC))
    if yes:
        pruning.remove(store, old)
    bytes_ = sum(entry.bytes for entry in old)
    files = sum(len(entry.files) for entry in old)
    if as_json:
        paths = [entry.path for entry in old]
        print_json({"removed": yes, "bytes": bytes_, "entries": len(old), "files": files, "paths": paths})
        return
    out = console()
    for entry in old:
        out.print(line(entry.path, (f"  {counted(len(entry.files), 'file')}, {size(entry.bytes)}: {entry.why}", "dim")))
    age = duration_text(settings.retention)
    if not old:
        out.print(line(f"Nothing is older than {age}."))
        return
    total = f"{counted(files, 'file')}, {size(bytes_)}, older than {age}"
    out.print(line(f"Removed {total}." if yes else f"Would remove {total}. Remove with --yes."))
