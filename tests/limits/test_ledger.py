from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path
from time import time

import pytest

from aviastack.api.session import Api
from aviastack.errors import QuotaExhausted, StagingUnavailable
from aviastack.limits.ledger import FILE, Ledger, fingerprint, known_quota
from aviastack.limits.quota import Account
from aviastack.limits.sqlite_ledger import AccountFile
from aviastack.settings import settings_from
from tests.simulation.in_memory import Accounts
from tests.support.api_servers import KEY, LIVE, ask_many, page

ASK_FOR_EVER = """
import asyncio, sys
import stamina.instrumentation
from aviastack.api.session import Api
from aviastack.settings import settings_from
from aviastack.slices import Slice

async def main(url, state, key, pace, calls):
    async with Api(settings_from(base_url=url, state=state, access_key=key, pace=pace)) as api:
        await asyncio.gather(*(api.fetch_page(Slice.of("flights"), offset=n, limit=1) for n in range(int(calls))))

stamina.instrumentation.set_on_retry_hooks(())
asyncio.run(main(*sys.argv[1:]))
"""


def asker(url: str, state: Path, *, pace: str = "off", calls: int = 5_000) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", ASK_FOR_EVER, url, str(state), KEY, pace, str(calls)])


@pytest.mark.parametrize("pace", ["off", "50/s"])
async def test_after_a_kill_the_ledger_has_every_call_that_left(server, settings_for, tmp_path, pace):
    process = asker(server.url, tmp_path / "state", pace=pace)
    while len(server.asked) < 40:
        assert process.poll() is None
        await asyncio.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    used = known_quota(settings_for(server.url)).used
    in_flight = settings_for(server.url).concurrency
    assert len(server.asked) >= 40
    assert len(server.asked) <= used <= len(server.asked) + in_flight
    async with Api(settings_for(server.url)) as api:
        await api.fetch_page(LIVE, offset=0, limit=1)
        assert (await api.quota()).used == used + 1


async def test_several_processes_of_a_host_count_in_one_account(server, settings_for, tmp_path):
    processes = [asker(server.url, tmp_path / "state", calls=60) for _ in range(3)]
    assert [await asyncio.to_thread(process.wait) for process in processes] == [0, 0, 0]
    assert len(server.asked) == known_quota(settings_for(server.url)).used == 180


async def test_what_the_last_headers_told_is_known_without_a_call(server, settings_for):
    server.answers(page(**{"x-quota-limit": "10000", "x-quota-remaining": "9273"}))
    settings = settings_for(server.url)
    async with Api(settings) as api:
        await api.fetch_page(LIVE, offset=0, limit=1)
    quota = known_quota(settings)
    assert (quota.limit, quota.used, quota.remaining, quota.source) == (10_000, 727, 9_273, "api")


def test_a_key_that_was_never_used_has_an_empty_account_and_makes_no_file(tmp_path):
    settings = settings_from(access_key=KEY, state=tmp_path / "state", plan="basic")
    quota = known_quota(settings)
    assert (quota.limit, quota.used, quota.remaining, quota.source) == (10_000, 0, 10_000, "plan")
    assert not (tmp_path / "state").exists()


async def test_the_quota_is_known_where_a_loop_is_running(tmp_path):
    assert known_quota(settings_from(access_key=KEY, state=tmp_path)).used == 0


async def test_keys_and_hosts_have_accounts_of_their_own(server, settings_for):
    for key in ("one-key-of-ours", "two-keys-of-ours"):
        async with Api(settings_for(server.url, access_key=key)) as api:
            await ask_many(api, 3)
    assert known_quota(settings_for(server.url, access_key="one-key-of-ours")).used == 3
    assert known_quota(settings_for("https://elsewhere.example/v1", access_key="one-key-of-ours")).used == 0


def test_the_fingerprint_is_stable_and_is_not_the_key():
    settings = settings_from(access_key=KEY)
    assert fingerprint(settings) == fingerprint(
        settings_from(access_key=KEY, base_url="https://API.aviationstack.com/v2")
    )
    assert len(fingerprint(settings)) == 16
    assert fingerprint(settings) not in KEY


