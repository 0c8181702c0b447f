"""The extraction of a slice: the API's pages into the journal, and what paging proved of them.

Each page is in the journal before anything else sees it. Bytes are kept and nothing is decoded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from aviastack.page import Page
from aviastack.pipeline.events import Listener
from aviastack.pipeline.journal_writer import JournalWriter
from aviastack.pipeline.preflight import check_cost
from aviastack.slices import Slice
from aviastack.staging.journal import Journal

if TYPE_CHECKING:
    from aviastack.api.session import Api
    from aviastack.manifest import Coverage
    from aviastack.paging.cost import Cost
    from aviastack.paging.fetch import Fetch

Use = Callable[[Page], Awaitable[None]]


async def fetch_first(journal: Journal, slice_: Slice, api: Api) -> Cost:
    """Fetch page 0 unless the journal has it, and return what the rest of the slice costs."""
    async with JournalWriter(journal) as writer:
        return (await _begin(journal, slice_, api, writer.keep)).cost


async def fetch_rest(
    journal: Journal, slice_: Slice, api: Api, listener: Listener, *, use: Use | None = None
) -> Coverage:
    """Fetch every page that the journal lacks, and seal the journal with what paging proved.

    ``use`` is awaited with each new page once it is in the journal. A sealed journal costs no call. Raises
    :class:`BudgetExhausted` after page 0 if the rest costs more than the limits allow.
    """
    if journal.inherited:
        listener.resumed(slice_, journal.inherited)
    sealed = await asyncio.to_thread(journal.coverage)
    if sealed is not None:
        return sealed
    async with JournalWriter(journal) as writer:

        async def keep(page: Page) -> None:
            await writer.keep(page)
            listener.fetched(slice_, page)
            if use is not None:
                await use(page)

        fetch = await _begin(journal, slice_, api, keep)
        listener.planned(slice_, fetch.cost)
        check_cost(slice_, fetch.cost, api.settings, await api.quota(), spent=api.calls)
        coverage = await fetch.finish()
    await asyncio.to_thread(journal.seal, coverage)
    return coverage


async def _begin(journal: Journal, slice_: Slice, api: Api, keep: Use) -> Fetch:
    from aviastack.paging.fetch import begin
    from aviastack.records.duplicates import edge_keys

    async def keys(page: Page) -> Sequence[int]:
        hashes: list[int] = (await asyncio.to_thread(edge_keys, slice_.endpoint, page.body)).tolist()
        return hashes

    return await begin(
        api,
        slice_,
        keep=keep,
        edge_keys=keys,
        have=journal.pages(),
        rows_per_page=journal.record.rows_per_page or api.settings.plan.rows_per_page,
        settled=slice_.is_settled(journal.record.started_at),
        concurrency=api.settings.concurrency,
    )
