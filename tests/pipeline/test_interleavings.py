"""Two commands for one slice, in every order that their accesses to the staging can have: one run, paid for once.

The command under test works on a store that lets the other command act before its nth access. All n are tried, so the
order of events is forced and no clock takes part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aviastack.api.session import Api
from aviastack.manifest import Coverage, Manifest, is_run_id, new_run_id, run_id_after
from aviastack.page import Page, Pagination
from aviastack.pipeline import resume, run
from aviastack.pipeline.events import QUIET
from aviastack.pipeline.load_queue import LoadQueue
from aviastack.pipeline.resume import IF_FINAL, claim_journal, ended_runs
from aviastack.pipeline.run import Pipeline
from aviastack.pipeline.stage_journal import stage_journal
from aviastack.settings import settings_from
from aviastack.staging import folder, manifest_log
from aviastack.staging.folder import Folder
from aviastack.staging.journal import Journal, folder_of
from aviastack.staging.store import Hold
from tests.pipeline.test_two_at_once import SETTLED, once

ACCESSES = range(1, 30)  # the first is when the command begins; enough for two polls
EMPTY = b'{"pagination":{"limit":1000,"offset":0,"count":0,"total":0},"data":[]}'


class Interleaved(Folder):
    """A folder in which ``act`` is called before the nth access."""

    def __init__(self, root: str, at: int, act: Callable[[], object]) -> None:
        super().__init__(root)
        self._at, self._act, self.accesses = at, act, 0

    def _accessed(self) -> None:
        if self.accesses == self._at:
            self._act()
        self.accesses += 1

    def hold(self, path: str) -> Any:
        self._accessed()
        return super().hold(path)

    def is_held(self, path: str) -> bool:
        self._accessed()
        return super().is_held(path)

    def entries(self, prefix: str = "", *, hidden: bool = False) -> Any:
        self._accessed()
        return super().entries(prefix, hidden=hidden)

    def exists(self, path: str) -> bool:
        self._accessed()
        return super().exists(path)

    def read(self, path: str) -> bytes:
        self._accessed()
        return super().read(path)


class Other:
    """Another command for the slice, one step at a time."""

    def __init__(self, root: str) -> None:
        self.store = Folder(root)
        self.now = datetime.now(UTC) - timedelta(seconds=30)
        self.run_id = new_run_id(self.now)
        self.journal: Journal | None = None
        self.turn: Hold | None = None

    def take_turn(self) -> None:
        self.turn = self.store.hold(f"{folder_of(SETTLED)}/{resume.TURN}")
        assert self.turn is not None

    def begin(self) -> None:
        self.journal = Journal.begin(self.store, SETTLED, self.run_id, self.now)
        if self.turn is not None:
            self.turn.release()

    def seal(self) -> None:
        assert self.journal is not None
        pagination = Pagination(limit=1000, offset=0, count=0, total=0)
        self.journal.append(Page(0, 1000, EMPTY, pagination, self.now))
        self.journal.seal(Coverage(True, "settled", True, 0, 1, 1, self.now, 0))

    def stage(self) -> None:
        journal = Journal.read(self.store, SETTLED, self.run_id)
        stage_journal(self.store, SETTLED, journal, run_id=self.run_id)

    def end(self) -> None:
        assert self.journal is not None
        self.journal.close()

    def steps(self, names: str) -> None:
        for name in names.split():
            getattr(self, name)()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "POLL_SECONDS", 0)
    monkeypatch.setattr(folder, "PATIENCE", 0)


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Callable[[], Other]]:
    """Other commands, each with its own staging; what they still hold is released at the end."""
    made: list[Other] = []

    def make() -> Other:
        made.append(Other(str(tmp_path / str(len(made)))))
        return made[-1]

    yield make
    for other in made:
        for held in (other.journal, other.turn):
            if held is not None:
                (held.close if isinstance(held, Journal) else held.release)()


@pytest.mark.parametrize(
    ("earlier", "meanwhile"),
    [
        ("begin", "seal stage end"),
        ("begin", "seal stage"),
        ("begin seal", "stage end"),
        ("begin", "seal end"),
        ("begin", "seal end stage"),
        ("begin", "end"),
        ("take_turn", "begin seal stage end"),
        ("take_turn", "begin seal stage"),
        ("take_turn", "begin seal end"),
        ("take_turn", "begin end"),
        ("begin seal end", "stage"),
    ],
)
async def test_a_command_that_starts_meanwhile_uses_the_run_under_way(
    others: Callable[[], Other], earlier: str, meanwhile: str
) -> None:
    for at in ACCESSES:
        other = others()
        store = Interleaved(other.store.address(""), at, lambda other=other: other.steps(meanwhile))
        other.steps(earlier)
        settings = settings_from(access_key="k", staging=store.address(""))
        before = ended_runs(store, SETTLED)
        with await claim_journal(store, SETTLED, settings, QUIET, before=before) as journal:
            assert journal.run_id == other.run_id, f"{meanwhile} before access {at}"


@pytest.mark.parametrize("at", ACCESSES)
async def test_a_run_that_is_being_loaded_is_under_way(others: Callable[[], Other], at: int) -> None:
    other = others()
    other.steps("begin seal stage")
    before = ended_runs(other.store, SETTLED)
    store = Interleaved(other.store.address(""), at, other.end)
    settings = settings_from(access_key="k", staging=store.address(""))
    with await claim_journal(store, SETTLED, settings, QUIET, before=before) as journal:
        assert journal.run_id == other.run_id


async def test_a_run_that_ended_before_the_command_is_fetched_anew(others: Callable[[], Other]) -> None:
    other = others()
    other.steps("begin seal stage end")
    settings = settings_from(access_key="k", staging=other.store.address(""))
    before = ended_runs(other.store, SETTLED)
    assert before == {other.run_id}
    with await claim_journal(other.store, SETTLED, settings, QUIET, before=before) as journal:
        assert journal.run_id > other.run_id


async def test_runs_are_seen_though_one_by_a_faster_clock_ended_before(others: Callable[[], Other]) -> None:
    other = others()
    other.now += timedelta(minutes=30)
    other.run_id = new_run_id(other.now)
    other.steps("begin seal stage end")
    store, settings = other.store, settings_from(access_key="k", staging=other.store.address(""))
    before = ended_runs(store, SETTLED)
    with await claim_journal(store, SETTLED, settings, QUIET, before=before) as journal:
        assert journal.run_id > other.run_id
        assert journal.record.started_at < other.now
        assert Journal.in_progress(store, SETTLED) == journal.run_id
    with await claim_journal(store, SETTLED, settings, QUIET, before=before) as resumed:
        assert resumed.run_id == journal.run_id
    assert Pipeline(settings, store).replay(SETTLED).run_id > journal.run_id


@pytest.mark.parametrize("newest", ["99991231T235959999999Z-aaaaaa", "20261399T000000000000Z-aaaaaa", "notes"])
def test_a_run_id_that_nothing_can_follow_is_no_obstacle(newest: str) -> None:
    assert is_run_id(run_id_after([newest], datetime.now(UTC)))


async def test_a_replay_meanwhile_is_not_taken_for_a_run(others: Callable[[], Other]) -> None:
    other = others()
    other.steps("begin seal stage end")
    settings = settings_from(access_key="k", staging=other.store.address(""))
    before = ended_runs(other.store, SETTLED)
    Pipeline(settings, other.store).replay(SETTLED)
    with await claim_journal(other.store, SETTLED, settings, QUIET, before=before) as journal:
        assert journal.run_id > other.run_id


@pytest.mark.parametrize("at", range(12))
async def test_a_final_run_that_ends_while_an_extraction_begins_is_not_paid_again(
    others: Callable[[], Other], simulated, tmp_path: Path, at: int
) -> None:
    other = others()

    def act() -> None:
        other.turn = other.store.hold(f"{folder_of(SETTLED)}/{resume.TURN}")
        if other.turn is not None and not other.store.entries(folder_of(SETTLED)):  # it is first
            other.steps("begin seal stage end")

    store = Interleaved(other.store.address(""), at, act)
    with simulated(flights_per_day=20) as api:
        settings = settings_from(base_url=api.url, access_key="k", plan="enterprise", staging=store.address(""))
        async with Api(settings.model_copy(update={"state": tmp_path / "state"})) as session:
            run_id, _ = await Pipeline(settings, store, session).extract(SETTLED, IF_FINAL)
        assert api.asked() == (run_id != other.run_id)
        assert run_id == other.run_id or other.journal is None


async def test_a_run_that_is_loaded_while_the_second_waits_for_the_warehouse_is_not_paid_again(
    simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extracted, second_began, first_ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    usable_run, load = run.usable_run, LoadQueue.load

    async def awaiting(*arguments: Any) -> Any:
        if extracted.is_set():
            second_began.set()
            await first_ended.wait()
        return await usable_run(*arguments)

    async def loading(*arguments: Any, **options: Any) -> Any:
        extracted.set()
        await second_began.wait()
        return await load(*arguments, **options)

    monkeypatch.setattr(run, "usable_run", awaiting)
    monkeypatch.setattr(LoadQueue, "load", loading)
    with simulated(flights_per_day=2_000) as api:
        settings = settings_from(
            base_url=api.url,
            access_key="k",
            plan="enterprise",
            pace="off",
            staging=str(tmp_path / "s"),
            state=tmp_path / "l",
            warehouse=f"duckdb:///{tmp_path / 'w.duckdb'}",
        )
        first = asyncio.create_task(once(settings, lambda p: p.run(SETTLED)))
        first.add_done_callback(lambda _: first_ended.set())
        await extracted.wait()
        again = await once(settings, lambda p: p.run(SETTLED))
        outcome = await first
        assert api.asked() == outcome.calls == outcome.manifest.pages
    assert (again.calls, again.manifest) == (0, outcome.manifest)
    assert (again.loaded.inserted, again.loaded.updated, again.loaded.removed) == (0, 0, 0)


def test_two_processes_that_stage_one_journal_commit_one_manifest(
    others: Callable[[], Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = others()
    other.steps("begin seal end")
    save = manifest_log.save

    def save_second(store: Folder, manifest: Manifest) -> Manifest:
        monkeypatch.setattr(manifest_log, "save", save)
        other.stage()
        return save(store, manifest)

    monkeypatch.setattr(manifest_log, "save", save_second)
    pipeline = Pipeline(settings_from(access_key="k", staging=other.store.address("")), other.store)
    manifest = pipeline.stage(SETTLED, other.run_id)
    assert manifest == manifest_log.of_run(other.store, SETTLED, other.run_id)
