"""The manifest: the record of a run, and its commit.

It says what was requested (the predicate), as of when, what came, what was written, what was quarantined, and whether
the run is complete and by which proof. Staging writes it last and create-only; the warehouse loads what it names.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from html import escape
from typing import TypeVar

import msgspec

from aviastack.endpoints import ENDPOINTS
from aviastack.errors import counted

VERSION = 1
_RUN_ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{6}", re.ASCII)
QUARANTINE_LIMIT = 0.01  # share of a run's records that may be quarantined before its quality check fails


class Coverage(msgspec.Struct, frozen=True):
    """What paging read and proved of a slice.

    ``proof`` is one sentence, for or against. ``total`` is the list's length by the newest page, ``pages`` counts those
    kept and ``calls`` those spent now, without the ones of an earlier attempt. ``as_of`` is the arrival of the oldest
    page in UTC: what changed after it may be missing. ``rows_expected`` is the number of distinct rows that the pages
    must have; None for a list that changed. ``clock_skew_pages`` counts the pages whose clock disagreed with ours, and
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
    """What a run requested, and which rows it therefore has all of if it is complete.

    ``covers`` maps a key column to its value; None if no row can be called covered (see ``Slice.covers``).
    """

    asked: dict[str, str]
    covers: dict[str, str] | None


class StagedFile(msgspec.Struct, frozen=True):
    """A file of a run: ``path`` is relative to the staging root, ``date`` its partition.

    ``sha256`` is in hexadecimal, ``crc32c`` in base64 as Google Cloud Storage reports it (None without its package).
    """

    path: str
    date: str
    rows: int
    bytes: int
    sha256: str = ""
    crc32c: str | None = None


class Manifest(msgspec.Struct, frozen=True):
    """The record of a run. Times are in UTC; ``warnings`` and ``unmapped`` count rows by rule and by field.

    ``journal`` is the folder of its pages: its own run's or, for a replay, that of the run that fetched them.
    ``quarantine_limit`` is the share of quarantined records up to which the run can be final. ``source`` is the API's
    host, or ``simulated`` or ``recorded``; ``timezone_data`` the version of the time-zone database behind ``_utc``.
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
    quarantine_limit: float = QUARANTINE_LIMIT
    source: str = ""
    timezone_data: str = ""
    clock_skew_pages: int = 0
    version: int = VERSION
    checksum: str = ""

    @property
    def path(self) -> str:
        """The path of the manifest, relative to the staging root."""
        return self.path_of(self.run_id)

    def path_of(self, run_id: str) -> str:
        """Return the path of the manifest of another run of the same slice."""
        return f"manifests/{table_of(self.endpoint)}/{self.slice}/{run_id}.json"

    @property
    def fetched_by(self) -> str:
        """The id of the run that fetched the pages: another one than ``run_id`` for a replay."""
        run_id = self.journal.rpartition("/")[2]
        return run_id if is_run_id(run_id) else self.run_id

    @property
    def within_quarantine_limit(self) -> bool:
        """Whether few enough records are quarantined for the quality check to pass."""
        return self.quarantined <= self.quarantine_limit * (self.rows + self.quarantined)

    def to_json(self) -> bytes:
        """Return the manifest as indented JSON, with its checksum."""
        return msgspec.json.format(with_checksum(self), indent=2)

    @property
    def summary(self) -> str:
        """One line: rows, calls, whether complete and by which proof."""
        state = "complete" if self.complete else "incomplete"
        return f"{counted(self.rows, 'row')}, {counted(self.calls, 'call')}, {state} ({self.proof})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return html_table(
            f"{self.endpoint} {self.slice}",
            {
                "complete": "yes" if self.complete else "no",
                "proof": self.proof,
                "as of (UTC)": f"{self.as_of:%Y-%m-%d %H:%M}",
                "source": self.source or "unknown",
                "rows": f"{self.rows:,}",
                "quarantined": f"{self.quarantined:,}",
                "pages": f"{self.pages:,}",
                "calls": f"{self.calls:,}",
                "manifest": self.path,
            },
        )

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Return the manifest in ``text``. Raises :class:`ValueError` if it is not one, or one of another version."""
        version = decoded(text, _Version).version
        if version != VERSION:
            raise ValueError(f"it has version {version}, and this aviastack reads version {VERSION}")
        return decoded(text, cls)


class _Version(msgspec.Struct):
    version: int


T = TypeVar("T", bound=msgspec.Struct)


def with_checksum(record: msgspec.Struct) -> bytes:
    """Return a record as JSON, its ``checksum`` filled in."""
    return msgspec.json.encode(msgspec.structs.replace(record, checksum=_checksum(record)))


def decoded(text: bytes, kind: type[T]) -> T:
    """Return the record in ``text``, without its checksum, which only the stored text needs.

    Raises :class:`ValueError` if it is not such a record, or was changed since it was written.
    """
    try:
        record = msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)[:200]) from error
    checksum = getattr(record, "checksum", "")
    if not checksum:
        return record
    if checksum != _checksum(record):
        raise ValueError("its checksum does not match its content")
    return msgspec.structs.replace(record, checksum="")


def _checksum(record: msgspec.Struct) -> str:
    return sha256(msgspec.json.encode(msgspec.structs.replace(record, checksum=""))).hexdigest()


def new_run_id(now: datetime) -> str:
    """Return a new run id that sorts by time: ``20261121T060000123456Z-1a2b3c``."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}"


def run_id_after(others: Iterable[str], now: datetime) -> str:
    """Return a new run id that sorts after all others, whose clocks may have been ahead of ours."""
    newest = max(filter(is_run_id, others), default="")
    try:
        last = datetime.strptime(newest[:22], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC) if newest else now
        return new_run_id(max(now, last + timedelta(microseconds=1)))
    except (ValueError, OverflowError):  # no moment, or none after it
        return new_run_id(now)


def is_run_id(name: str) -> bool:
    """Whether a name is one that :func:`new_run_id` makes."""
    return _RUN_ID.fullmatch(name) is not None


def started_on(run_id: str) -> date:
    """Return the day (UTC) on which a run began. Raises :class:`ValueError` for a name that is not a run id."""
    return datetime.strptime(run_id[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def table_of(endpoint: str) -> str:
    """Return the folder and table of an endpoint, in snake case."""
    return ENDPOINTS[endpoint].table


def html_table(title: str, cells: Mapping[str, object]) -> str:
    """Return names and values as a table for a notebook; everything is escaped, because values may be the API's."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in cells.items())
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"
