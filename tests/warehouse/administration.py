"""An account of the emulator set up by the administrator's own script, and the connections of its service users."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import snowflake.connector
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from aviastack.settings import settings_from
from aviastack.warehouse.snowflake_setup import setup_sql
from tests.support.snowflake_account import Account
from tests.support.snowflake_emulator import SnowflakeEmulator

USERS = {"loader": "AVIASTACK_LOADER_SVC", "dbt": "AVIASTACK_DBT_SVC", "reader": "AVIASTACK_LOOKER_SVC"}


def statements(script: str) -> list[str]:
    """Return the statements of a script, as an administrator's worksheet would run them."""
    text = re.sub(r"^\s*--.*\n", "", script, flags=re.MULTILINE)
    return [part.strip() for part in text.split(";") if part.strip()]


@cache
def key_pair() -> tuple[bytes, str]:
    """Make a key pair, once: the private key's file, and the public key as Snowflake takes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, "".join(public.decode().splitlines()[1:-1])


@dataclass
class Administered:
    """A database of the test's own in an account that enforces rights."""

    emulator: SnowflakeEmulator
    bucket: str
    folder: Path
    database: str = field(default_factory=lambda: "A" + secrets.token_hex(6).upper())

    def script(self, **settings: Any) -> str:
        """Return the setup for this database and a prefix of the same name."""
        given = {"staging": f"gs://{self.bucket}/{self.database}", **settings}
        return re.sub(r"\bAVIASTACK\b", self.database, setup_sql(settings_from(**given)))

    def set_up(
        self, *, without: Iterable[str] = (), account: Account | None = None, **settings: Any
    ) -> list[list[Any]]:
        """Run the setup as ADMIN, without the statements that contain a text; return the results of its queries.

        Every service user gets the same key pair.
        """
        self.emulator.account = account or self.emulator.account or Account()
        chosen = [s for s in statements(self.script(**settings)) if not any(text in s for text in without)]
        found = self.administer(*chosen)
        key = key_pair()[1]
        self.administer(
            "USE ROLE USERADMIN", *(f"ALTER USER {user} SET RSA_PUBLIC_KEY = '{key}'" for user in USERS.values())
        )
        return [rows for statement, rows in zip(chosen, found, strict=True) if statement.startswith("SELECT")]

    def administer(self, *statements: str) -> list[list[Any]]:
        """Run statements as ADMIN."""
        options = {**self.address, "user": "ADMIN", "password": "admin", "platform_detection_timeout_seconds": 0}
        with snowflake.connector.connect(**options) as connection, connection.cursor() as cursor:
            return [cursor.execute(statement).fetchall() for statement in statements]

    def variables(self, who: str = "loader", **more: str) -> dict[str, str]:
        """Return the SNOWFLAKE_* variables by which that service user signs in with its key."""
        given = {
            **{name: str(value) for name, value in self.address.items()},
            "user": USERS[who],
            "authenticator": "SNOWFLAKE_JWT",
            "private_key_file": str(self.private_key()),
            "database": self.database,
            **more,
        }
        return {f"SNOWFLAKE_{name.upper()}": value for name, value in given.items()}

    @property
    def address(self) -> dict[str, Any]:
        """Where the account is."""
        return {"account": "emulator", "host": "127.0.0.1", "port": self.emulator.port, "protocol": "http"}

    def private_key(self) -> Path:
        """Return the file of the private key that every service user has."""
        file = self.folder / "key.p8"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(key_pair()[0])
        return file
