"""Write the reference pages from the code (``make docs``). A test fails if a page is stale."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr
from pydantic.fields import FieldInfo

DOCS = Path(__file__).parent
LONG = 88  # columns from which a signature has a line per parameter
HEAD = "<!-- Made by `make docs` from {source}; edit that. -->\n\n"


def endpoints_page() -> str:
    """Every endpoint: parameters, plan, pace, columns and keys, from its declaration."""
    from aviastack.columns import staged_columns
    from aviastack.endpoints import ENDPOINTS
    from aviastack.records.schema import arrow_schema

    text = HEAD.format(source="`aviastack/endpoints.py`") + "# Endpoints\n\n"
    text += "Parameters are options of `aviastack run ENDPOINT` (`dep_iata` is `--dep-iata`), "
    text += "and keywords of the client's method.\n"
    for endpoint in ENDPOINTS.values():
        key = " \\| ".join(" or ".join(f"`{c}`" for c in part) for part in endpoint.key.parts)
        text += f"\n## {endpoint.name}\n\n{endpoint.about}\n\n"
        text += f"- Table `{endpoint.table}`; plan {endpoint.plan} or higher; its list {endpoint.listing.value}.\n"
        text += f"- Pace {endpoint.pace_free} on the free plan, {endpoint.pace_paid} on paid ones.\n"
        text += f"- Merge key `{endpoint.key.column}`" + (
            f" = {key}.\n" if key else ", the API's own stable identifier.\n"
        )
        text += "\n| parameter | takes | plan | predicate column |\n|---|---|---|---|\n"
        for p in endpoint.parameters:
            takes = ", ".join(f"`{c}`" for c in p.choices) or p.format.description
            name = f"`{p.name}`" + (" (required)" if p.required else "")
            text += f"| {name} | {takes} | {p.plan} | {f'`{p.column}`' if p.column else ''} |\n"
        meanings = {column.name: column.description for column in staged_columns(endpoint)}
        text += "\n| column | type | meaning |\n|---|---|---|\n"
        for field in arrow_schema(endpoint):
            text += f"| `{field.name}` | {field.type} | {_cell(meanings[field.name])} |\n"
    return text


def marts_page() -> str:
    """Every mart and its columns, from the descriptions that dbt writes into the warehouse."""
    folder = DOCS.parent / "dbt" / "models"
    blocks: dict[str, str] = {}
    for path in sorted(folder.rglob("*.md")):
        blocks |= re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", path.read_text(encoding="utf-8"), re.DOTALL)
    text = HEAD.format(source="the descriptions in `dbt/models/marts/`") + "# Marts\n\n"
    text += (
        "The tables that dashboards and the report read, in the schema `marts`. `aviastack schema marts.fct_flights` "
    )
    text += "`aviastack schema marts.fct_flights` shows the same text: it is a comment in the warehouse. "
    text += "[Twelve stakeholder questions](questions.md) shows which figures answer what.\n"
    for path in sorted((folder / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            text += f"\n## {model['name']}\n\n{_described_by(model, blocks)}\n\n| column | meaning |\n|---|---|\n"
            for column in model["columns"]:
                text += f"| `{column['name']}` | {_cell(_described_by(column, blocks))} |\n"
    return text


def _described_by(entry: dict[str, Any], blocks: dict[str, str]) -> str:
    """A model's or column's description on one line, with dbt's blocks of text in it."""
    text = re.sub(r"{{ *doc\(['\"](\w+)['\"]\) *}}", lambda found: blocks[found[1]], entry["description"])
    return " ".join(text.split())


def settings_page() -> str:
    """Every setting with its default."""
    from aviastack.settings import Settings

    text = HEAD.format(source="`aviastack/settings.py`") + "# Settings\n\n"
    text += "An option or a keyword beats a variable, a variable beats `aviastack.toml` of the working folder "
    text += "(the same names, lower case). A variable that is set but empty counts as unset.\n\n"
    text += "| variable | default | what it is |\n|---|---|---|\n"
    for name, field in Settings.model_fields.items():
        text += f"| `AVIASTACK_{name.upper()}` | {_default(field)} | {_cell(field.description or '')} |\n"
    text += "\n## Variables that are not settings\n\n"
    text += "These are environment variables only. They are not part of `aviastack.toml`.\n\n"
    text += "| variable | default | read by | what it is |\n|---|---|---|---|\n"
    for name, (default, reader, meaning) in ENVIRONMENT.items():
        text += f"| `{name}` | {f'`{default}`' if default else ''} | {reader} | {_cell(meaning)} |\n"
    return text


