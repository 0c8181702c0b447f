"""The ledger's account in Redis, for workers on several hosts.

While the store is unreachable and the setting is ``local``, a copy of the account is used. It counts every call of this
worker once for each worker that was last seen, so that all of them together stay within budget and quota. The calls
really spent are added to the shared account when the store is back; after a kill, the next headers do that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from aviastack.limits.quota import Account
from aviastack.limits.redis_store import SharedStore, StoreGone

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import Pipeline

T = TypeVar("T")


class SharedAccount:
    """The account under one key of the store, changed optimistically: WATCH, MULTI and EXEC, retried on a conflict."""

    def __init__(self, shared: SharedStore) -> None:
        self._shared = shared
        self._key = f"{shared.prefix}:account"
        self._last = b""  # as last stored, in case the store comes back without it
        self._part: Account | None = None  # the copy used while the store is unreachable
        self._owed = 0

    async def change(self, step: Callable[[Account], T]) -> T:
        """Apply ``step`` in one transaction, or to the copy while the store is unreachable."""

        async def work(redis: Redis) -> T:
            return await redis.transaction(transact, self._key, value_from_callable=True)  # type: ignore[no-any-return]

        async def transact(pipe: Pipeline) -> T:
            account = _read(await pipe.get(self._key) or self._last)
            account.count(self._owed)
            result = step(account)
            pipe.multi()  # type: ignore[no-untyped-call]
            pipe.set(self._key, self._written(account))
            return result

        try:
            result = await self._shared.run(work)
        except StoreGone:
            return self._alone(step)
        self._owed, self._part = 0, None
        return result

    async def close(self) -> None:
        """Do nothing: the store owns the connection."""

    def _written(self, account: Account) -> bytes:
        self._last = msgspec.json.encode(account)
        return self._last

    def _alone(self, step: Callable[[Account], T]) -> T:
        part = self._part = self._part or _read(self._last)
        before = part.counted
        result = step(part)
        made = part.counted - before
        self._owed += made
        part.count(made * (self._shared.workers - 1))
        return result


def _read(stored: bytes | str) -> Account:
    return msgspec.json.decode(stored, type=Account) if stored else Account()
