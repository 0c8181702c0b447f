"""``quarantine``: the records that could not be typed or keyed, and their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aviastack.cli import options
from aviastack.cli.help import Command, Group, examples, show_without_command
from aviastack.cli.options import Json

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.settings import Settings
    from aviastack.slices import Slice
    from aviastack.staging.store import Store

Endpoint = Annotated[
    str | None,
    typer.Argument(metavar="ENDPOINT", autocompletion=options.complete_endpoint, help="One endpoint; all if omitted."),
]
SliceName = Annotated[
    str | None, typer.Option("--slice", metavar="NAME", help="One slice, as quarantine list names it.")
]

commands = typer.Typer(cls=Group, rich_markup_mode=None)
commands.callback(invoke_without_command=True)(show_without_command)


@commands.command("list", cls=Command, epilog=examples("aviastack quarantine list flights"))
@options.takes_settings("staging")
def list_(endpoint: Endpoint = None, as_json: Json = False, *, store: Store) -> None:
    """List the slices whose newest run has quarantined records."""
    from aviastack.cli.output import line, print_json, print_note, print_table, table

    found = _newest(store, endpoint)
    if as_json:
        print_json({"slices": [_object(manifest) for manifest in found]})
        return
    if not found:
        print_note("No quarantined records.", style="")
        return
    shown = table("slice", "run", "rows", "quarantined", right=("rows", "quarantined"))
    for manifest in found:
        name = line(f"{manifest.endpoint} {manifest.slice}")
        shown.add_row(name, manifest.run_id, f"{manifest.rows:,}", f"{manifest.quarantined:,}")
    print_table(shown)


@commands.command("show", cls=Command, epilog=examples("aviastack quarantine show flights --limit 5"))
@options.takes_settings("staging")
def show(
    endpoint: Endpoint = None,
    slice_name: SliceName = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="Number of records to show.")] = 20,
    as_json: Json = False,
    *,
    store: Store,
) -> None:
    """Show quarantined records with their reasons, as the API sent them."""
    from aviastack.cli.output import console, line, print_json, print_note

    found = _newest(store, endpoint, slice_name)
    records = [record for manifest in found for record in _records(store, manifest)]
    if as_json:
        print_json({"quarantined": len(records), "records": records[:limit]})
        return
    out = console()
    for record in records[:limit]:
        place = "" if record["page_offset"] is None else f" offset {record['page_offset']}, row {record['position']}"
        out.print(line((f"{record['endpoint']} {record['_slice']}{place}", "bold")))
        for reason in record["reasons"]:
            out.print(line(f"  {reason}"))
        out.print(line((f"  {record['record']}", "dim")))
    print_note(f"{min(limit, len(records)):,} of {len(records):,} quarantined records")


@commands.command("replay", cls=Command, epilog=examples("aviastack quarantine replay flights"))
@options.takes_settings("staging", "warehouse")
def replay(
    endpoint: Endpoint = None,
    slice_name: SliceName = None,
    as_json: Json = False,
    *,
    store: Store,
    settings: Settings,
) -> None:
    """Replay the slices that have quarantined records, without a call: after an upgrade that can read them."""
    from aviastack.cli.load import print_results, replayed
    from aviastack.cli.output import print_note

    found = _newest(store, endpoint, slice_name)
    if not found:
        print_note("No quarantined records, so nothing is replayed.", style="")
    slices = [_slice(manifest) for manifest in found]
    print_results(endpoint or "", replayed(slices, settings, store, load=True), as_json=as_json)


def _newest(store: Store, endpoint: str | None, slice_name: str | None = None) -> list[Manifest]:
    """Return the newest manifest of each slice, of those with quarantined records."""
    from aviastack.errors import BadRequest
    from aviastack.slices import endpoint_of
    from aviastack.staging import manifest_log

    declared = endpoint_of(endpoint) if endpoint else None
    newest = {(m.endpoint, m.slice): m for m in manifest_log.every(store, declared)}
    found = [manifest for manifest in newest.values() if manifest.quarantined]
    if slice_name is None:
        return found
    named = [manifest for manifest in found if manifest.slice == slice_name]
    if not named:
        raise BadRequest(
            f"No quarantined records in a slice '{slice_name}'.", remedy="aviastack quarantine list shows the slices."
        )
    return named


def _records(store: Store, manifest: Manifest) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    for file in manifest.quarantine:
        with store.reader(file.path) as source:
            yield from pq.read_table(source).to_pylist()


def _slice(manifest: Manifest) -> Slice:
    from aviastack.slices import Slice

    return Slice.parse(manifest.endpoint, manifest.slice)


def _object(manifest: Manifest) -> dict[str, object]:
    return {
        "endpoint": manifest.endpoint,
        "slice": manifest.slice,
        "run_id": manifest.run_id,
        "rows": manifest.rows,
        "quarantined": manifest.quarantined,
        "files": [file.path for file in manifest.quarantine],
        "manifest": manifest.path,
    }
