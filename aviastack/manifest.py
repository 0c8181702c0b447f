"""The manifest: the record of a run, and its commit.

What was asked (the predicate), as of when, what came, what was written, what was refused, whether it is complete and by
which proof. Staging writes it last and create-only; the warehouse loads what it names.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html import escape

import msgspec

from aviastack.endpoints import ENDPOINTS

VERSION = 1


class Coverage(msgspec.Struct, frozen=True):
    """What paging proved of a slice.

    ``proof`` is one sentence, for or against. ``total`` is the list's length by the newest page, ``pages`` counts those
    kept and ``calls`` those spent now, without the ones of an earlier attempt. ``as_of`` is the arrival of the oldest
    page in UTC: what changed after it may be missing. ``rows_expected`` is the number of distinct rows that the pages
    must have; None for a list that moved. ``clock_skew_pages`` counts the pages whose clock disagreed with ours, and
    ``source`` says where the newest page came from.
    """

    proven: bool
    proof: str
    settled: bool
    total: int
    pages: int
    calls: int
    as_of: datetime
    rows_expected: int | None
    clock_skew_pages: int = 0
    source: str = ""


class Predicate(msgspec.Struct, frozen=True):
    """What a run asked for, and which rows it therefore has all of when it is complete.

    ``covers`` maps a key column to its value; None where no row can be called covered (see ``Slice.covers``).
    """

    asked: dict[str, str]
    covers: dict[str, str] | None


class StagedFile(msgspec.Struct, frozen=True):
    """An object of a run: ``path`` is relative to the staging root, ``date`` its partition."""

    path: str
    date: str
    rows: int
    bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """The record of a run. Times are UTC; ``warnings`` and ``unmapped`` count rows by rule and by field.

    ``journal`` is the folder of the pages behind it: its own run's, or after a replay the run's that fetched them.
    """

    run_id: str
    endpoint: str
    slice: str
    predicate: Predicate
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    complete: bool
    proof: str
    total: int
    pages: int
    calls: int
    rows: int
    quarantined: int
    repeated: int
    warnings: dict[str, int]
    unmapped: dict[str, int]
    nulls: dict[str, int]
    staged: list[StagedFile]
    quarantine: list[StagedFile]
    journal: str
    version: int = VERSION

    @property
    def path(self) -> str:
        """Where the manifest lies, relative to the staging root."""
        return f"manifests/{table_of(self.endpoint)}/{self.slice}/{self.run_id}.json"

    def to_json(self) -> bytes:
        """Return the manifest as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

    @property
    def summary(self) -> str:
        """One line: rows, calls, whether complete and by which proof."""
        state = "complete" if self.complete else "incomplete"
        return f"{self.rows:,} rows, {self.calls:,} calls, {state} ({self.proof})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return html_table(
            f"{self.endpoint} {self.slice}",
            {
                "complete": "yes" if self.complete else "no",
                "proof": self.proof,
                "as of (UTC)": f"{self.as_of:%Y-%m-%d %H:%M}",
                "rows": f"{self.rows:,}",
                "quarantined": f"{self.quarantined:,}",
                "pages": f"{self.pages:,}",
                "calls": f"{self.calls:,}",
                "manifest": self.path,
            },
        )

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Return the manifest in ``text``; raises :class:`msgspec.MsgspecError` where it is none."""
        return msgspec.json.decode(text, type=cls)


def new_run_id(now: datetime) -> str:
    """Return a fresh run id that sorts by time: ``20261121T060000123456Z-1a2b3c``."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}"


def started_on(run_id: str) -> date:
    """Return the day (UTC) on which a run began. Raises :class:`ValueError` for a name that is no run id."""
    return datetime.strptime(run_id[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def table_of(endpoint: str) -> str:
    """Return the folder and table of an endpoint, in snake case."""
    return ENDPOINTS[endpoint].table


def html_table(title: str, cells: Mapping[str, object]) -> str:
    """Return names and values as a table for a notebook; everything is escaped, because values may be the API's."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in cells.items())
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"
