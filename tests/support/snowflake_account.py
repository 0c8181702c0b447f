"""A Snowflake account: users, roles, grants, owners, and session parameters, as far as the setup uses them.

The statements of an administrator are interpreted here; ``snowflake_rights`` says what every other statement needs.
Rules and error numbers are those of Snowflake's documentation: *Overview of Access Control*, *Access control
privileges*, *USE SECONDARY ROLES*, *CREATE USER*, *GRANT <privileges>*, and *Parameters*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

SYSTEM_ROLES = {
    "ACCOUNTADMIN": {"SYSADMIN", "SECURITYADMIN"},
    "SECURITYADMIN": {"USERADMIN"},
    "SYSADMIN": {"PUBLIC"},
    "USERADMIN": {"PUBLIC"},
    "PUBLIC": set(),
}
SYSTEM_GRANTS = {
    ("ACCOUNTADMIN", "CREATE INTEGRATION"),
    ("SYSADMIN", "CREATE WAREHOUSE"),
    ("SYSADMIN", "CREATE DATABASE"),
    ("SECURITYADMIN", "MANAGE GRANTS"),
    ("USERADMIN", "CREATE USER"),
    ("USERADMIN", "CREATE ROLE"),
}
CREDITS = "SNOWFLAKE.ACCOUNT_USAGE.QUERY_ATTRIBUTION_HISTORY"
DATABASE_ROLES = {
    "SNOWFLAKE.USAGE_VIEWER": {
        ("USAGE", "DATABASE", "SNOWFLAKE"),
        ("USAGE", "SCHEMA", "SNOWFLAKE.ACCOUNT_USAGE"),
        ("SELECT", "VIEW", CREDITS),
    }
}
"""Snowflake's own database roles and what they give."""
DEFAULTS = {
    "TIMEZONE": "America/Los_Angeles",
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
    "DATE_INPUT_FORMAT": "AUTO",
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
}
"""Snowflake's own defaults of the parameters whose effect the emulator has."""


class RefusedError(Exception):
    """The account refuses; ``errno`` is Snowflake's."""

    def __init__(self, errno: int, message: str) -> None:
        super().__init__(message)
        self.errno = errno


def unauthorized(kind: str, name: str) -> RefusedError:
    """Return the error for an object that is missing or that the role may not see: Snowflake does not say which."""
    return RefusedError(2003, f"SQL compilation error:\n{kind.title()} '{name}' does not exist or not authorized.")


def insufficient(kind: str, name: str) -> RefusedError:
    """Return the error for an object that the role may see but not do this to."""
    return RefusedError(
        3001, f"SQL access control error:\nInsufficient privileges to operate on {kind.lower()} '{name}'."
    )


@dataclass
class User:
    """A user; properties and parameters have upper-case names."""

    name: str
    owner: str
    properties: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)


@dataclass
class Session:
    """What a session acts as: primary role, secondary roles, warehouse, parameters."""

    user: User
    role: str
    secondary: bool
    warehouse: str
    database: str
    schema: str
    parameters: dict[str, str]
    shown: str = ""


