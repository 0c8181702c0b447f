# ruff: noqa: INP001 - a script beside the LookML, no package
"""Write looker/views/generated/ from dbt's manifest: a view per mart, a dimension per column of its contract.

::

    dbt parse --project-dir dbt --profiles-dir dbt
    python looker/generate.py dbt/target/manifest.json

Measures and drill fields are in looker/views/ as refinements, which this script never touches. A test generates the
views again and compares, so a column renamed in dbt fails it until this script was run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "views" / "generated"
HEAD = """\
# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

"""
CAPITALS = {
    "iata": "IATA",
    "icao": "ICAO",
    "icao24": "ICAO24",
    "utc": "UTC",
    "p80": "(p80)",
    "p90": "90th Percentile of",
    "otp": "On-Time Share of",
}
ABOUT_MANY = ("_share", "mean_", "p90_", "total_", "otp_", "completion_factor")
"""Parts of the names of columns that aggregate many flights: only measures may add them up."""
COUNTS = ("integer", "bigint")


def main() -> None:
    """Write the views of the manifest given on the command line."""
    parser = argparse.ArgumentParser(description="Write LookML views from dbt's manifest.")
    parser.add_argument("manifest", type=Path)
    written = views(json.loads(parser.parse_args().manifest.read_bytes()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stale in set(FOLDER.glob("*.lkml")) - {FOLDER / name for name in written}:
        stale.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def views(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return file name -> LookML of every mart in the manifest."""
    import lkml

    keys = _keys(manifest)
    marts = (node for node in manifest["nodes"].values() if node["resource_type"] == "model" and _is_mart(node))
    return {
        f"{mart['name']}.view.lkml": HEAD + lkml.dump({"views": [_view(mart, keys.get(mart["unique_id"], []))]}) + "\n"
        for mart in marts
    }


def _is_mart(node: Mapping[str, Any]) -> bool:
    return node["fqn"][1] == "marts"


def _keys(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Model -> the columns that dbt tests to be unique, alone or together."""
    keys: dict[str, list[str]] = {}
    for node in manifest["nodes"].values():
        tested = node.get("test_metadata") or {}
        if tested.get("name") == "unique":
            keys[node["attached_node"]] = [tested["kwargs"]["column_name"]]
        elif tested.get("name") == "unique_together":
            keys[node["attached_node"]] = tested["kwargs"]["columns"]
    return keys


def _view(mart: Mapping[str, Any], key: list[str]) -> dict[str, Any]:
    view: dict[str, Any] = {
        "name": mart["name"],
        "sql_table_name": f"{mart['schema']}.{mart['alias']}",
        "label": _label(mart["name"].removeprefix("dim_").removeprefix("fct_")),
        "dimensions": [],
        "dimension_groups": [],
    }
    if len(key) > 1:
        view["dimensions"].append(_joined_key(key))
    for column in mart["columns"].values():
        kind = "dimension_groups" if column["data_type"] in ("date", "timestamp") else "dimensions"
        view[kind].append(_time(column) if kind == "dimension_groups" else _dimension(column, key))
    return view


def _joined_key(key: list[str]) -> dict[str, Any]:
    parts = " || '|' || ".join(f"CAST(${{TABLE}}.{column} AS VARCHAR)" for column in key)
    return {"name": "primary_key", "type": "string", "sql": parts, "primary_key": "yes", "hidden": "yes"}


def _dimension(column: Mapping[str, Any], key: list[str]) -> dict[str, Any]:
    name, data_type = column["name"], column["data_type"]
    types = {"varchar": "string", "boolean": "yesno"}
    dimension = {
        "name": name,
        "type": types.get(data_type, "number"),
        "sql": f"${{TABLE}}.{name}",
        "label": _label(name),
        "description": _described(column),
    }
    if dimension["type"] == "number":
        dimension["value_format_name"] = _format(name, data_type)
    if data_type == "bigint" or any(part in name for part in ABOUT_MANY):
        dimension["hidden"] = "yes"
    return dimension | ({"primary_key": "yes"} if key == [name] else {})


def _format(name: str, data_type: str) -> str:
    if name.endswith(("_share", "_factor")) or name.startswith("otp_"):
        return "percent_1"
    if name in ("latitude", "longitude"):
        return "decimal_4"
    if name == "calendar_year":
        return "id"
    return "decimal_0" if data_type in COUNTS else "decimal_1"


def _time(column: Mapping[str, Any]) -> dict[str, Any]:
    """A date as Looker has it, a group of time frames: `flight_date` is the frame `date` of the group `flight`."""
    name, is_date = column["name"], column["data_type"] == "date"
    group = name.removesuffix("_date").removesuffix("_month").removesuffix("_day")
    months = ["month", "quarter", "year"]
    days = [] if name.endswith("_month") else ["date", "week", "day_of_week"]
    return {
        "name": group,
        "type": "time",
        "timeframes": ["raw", *days, *months] if is_date else ["raw", "time", "hour_of_day", "date", "week"],
        "sql": f"${{TABLE}}.{name}",
        "label": _label(group),
        "description": _described(column),
        "convert_tz": "no",  # local clocks stay local, UTC stays UTC
        "datatype": "date" if is_date else "datetime",
    }


def _label(name: str) -> str:
    return " ".join(CAPITALS.get(word, word.capitalize()) for word in name.split("_"))


def _described(column: Mapping[str, Any]) -> str:
    """The first paragraph of the description, on one line."""
    return " ".join(column["description"].split("\n\n")[0].replace('"', "'").split())


if __name__ == "__main__":
    main()
