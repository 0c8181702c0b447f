"""``init``: a commented ``aviastack.toml`` and a ``.gitignore`` in the working folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from aviastack.cli import options
from aviastack.cli.options import Json
from aviastack.endpoints import FLIGHTS, Plan
from aviastack.errors import BadRequest
from aviastack.slices import Slice

IGNORED = ("data/", ".env")
IGNORE = Path(".gitignore")

TEMPLATE = """\
# Settings of aviastack. A command-line option beats an AVIASTACK_* variable, which beats this file.
# The access key does not belong here: export AVIASTACK_ACCESS_KEY=...

# The account's subscription: free, basic, professional, business or enterprise.
# It decides rows per page, pace and the endpoints served. Past dates need basic.
plan = {plan}

# Calls per month that you allow. Paid plans bill calls beyond their quota. 'aviastack tune' suggests a value.
{budget}

# Where pages, Parquet and manifests are kept: a folder, or gs://bucket/prefix.
staging = {staging}

# Where rows are loaded: duckdb:///relative/file, duckdb:////absolute/file or snowflake://NAME of connections.toml.
warehouse = {warehouse}

# Calls per seconds, such as "5/s" or "1/10s"; the plan's pace if unset.
# pace = "5/s"

# Age from which 'aviastack prune' removes journals.
# retention = "90d"

# What a load does with columns that the target table lacks: evolve, freeze or fail.
# schema_policy = "evolve"

# Percent of each partner's arrivals that are to be on time. 'aviastack report' says whether they are.
# targets = "AA=80,DL=85"

# Your partners, for the commands that take them:
#   aviastack tune --airlines {partners}
#   aviastack backfill flights --from 2026-11-01 --to 2026-11-21 --airline-iata {partners}
"""


QUESTIONS = {
    "plan": (f"Plan ({options.PLANS})", "free"),
    "partners": ("Partners, IATA codes with commas between them", "AA,BA,DL,LH,QF"),
    "budget": ("Calls per month that you allow (empty: no limit)", ""),
    "staging": ("Staging: a folder, or gs://bucket/prefix", "./data/staging"),
    "warehouse": ("Warehouse: duckdb:///FILE or snowflake://NAME", "duckdb:///data/aviastack.duckdb"),
}
"""The question and the default of each value of the template."""


def init(
    plan: Annotated[
        Plan | None,
        typer.Option(metavar="PLAN", help=f"The account's subscription: {options.PLANS}.", show_default="free"),
    ] = None,
    partners: Annotated[
        str | None, typer.Option(metavar="CODES", help="IATA codes of your partners.", show_default="AA,BA,DL,LH,QF")
    ] = None,
    budget: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Calls per month that you allow.", show_default="none")
    ] = None,
    staging: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="A folder, or gs://bucket/prefix.", show_default="./data/staging"),
    ] = None,
    warehouse: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="duckdb:///FILE or snowflake://NAME.",
            show_default="duckdb:///data/aviastack.duckdb",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing aviastack.toml.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented aviastack.toml and a .gitignore. On a terminal, what is not given as an option is asked."""
    from aviastack.cli.output import console, line, print_json
    from aviastack.settings import FILE, settings_from

    path = Path(FILE)
    if path.exists() and not force:
        raise BadRequest(f"{FILE} exists already.", remedy="Edit it, or replace it with --force.")
    options.check_writable(path, "")
    ask = _is_terminal() and not as_json
    given = {"plan": plan, "partners": partners, "budget": budget, "staging": staging, "warehouse": warehouse}
    with _replacing(path):
        path.write_text(TEMPLATE.format(**_answers(given, ask=ask)), encoding="utf-8")
        settings_from()  # what was written is read back
    ignored = _ignore()
    if as_json:
        print_json({"written": [FILE, *([str(IGNORE)] if ignored else [])]})
        return
    out = console()
    out.print(line(f"Wrote {FILE}" + (f" and {IGNORE}" if ignored else "") + "."))
    out.print(line("Next: export AVIASTACK_ACCESS_KEY=..., then aviastack doctor --call"))


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _answers(given: dict[str, Any], *, ask: bool) -> dict[str, str]:
    """Return the values of the template, quoted as TOML, from options, questions and defaults."""
    found = {}
    for name, (question, default) in QUESTIONS.items():
        if given[name] is not None:
            found[name] = _valid(name, str(given[name]))
        else:
            found[name] = _asked(name, question, default) if ask else default
    budget = found["budget"]
    return {
        "plan": _quoted(found["plan"]),
        "budget": f"budget = {budget}" if budget else "# budget = 10000",
        "staging": _quoted(found["staging"]),
        "warehouse": _quoted(found["warehouse"]),
        "partners": found["partners"],
    }


def _asked(name: str, question: str, default: str) -> str:
    """Ask until the answer is valid."""
    from aviastack.cli.output import print_error

    while True:
        try:
            return _valid(name, typer.prompt(question, default=default, show_default=bool(default)))
        except BadRequest as error:
            print_error(error, as_json=False)


def _valid(name: str, text: str) -> str:
    """Return the value as the file has it. Raises :class:`BadRequest`."""
    text = text.strip()
    if name == "partners":
        codes = options.codes_of(text)
        for code in codes:
            Slice.of(FLIGHTS, {"airline_iata": code})
        return ",".join(codes)
    if name != "budget" or text:
        from aviastack.settings import settings_from

        settings_from(**{name: text})
    return text


@contextmanager
def _replacing(path: Path) -> Iterator[None]:
    """Put the file aside, so that what it says does not count, and back if the new one is not written."""
    before = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
        raise


def _ignore() -> bool:
    """Add the data folder to ``.gitignore``; return whether that changed it."""
    before = IGNORE.read_text(encoding="utf-8") if IGNORE.exists() else ""
    missing = [name for name in IGNORED if name not in before.splitlines()]
    if not missing:
        return False
    gap = "" if not before or before.endswith("\n") else "\n"
    IGNORE.write_text(f"{before}{gap}" + "".join(f"{name}\n" for name in missing), encoding="utf-8")
    return True


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
