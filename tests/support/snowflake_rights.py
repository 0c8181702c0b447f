"""What a statement needs in a Snowflake account, found in its syntax tree, and what it changes there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fakesnow.dialect import parse_one
from sqlglot import exp

from tests.support.snowflake_account import Account, RefusedError, Session, insufficient, normal, unauthorized

_COMPUTE = (exp.Select, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Copy, exp.SetOperation)
_RELATIONS = ("TABLE", "VIEW")
_WRITES = {exp.Insert: "INSERT", exp.Update: "UPDATE", exp.Delete: "DELETE", exp.Merge: "UPDATE"}


@dataclass(frozen=True)
class Effect:
    """What a statement changes in the account once it has run."""

    verb: str
    kind: str
    name: str
    new: str = ""

    def apply(self, account: Account, session: Session) -> None:
        """Change the account."""
        if self.verb == "create":
            account.dropped("VIEW" if self.kind == "TABLE" else "TABLE", self.name)
            account.created(self.kind, self.name, session.role)
        elif self.verb == "drop":
            account.dropped(self.kind, self.name)
        else:
            account.renamed(self.kind, self.name, self.new)


def demanded(account: Account, session: Session, sql: str) -> list[Effect]:
    """Return the effects of a statement that the session may run. Raises :class:`RefusedError` if it may not."""
    if re.match(r"\s*LIST\b", sql, re.IGNORECASE):
        return []
    tree = parse_one(sql)
    roles = account.active(session)
    if isinstance(tree, _COMPUTE) and not session.warehouse and _computes(tree):
        raise RefusedError(606, "No active warehouse selected in the current session.")
    for name in _read(tree, session):
        _demand(account, roles, name, "SELECT")
    if isinstance(tree, exp.Copy):
        [stage] = [table.name for table in tree.find_all(exp.Table) if table.name.startswith("@")]
        _demand_stage(account, session, roles, stage.lstrip("@"))
    if type(tree) in _WRITES and isinstance(target := _target(tree), exp.Table):
        _demand(account, roles, _name(target, session), _WRITES[type(tree)])
    if isinstance(tree, exp.Copy) and isinstance(target := _target(tree), exp.Table):
        _demand(account, roles, _name(target, session), "INSERT")
    return list(_effects(account, session, roles, tree))


def prepared(account: Account, session: Session, sql: str) -> str:
    """Return the statement for the stock emulator: without what it cannot parse, and with what is invisible hidden."""
    if shown := _shown(account, sql):
        session.shown = shown
        return shown
    if listed := re.match(r"\s*LIST\s+@(\S+)", sql, re.IGNORECASE):
        _demand_stage(account, session, account.active(session), listed[1])
        return _rows('"name", "size", "md5", "last_modified"', [])
    sql = re.sub(r"\bcurrent_role\(\)", f"'{session.role}'", sql, flags=re.IGNORECASE)
    active = f"'{session.warehouse}'" if session.warehouse else "NULL"
    sql = re.sub(r"\bcurrent_warehouse\(\)", active, sql, flags=re.IGNORECASE)
    if "RESULT_SCAN(LAST_QUERY_ID())" in sql:
        return sql.replace("TABLE(RESULT_SCAN(LAST_QUERY_ID()))", f"({session.shown})")
    sql = re.sub(r"\s+WITH MANAGED ACCESS", "", sql, flags=re.IGNORECASE)
    roles = account.active(session)
    names = [n for k, n in account.owners if k in _RELATIONS and account.sees(roles, k, n)]
    listed = ", ".join(f"'{name}'" for name in names) or "''"
    seen = f"table_catalog || '.' || table_schema || '.' || table_name IN ({listed})"
    return re.sub(
        r"FROM\s+((?:\"?\w+\"?\.)?information_schema\.(?:tables|columns))\b",
        rf"FROM (SELECT * FROM \1 WHERE {seen})",
        sql,
        flags=re.IGNORECASE,
    )


def _shown(account: Account, sql: str) -> str | None:
    """Return a query that gives the rows of a SHOW about the account, None for any other statement."""
    text = " ".join(sql.split()).rstrip("; ").upper()
    inside = text.rpartition(" IN ")[2].rpartition(" ")[2]
    owned = [(k, n, o, account.attributes.get((k, n), {})) for (k, n), o in account.owners.items()]
    if text.startswith("SHOW WAREHOUSES"):
        sizes = {"XSMALL": "X-Small"}
        found = [
            (n, o, sizes.get(a["WAREHOUSE_SIZE"], a["WAREHOUSE_SIZE"])) for k, n, o, a in owned if k == "WAREHOUSE"
        ]
        return _rows('"name", "owner", "size"', found)
    if text.startswith("SHOW SCHEMAS IN DATABASE"):
        here = [(n, o, a) for k, n, o, a in owned if k == "SCHEMA" and n.startswith(f"{inside}.")]
        managed = [(n.partition(".")[2], o, "MANAGED ACCESS" if a["MANAGED"] == "True" else "") for n, o, a in here]
        return _rows('"name", "owner", "options"', managed)
    if text.startswith("SHOW GRANTS TO USER"):
        user = text.rpartition(" ")[2]
        return _rows('"role", "grantee_name"', [(role, user) for role in sorted(account.users[user].roles)])
    return None


def _rows(columns: str, rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return "SELECT " + ", ".join(f"'' AS {column}" for column in columns.split(", ")) + " WHERE FALSE"
    values = ", ".join("(" + ", ".join(f"'{value}'" for value in row) + ")" for row in rows)
    return f"SELECT * FROM (VALUES {values}) AS t({columns})"


def _effects(account: Account, session: Session, roles: set[str], tree: exp.Expression) -> Iterator[Effect]:
    kind = str(tree.args.get("kind") or "").upper()
    if isinstance(tree, exp.Create) and kind in _RELATIONS:
        yield from _created(account, session, roles, tree, kind)
    elif isinstance(tree, exp.Drop) and kind in _RELATIONS:
        name = _name(tree.find(exp.Table), session)
        if (kind, name) in account.owners:
            _demand_owner(account, roles, kind, name)
            yield Effect("drop", kind, name)
    elif isinstance(tree, exp.Alter) and kind in _RELATIONS:
        name = _name(tree.this, session)
        _demand_owner(account, roles, kind, name)
        renames = [action for action in tree.args.get("actions") or [] if isinstance(action, exp.AlterRename)]
        yield from (Effect("rename", kind, name, _name(action.this, session)) for action in renames)
    elif isinstance(tree, exp.Describe) and isinstance(tree.this, exp.Table):
        _demand(account, roles, _name(tree.this, session), "SELECT")
    elif isinstance(tree, exp.Comment | exp.TruncateTable):
        _demand_owner(account, roles, "TABLE", _name(tree.find(exp.Table), session))


def _created(account: Account, session: Session, roles: set[str], tree: exp.Create, kind: str) -> Iterator[Effect]:
    """Demand the right to create, which the primary role must have; a temporary table needs none."""
    name = _name(tree.find(exp.Table), session)
    schema = name.rpartition(".")[0]
    _demand_usage(account, roles, name)
    temporary = tree.find(exp.TemporaryProperty) is not None
    if not temporary and not account.has(account.closure(session.role), f"CREATE {kind}", "SCHEMA", schema):
        raise insufficient("SCHEMA", schema.rpartition(".")[2])
    existing = next((k for k in _RELATIONS if (k, name) in account.owners), None)
    if existing and tree.args.get("replace") and account.owners[existing, name] not in roles:
        raise insufficient(existing, name)
    if not existing or tree.args.get("replace"):
        yield Effect("create", kind, name)


def _read(tree: exp.Expression, session: Session) -> Iterator[str]:
    """Yield the tables that a statement reads: all but its target, its CTEs, stages, and the information schema."""
    if not isinstance(tree, (exp.Query, exp.DML, exp.Create, exp.Merge)):
        return
    ctes = {cte.alias_or_name.upper() for cte in tree.find_all(exp.CTE)}
    target = _target(tree)
    for table in tree.find_all(exp.Table):
        inside = not table.db and table.name.upper() in ctes
        schema = table.db.upper()
        if table is target or inside or not table.name or schema == "INFORMATION_SCHEMA" or "@" in table.name:
            continue
        if isinstance(table.this, exp.Func | exp.Anonymous):
            continue
        yield _name(table, session)


def _computes(tree: exp.Expression) -> bool:
    """Whether a statement needs a warehouse: everything but SHOW, DESCRIBE, DDL, and a SELECT of mere constants."""
    return tree.find(exp.From, exp.Table) is not None


def _target(tree: exp.Expression) -> exp.Expression | None:
    if isinstance(tree, exp.Create | exp.Insert | exp.Copy) and isinstance(tree.this, exp.Schema):
        found = tree.this.this
    else:
        found = tree.this if isinstance(tree, exp.Create | exp.DML | exp.Merge | exp.Copy) else None
    return found if isinstance(found, exp.Expression) else None


def _name(table: exp.Expression | None, session: Session) -> str:
    assert isinstance(table, exp.Table)
    parts = [part.sql(dialect="snowflake") for part in table.parts]
    given = normal(".".join(parts))
    missing = [session.database, session.schema][: 3 - len(parts)]
    return ".".join([*missing, given])


def _demand(account: Account, roles: set[str], name: str, privilege: str) -> None:
    _demand_usage(account, roles, name)
    kind = next((k for k in _RELATIONS if (k, name) in account.owners), None)
    if kind is None or not account.sees(roles, kind, name):
        raise unauthorized("OBJECT", name)
    if not account.has(roles, privilege, kind, name):
        raise insufficient(kind, name.rpartition(".")[2])


def _demand_usage(account: Account, roles: set[str], name: str) -> None:
    database, schema, _ = name.split(".")
    if not account.sees(roles, "DATABASE", database):
        raise unauthorized("DATABASE", database)
    if not account.has(roles, "USAGE", "SCHEMA", f"{database}.{schema}"):
        raise unauthorized("SCHEMA", f"{database}.{schema}")


def _demand_owner(account: Account, roles: set[str], kind: str, name: str) -> None:
    _demand_usage(account, roles, name)
    found = next((k for k in (kind, "TABLE", "VIEW") if (k, name) in account.owners), None)
    if found is None:
        raise unauthorized(kind, name)
    if account.owners[found, name] not in roles:
        raise insufficient(kind, name.rpartition(".")[2])


def _demand_stage(account: Account, session: Session, roles: set[str], stage: str) -> None:
    given = normal(stage.partition("/")[0])
    name = ".".join([*[session.database, session.schema][: 2 - given.count(".")], given])
    if not account.has(roles, "USAGE", "STAGE", name):
        raise unauthorized("STAGE", name)
