"""Faults that strike a call, by chance or at a chosen offset.

A specification lists faults with their shares of the calls, ``no_pagination=0.02,reset=0.01``; ``http500@300=5``
strikes the first five calls for offset 300 instead; ``burst=43`` lets a fault strike up to 43 calls in a row. Which
call is struck depends on the seed, the query and how often it was sent, not on the order in which calls arrive.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from aviastack.simulator.access import TOO_FAST
from aviastack.simulator.answers import Answer, error
from aviastack.simulator.world.json_text import encoded

Body = dict[str, Any]
_EVEN = 0.5
_ROUNDING = 1e-9  # of a sum of shares
_HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Faults:
    """The faults of a specification. Raises :class:`ValueError` for an unknown fault or a missing share."""

    def __init__(self, spec: str, seed: int) -> None:
        self._shares: dict[str, float] = {}
        self._at_offset: Counter[tuple[str, str]] = Counter()
        self._burst = 1
        for part in filter(None, spec.replace(" ", "").split(",")):
            self._read(part)
        self._seed = seed
        self._asked: Counter[str] = Counter()
        self._lasting: tuple[str, int] = ("", 0)

    def strike(self, endpoint: str, query: Mapping[str, str]) -> tuple[str, Random] | None:
        """Return the fault that strikes this call, and the chance that shapes it; None for none."""
        if not self._shares and not self._at_offset:
            return None
        name = f"{endpoint}?{sorted(item for item in query.items() if item[0] != 'access_key')}"
        self._asked[name] += 1
        chance = Random(f"{self._seed} {name} {self._asked[name]}")
        fault = self._due(query.get("offset", "0")) or self._lasts() or self._drawn(chance)
        return (fault, chance) if fault else None

    def _read(self, part: str) -> None:
        name, _, value = part.partition("=")
        fault, at, offset = name.partition("@")
        if fault != "burst" and fault not in FAULTS:
            raise ValueError(f"Unknown fault '{fault}'. Valid faults: {', '.join(FAULTS)}, burst.")
        try:
            number = float(value) if fault != "burst" and not at else int(value)
        except ValueError:
            raise ValueError(f"'{part}' has no number. Use {fault}=share or {fault}@offset=times.") from None
        if fault == "burst" or at:
            if number < 1:
                raise ValueError(f"'{part}' is below 1. Give a whole number of calls from 1.")
        elif not 0 <= number <= 1:
            raise ValueError(f"'{part}' is not a share. Give a number from 0 to 1, such as {fault}=0.02.")
        if fault == "burst":
            self._burst = int(number)
        elif at:
            self._at_offset[fault, offset] = int(number)
        else:
            self._shares[fault] = number
            if sum(self._shares.values()) > 1 + _ROUNDING:
                raise ValueError(f"The shares of faults add up to {sum(self._shares.values()):.2g}, which exceeds 1.")

    def _due(self, offset: str) -> str | None:
        for fault, place in self._at_offset:
            if place == offset and self._at_offset[fault, place] > 0:
                self._at_offset[fault, place] -= 1
                return fault
        return None

    def _lasts(self) -> str | None:
        fault, left = self._lasting
        self._lasting = (fault, left - 1)
        return fault if left > 0 else None

    def _drawn(self, chance: Random) -> str | None:
        draw = chance.random()
        for fault, share in self._shares.items():
            draw -= share
            if draw < 0:
                self._lasting = (fault, chance.randrange(self._burst))
                return fault
        return None


def spoiled(fault: str, answer: Answer, chance: Random) -> Answer:
    """Return ``answer`` as ``fault`` leaves it."""
    return FAULTS[fault](answer, chance)


def _no_pagination(answer: Answer, chance: Random) -> Answer:
    body = json.loads(answer.body)
    return replace(answer, body=b"{}" if chance.random() < _EVEN else encoded({"data": body["data"]}).encode())


def _error_in_200(_: Answer, chance: Random) -> Answer:
    """An error body under status 200, in the present shape or in that of the vendor's older products."""
    if chance.random() < _EVEN:
        return replace(error(500, "internal_error", "An internal error occurred."), status=200)
    old = {"success": False, "error": {"code": 105, "type": "internal_error", "info": "An internal error occurred."}}
    return Answer(200, encoded(old).encode())


def _html(_: Answer, chance: Random) -> Answer:
    status = chance.choice((200, 502, 503))
    return Answer(status, _HTML, content_type="text/html; charset=UTF-8", charged=False)


def _bad_row(answer: Answer, chance: Random) -> Answer:
    """Spoil one record of the page: a value of another type, a missing object, or no object at all."""
    body = json.loads(answer.body)
    if not body.get("data"):
        return answer
    at = chance.randrange(len(body["data"]))
    row = body["data"][at]
    spoilt = ({**row, "flight_date": "2026-13-45"}, {**row, "departure": "unknown"}, {**row, "arrival": None}, [row])
    body["data"][at] = chance.choice(spoilt)
    return replace(answer, body=encoded(body).encode())


def _new_field(answer: Answer, _: Random) -> Answer:
    """Add undocumented fields, at the top level and inside."""
    body: Body = json.loads(answer.body)
    for row in body.get("data", []):
        row["operated_by"] = {"name": "Someone Else", "since": 2026}
        if isinstance(row.get("departure"), dict):
            row["departure"]["checkin"] = "A-C"
    return replace(answer, body=encoded(body).encode())


FAULTS: dict[str, Callable[[Answer, Random], Answer]] = {
    "no_pagination": _no_pagination,
    "error_200": _error_in_200,
    "html": _html,
    "http500": lambda _, __: error(500, "internal_error", "An internal error occurred."),
    "unauthorized": lambda _, __: Answer(401, b'{"message":"Unauthorized"}', charged=False),
    "rate": lambda _, __: error(429, "rate_limit_reached", TOO_FAST),
    "truncated": lambda answer, chance: replace(answer, body=answer.body[: chance.randrange(len(answer.body))]),
    "severed": lambda answer, _: replace(answer, broken="severed"),
    "reset": lambda answer, _: replace(answer, broken="reset", charged=False),
    "dropped": lambda answer, _: replace(answer, broken="dropped", charged=False),
    "stall": lambda answer, _: replace(answer, broken="stall"),
    "empty": lambda answer, _: _emptied(answer),
    "bad_row": _bad_row,
    "new_field": _new_field,
}


def _emptied(answer: Answer) -> Answer:
    pagination = json.loads(answer.body)["pagination"] | {"count": 0, "total": 0}
    return replace(answer, body=encoded({"pagination": pagination, "data": []}).encode())
