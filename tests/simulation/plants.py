"""Bugs to plant, outside the product: a proof that cannot fail proves nothing.

Each takes the place of one function of the product, as a mistaken change might.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from aviastack.api.session import Api
from aviastack.limits.ledger import Call
from aviastack.limits.pace import Unpaced
from aviastack.manifest import Manifest
from aviastack.staging.folder import Folder
from aviastack.staging.journal import Journal
from aviastack.staging.parquet import SliceWriter

Plant = Callable[[pytest.MonkeyPatch], None]


def _trust_a_date_header(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrived(headers: Any, now: datetime) -> tuple[datetime, bool]:
        return (parsedate_to_datetime(headers["Date"]) if "Date" in headers else now), False

    monkeypatch.setattr("aviastack.api.responses.arrival", arrived)


def _pace_per_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pace(self: Api, endpoint: Any) -> Unpaced:
        return Unpaced()

    monkeypatch.setattr(Api, "_pace", pace)


def _drop_the_lock_of_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoHold:
        def release(self) -> None:
            """Nothing is held."""

    monkeypatch.setattr("tests.simulation.storage.SimulatedFolder.hold", lambda self, path: NoHold())
    monkeypatch.setattr(Folder, "is_held", lambda self, path: False)


def _lose_a_page_of_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Journal.pages

    def some(self: Journal) -> Any:
        yield from [page for page in pages(self) if page.offset != 100]

    monkeypatch.setattr(Journal, "pages", some)


def _send_without_booking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Call, "leaves", lambda self: None)


def _lose_a_row_in_staging(monkeypatch: pytest.MonkeyPatch) -> None:
    write = SliceWriter.write
    monkeypatch.setattr(SliceWriter, "write", lambda self, table: write(self, table.slice(0, max(0, len(table) - 1))))


def _resume_any_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.pipeline.resume._resumable_since", lambda slice_, now: now - timedelta(days=30))


def _keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report pages as kept and write none: every page is lost with its process."""
    monkeypatch.setattr("aviastack.staging.segments.Growing.append", lambda self, frame: None)


def _write_the_key_into_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.errors.AviastackError.__str__", lambda self: "5eC0ffee5eC0ffee5eC0ffee5eC0ffee")


def _call_a_manifest_final_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def final(slice_: Any, manifest: Manifest) -> bool:
        return True

    monkeypatch.setattr("aviastack.pipeline.resume.is_final", final)


PLANTS: dict[str, Plant] = {
    "trust-date-header": _trust_a_date_header,
    "pace-per-call": _pace_per_call,
    "drop-journal-lock": _drop_the_lock_of_a_journal,
    "lose-journal-page": _lose_a_page_of_the_journal,
    "send-without-booking": _send_without_booking,
    "lose-a-row-in-staging": _lose_a_row_in_staging,
    "resume-any-journal": _resume_any_journal,
    "keep-nothing": _keep_nothing,
    "key-in-errors": _write_the_key_into_errors,
    "final-at-once": _call_a_manifest_final_at_once,
}