async def test_a_file_that_another_process_holds_is_waited_for_while_the_loop_goes_on(server, settings_for, tmp_path):
    settings = settings_for(server.url)
    async with Api(settings) as api:
        await api.fetch_page(LIVE, offset=0, limit=1)
        other = sqlite3.connect(settings.state / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asking = asyncio.create_task(api.fetch_page(LIVE, offset=1, limit=1))
        beats = 0
        for _ in range(20):
            await asyncio.sleep(0.005)
            beats += 1
        assert not asking.done()
        assert beats == 20
        other.execute("COMMIT")
        other.close()
        await asking
    assert known_quota(settings).used == 2


@pytest.mark.parametrize("spoilt", [b"this is not a database, and it is longer than a header of one hundred bytes" * 4])
async def test_a_file_that_is_no_ledger_stops_before_a_call(server, settings_for, spoilt):
    settings = settings_for(server.url)
    settings.state.mkdir()
    (settings.state / FILE).write_bytes(spoilt)
    async with Api(settings) as api:
        with pytest.raises(StagingUnavailable, match=r"ledger.sqlite3 can't be written .* no call may be sent"):
            await api.fetch_page(LIVE, offset=0, limit=1)
        assert api.calls == 0
    assert server.asked == []
    assert (settings.state / FILE).read_bytes() == spoilt


async def test_a_state_folder_that_can_not_be_made_is_told(server, settings_for, tmp_path):
    (tmp_path / "state").write_text("a file where a folder is needed")
    async with Api(settings_for(server.url)) as api:
        with pytest.raises(StagingUnavailable, match="AVIASTACK_STATE"):
            await api.fetch_page(LIVE, offset=0, limit=1)


async def a_call(ledger: Ledger) -> None:
    call = await ledger.reserve("flights")
    call.headers = {}
    await ledger.settle(call)


async def test_calls_of_one_turn_share_a_transaction_that_syncs_no_file(tmp_path):
    accounts = AccountFile(tmp_path / FILE, "fingerprint")
    ledger = Ledger(settings_from(access_key=KEY, state=tmp_path), accounts)
    await a_call(ledger)
    statements: list[str] = []
    accounts._file.set_trace_callback(statements.append)
    await asyncio.gather(*(a_call(ledger) for _ in range(20)))
    assert sum(statement.startswith("BEGIN") for statement in statements) == 1
    assert accounts._file.execute("PRAGMA synchronous").fetchone() == (1,)  # NORMAL: no sync at a commit
    assert accounts._file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    await ledger.close()


async def test_the_ledger_is_its_users_alone(server, settings_for, tmp_path):
    former = os.umask(0)
    try:
        async with Api(settings_for(server.url, state=tmp_path / "state")) as api:
            await api.fetch_page(LIVE, offset=0, limit=1)
            modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
    finally:
        os.umask(former)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3, "the file, its log and the log's index"


async def test_a_change_after_the_end_is_recorded_and_leaves_no_file_open(tmp_path):
    account = AccountFile(tmp_path / "ledger.db", "key")
    await account.change(lambda found: setattr(found, "counted", 1))
    await account.close()
    await account.change(lambda found: setattr(found, "counted", 2))
    assert account._file is None
    assert await account.change(lambda found: found.counted) == 2


@pytest.mark.parametrize("remaining", ["9000", "0"])
async def test_while_one_call_asks_whether_the_month_is_still_spent_the_others_wait(settings_for, remaining):
    accounts = Accounts()
    async with Api(settings_for("http://127.0.0.1:9/v1"), ledger=Ledger(settings_for("http://h/v1"), accounts)) as api:
        ledger = api._ledger
        yesterday = time() - 86_400

        def spend(account: Account) -> None:
            account.period = date.max  # no new month begins
            account.spent(yesterday)

        await accounts.change(spend)
        first = await ledger.reserve("flights")
        others = [asyncio.create_task(ledger.reserve("flights")) for _ in range(3)]
        for _ in range(100):  # turns of the loop, in which all of them were refused once
            await asyncio.sleep(0)
        assert not any(other.done() for other in others)
        first.leaves()
        first.headers = {"x-quota-limit": "10000", "x-quota-remaining": remaining}
        await ledger.settle(first)
        results = await asyncio.gather(*others, return_exceptions=True)
        assert [isinstance(result, QuotaExhausted) for result in results] == [remaining == "0"] * 3
