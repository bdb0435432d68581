"""Who asks, and what for: sessions, sign-in through a reverse proxy, the rate limit, and where a request comes from."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer

from core.config import WebConfig
from web.accounts import Account, load_accounts

SESSION_COOKIE: Final = "desk_session"
WINDOW_SECONDS: Final = 300
Actor = dict[str, str]


@dataclass
class RateLimit:
    """Counts failures in a sliding window, by name and by address."""

    tries: int
    clock: Callable[[], float] = time.monotonic
    failures: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, *keys: str) -> int:
        """Seconds until another try is allowed; 0: now."""
        return max((self._wait(key) for key in keys), default=0)

    def failed(self, *keys: str) -> None:
        for key in keys:
            self.failures[key].append(self.clock())

    def succeeded(self, *keys: str) -> None:
        for key in keys:
            self.failures.pop(key, None)

    def _wait(self, key: str) -> int:
        if key not in self.failures:
            return 0
        recent, now = self.failures[key], self.clock()
        while recent and recent[0] <= now - WINDOW_SECONDS:
            recent.popleft()
        if not recent:
            del self.failures[key]
            return 0
        return 0 if len(recent) < self.tries else int(recent[0] + WINDOW_SECONDS - now) + 1


@dataclass(frozen=True)
class Access:
    """Turns a request into a person with a role, or nobody."""

    config: WebConfig
    accounts_file: Path
    secret: str

    @property
    def accounts(self) -> Mapping[str, Account]:
        """Read anew each time: a role that was taken away is gone at once."""
        return load_accounts(self.accounts_file)

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, "desk-session")

    def session_for(self, account: Account) -> str:
        """A signed cookie that ends; a changed password ends it too."""
        ends = int(time.time() + self.config.session_hours * 3600)
        return str(self._signer.dumps({"name": account.name, "ends": ends, "mark": _mark(account)}))

    def actor(self, scope: Mapping[str, Any], cookies: Mapping[str, str]) -> Actor | None:
        return self._by_session(cookies.get(SESSION_COOKIE, "")) or self._by_proxy(scope)

    def _by_session(self, cookie: str) -> Actor | None:
        if not cookie:
            return None
        try:
            session = self._signer.loads(cookie)
            account = self.accounts.get(session["name"])
            good = account is not None and session["ends"] > time.time() and session["mark"] == _mark(account)
        except (BadSignature, KeyError, TypeError):
            return None
        return {"id": account.name, "role": account.role} if account and good else None

    def _by_proxy(self, scope: Mapping[str, Any]) -> Actor | None:
        if not self._from_proxy(scope):
            return None
        name = header(scope, self.config.proxy_header).strip()
        if not name:
            return None
        account = self.accounts.get(name)
        role = account.role if account else self.config.proxy_role
        return None if role == "none" else {"id": name, "role": role, "by": "proxy"}

    def _from_proxy(self, scope: Mapping[str, Any]) -> bool:
        return _within((scope.get("client") or ("",))[0], self.config.proxy_addresses)

    def client(self, scope: Mapping[str, Any]) -> str:
        """The address that a request comes from; behind a believed proxy, the last one that it names."""
        address = str((scope.get("client") or ("",))[0])
        if self._from_proxy(scope) and (forwarded := header(scope, "x-forwarded-for")):
            return forwarded.rsplit(",", 1)[-1].strip()
        return address

    @property
    def https(self) -> bool:
        return self.config.public_url.startswith("https://")


def header(scope: Mapping[str, Any], name: str) -> str:
    wanted = name.lower().encode("latin-1")
    return next((value.decode("latin-1") for key, value in scope.get("headers") or () if key.lower() == wanted), "")


def from_elsewhere(scope: Mapping[str, Any]) -> bool:
    """Whether a form was sent from another site's page (Fetch Metadata, and Origin for browsers without it).

    Stands beside the token in each form: a person signed in by a proxy's header has no cookie that a token could be tied to.
    """
    site = header(scope, "sec-fetch-site")
    if site:
        return site not in ("same-origin", "none")
    origin = header(scope, "origin")
    return bool(origin) and urlsplit(origin).netloc != header(scope, "host")


def _within(address: object, networks: Sequence[str]) -> bool:
    try:
        known = ipaddress.ip_address(str(address))
    except ValueError:
        return False
    return any(known in ipaddress.ip_network(network, strict=False) for network in networks)


def _mark(account: Account) -> str:
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:16]


def secret_of(data_dir: Path) -> str:
    """The key that signs sessions: made once, readable by this user alone."""
    file = data_dir / "desk.secret"
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32))
    return file.read_text(encoding="ascii").strip()
