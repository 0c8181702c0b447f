"""Bugs to plant, outside the product: a proof that cannot fail proves nothing.

Each takes the place of one function of the product, as a mistaken change might.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import pytest

from aviastack.api.session import Api
from aviastack.limits.ledger import Call
from aviastack.limits.pace import LocalPace, Unpaced
from aviastack.manifest import Coverage, Manifest
from aviastack.page import Page
from aviastack.staging.folder import Folder
from aviastack.staging.journal import Journal

Plant = Callable[[pytest.MonkeyPatch], None]


def _trust_a_date_header(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrived(headers: Any, now: datetime) -> tuple[datetime, bool]:
        return (parsedate_to_datetime(headers["Date"]) if "Date" in headers else now), False

    monkeypatch.setattr("aviastack.api.responses.arrival", arrived)


def _pace_per_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pace(self: Api, endpoint: Any) -> Unpaced:
        return Unpaced()

    monkeypatch.setattr(Api, "_pace", pace)


def _forget_the_pace_after_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalPace, "ahead", lambda self: 0.0)


def _call_every_run_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    init = msgspec.structs.replace
    seal = Journal.seal

    def sealed(self: Journal, coverage: Coverage) -> None:
        seal(self, init(coverage, proven=True))

    monkeypatch.setattr(Journal, "seal", sealed)


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


def _load_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.warehouse.loads.is_loaded", lambda warehouse, run_id: True)


def _send_without_booking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Call, "leaves", lambda self: None)


def _stage_half_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    from aviastack.pipeline import stage

    read = stage.decode

    def half(slice_: Any, pages: Sequence[Page], *arguments: Any, **options: Any) -> Any:
        kept = [replace(page, body=page.body) for page in pages[: max(1, len(pages) - 1)]]
        return read(slice_, kept, *arguments, **options)

    monkeypatch.setattr(stage, "decode", half)


def _write_the_key_into_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.errors.AviastackError.__str__", lambda self: "5eC0ffee5eC0ffee5eC0ffee5eC0ffee")


def _call_a_manifest_final_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def final(slice_: Any, manifest: Manifest) -> bool:
        return True

    monkeypatch.setattr("aviastack.pipeline.resume.is_final", final)


PLANTS: dict[str, Plant] = {
    "trust-date-header": _trust_a_date_header,
    "pace-per-call": _pace_per_call,
    "forget-pace": _forget_the_pace_after_a_call,
    "every-run-complete": _call_every_run_complete,
    "drop-journal-lock": _drop_the_lock_of_a_journal,
    "lose-journal-page": _lose_a_page_of_the_journal,
    "call-loaded-unloaded": _load_twice,
    "send-without-booking": _send_without_booking,
    "stage-half": _stage_half_of_a_page,
    "key-in-errors": _write_the_key_into_errors,
    "final-at-once": _call_a_manifest_final_at_once,
}
