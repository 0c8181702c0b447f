"""Pruning: which old journals, manifests, partial and quarantined files, and leftovers of crashes may be removed.

Typed rows under ``<table>/`` stay, because they are the data. So do the journal of a run that may still be resumed, a
slice's newest manifest and its newest complete one and, by default, the journal of that one, which a replay needs. The
age of a run is counted from the last time that one of its files was written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aviastack.staging import manifest_log
from aviastack.staging.journal import COVERAGE, RUN
from aviastack.staging.parquet import PARTIAL, QUARANTINE
from aviastack.staging.store import Entry, Store

LEFT_BEHIND_AFTER = timedelta(days=1)  # no writer takes longer for one file


@dataclass(frozen=True, slots=True)
class Prunable:
    """Files that are removed together, in the order of their removal.

    ``path`` is the file or, for a journal, the run's folder; ``why`` is the rule by which it may be removed.
    """

    path: str
    why: str
    files: tuple[Entry, ...]

    @property
    def bytes(self) -> int:
        """The bytes that their removal frees."""
        return sum(entry.bytes for entry in self.files)


@dataclass
class _Runs:
    """The journals and the manifests of one slice, by run id."""

    journals: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    commits: dict[str, Entry] = field(default_factory=dict)


def expired(store: Store, retention: timedelta, now: datetime, *, last_journals: bool = False) -> list[Prunable]:
    """Return what is older than ``retention`` and may be removed; nothing is removed yet.

    ``last_journals`` includes the journals of the last complete runs: those slices can then not be replayed.
    """
    entries = store.entries(hidden=True)
    goes: list[Prunable] = []
    for slice_, runs in sorted(_slices(entries).items()):
        goes += _of_slice(store, slice_, runs, now - retention, last_journals)
    for entry in entries:
        top = entry.path.partition("/")[0]
        if "/." in f"/{entry.path}" and entry.modified < now - LEFT_BEHIND_AFTER:
            goes.append(Prunable(entry.path, "left behind by a crash", (entry,)))
        elif top in (PARTIAL, QUARANTINE) and entry.modified < now - retention:
            goes.append(Prunable(entry.path, f"{top}, older than the retention", (entry,)))
    return goes


def remove(store: Store, goes: Iterable[Prunable]) -> None:
    """Remove what :func:`expired` named. If it is stopped midway, it leaves nothing that looks like a run to resume."""
    for prunable in goes:
        for entry in prunable.files:
            store.remove(entry.path)
    store.tidy()


def _slices(entries: Iterable[Entry]) -> dict[str, _Runs]:
    """Sort journals and manifests by slice: ``<table>/<slice>``."""
    slices: dict[str, _Runs] = defaultdict(_Runs)
    for entry in entries:
        match entry.path.split("/"):
            case ["journal", table, name, run_id, _]:
                slices[f"{table}/{name}"].journals[run_id].append(entry)
            case ["manifests", table, name, file] if not file.startswith("."):
                slices[f"{table}/{name}"].commits[file.removesuffix(".json")] = entry
    return slices


def _of_slice(store: Store, slice_: str, runs: _Runs, old: datetime, last_journals: bool) -> Iterator[Prunable]:
    aged = {run for run, files in runs.journals.items() if max(entry.modified for entry in files) < old}
    if not aged and all(entry.modified >= old for entry in runs.commits.values()):
        return
    complete = next((m for m in manifest_log.newest_first(store, slice_) if m.complete), None)
    needed = complete.journal.rpartition("/")[2] if complete and not last_journals else None
    finished = max(runs.journals.keys() & runs.commits.keys(), default="")
    going = {run for run in aged if run <= finished and run != needed}
    for run in sorted(going):
        why = "older than the retention" if run in runs.commits else "never finished, and a newer run was"
        yield Prunable(f"journal/{slice_}/{run}", why, tuple(sorted(runs.journals[run], key=_first_the_ends)))
    kept = {max(runs.commits, default=""), complete.run_id if complete else ""} | (runs.journals.keys() - going)
    for run, entry in sorted(runs.commits.items()):
        if entry.modified < old and run not in kept:
            yield Prunable(entry.path, "older than the retention", (entry,))


def _first_the_ends(entry: Entry) -> tuple[bool, bool]:
    """Sort coverage and record first: without them a run can be neither replayed nor resumed."""
    return not entry.path.endswith(f"/{COVERAGE}"), not entry.path.endswith(f"/{RUN}")
