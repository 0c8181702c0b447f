"""The rows of breaks as docs/airflow.md has them, and their summary."""

from __future__ import annotations

from tests.chaos.airflow.rounds import Row


def shown(row: Row) -> str:
    """Return a row of the table."""
    lost = f"{row.lost} rows, {row.doubled} doubled" if row.lost or row.doubled else "nothing"
    paid = f"{row.paid_twice} pages" if row.paid_twice else "nothing"
    paid += f"; {row.under_way} calls under way made again" if row.under_way else ""
    alone = "yes" if row.alone else "no: clear the task"
    return f"| {row.title} | {lost} | {paid} | {alone} | {row.seconds:.0f} | `{row.first_line}` |"


def print_table(executor: str, rows: list[Row]) -> None:
    """Print the table of an executor, with failures below their rows."""
    print(f"\n| killed or broken, {executor} | lost | paid twice | recovers alone | seconds | first line in the log |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(shown(row), *(f"    {failure}" for failure in row.failures), sep="\n", flush=True)


def summary(rows: list[Row], minutes: float) -> str:
    """Return the last line."""
    return (
        f"{len(rows)} breaks in {minutes:.0f} min: {sum(row.lost for row in rows)} lost, "
        f"{sum(row.doubled for row in rows)} doubled, {sum(row.paid_twice for row in rows)} paid twice, "
        f"{sum(not row.alone for row in rows)} need a person, {sum(bool(row.failures) for row in rows)} failed"
    )
