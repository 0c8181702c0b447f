"""Paging over lists that move: what is called proven has every row that was there all the while, at few calls more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from itertools import count
from math import ceil
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviastack.errors import BadRequest
from aviastack.manifest import Coverage
from aviastack.page import Page
from aviastack.paging.cost import calls_for, repair_budget
from aviastack.simulator.moving_list import MovingList
from tests.simulation.paging import MORE_CALLS, NOT_PROVEN, PagedList, Pages, measure
from tests.support.paged_lists import LIVE, SettledList, begun, fetched, ids, instantly, killed_after, page_of

Change = Callable[[list[int]], None]


class ChangingList(SettledList):
    """A list that changes as specified, each time just before the page of that number (from 0) is served."""

    def __init__(self, total: int, changes: dict[int, Change]) -> None:
        super().__init__(total)
        self.rows, self.changes = list(range(total)), changes
        self.served = count()

    def _answer(self, offset: int, served: int, limit: int) -> Page:
        self.changes.get(next(self.served), list.copy)(self.rows)
        self.total = len(self.rows)
        return page_of(self.rows[offset : offset + served], offset=offset, limit=limit, total=self.total)


class MiscountedList(ChangingList):
    """The same, and one page has the total from before a row came in front, and the rows from after it."""

    def __init__(self, total: int, changes: dict[int, Change], *, miscounted: int) -> None:
        super().__init__(total, changes)
        self.answers = count()
        self.miscounted = miscounted

    def _answer(self, offset: int, served: int, limit: int) -> Page:
        page = super()._answer(offset, served, limit)
        if next(self.answers) != self.miscounted:
            return page
        inserted(0, 1)(self.rows)
        return page_of(self.rows[offset : offset + served], offset=offset, limit=limit, total=self.total)


def inserted(at: int, size: int) -> Change:
    def change(rows: list[int]) -> None:
        rows[at:at] = range(10**6 + at, 10**6 + at + size)

    return change


def removed(at: int, size: int) -> Change:
    def change(rows: list[int]) -> None:
        del rows[at : at + size]

    return change


def moved(here: int, there: int) -> Change:
    return lambda rows: rows.insert(there, rows.pop(here))


@pytest.mark.parametrize("world", ["quiet", "as recorded", "busy"])
@pytest.mark.parametrize("in_turn", [True, False], ids=["in turn", "jumbled"])
def test_no_row_is_missing_from_a_proven_run_and_few_calls_are_spent_on_it(world: str, *, in_turn: bool) -> None:
    row = measure(world, 100, range(1_000, 1_018), in_turn=in_turn)
    assert row.missing_in_proven == 0
    assert row.not_proven <= 1 / row.runs
    assert row.more_calls <= MORE_CALLS[100]


def test_large_pages_cost_fewer_calls_more() -> None:
    row = measure("as recorded", 1_000, range(1_000, 1_008), in_turn=True)
    assert row.holds
    assert row.more_calls <= MORE_CALLS[1_000]
    assert row.not_proven < NOT_PROVEN


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(0, 500),
    limit=st.integers(2, 40),
    singles=st.floats(0, 4),
    bulk=st.floats(0, 0.3),
    collapse=st.floats(0, 0.1),
    concurrency=st.integers(1, 16),
)
def test_whatever_comes_and_goes_a_proof_is_sound_and_the_calls_are_bounded(
    seed: int, rows: int, limit: int, singles: float, bulk: float, collapse: float, concurrency: int
) -> None:
    moving = MovingList(seed, rows, singles=singles, bulk=bulk, collapse=collapse)
    api, pages = PagedList(moving, jumbled=Random(seed)), Pages()
    coverage = asyncio.run(fetched(api, LIVE, pages, limit=limit, concurrency=concurrency))
    assert not coverage.proven or moving.survivors() <= pages.rows
    assert coverage.calls == coverage.pages == len(pages.kept)
    planned = calls_for(api.longest, limit, settled=False)
    assert coverage.calls <= planned + repair_budget(planned)
    assert coverage.rows_expected is None


@settings(max_examples=40)
@given(total=st.integers(1, 3_000), limit=st.integers(2, 300), concurrency=st.integers(1, 16))
def test_a_list_that_could_move_and_does_not_costs_the_overlaps_alone(total: int, limit: int, concurrency: int) -> None:
    async def both_phases() -> None:
        api, pages = SettledList(total), Pages()
        fetch = await begun(api, LIVE, pages, limit=limit, concurrency=concurrency)
        coverage = await fetch.finish()
        assert coverage.proven
        assert set(ids(pages.kept)) == set(range(total))
        assert coverage.calls == fetch.cost.pages == calls_for(total, limit, settled=False)
        assert fetch.cost.calls == fetch.cost.pages - 1

    asyncio.run(both_phases())


def test_the_longer_the_total_stands_still_the_more_requests_are_under_way() -> None:
    api = SettledList(94 * 1_000, latency=0.1)
    coverage, seconds = instantly(fetched(api, LIVE, Pages(), concurrency=16))
    assert coverage.proven
    assert api.peak == 16
    assert seconds <= 1.05 * 0.1 * (1 + 1_000 / 16)


SHIFTS = {
    "13 rows come at the front": {5: inserted(0, 13)},
    "26 rows leave at the front": {5: removed(0, 26)},
    "three pages come at the front": {5: inserted(0, 300)},
    "three pages leave at the front": {12: removed(0, 300)},
    "all that was read leaves": {6: removed(0, 650)},
    "rows leave before and behind the last page read": {10: removed(500, 700)},
    "rows leave behind": {10: removed(2_000, 900)},
    "rows come behind": {10: inserted(2_000, 900)},
    "rows come in the middle of what was read": {10: inserted(300, 250)},
    "the end grows when the last page has been asked for": {32: inserted(3_000, 150)},
    "the end shrinks": {25: removed(2_600, 350)},
    "rows come and leave at once": {9: inserted(0, 40), 10: removed(0, 80), 11: inserted(0, 40)},
    "two bulks in a row": {9: removed(0, 26), 10: removed(0, 26)},
}


@pytest.mark.parametrize("changes", SHIFTS.values(), ids=SHIFTS)
@pytest.mark.parametrize("concurrency", [1, 2, 16])
async def test_a_run_survives_shifts_in_bulk(changes: dict[int, Change], concurrency: int) -> None:
    api, pages = ChangingList(3_000, changes), Pages()
    coverage = await fetched(api, LIVE, pages, concurrency=concurrency)
    assert coverage.proven, coverage.proof
    assert set(range(3_000)) & set(api.rows) <= pages.rows
    assert coverage.calls <= 1.15 * ceil(max(3_000, len(api.rows)) / 100) + 2


async def test_a_torn_seam_is_mended_with_one_call() -> None:
    still, torn = SettledList(3_000), ChangingList(3_000, {10: removed(0, 26)})
    undisturbed = await fetched(still, LIVE, Pages(), concurrency=1)
    repaired = await fetched(torn, LIVE, Pages(), concurrency=1)
    assert repaired.proven
    assert repaired.calls == undisturbed.calls + 1


async def test_without_a_budget_for_repairs_the_run_says_where_its_chain_ends() -> None:
    api = ChangingList(3_000, {10: removed(0, 90), 11: inserted(2_910, 90)})
    coverage = await fetched(api, LIVE, Pages(), concurrency=1, repair_calls=0)
    assert not coverage.proven
    assert re.fullmatch(r"no page shares rows with row 2,\d+ of 3,000 and beyond, after 0 repair calls", coverage.proof)
    assert coverage.calls == calls_for(3_000, 100, settled=False)


async def test_a_list_that_empties_while_it_is_read_is_not_proven() -> None:
    coverage = await fetched(ChangingList(3_000, {10: removed(0, 3_000)}), LIVE, Pages())
    assert not coverage.proven
    assert "returned an empty list" in coverage.proof
    assert coverage.total == 3_000


@pytest.mark.parametrize("world", ["stretches change places", "stretches change places, nothing else"])
@pytest.mark.parametrize("in_turn", [True, False], ids=["in turn", "jumbled"])
def test_a_run_in_which_rows_change_places_is_not_proven_where_it_mattered(world: str, *, in_turn: bool) -> None:
    row = measure(world, 100, range(1_000, 1_025), in_turn=in_turn)
    assert row.reordered > 15
    assert row.missing_in_proven == 0


@pytest.mark.parametrize("concurrency", [1, 16])
async def test_a_row_that_moves_from_the_part_read_to_the_part_unread_is_read_twice_and_told(concurrency: int) -> None:
    coverage = await fetched(ChangingList(3_000, {15: moved(300, 2_500)}), LIVE, Pages(), concurrency=concurrency)
    assert not coverage.proven
    assert "the pages contradict one another in their order" in coverage.proof


@pytest.mark.parametrize("concurrency", [1, 16])
async def test_a_row_that_moves_from_the_part_unread_to_the_part_read_is_told_by_the_seams(concurrency: int) -> None:
    api, pages = ChangingList(3_000, {15: moved(2_500, 300)}), Pages()
    coverage = await fetched(api, LIVE, pages, concurrency=concurrency)
    assert 2_500 not in pages.rows
    assert not coverage.proven
    assert "whenever some came on one side of a seam, others disappeared on the other" in coverage.proof


async def test_a_row_that_moves_to_the_page_before_is_found_by_fetching_that_page_again() -> None:
    api, pages = ChangingList(180, {1: moved(175, 20)}), Pages()
    coverage = await fetched(api, LIVE, pages, concurrency=1)
    assert coverage.proven, coverage.proof
    assert pages.rows == set(range(180))
    assert coverage.calls == 3


async def test_a_seam_that_no_page_confirms_is_no_proof() -> None:
    api, pages = ChangingList(180, {1: moved(175, 20)}), Pages()
    coverage = await fetched(api, LIVE, pages, concurrency=1, repair_calls=0)
    assert 175 not in pages.rows
    assert not coverage.proven
    assert "whenever some came on one side of a seam, others disappeared on the other" in coverage.proof


async def test_a_last_page_that_was_counted_before_a_row_came_is_fetched_again() -> None:
    api, pages = MiscountedList(288, {1: removed(0, 1)}, miscounted=2), Pages()
    coverage = await fetched(api, LIVE, pages, concurrency=1)
    assert coverage.proven, coverage.proof
    assert 287 in pages.rows
    assert coverage.calls == 4


async def test_a_last_page_that_no_page_agrees_with_is_no_proof() -> None:
    api = MiscountedList(288, {1: removed(0, 1)}, miscounted=2)
    coverage = await fetched(api, LIVE, Pages(), concurrency=1, repair_calls=0)
    assert not coverage.proven
    assert (
        coverage.proof
        == "no page shows the end of the list: the last one is full, and rows may have come while it was read"
    )


async def test_a_row_that_moves_where_nothing_is_to_be_missed_does_no_harm() -> None:
    for change in (moved(300, 500), moved(2_000, 2_500)):
        api, pages = ChangingList(3_000, {15: change}), Pages()
        assert (await fetched(api, LIVE, pages)).proven
        assert pages.rows == set(range(3_000))


@pytest.mark.parametrize("steps", [0, 1, 40])
@pytest.mark.parametrize("kept", [1, 2, 9, 30])
async def test_a_killed_run_goes_on_from_the_pages_that_still_fit(steps: int, kept: int) -> None:
    moving = MovingList(kept, 3_000, singles=1.0, bulk=0.05)
    api, first, second = PagedList(moving), Pages(), Pages()

    async def start(keep) -> Coverage:
        async def journal(page: Page) -> None:
            await first.keep(page)
            await keep(page)

        return await fetched(api, LIVE, first, keep=journal, concurrency=16)

    await killed_after(kept, start)
    for _ in range(steps):
        moving.move()
    coverage = await fetched(api, LIVE, second, have=first.kept, concurrency=16)
    assert coverage.proven, coverage.proof
    assert moving.survivors() <= first.rows | second.rows
    assert api.calls <= 1.15 * ceil(api.longest / 100) + 16


@given(total=st.integers(200, 3_000), kept=st.integers(1, 30), concurrency=st.integers(1, 16))
@settings(max_examples=50)
def test_a_killed_run_of_a_list_at_rest_costs_only_what_was_under_way(total: int, kept: int, concurrency: int) -> None:
    async def both_runs() -> None:
        api, first = SettledList(total), Pages()

        async def start(keep) -> Coverage:
            async def journal(page: Page) -> None:
                await first.keep(page)
                await keep(page)

            return await fetched(api, LIVE, first, keep=journal, concurrency=concurrency)

        await killed_after(kept, start)
        under_way = api.calls - len(first.kept)
        coverage = await fetched(api, LIVE, Pages(), have=first.kept, concurrency=concurrency)
        assert coverage.proven
        assert api.calls <= calls_for(total, 100, settled=False) + under_way

    asyncio.run(both_runs())


async def test_a_list_that_is_not_as_long_as_it_says_is_given_up_after_few_calls() -> None:
    class Boasting(SettledList):
        def _answer(self, offset: int, served: int, limit: int) -> Page:
            rows = range(offset, min(offset + served, 300))
            return page_of(rows, offset=offset, limit=limit, total=9_000_000)

    api = Boasting(300)
    coverage = await fetched(api, LIVE, Pages(), concurrency=16)
    assert not coverage.proven
    assert api.calls <= 60


async def test_a_short_page_before_the_end_joins_nothing_and_is_asked_for_again() -> None:
    class Faulty(ChangingList):
        def _answer(self, offset: int, served: int, limit: int) -> Page:
            return super()._answer(offset, 98 if self.calls == 4 else served, limit)

    coverage = await fetched(Faulty(950, {}), LIVE, Pages(), concurrency=1)
    assert coverage.proven
    assert coverage.calls == calls_for(950, 100, settled=False) + 1


async def test_a_page_whose_rows_are_not_as_many_as_it_counts_joins_nothing() -> None:
    async def edge_keys(page: Page) -> list[int]:
        return ids([page])[:-1] if 300 < page.offset < 500 else ids([page])

    coverage = await fetched(SettledList(950), LIVE, Pages(), edge_keys=edge_keys)
    assert not coverage.proven
    assert "counts 100 rows and has 99" in coverage.proof


async def test_a_key_that_one_page_has_twice_is_no_seam() -> None:
    async def edge_keys(page: Page) -> list[int]:
        """Whatever two pages share, each of them has twice."""
        return [row // 2 for row in ids([page])]

    coverage = await fetched(SettledList(950), LIVE, Pages(), edge_keys=edge_keys, repair_calls=2)
    assert not coverage.proven


async def test_the_window_is_known_by_its_total_and_by_a_refused_offset() -> None:
    refused = SettledList(3_000)
    refused._answer = _refusing(refused, 1_000)  # type: ignore[method-assign]
    for api in (SettledList(10_000), refused):
        pages = Pages()
        coverage = await fetched(api, LIVE, pages)
        assert not coverage.proven
        assert "split the query by airline or airport (not by status" in coverage.proof
    assert api.calls <= 10 + 16  # at most one per slot was on its way before the refusal was read
    assert pages.rows >= set(range(900))


def _refusing(api: SettledList, window: int) -> Callable[[int, int, int], Page]:
    true = api._answer

    def answer(offset: int, served: int, limit: int) -> Page:
        if offset >= window:
            raise BadRequest("offset is out of range")
        return true(offset, served, limit)

    return answer


async def test_a_total_that_passes_through_the_windows_length_is_no_window() -> None:
    api = ChangingList(9_990, {5: inserted(0, 10), 8: inserted(0, 10)})
    assert (await fetched(api, LIVE, Pages(), concurrency=1)).proven


async def test_keys_are_asked_for_only_of_pages_that_are_kept() -> None:
    seen: list[int] = []

    async def keep(page: Page) -> None:
        seen.append(page.offset)

    async def edge_keys(page: Page) -> list[int]:
        assert page.offset in seen
        return ids([page])

    assert (await fetched(SettledList(950), LIVE, Pages(), keep=keep, edge_keys=edge_keys)).proven
