"""A Snowflake that refuses connections, or that loses the session of a load at a given statement."""

from __future__ import annotations

from threading import Event

from tests.chaos.airflow.rounds import Round
from tests.chaos.airflow.world import Strike, World
from tests.support.snowflake_emulator import Loss


def down(round_: Round, world: World) -> None:
    """Refuse connections until a task has failed."""
    round_.fetching()
    round_.breaks()
    with world.snowflake.down():
        round_.struck()


def lost(statement: str, loss: Loss) -> Strike:
    """Lose the session once, at the load's first statement that begins so."""

    def do(round_: Round, world: World) -> None:
        struck = Event()

        def fault(text: str) -> Loss | None:
            if struck.is_set() or not text.startswith(statement):
                return None
            struck.set()
            return loss

        round_.fetching()
        round_.breaks()
        world.snowflake.faults = fault
        try:
            round_.until(struck.is_set)
            round_.struck()
        finally:
            world.snowflake.faults = None

    return do
