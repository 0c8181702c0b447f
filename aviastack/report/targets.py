"""Whether each airline meets the target that was set for its arrivals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aviastack.report.figures import Airline
from aviastack.report.intervals import LEAST_TIMED, Share


@dataclass(frozen=True)
class Verdict:
    """A target, as a share (0 to 1) of arrivals on time at the gate, and the answer: ``met``, ``missed`` or neither."""

    target: float
    answer: str
    why: str


def verdicts(airlines: Iterable[Airline], targets: dict[str, float]) -> dict[str, Verdict]:
    """Return the verdict on each airline that has a target (percent, by IATA or ICAO code), by its key."""
    aims = {a.key: targets.get(a.code, targets.get(a.key)) for a in airlines}
    return {a.key: _verdict(a, aim / 100) for a in airlines if (aim := aims[a.key]) is not None}


def without_flights(airlines: Iterable[Airline], targets: dict[str, float]) -> list[str]:
    """Return the codes of targets whose airlines the page does not have."""
    known = {code for airline in airlines for code in (airline.code, airline.key)}
    return sorted(set(targets) - known)


def _verdict(airline: Airline, target: float) -> Verdict:
    """Judge the band; a target is met only if it is met with every unresolved flight counted as late."""
    band = airline.arrivals
    if not band.is_comparable or band.low is None or band.high is None:
        few = f"fewer than {LEAST_TIMED} timed arrivals" if band.timed < LEAST_TIMED else "most taxi times are assumed"
        return Verdict(target, "cannot be said", few)
    if band.high < target:
        return Verdict(target, "missed", "the whole band is below it")
    if band.low < target:
        return Verdict(target, "cannot be said", "the band spans it")
    at_least = Share.of(min(band.median, band.p80), band.timed + airline.unresolved).low or 0.0
    if at_least < target:
        return Verdict(target, "cannot be said", f"it could be {at_least:.1%} if the unresolved flights were late")
    return Verdict(target, "met", "the whole band is above it")
