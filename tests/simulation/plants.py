"""Bugs to plant, outside the product: a proof that cannot fail proves nothing.

Each takes the place of one function of the product, as a mistaken change might.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from aviastack.api import session
from aviastack.api.responses import Response
from aviastack.api.session import Api
from aviastack.limits.ledger import Call, Ledger
from aviastack.limits.pace import LocalPace, Schedule, Unpaced
from aviastack.manifest import Manifest, StagedFile
from aviastack.page import Page
from aviastack.paging.changing import Changing
from aviastack.paging.proof import Seams
from aviastack.paging.settled import Settled
from aviastack.pipeline.stage import Tally
from aviastack.slices import Slice
from aviastack.staging import manifest_log, parquet
from aviastack.staging.journal import Journal
from aviastack.staging.parquet import SliceWriter
from aviastack.warehouse import loading
from aviastack.warehouse.audit import Audit
from aviastack.warehouse.loading import Loaded
from aviastack.warehouse.script import Script

Plant = Callable[[pytest.MonkeyPatch], None]
NOTHING = b'{"pagination":{"limit":10,"offset":0,"count":0,"total":0},"data":[]}'


def _skip_the_seam_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Seams, "are_closed", property(lambda self: bool(self.stretches)))


def _commit_the_manifest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save the manifest, and only then move the files that it names into place."""
    waiting: list[tuple[Any, str]] = []
    save = manifest_log.save

    def placed(self: Any, path: str) -> StagedFile:
        waiting.append((self, path))
        sink = self._sink
        return StagedFile(path, self._day, self._rows, sink.tell(), sha256=sink.sha256, crc32c=sink.crc32c)

    def saved(store: Any, manifest: Manifest) -> Any:
        result = save(store, manifest)
        while waiting:
            part, path = waiting.pop()
            store.move(part._path, path)
        return result

    monkeypatch.setattr(parquet._Part, "placed", placed)
    monkeypatch.setattr(manifest_log, "save", saved)


def _trust_a_date_header(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrived(headers: Any, now: datetime) -> tuple[datetime, bool]:
        return (parsedate_to_datetime(headers["Date"]) if "Date" in headers else now), False

    monkeypatch.setattr("aviastack.api.responses.arrival", arrived)


def _ignore_rows_outside_the_predicate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.pipeline.stage.disproof", lambda *_: None)


def _forget_the_ledger_on_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a retry back to the month."""

    async def forget(api: Api) -> None:
        await api._ledger._accounts.change(lambda account: account.count(-1))

    _after_a_retry(monkeypatch, forget)


def _send_a_retry_without_booking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a retry out of the calls that a run reports."""

    async def unbook(api: Api) -> None:
        api._ledger.calls -= 1

    _after_a_retry(monkeypatch, unbook)


def _after_a_retry(monkeypatch: pytest.MonkeyPatch, effect: Callable[[Api], Any]) -> None:
    attempt = Api._attempt

    async def attempted(self: Api, slice_: Slice, subject: str, offset: int, limit: int) -> Page:
        tried: Counter[str] = self.__dict__.setdefault("tried", Counter())
        tried[subject] += 1
        try:
            return await attempt(self, slice_, subject, offset, limit)
        finally:
            if tried[subject] > 1:
                await effect(self)

    monkeypatch.setattr(Api, "_attempt", attempted)


def _send_without_booking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Call, "leaves", lambda self: None)


def _ignore_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.limits.quota.Account._over_budget", lambda self, rules: None)
    monkeypatch.setattr("aviastack.pipeline.extract.check_cost", lambda *_, **__: None)


def _ignore_the_limit_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "_check_run", lambda self: None)


def _drop_the_lock_of_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoHold:
        def release(self) -> None:
            """Nothing is held."""

    monkeypatch.setattr("tests.simulation.memory_store.MemoryStore.hold", lambda self, path: NoHold())
    monkeypatch.setattr("tests.simulation.memory_store.MemoryStore.is_held", lambda self, path: False)


def _load_without_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    def audited(warehouse: Any, script: Script, manifest: Manifest) -> Audit:
        [found] = warehouse.run(script.audit({"run_id": manifest.run_id}))
        return Audit(*found[3:6], superseded=False)

    monkeypatch.setattr(loading, "audited", audited)


