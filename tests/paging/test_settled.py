"""Paging over lists that stand still: no call too many, none asked twice, and a proof that counts every row."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from math import ceil
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviastack.errors import ApiUnavailable, BadRequest
from aviastack.page import Page, Pagination
from aviastack.paging.cost import Cost, calls_for
from aviastack.paging.fetch import ALIKE
from aviastack.slices import Slice
from tests.simulation.paging import Pages
from tests.support.paged_lists import (
    BOARD,
    DAY,
    LIVE,
    NOON,
    SettledList,
    WindowedList,
    begun,
    fetched,
    ids,
    instantly,
    killed_after,
    page_of,
)


@settings(max_examples=50)
@given(total=st.integers(1, 3_000), limit=st.integers(1, 300), concurrency=st.integers(1, 20))
def test_a_settled_day_costs_exactly_the_pages_that_it_has(total: int, limit: int, concurrency: int) -> None:
    api, pages = SettledList(total), Pages()
    coverage = asyncio.run(fetched(api, DAY, pages, limit=limit, concurrency=concurrency))
    assert coverage.proven
    assert coverage.calls == api.calls == coverage.pages == ceil(total / limit) == calls_for(total, limit, settled=True)
    assert sorted(ids(pages.kept)) == list(range(total))
    assert coverage.total == coverage.rows_expected == total


async def test_the_proof_names_offsets_and_total() -> None:
    coverage = await fetched(SettledList(7_344), DAY, Pages())
    assert coverage.proof == "settled: all 74 offsets read once, one total of 7,344"


async def test_page_0_decides_how_many_rows_per_page_has_whatever_was_asked() -> None:
    api, pages = SettledList(2_345, most=100), Pages()
    coverage = await fetched(api, DAY, pages, limit=1_000)
    assert coverage.proven
    assert coverage.calls == ceil(2_345 / 100)


async def test_the_rows_that_came_decide_where_the_pages_own_limit_does_not_say_so() -> None:
    class Silent(SettledList):
        def _answer(self, offset: int, served: int, limit: int) -> Page:
            page = super()._answer(offset, served, limit)
            return replace(page, pagination=replace(page.pagination, limit=limit))

    coverage = await fetched(Silent(2_345, most=100), DAY, Pages(), limit=1_000)
    assert coverage.proven
    assert coverage.calls == ceil(2_345 / 100)


async def test_as_of_is_the_oldest_page() -> None:
    assert (await fetched(SettledList(950), DAY, Pages())).as_of == NOON


async def test_the_cost_is_known_after_page_0_and_finishing_costs_exactly_that() -> None:
    api = SettledList(950)
    fetch = await begun(api, DAY, Pages())
    assert fetch.cost == Cost(calls=9, pages=10, rows=950, rows_per_page=100)
    assert api.calls == 1
    await fetch.finish()
    assert api.calls == 10


async def test_a_fetch_that_is_not_finished_leaves_page_0_in_the_journal() -> None:
    api, pages = SettledList(950), Pages()
    await begun(api, DAY, pages)
    assert [page.offset for page in pages.kept] == [0]
    assert api.calls == 1


@settings(max_examples=50)
@given(total=st.integers(1, 2_500), kept=st.integers(1, 30), concurrency=st.integers(1, 16), seed=st.integers(0, 99))
def test_a_killed_run_goes_on_with_the_pages_that_are_missing(
    total: int, kept: int, concurrency: int, seed: int
) -> None:
    async def both_runs() -> None:
        chance = Random(seed)
        api, first, second = SettledList(total), Pages(), Pages()

        async def start(keep) -> None:
            async def journal(page: Page) -> None:
                for _ in range(chance.randint(0, 3)):
                    await asyncio.sleep(0)
                await first.keep(page)
                await keep(page)

            await fetched(api, DAY, first, keep=journal, concurrency=concurrency)

        await killed_after(kept, start)
        in_first = {page.offset for page in first.kept}
        calls_of_first = api.calls
        in_flight = calls_of_first - len(first.kept)
        coverage = await fetched(api, DAY, second, have=first.kept, concurrency=concurrency)
        assert coverage.proven
        assert coverage.pages == len(first.kept) + len(second.kept) == ceil(total / 100)
        assert not in_first & set(api.asked[calls_of_first:])
        assert sorted(ids(first.kept + second.kept)) == list(range(total))
        assert api.calls <= ceil(total / 100) + in_flight
        assert in_flight <= 2 * concurrency

    asyncio.run(both_runs())


async def test_a_run_that_was_killed_at_its_last_page_costs_nothing_more() -> None:
    pages = Pages()
    await fetched(SettledList(950), DAY, pages)
    api = SettledList(950)
    coverage = await fetched(api, DAY, Pages(), have=iter(pages.kept))
    assert coverage.proven
    assert (coverage.calls, api.calls) == (0, 0)


async def test_pages_are_numbered_as_they_arrive_and_on_from_an_earlier_attempt() -> None:
    first, second = Pages(), Pages()
    await fetched(SettledList(1_500), DAY, first)
    await fetched(SettledList(1_500), DAY, second, have=first.kept[:7])
    assert [page.number for page in first.kept] == list(range(15))
    assert sorted(page.number for page in second.kept) == list(range(7, 15))


async def test_a_call_that_was_retried_on_the_wire_is_counted_and_nothing_else() -> None:
    class Faulty(SettledList):
        faults = 0

        async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
            page = await super().fetch_page(slice_, offset=offset, limit=limit)
            if offset % 2_000 == 500:  # one page in twenty
                self.faults += 1
                self.calls += 1
            return page

    api = Faulty(20_000)
    coverage = await fetched(api, DAY, Pages())
    assert api.faults == 10
    assert coverage.calls == 200 + api.faults


async def test_a_short_page_before_the_end_is_no_evidence_and_is_asked_for_again() -> None:
    api, pages = SettledList(950), Pages()
    api.answers[300] = [page_of(range(300, 397), offset=300, limit=100, total=950)]
    coverage = await fetched(api, DAY, pages)
    assert coverage.proven
    assert coverage.calls == 11
    assert set(ids(pages.kept)) == set(range(950))
    assert len(pages.kept) == 11


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (lambda page: page_of([], offset=300, limit=100, total=950), "has 0 rows instead of 100"),
        (
            lambda page: page_of(range(200, 300), offset=300, limit=100, total=950, said_offset=200),
            "offset 300 was requested and 200 was returned",
        ),
    ],
)
async def test_pages_that_stay_without_evidence_leave_the_run_not_proven(lie, why: str) -> None:
    api, pages = SettledList(950), Pages()
    api.answers[300] = [lie] * 99
    coverage = await fetched(api, DAY, pages, repair_calls=3)
    assert not coverage.proven
    assert coverage.proof == f"no page covers the rows from 300 on, of 950: {coverage.proof.split(': ')[-1]}"
    assert why in coverage.proof
    assert coverage.calls == 10 + 3


async def test_an_offset_that_is_answered_twice_without_rows_is_not_requested_again() -> None:
    api, pages = SettledList(950), Pages()
    api.answers[300] = [lambda page: page_of([], offset=300, limit=100, total=0)] * 99
    coverage = await fetched(api, DAY, pages)
    assert not coverage.proven
    assert coverage.proof == "no page covers the rows from 300 on, of 950: offset 300 returned an empty list"
    assert coverage.calls == 10 + 1


async def test_a_total_that_changes_means_that_the_list_has_not_settled() -> None:
    api = SettledList(950)
    api.answers[500] = [lambda page: replace(page, pagination=replace(page.pagination, total=951))]
    coverage = await fetched(api, DAY, Pages())
    assert not coverage.proven
    assert "the total changed between 950 and 951" in coverage.proof


async def test_rows_that_do_not_add_up_to_the_total_are_told() -> None:
    api = SettledList(950)
    api.answers[500] = [page_of(range(500, 620), offset=500, limit=100, total=950)]
    coverage = await fetched(api, DAY, Pages())
    assert not coverage.proven
    assert coverage.proof == "the pages have 970 rows, and the total is 950"


async def test_a_total_as_long_as_the_window_ends_at_page_0_with_advice() -> None:
    api = SettledList(10_000)
    coverage = await fetched(api, DAY, Pages())
    assert not coverage.proven
    assert "split the query by airline or airport (not by status" in coverage.proof
    assert api.calls == 1


async def test_an_offset_that_is_refused_is_the_window_too_and_the_rows_before_it_are_kept() -> None:
    pages = Pages()
    coverage = await fetched(WindowedList(2_000, window=1_000), DAY, pages)
    assert not coverage.proven
    assert "refuses to page on (offset" in coverage.proof
    assert "split the query by airline or airport" in coverage.proof
    assert set(ids(pages.kept)) >= set(range(1_000))


@pytest.mark.parametrize("slice_", [DAY, LIVE])
async def test_offsets_answered_without_rows_from_the_window_on_are_not_asked_for_again(slice_: Slice) -> None:
    class Bare(SettledList):
        def _answer(self, offset: int, served: int, limit: int) -> Page:
            return super()._answer(offset, served if offset < 10_000 else 0, limit)

    api = Bare(12_000)
    coverage = await fetched(api, slice_, Pages(), limit=1_000, concurrency=1)
    assert not coverage.proven
    assert "is answered without rows): split the query by airline or airport" in coverage.proof
    assert sum(offset >= 10_000 for offset in api.asked) <= 2  # the next request does not wait for the journal


async def test_a_refusal_of_page_0_is_a_bad_request() -> None:
    with pytest.raises(BadRequest):
        await fetched(WindowedList(2_000, window=0), DAY, Pages())


async def test_an_empty_answer_is_not_complete() -> None:
    api, pages = SettledList(0), Pages()
    coverage = await fetched(api, DAY, pages)
    assert not coverage.proven
    assert coverage.proof.startswith("empty: an unknown code and an outage look alike")
    assert (api.calls, len(pages.kept)) == (1, 1)


async def test_a_board_comes_in_one_response_without_limit_and_offset() -> None:
    class Board(SettledList):
        def _answer(self, offset: int, served: int, limit: int) -> Page:
            page = super()._answer(offset, self.total, limit)
            return replace(page, pagination=Pagination(None, None, page.pagination.count, self.total))

    api = Board(2_167)
    coverage = await fetched(api, BOARD, Pages())
    assert coverage.proven
    assert coverage.proof == "whole: one response of 2,167 rows, its own total"
    assert (api.calls, coverage.rows_expected) == (1, 2_167)


async def test_a_board_that_says_it_has_more_rows_than_it_has_is_not_proven() -> None:
    api = SettledList(500, most=453)
    coverage = await fetched(api, BOARD, Pages(), limit=1_000)
    assert not coverage.proven
    assert "453 rows, and its total is 500" in coverage.proof
    assert api.calls == 1


async def test_keys_are_not_asked_for_where_nothing_moves() -> None:
    async def edge_keys(page: Page) -> list[int]:
        raise AssertionError(page)

    assert (await fetched(SettledList(950), DAY, Pages(), edge_keys=edge_keys)).proven


def test_a_failure_is_raised_as_it_is_and_what_has_arrived_is_kept() -> None:
    cancelled = []

    class Failing(SettledList):
        async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
            if offset > 700:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    cancelled.append(offset)
                    raise
            if offset == 700:
                await asyncio.sleep(0.01)
                raise ApiUnavailable("no page at 700")
            if offset == 600:
                await asyncio.sleep(0.02)
            return await super().fetch_page(slice_, offset=offset, limit=limit)

    pages = Pages()

    async def failing() -> None:
        with pytest.raises(ApiUnavailable, match="no page at 700"):
            await fetched(Failing(5_000), DAY, pages, concurrency=16)
        assert len(asyncio.all_tasks()) == 1

    instantly(failing())
    assert sorted(page.offset for page in pages.kept) == [0, 100, 200, 300, 400, 500, 600]
    assert len(cancelled) == 14  # of 16 under way, one failed and one answered in time


async def test_a_failure_stops_the_requests_of_all_slots_at_once() -> None:
    api = SettledList(5_000)
    api.answers[100] = [ApiUnavailable("no page at 100")]
    with pytest.raises(ApiUnavailable):
        await fetched(api, DAY, Pages(), concurrency=16)
    assert api.calls == 1 + 16  # their answers come in the same turn as the failure, and after it


async def test_a_slot_sends_its_next_request_before_the_answers_of_others_are_taken() -> None:
    events: list[str] = []

    class Bursts(SettledList):
        async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
            events.append(f"{offset} sent")
            page = await super().fetch_page(slice_, offset=offset, limit=limit)
            events.append(f"{offset} answered")
            return page

    assert (await fetched(Bursts(600), DAY, Pages(), concurrency=4)).proven
    assert events.index("500 sent") < events.index("200 answered")


async def test_a_journal_that_fails_ends_the_run() -> None:
    async def keep(page: Page) -> None:
        if page.offset == 400:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await fetched(SettledList(5_000), DAY, Pages(), keep=keep)


async def test_a_journal_that_waits_holds_the_requests_back() -> None:
    gate = asyncio.Event()

    async def keep(page: Page) -> None:
        if page.offset:
            await gate.wait()

    api = SettledList(100_000)
    run = asyncio.create_task(fetched(api, DAY, Pages(), keep=keep, concurrency=8))
    for _ in range(200):
        await asyncio.sleep(0)
    assert api.calls <= 1 + 2 * 8
    gate.set()
    assert (await run).proven


def test_requests_take_no_longer_than_their_latency_with_a_journal_that_takes_its_time() -> None:
    async def keep(page: Page) -> None:
        await asyncio.sleep(0.02)

    api = SettledList(5_000 * 100, latency=0.1)
    coverage, seconds = instantly(fetched(api, DAY, Pages(), keep=keep, concurrency=16))
    assert coverage.proven
    assert api.peak == 16
    assert seconds <= 1.05 * (0.1 + 0.1 * 4_999 / 16)


class DeafList(SettledList):
    """A list whose rows are the same whatever the offset, which is not repeated."""

    def _answer(self, offset: int, served: int, limit: int) -> Page:
        return page_of(range(served), offset=offset, limit=limit, total=self.total, said_offset=None)


@pytest.mark.parametrize("slice_", [DAY, LIVE])
async def test_an_api_that_ignores_the_offset_gets_a_few_calls(slice_) -> None:
    api, pages = DeafList(1_000_000), Pages()
    coverage = await fetched(api, slice_, pages, concurrency=4)
    assert not coverage.proven
    assert "returns the same rows at the offsets 0, " in coverage.proof
    assert ALIKE <= api.calls <= 1 + 2 * 4  # at most two of each of the four requests at once
    again = await fetched(api, slice_, Pages(), have=pages.kept)
    assert (again.proof, again.calls) == (coverage.proof, 0)
