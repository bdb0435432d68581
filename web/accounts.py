"""Who may use the desk: accounts.json holds names, roles and hashed passwords, and nothing else.

Passwords are hashed by datasette-auth-passwords (PBKDF2-HMAC-SHA256, 480 000 rounds).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datasette_auth_passwords.utils import hash_password, verify_password

from core.errors import ConfigError, IntakeError

ROLES: Final = ("viewer", "reviewer", "administrator")
"""Each may do what those before it may."""
SHORTEST_PASSWORD: Final = 10
NOBODY: Final = hash_password("nobody has this password", salt="0" * 32)


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    role: str
    password_hash: str
    """Empty: signs in through the reverse proxy only."""


def may(role: str | None, needed: str) -> bool:
    return role in ROLES and ROLES.index(str(role)) >= ROLES.index(needed)


def load_accounts(file: Path) -> Mapping[str, Account]:
    """Raises IntakeError: the file is there and cannot be read."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return {name: Account(name, row["role"], row["password_hash"]) for name, row in rows.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntakeError(
            f"{file} cannot be read ({error})", "Restore it, or move it away and add the people again"
        ) from None


def add_account(file: Path, name: str, role: str, password: str) -> None:
    """Add a person, or give one another role and password. An empty password: sign-in by the proxy only.

    Raises ConfigError: a name, role or password that will not do.
    """
    if not name.strip() or len(name) > 200 or any(ord(letter) < 32 for letter in name):
        raise ConfigError("that is no name", "Give a short name, such as ana")
    if role not in ROLES:
        raise ConfigError(f"--role {role}: not known", f"Give one of {', '.join(ROLES)}")
    if password and len(password) < SHORTEST_PASSWORD:
        raise ConfigError("the password is too short", f"Give {SHORTEST_PASSWORD} characters or more")
    accounts = dict(load_accounts(file))
    accounts[name] = Account(name, role, hash_password(password) if password else "")
    _write(file, accounts)


def remove_account(file: Path, name: str) -> None:
    """Raises ConfigError: there is no such name."""
    accounts = dict(load_accounts(file))
    if accounts.pop(name, None) is None:
        raise ConfigError(f"nobody is called {name}", "See `intake users list`")
    _write(file, accounts)


def password_fits(account: Account | None, password: str) -> bool:
    """Takes as long for a name that nobody has."""
    known = account is not None and bool(account.password_hash)
    fits = verify_password(password, account.password_hash if account and known else NOBODY)
    return bool(fits) and known


def _write(file: Path, accounts: Mapping[str, Account]) -> None:
    rows = {a.name: {"role": a.role, "password_hash": a.password_hash} for a in accounts.values()}
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".accounts-")
    with os.fdopen(handle, "w", encoding="utf-8") as out:  # mkstemp: readable by this user alone
        json.dump(rows, out, ensure_ascii=False, indent=2)
    Path(temporary).replace(file)