@dataclass
class Account:
    """An account with the user ADMIN (password ``admin``), who may use every system role."""

    parameters: dict[str, str] = field(default_factory=dict)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    """The user that each (authenticator, token) signs in; for OAuth, programmatic access tokens, and OIDC."""

    def __post_init__(self) -> None:
        self.inherits = {role: set(inherited) for role, inherited in SYSTEM_ROLES.items()}
        self.role_owners: dict[str, str] = dict.fromkeys(SYSTEM_ROLES, "")
        self.grants: set[tuple[str, str, str, str]] = {(r, p, "ACCOUNT", "") for r, p in SYSTEM_GRANTS}
        self.future: set[tuple[str, str, str, str]] = set()
        self.grants |= {(role, *grant) for role, given in DATABASE_ROLES.items() for grant in given}
        self.owners: dict[tuple[str, str], str] = {("VIEW", CREDITS): "SNOWFLAKE"}
        self.attributes: dict[tuple[str, str], dict[str, str]] = {}
        admin = User("ADMIN", "ACCOUNTADMIN", {"PASSWORD": "admin", "DEFAULT_ROLE": "ACCOUNTADMIN"})
        admin.roles = set(SYSTEM_ROLES)
        self.users = {"ADMIN": admin}

    # Roles ---------------------------------------------------------------------------------------------------------

    def closure(self, *roles: str) -> set[str]:
        """Return the roles and all that they inherit."""
        found, todo = set(), list(roles)
        while todo:
            role = todo.pop()
            if role not in found:
                found.add(role)
                todo += self.inherits.get(role, ())
        return found

    def active(self, session: Session) -> set[str]:
        """Return the roles whose privileges count for everything but CREATE."""
        secondary = session.user.roles if session.secondary else set()
        return self.closure(session.role, "PUBLIC", *secondary)

    def has(self, roles: set[str], privilege: str, kind: str, name: str) -> bool:
        """Whether one of the roles has the privilege on the object, or owns it."""
        if self.owners.get((kind, name)) in roles:
            return True
        return any((role, privilege, kind, name) in self.grants for role in roles)

    def sees(self, roles: set[str], kind: str, name: str) -> bool:
        """Whether one of the roles has any privilege on the object."""
        if self.owners.get((kind, name)) in roles:
            return True
        return any(role in roles and (kind, name) == (k, n) for role, _, k, n in self.grants)

    def may_manage_grants(self, session: Session) -> bool:
        return self.has(self.active(session), "MANAGE GRANTS", "ACCOUNT", "")

    # Objects -------------------------------------------------------------------------------------------------------

    def created(self, kind: str, name: str, owner: str) -> None:
        """Give the new object its owner and what future grants give on it; a replaced object loses its grants."""
        self.grants = {grant for grant in self.grants if grant[2:] != (kind, name)}
        self.owners[kind, name] = owner
        schema = name.rpartition(".")[0]
        self.grants |= {(r, p, kind, name) for r, p, k, s in self.future if (k, s) == (kind, schema)}

    def dropped(self, kind: str, name: str) -> None:
        self.owners.pop((kind, name), None)
        self.grants = {grant for grant in self.grants if grant[2:] != (kind, name)}

    def renamed(self, kind: str, old: str, new: str) -> None:
        self.owners[kind, new] = self.owners.pop((kind, old))
        self.grants = {(*grant[:2], kind, new) if grant[2:] == (kind, old) else grant for grant in self.grants}

    # Sign-in -------------------------------------------------------------------------------------------------------

    def sign_in(self, data: dict[str, Any], query: dict[str, str]) -> Session:
        """Return a session for a login request. Raises :class:`RefusedError` in Snowflake's words."""
        user = self._authenticated(data)
        role = normal(query.get("roleName") or user.properties.get("DEFAULT_ROLE", "PUBLIC"))
        if role not in self.closure(*user.roles, "PUBLIC"):
            raise RefusedError(
                390186,
                f"Role '{role}' specified in the connect string is not granted to this user. Contact your admin.",
            )
        namespace = normal(user.properties.get("DEFAULT_NAMESPACE", "")).partition(".")
        given = parameters_of(data)
        session = Session(
            user,
            role,
            secondary=user.properties.get("DEFAULT_SECONDARY_ROLES", "('ALL')") != "()",
            warehouse="",
            database=normal(query.get("databaseName") or namespace[0]),
            schema=normal(query.get("schemaName") or namespace[2]),
            parameters=DEFAULTS | self.parameters | user.parameters | given,
        )
        warehouse = normal(query.get("warehouse") or user.properties.get("DEFAULT_WAREHOUSE", ""))
        if self.has(self.active(session), "USAGE", "WAREHOUSE", warehouse):
            session.warehouse = warehouse
        return session

    def _authenticated(self, data: dict[str, Any]) -> User:
        authenticator = str(data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
        if authenticator in ("OAUTH", "PROGRAMMATIC_ACCESS_TOKEN", "WORKLOAD_IDENTITY"):
            name = self.tokens.get((authenticator, str(data.get("TOKEN") or "")))
            if name is None:
                raise RefusedError(390303, "Invalid OAuth access token.")
            return self.users[name]
        user = self.users.get(normal(data.get("LOGIN_NAME", "")))
        if user is None:
            raise RefusedError(390100, "Incorrect username or password was specified.")
        if authenticator == "SNOWFLAKE_JWT":
            _verify(user, str(data.get("TOKEN") or ""))
        elif user.properties.get("TYPE") == "SERVICE" or data.get("PASSWORD") != user.properties.get("PASSWORD"):
            raise RefusedError(390100, "Incorrect username or password was specified.")
        return user

    # Statements of an administrator ----------------------------------------------------------------------------------

    def administered(self, session: Session, sql: str) -> bool:
        """Whether the statement is one about the account, and then do it. Raises :class:`RefusedError`."""
        text = " ".join(sql.split()).rstrip("; ")
        for pattern, do in _STATEMENTS:
            if found := pattern.fullmatch(text):
                do(self, session, **found.groupdict())
                return True
        return False

    def _use(self, session: Session, what: str, name: str) -> None:
        name = normal(name)
        if what.upper() == "ROLE":
            if name not in self.closure(*session.user.roles, "PUBLIC"):
                raise RefusedError(3013, f"Requested role '{name}' is not assigned to the executing user.")
            session.role = name
        elif what.upper() == "SECONDARY ROLES":
            session.secondary = name != "NONE"
        elif self.has(self.active(session), "USAGE", "WAREHOUSE", name):
            session.warehouse = name
        else:
            raise unauthorized("WAREHOUSE", name)

    def _create(self, session: Session, kind: str, exists: str | None, name: str, rest: str) -> None:
        kind, name = _kind(kind), normal(name)
        if not self._may_create(session, kind, name):
            container = "account" if kind != "SCHEMA" else f"database '{name.partition('.')[0]}"
            raise RefusedError(3001, f"SQL access control error:\nInsufficient privileges to operate on {container}'.")
        known = {"ROLE": self.role_owners, "USER": self.users}.get(kind, {n for k, n in self.owners if k == kind})
        if name in known:
            if not exists:
                raise RefusedError(2002, f"Object '{name}' already exists.")
            return
        if kind == "ROLE":
            self.role_owners[name] = session.role
            self.inherits[name] = {"PUBLIC"}
        elif kind == "USER":
            self.users[name] = User(name, session.role)
            self._set(session, kind, name, rest)
        else:
            self.owners[kind, name] = session.role
            self.attributes[kind, name] = _properties(rest) | {"MANAGED": str("WITH MANAGED ACCESS" in rest.upper())}

    def _may_create(self, session: Session, kind: str, name: str) -> bool:
        """Whether the primary role may create this: secondary roles do not count."""
        roles = self.closure(session.role)
        if kind == "SCHEMA":
            return self.has(roles, "CREATE SCHEMA", "DATABASE", name.partition(".")[0])
        if kind == "STAGE":
            return self.has(roles, "CREATE STAGE", "SCHEMA", name.rpartition(".")[0])
        return self.has(roles, f"CREATE {kind}", "ACCOUNT", "")

    def _alter(self, session: Session, kind: str, name: str, rest: str) -> None:
        kind, name = _kind(kind), normal(name)
        roles = self.active(session)
        if kind == "USER":
            owner = self.users[name].owner if name in self.users else None
        else:
            owner = self.owners.get((kind, name))
        if owner is None:
            raise unauthorized(kind, name)
        if owner not in roles:
            raise insufficient(kind, name)
        self._set(session, kind, name, rest)

    def _set(self, session: Session, kind: str, name: str, rest: str) -> None:
        given = _properties(rest)
        integration = given.get("STORAGE_INTEGRATION")
        if integration and not self.has(self.active(session), "USAGE", "INTEGRATION", integration):
            raise unauthorized("INTEGRATION", integration)
        if kind == "USER":
            user = self.users[name]
            user.parameters |= {n: v for n, v in given.items() if n in DEFAULTS}
            user.properties |= {n: v for n, v in given.items() if n not in DEFAULTS}
        else:
            self.attributes.setdefault((kind, name), {}).update(given)

    def _grant_role(self, session: Session, verb: str, role: str, what: str, grantee: str) -> None:
        role, grantee = normal(role), normal(grantee)
        if role not in self.role_owners:
            raise unauthorized("ROLE", role)
        if self.role_owners[role] not in self.active(session) and not self.may_manage_grants(session):
            raise insufficient("ROLE", role)
        held = self.inherits[grantee] if what.upper() == "ROLE" else self.users[grantee].roles
        (held.add if verb.upper() == "GRANT" else held.discard)(role)

    def _grant_database_role(self, session: Session, database_role: str, role: str) -> None:
        """Only ACCOUNTADMIN may pass on the roles of Snowflake's own database."""
        database_role, role = normal(database_role), normal(role)
        if database_role not in DATABASE_ROLES or "ACCOUNTADMIN" not in self.active(session):
            raise unauthorized("DATABASE ROLE", database_role)
        self.inherits[role].add(database_role)

    def _grant(self, session: Session, verb: str, privileges: str, kind: str, name: str, role: str) -> None:
        kind, name, role = _kind(kind), normal(name), normal(role)
        if (kind, name) not in self.owners:
            raise unauthorized(kind, name)
        if self.owners[kind, name] not in self.active(session) and not self.may_manage_grants(session):
            raise insufficient(kind, name)
        self._apply(verb, {(role, privilege, kind, name) for privilege in _listed(privileges)})

    def _grant_in(
        self, session: Session, verb: str, privileges: str, which: str, kind: str, name: str, role: str
    ) -> None:
        """Grant on all objects of a schema that exist, or on those that will."""
        kind, schema, role = _kind(kind[:-1]), normal(name), normal(role)
        if not self.may_manage_grants(session):
            raise insufficient("SCHEMA", schema)
        if which.upper() == "FUTURE":
            wanted = {(role, privilege, kind, schema) for privilege in _listed(privileges)}
            self.future = self.future | wanted if verb.upper() == "GRANT" else self.future - wanted
            return
        inside = [n for k, n in self.owners if k == kind and n.rpartition(".")[0] == schema]
        self._apply(verb, {(role, privilege, kind, n) for n in inside for privilege in _listed(privileges)})

    def _apply(self, verb: str, grants: set[tuple[str, str, str, str]]) -> None:
        self.grants = self.grants | grants if verb.upper() == "GRANT" else self.grants - grants

    def _describe(self, session: Session, name: str) -> None:
        if not self.sees(self.active(session), "INTEGRATION", normal(name)):
            raise unauthorized("INTEGRATION", normal(name))

    def _alter_session(self, session: Session, rest: str) -> None:
        session.parameters |= _properties(rest)


def normal(name: str) -> str:
    """Return the name as Snowflake stores it: upper case, unless quoted."""
    parts = re.findall(r'"[^"]*"|[^.]+', name.strip("'"))
    return ".".join(part.strip('"') if part.startswith('"') else part.upper() for part in parts)


_OBJECT = r"WAREHOUSE|DATABASE|SCHEMA|STAGE|STORAGE INTEGRATION|INTEGRATION|ROLE|USER"
_GRANT = "(?P<verb>GRANT|REVOKE) (?P<privileges>.+)"
_GRANTEE = r"(?:TO|FROM) ROLE (?P<role>\S+)"
_STATEMENTS = [
    (re.compile(pattern, re.IGNORECASE), do)
    for pattern, do in [
        (r"USE (?P<what>ROLE|WAREHOUSE|SECONDARY ROLES) (?P<name>\S+)", Account._use),
        (rf"CREATE (?P<kind>{_OBJECT}) (?P<exists>IF NOT EXISTS )?(?P<name>\S+)(?P<rest>.*)", Account._create),
        (r"ALTER SESSION SET (?P<rest>.*)", Account._alter_session),
        (rf"ALTER (?P<kind>{_OBJECT}) (?P<name>\S+) SET (?P<rest>.*)", Account._alter),
        (r"GRANT DATABASE ROLE (?P<database_role>\S+) TO ROLE (?P<role>\S+)", Account._grant_database_role),
        (
            r"(?P<verb>GRANT|REVOKE) ROLE (?P<role>\S+) (?:TO|FROM) (?P<what>ROLE|USER) (?P<grantee>\S+)",
            Account._grant_role,
        ),
        (
            rf"{_GRANT} ON (?P<which>ALL|FUTURE) (?P<kind>TABLES|VIEWS) IN SCHEMA (?P<name>\S+) {_GRANTEE}",
            Account._grant_in,
        ),
        (
            rf"{_GRANT} ON (?P<kind>{_OBJECT}|TABLE|VIEW) (?P<name>\S+) {_GRANTEE}",
            Account._grant,
        ),
        (r"DESC(?:RIBE)? (?:STORAGE )?INTEGRATION (?P<name>\S+)", Account._describe),
    ]
]


def _kind(kind: str) -> str:
    return "INTEGRATION" if kind.upper().endswith("INTEGRATION") else kind.upper()


def _listed(privileges: str) -> list[str]:
    return [privilege.strip().upper() for privilege in privileges.split(",")]


def _properties(text: str) -> dict[str, str]:
    """Return ``NAME = value`` pairs; a value is a word, a text, or a list in parentheses."""
    found = re.findall(r"(\w+)\s*=\s*('(?:[^']|'')*'|\((?:[^()']|'[^']*')*\)|[^\s,]+)", text)
    return {name.upper(): value.strip("'") if value.startswith("'") else value for name, value in found}


def parameters_of(data: dict[str, Any]) -> dict[str, str]:
    """Return the session parameters of a login request."""
    return {name: _text(value) for name, value in (data.get("SESSION_PARAMETERS") or {}).items()}


def _text(value: Any) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


def _verify(user: User, token: str) -> None:
    """Verify a key-pair token with the user's public key, as Snowflake does."""
    key = user.properties.get("RSA_PUBLIC_KEY")
    try:
        pem = f"-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n".encode()
        jwt.decode(token, load_pem_public_key(pem), algorithms=["RS256"])  # type: ignore[arg-type]
    except (ValueError, jwt.PyJWTError) as error:
        raise RefusedError(390144, "JWT token is invalid.") from error