def library_page() -> str:
    """The public names of the package, from their signatures and docstrings."""
    import aviastack
    import aviastack.errors

    text = HEAD.format(source="the docstrings of the public names") + "# Library\n\n"
    text += "Every endpoint is a method of `AviationStack`; its parameters are in [endpoints](endpoints.md).\n"
    shown = [name for name in aviastack.__all__ if not name.startswith("__")]
    errors = [name for name in shown if _is_error(getattr(aviastack, name))]
    for name in [name for name in shown if name not in errors]:
        text += _described(name, getattr(aviastack, name))

    text += f"\n## Errors\n\n{_markdown(aviastack.errors.__doc__)}\n"
    return text


def commands_page() -> str:
    """The exit codes, and every command's own help."""
    from typer.main import get_command

    from aviastack.cli.app import app

    group = get_command(app)
    text = HEAD.format(source="the commands' own help") + "# Commands\n\n"
    text += "Each command takes `--json`: one JSON object on stdout, everything else on stderr. Filters of an endpoint "
    text += "are options too; [endpoints](endpoints.md) lists them. `aviastack --install-completion` turns on "
    text += "completion in your shell.\n\n## Exit codes\n\n" + _exit_codes()
    for name, command in sorted(_commands(group)):
        text += f"\n## aviastack {name}\n\n{' '.join((command.help or '').split())}\n\n"
        text += "".join(f"    {example}\n" for example in _examples(command)) + "\n"
        text += "| option | default | |\n|---|---|---|\n"
        for p in command.params:
            text += f"| {_option(p)} | {_default_of(p)} | {_cell(getattr(p, 'help', None) or '')} |\n"
    return text


