"""How others publish punctuality, beside this page: the rules by which their figures differ."""

from __future__ import annotations

PUBLISHERS: list[tuple[str, str, str, str, str]] = [
    (
        "This page",
        "less than 15 minutes",
        "gate, estimated from runway times",
        "shown apart; late by the DOT's rule",
        "flights of these airlines, codeshares counted once",
    ),
    (
        "US DOT (BTS)",
        "less than 15 minutes",
        "gate, as the airlines report it",
        "late",
        "US domestic non-stop flights of larger carriers and their brands",
    ),
    (
        "OAG",
        "less than 15 minutes",
        "gate",
        "cancelled: not on time",
        "airlines with a known status for 80 % of their flights",
    ),
    ("Cirium", "at most 14:59", "gate, off blocks to chocks", "cancelled: shown apart", "scheduled passenger flights"),
    (
        "EUROCONTROL",
        "within 15 minutes",
        "off-block and in-block",
        "shown apart",
        "IFR flights with a commercial schedule",
    ),
    (
        "UK CAA",
        "up to 15 minutes",
        "runway less an assumed taxi time (old method)",
        "collected since 2017",
        "scheduled and charter flights at UK airports",
    ),
]
"""Publisher, on time, where it is measured, cancelled and diverted flights, which flights."""
