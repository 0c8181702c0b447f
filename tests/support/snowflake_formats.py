"""What a session's parameters do to values: the text of a date, how a text becomes one, which type TIMESTAMP is."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

_FORMATS = {"DD.MM.YYYY": "%d.%m.%Y", "MM/DD/YYYY": "%m/%d/%Y"}
_DATE, _TEXT = "DATE", "VARCHAR"


def formatted(tree: exp.Expression, parameters: Mapping[str, str]) -> exp.Expression:
    """Return the statement with the casts written out that the parameters change."""
    output = _FORMATS.get(parameters.get("DATE_OUTPUT_FORMAT", ""))
    entry = _FORMATS.get(parameters.get("DATE_INPUT_FORMAT", ""))
    zoned = parameters.get("TIMESTAMP_TYPE_MAPPING", "").endswith("LTZ")

    def changed(node: exp.Expression) -> exp.Expression:
        if output and isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES:
            value = node.this.transform(changed)
            return _of_type(_DATE, value, exp.cast(_call("strftime", _try(value, _DATE), output), _TEXT), _TEXT)
        if entry and isinstance(node, exp.Cast) and node.to.is_type(_DATE):
            value = node.this.transform(changed)
            return _of_type(_TEXT, value, exp.cast(_call("strptime", exp.cast(value, _TEXT), entry), _DATE), _DATE)
        if zoned and isinstance(node, exp.DataType) and node.this is exp.DataType.Type.TIMESTAMP:
            return exp.DataType.build("TIMESTAMPLTZ", dialect="snowflake")
        return node

    return tree.transform(changed)


def _of_type(kind: str, value: exp.Expression, then: exp.Expression, cast: str) -> exp.Expression:
    """Return ``then`` if the value is of that type, which only DuckDB knows, else a plain cast."""
    condition = exp.EQ(this=_call("typeof", value), expression=exp.Literal.string(kind))
    return exp.Case(ifs=[exp.If(this=condition, true=then)], default=exp.cast(value.copy(), cast))


def _try(value: exp.Expression, kind: str) -> exp.Expression:
    """Cast by way of text, which every type has a cast to."""
    return exp.TryCast(this=exp.cast(value.copy(), _TEXT), to=exp.DataType.build(kind))


def _call(name: str, value: exp.Expression, *more: str) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[value.copy(), *(exp.Literal.string(text) for text in more)])
