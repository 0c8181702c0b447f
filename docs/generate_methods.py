"""Write the client's typed methods from the declarations of endpoints and settings: ``make docs``.

A test fails if the committed module is stale.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal, get_args, get_origin

from aviastack.endpoints import ENDPOINTS, FLIGHTS, Endpoint, Format, Parameter, Plan
from aviastack.settings import Settings

MODULE = Path(__file__).parents[1] / "aviastack" / "pipeline" / "endpoint_methods.py"
HEAD = '''"""The client's methods, one per endpoint, and the keywords that it takes.

Made by `make docs` from `aviastack/endpoints.py` and `aviastack/settings.py`; edit those.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Never

    from aviastack.endpoints import Plan
    from aviastack.pipeline.rows import Rows

REUSE_WITHIN = timedelta(minutes=15)
"""Up to this age, a response in the journal is used instead of a call."""


class SettingOptions(TypedDict, total=False):
    """Settings as keywords; None leaves a setting as the environment has it."""

'''
METHODS = '''
class EndpointMethods:
    """Every endpoint as a method that returns its rows, not fetched yet.

    ``max_age`` is the age up to which a complete run in staging is returned without a call; None always fetches. A
    parameter that does not exist or a value that is not valid raises :class:`BadRequest` before any call.
    """

    def rows(self, endpoint: str, *, max_age: timedelta | None = REUSE_WITHIN, **query: object) -> Rows:
        """Return the rows of the endpoint of that name."""
        raise NotImplementedError
'''


def module() -> str:
    """Return the text of the module, formatted."""
    text = HEAD
    text += "".join(f"    {name}: {_setting_type(name)} | None\n" for name in Settings.model_fields)
    text += "\n\nclass FlightOptions(SettingOptions, total=False):\n"
    text += '    """Parameters of ``/flights``, and settings."""\n\n'
    text += "".join(f"    {p.name}: {_type(p)} | None\n" for p in FLIGHTS.parameters)
    text += "\n" + METHODS + "".join(_method(endpoint) for endpoint in ENDPOINTS.values())
    done = subprocess.run(  # noqa: S603  our own tool
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(MODULE), "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        cwd=MODULE.parents[2],
    )
    return done.stdout


def _method(endpoint: Endpoint) -> str:
    ordered = sorted(endpoint.parameters, key=lambda p: not p.required)
    given = [f"{p.name}: {_type(p)}" + ("" if p.required else " | None = None") for p in ordered]
    passed = ", ".join(f"{p.name}={p.name}" for p in endpoint.parameters)
    lines = "".join(f"        - ``{p.name}``: {_words(p)}\n" for p in ordered)
    plan = "" if endpoint.plan is Plan.FREE else f" Needs the {endpoint.plan} plan or a higher one."
    return (
        f"\n    def {endpoint.table}(\n        self,\n        *,\n        "
        + ",\n        ".join([*given, "max_age: timedelta | None = REUSE_WITHIN", "**unknown: Never"])
        + f',\n    ) -> Rows:\n        """{endpoint.about}{plan}\n\n{lines}        """\n'
        + f'        return self.rows("{endpoint.name}", max_age=max_age, {passed}, **unknown)\n'
    )


def _type(parameter: Parameter) -> str:
    if parameter.choices:
        return f"Literal[{', '.join(repr(c) for c in parameter.choices)}]"
    if parameter.format is Format.DATE:
        return "date | str"
    return "int | str" if parameter.format in (Format.MINUTES, Format.FLIGHT_NUMBER) else "str"


def _words(parameter: Parameter) -> str:
    words = "one of " + ", ".join(parameter.choices) if parameter.choices else parameter.format.description
    return words if parameter.plan is Plan.FREE else f"{words} ({parameter.plan} plan or higher)"


def _setting_type(name: str) -> str:
    annotation = Settings.model_fields[name].annotation
    kinds = [kind for kind in (get_args(annotation) or (annotation,)) if kind is not type(None)]
    if get_origin(annotation) is Literal:
        return f"Literal[{', '.join(repr(choice) for choice in kinds)}]"
    if get_origin(annotation) is dict:
        return f"dict[{', '.join(kind.__name__ for kind in kinds)}] | str"
    [kind] = kinds
    known = {
        "SecretStr": "str",
        "Plan": "Plan | str",
        "Rate": "str",
        "Path": "Path | str",
        "timedelta": "timedelta | str",
    }
    return known.get(kind.__name__, kind.__name__)


if __name__ == "__main__":
    MODULE.write_text(module(), encoding="utf-8")