def _commands(group: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """Every command that does something, those of groups included."""
    found: list[tuple[str, Any]] = []
    for name, command in group.commands.items():
        inner = _commands(command, f"{name} ") if hasattr(command, "commands") else [(f"{prefix}{name}", command)]
        found += inner
    return found


def _examples(command: Any) -> list[str]:
    return [line.strip()[2:] for line in (command.epilog or "").splitlines() if line.startswith("  $ ")]


def _option(parameter: Any) -> str:
    """An option with its value, such as ``--budget N``; of an argument its name."""
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar}`"
    *aliases, last = [*parameter.opts, *parameter.secondary_opts]
    value = f" {parameter.metavar}" if parameter.metavar else ""
    return ", ".join([*(f"`{alias}`" for alias in aliases), f"`{last}{value}`"])


def _default_of(parameter: Any) -> str:
    shown, value = parameter.show_default, parameter.default
    if parameter.required:
        return "required"
    if isinstance(shown, str):
        return shown
    return "" if value in (None, False, "") or shown is False else f"`{value}`"


def _exit_codes() -> str:
    """A row per error, from the hierarchy that the docstring of the errors draws."""
    from aviastack import errors

    text = "| code | error | meaning | Airflow retries |\n|---|---|---|---|\n| 0 | | done | |\n"
    text += "| 1 | `Bug` | an unforeseen error: please report it | as the task says |\n"
    rows = re.findall(r"(\w+) +(\d) +(yes|no) +(.+)", errors.__doc__ or "")
    for name, code, retry, fix in sorted(rows, key=lambda row: row[1]):
        text += f"| {code} | `{name}` | {fix} | {retry} |\n"
    return text + "| 130 | `Interrupted` | Ctrl-C: the same command continues | |\n"


def _is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Exception)


def _described(name: str, value: Any) -> str:
    """A heading, the signature of what users call, the docstring; of a class also its fields and public methods."""
    text = f"\n## {name}\n\n"
    if inspect.isfunction(value) or name == "AviationStack":
        text += f"```python\n{_call(name, value)}\n```\n\n"
    text += f"{_markdown(value.__doc__)}\n"
    if name == "Settings":
        return f"{text}\nThe fields are in [settings](settings.md).\n"
    if not inspect.isclass(value):
        return text
    if name == "Manifest":
        text += "\n| field | type |\n|---|---|\n"
        text += "".join(f"| `{field}` | `{kind}` |\n" for field, kind in value.__annotations__.items())
    ours = [base for base in value.__mro__ if base.__module__.startswith("aviastack")]
    members = {member: found for base in reversed(ours) for member, found in vars(base).items()}
    for member, found in members.items():
        if not member.startswith("_"):
            text += _method(name, member, found)
    return text


def _method(owner: str, member: str, found: object) -> str:
    """A public method or property with a docstring; nothing for anything else."""
    is_property = isinstance(found, property)
    function = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
    if not inspect.isfunction(function) or not function.__doc__:
        return ""
    call = member if is_property else _call(member, function, bound=True)
    called = f"await {call}" if inspect.iscoroutinefunction(function) else call
    return f"\n### {owner}.{member}\n\n```python\n{called}\n```\n\n{_markdown(function.__doc__)}\n"


class _Text(str):
    """An annotation as it is in the source, without quotes around it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _signature(value: Any, *, bound: bool = False) -> inspect.Signature:
    signature = inspect.signature(value)
    parameters = [p.replace(annotation=_annotation(p.annotation)) for p in signature.parameters.values()]
    return signature.replace(
        parameters=parameters[1:] if bound else parameters, return_annotation=_annotation(signature.return_annotation)
    )


def _call(name: str, value: Any, *, bound: bool = False) -> str:
    """The signature of what users call, a line per parameter if it is long."""
    signature = _signature(value, bound=bound)
    text = f"{name}{signature}"
    if len(text) > LONG:
        kinds = [parameter.kind for parameter in signature.parameters.values()]
        parts = [str(parameter) for parameter in signature.parameters.values()]
        if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
            parts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
        text = f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
        if signature.return_annotation is not inspect.Signature.empty:
            text += f" -> {signature.return_annotation}"
    return text.replace("datetime.timedelta(seconds=900)", "timedelta(minutes=15)")


def _annotation(annotation: object) -> object:
    return _Text(annotation) if isinstance(annotation, str) else annotation


def _markdown(docstring: str | None) -> str:
    """A docstring without the markup of Sphinx."""
    text = inspect.cleandoc(docstring or "")
    text = re.sub(r":(?:class|func|meth|mod|attr|exc):`~?([^`]+)`", r"`\1`", text).replace("``", "`")
    literal = re.compile(r"::\n\n((?: {4}.*\n|\n)+)")
    text = literal.sub(lambda found: "\n\n```text\n" + inspect.cleandoc(found[1]) + "\n```\n\n", text + "\n")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


PAGES: dict[str, Callable[[], str]] = {
    "endpoints.md": endpoints_page,
    "marts.md": marts_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "library.md": library_page,
}

ENVIRONMENT = {
    "AVIASTACK_API_POOL": (
        "default_pool",
        "Airflow",
        "pool of the extract tasks; it must exist, and count deferred ones",
    ),
    "AVIASTACK_WAREHOUSE_POOL": ("default_pool", "Airflow", "pool of the load tasks; it must exist"),
    "AVIASTACK_EXTRACTS_AT_ONCE": ("1", "Airflow", "mapped extract tasks of one DAG that run at the same time"),
    "AVIASTACK_LOADS_AT_ONCE": ("1", "Airflow", "the same for load tasks; keep 1 with DuckDB"),
    "AVIASTACK_RETRY_DELAY": ("120", "Airflow", "seconds before the first retry; the delays double up to 20 minutes"),
    "AVIASTACK_LATE_AFTER": (
        "10800",
        "Airflow",
        "seconds after a run of flight_data was due when it is reported as late",
    ),
    "AVIASTACK_ENVIRONMENTS": ("default", "Airflow", "environments that have their own DAGs and connections"),
    "AVIASTACK_RECOVER_DAYS": ("7", "Airflow", "days back that flight_data searches for incomplete dates; 0 is off"),
    "AVIASTACK_NOTIFIERS": (
        "",
        "Airflow",
        "JSON list of Airflow notifiers that a failed run calls; see [Airflow](airflow.md)",
    ),
    "AVIASTACK_DBT": ("", "Airflow", "not an option: `run_dbt` logs what to do in place of `cosmos`"),
    "AVIASTACK_NATIVE_READER": (
        "on",
        "every process",
        "off reads all pages by pyarrow, and builds the package without the [native reader](install.md)",
    ),
    "AVIASTACK_DBT_TARGET": ("duckdb", "dbt", "target of dbt/profiles.yml: duckdb or snowflake"),
    "AVIASTACK_DUCKDB_PATH": ("../data/aviastack.duckdb", "dbt", "the database file, if you run dbt yourself"),
}
"""Variables that are not settings: their default, who reads them, and what they are."""


def _default(field: FieldInfo) -> str:
    from aviastack.settings import duration_text

    value = field.default
    if value is None or isinstance(value, SecretStr):
        return ""
    return duration_text(value) if isinstance(value, timedelta) else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for page, made in PAGES.items():
        (DOCS / page).write_text(made(), encoding="utf-8")