def _merge_without_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merge and remove without a row in ``_loads``, and so without yielding to newer loads."""

    def merged(warehouse: Any, script: Script, manifest: Manifest, audit: Audit, *, unfreeze: bool) -> Loaded:
        covers = loading._covers(manifest)
        values = loading._values(manifest, covers, audit)
        warehouse._write()
        inserted, updated = warehouse.merge(script, values)
        removed = warehouse.run(script.remove(covers, values))[0][0] if covers else 0
        return Loaded(inserted, updated, removed)

    monkeypatch.setattr(loading, "_merged", merged)


def _load_over_newer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Script, "yield_covered", lambda self, values: None)


def _sweep_a_live_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulation.model.SWEPT_AFTER", timedelta(days=-1))


def _resume_any_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.pipeline.resume._resumable_since", lambda slice_, now: now - timedelta(days=30))


def _count_a_missing_page_as_read(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = Settled.verdict

    def judged(self: Settled) -> tuple[bool, str]:
        proven, proof = verdict(self)
        return (True, "settled") if "no page covers" in proof or "the pages have" in proof else (proven, proof)

    monkeypatch.setattr(Settled, "verdict", judged)
    monkeypatch.setattr("aviastack.pipeline.stage.Stager._verdict", lambda self, found: (found.proven, found.proof))


def _count_any_changing_list_as_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Changing, "verdict", lambda self: (True, "changing"))


def _treat_a_429_as_success(monkeypatch: pytest.MonkeyPatch) -> None:
    page_from = session.page_from

    def page(response: Response, request: Any) -> Page:
        return page_from(replace(response, status=200, body=NOTHING) if response.status == 429 else response, request)

    monkeypatch.setattr(session, "page_from", page)
    monkeypatch.setattr("aviastack.paging.fetch.EMPTY", "empty")
    monkeypatch.setattr("aviastack.paging.evidence.Evidence.fault", lambda self, size: None)


def _drop_zero_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    add = Tally.add

    def added(self: Tally, *arguments: Any) -> None:
        add(self, *arguments)
        self.nulls += Counter()  # which drops what is not positive

    monkeypatch.setattr(Tally, "add", added)


def _pace_per_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Api._turn

    def turned(self: Api, slice_: Slice, pace: Any) -> Any:
        paces: dict[Slice, LocalPace] = self.__dict__.setdefault("paces_of_slices", {})
        rate = self.settings.pace
        if rate is None:
            return turn(self, slice_, pace)
        return turn(self, slice_, paces.setdefault(slice_, LocalPace(Schedule(rate))))

    monkeypatch.setattr(Api, "_turn", turned)


def _pace_per_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pace(self: Api, endpoint: Any) -> Unpaced:
        return Unpaced()

    monkeypatch.setattr(Api, "_pace", pace)


def _lose_a_page_of_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a journal without one of its pages, and do not count them."""

    def some(self: Journal) -> Iterator[Page]:
        return iter([page for page in (frame.page() for frame in self._frames()) if page.offset != 10])

    monkeypatch.setattr(Journal, "pages", some)


def _lose_a_row_in_staging(monkeypatch: pytest.MonkeyPatch) -> None:
    write = SliceWriter.write
    monkeypatch.setattr(SliceWriter, "write", lambda self, table: write(self, table.slice(0, max(0, len(table) - 1))))


def _keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report pages as kept and write none: every page is lost with its process."""
    monkeypatch.setattr("aviastack.staging.segments.Growing.append", lambda self, frame: None)


def _write_the_key_into_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.errors.AviastackError.__str__", lambda self: "5eC0ffee5eC0ffee5eC0ffee5eC0ffee")


def _call_a_manifest_final_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.pipeline.resume.is_final", lambda slice_, manifest: True)


def _do_not_compare_checksums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.pipeline.load.check_files", lambda *_: None)
    monkeypatch.setattr("aviastack.pipeline.resume.check_files", lambda *_: None)
    monkeypatch.setattr("aviastack.staging.frames.crc32", lambda *_: 0, raising=False)


def _remove_after_any_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        loading, "_covers", lambda manifest: manifest.predicate.covers or dict(manifest.predicate.asked)
    )


def _date_rows_by_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Date a run by its end instead of its oldest page."""
    values = loading._values

    def later(manifest: Manifest, *rest: Any) -> dict[str, Any]:
        as_of = datetime.now(UTC).replace(tzinfo=None)
        return values(manifest, *rest) | {"as_of": as_of}

    monkeypatch.setattr(loading, "_values", later)


def _believe_every_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "corrected", lambda warehouse, script, values, *, first: dict(values))


PLANTS: dict[str, Plant] = {
    "skip-seam-check": _skip_the_seam_check,
    "manifest-before-objects": _commit_the_manifest_first,
    "trust-date-header": _trust_a_date_header,
    "ignore-rows-outside": _ignore_rows_outside_the_predicate,
    "forget-ledger-on-retry": _forget_the_ledger_on_a_retry,
    "drop-journal-lock": _drop_the_lock_of_a_journal,
    "load-without-audit": _load_without_the_audit,
    "merge-without-loads": _merge_without_loads,
    "sweep-live-table": _sweep_a_live_table,
    "resume-any-journal": _resume_any_journal,
    "missing-page-as-read": _count_a_missing_page_as_read,
    "429-as-success": _treat_a_429_as_success,
    "drop-zero-counts": _drop_zero_counts,
    "retry-without-booking": _send_a_retry_without_booking,
    "pace-per-slice": _pace_per_slice,
    "pace-per-call": _pace_per_call,
    "remove-after-any-run": _remove_after_any_run,
    "send-without-booking": _send_without_booking,
    "ignore-budget": _ignore_the_budget,
    "ignore-limit-of-a-run": _ignore_the_limit_of_a_run,
    "lose-journal-page": _lose_a_page_of_the_journal,
    "lose-a-row-in-staging": _lose_a_row_in_staging,
    "keep-nothing": _keep_nothing,
    "key-in-errors": _write_the_key_into_errors,
    "final-at-once": _call_a_manifest_final_at_once,
    "no-checksums": _do_not_compare_checksums,
    "changing-list-as-read": _count_any_changing_list_as_read,
    "load-over-newer-rows": _load_over_newer_rows,
    "date-rows-by-the-end": _date_rows_by_the_end,
    "believe-every-clock": _believe_every_clock,
}
