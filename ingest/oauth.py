"""Bearer tokens for a mailbox (OAuth 2.0, RFC 6749), as Exchange Online and Gmail want them.

By refresh token, or by the application's own right (client credentials), with a client secret or a certificate
(RFC 7523). Only the token endpoint is spoken to, over verified TLS.
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import threading
import time
import uuid
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from core.errors import ConfigError, LoginRefused, MailboxError

ASSERTION_SECONDS: Final = 300
SERVER_ERROR: Final = 500
EARLY_SECONDS: Final = 120
"""A token is taken for expired this long before it is."""


@dataclass(frozen=True, slots=True)
class Application:
    """This program as the identity provider knows it."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    certificate: Path | None = None
    """A PEM file with the private key and the certificate; instead of a secret."""
    scope: str = ""
    ca_file: Path | None = None
    timeout_seconds: float = 30


class Tokens:
    """A TokenSource that keeps its token in memory, and a refresh token that the provider changed in `memory`."""

    def __init__(self, application: Application, refresh_token: str = "", memory: Path | None = None) -> None:
        self.application = application
        self._given = refresh_token
        self._memory = memory
        self._token: dict[str, Any] = {}
        self._lock = threading.Lock()

    def token(self) -> str:
        """Raises MailboxError when the provider cannot be reached, LoginRefused when it says no."""
        with self._lock:
            if self._token.get("expires_at", 0) - EARLY_SECONDS < time.time():
                self._token = self._fetch()
            return str(self._token["access_token"])

    def renew(self) -> str:
        with self._lock:
            self._token = {}
        return self.token()

    def _fetch(self) -> dict[str, Any]:
        refresh = self._remembered() or self._given
        token = request_token(self.application, refresh)
        if token.get("refresh_token") not in (None, refresh):
            self._remember(str(token["refresh_token"]))
        return {**token, "expires_at": time.time() + float(token.get("expires_in", 600))}

    def _remembered(self) -> str:
        """The newest refresh token, unless another one was given since (the memory names the one it came from)."""
        if self._memory is None or not self._memory.is_file():
            return ""
        kept = json.loads(self._memory.read_text(encoding="utf-8"))
        return str(kept["refresh_token"]) if kept["given"] == _mark(self._given) else ""

    def _remember(self, refresh_token: str) -> None:
        if self._memory is None:
            return
        self._memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._memory.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"given": _mark(self._given), "refresh_token": refresh_token}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._memory)


def request_token(application: Application, refresh_token: str = "") -> dict[str, Any]:
    """One request to the token endpoint (RFC 6749, sections 4.4 and 6): its answer, which has an access_token."""
    form = {"client_id": application.client_id, **_proof(application)}
    form |= {"scope": application.scope} if application.scope else {}
    if refresh_token:
        form |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
    else:
        form |= {"grant_type": "client_credentials"}
    verify = ssl.create_default_context(cafile=str(application.ca_file) if application.ca_file else None)
    try:
        # No proxy from the environment: the secret goes where the configuration says, and nowhere else.
        with httpx.Client(verify=verify, timeout=application.timeout_seconds, trust_env=False) as client:
            answer = client.post(application.token_url, data=form)
            token = answer.json()
    except httpx.HTTPError as error:
        raise MailboxError(
            f"no token from {application.token_url} ({str(error) or type(error).__name__})",
            "It is tried again; see mailbox.oauth_token_url, mailbox.oauth_ca_file and the network",
        ) from None
    except ValueError:
        token = {}
    return _checked(token, answer.status_code, application.token_url)


def _checked(token: Any, status: int, url: str) -> dict[str, Any]:
    if isinstance(token, dict) and "access_token" in token:
        return token
    # A provider's error code is a word of RFC 6749, section 5.2; its description may name people, and is not shown.
    code = token.get("error") if isinstance(token, dict) else None
    if code is not None and status < SERVER_ERROR:
        raise LoginRefused(
            f"{url} gives no token ({str(code)[:60]})",
            "See mailbox.oauth_client_id, its secret or certificate, and whether the refresh token still holds",
        )
    raise MailboxError(f"{url} answers {status} without a token", "It is tried again; see mailbox.oauth_token_url")


def _proof(application: Application) -> dict[str, str]:
    """That it is this application which asks: its secret, or an assertion signed with its key."""
    if application.certificate is None:
        return {"client_secret": application.client_secret}
    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": _assertion(application, application.certificate),
    }


def _assertion(application: Application, file: Path) -> str:
    """A signed JWT (RFC 7523, section 3); x5t names the certificate (RFC 7515, section 4.1.7)."""
    try:
        pem = file.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        key = load_pem_private_key(pem[pem.index(b"-----BEGIN PRIVATE KEY") :], None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"mailbox.oauth_certificate_file {file} cannot be used ({error})",
            "Expected: a PEM file with the certificate and its private key (PKCS #8, RSA)",
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(f"mailbox.oauth_certificate_file {file} holds no RSA key", "Make the key with RSA")
    issued = int(time.time())
    thumbprint = certificate.fingerprint(SHA1())  # noqa: S303 - a name for the certificate, set by the RFC
    header = {"alg": "RS256", "typ": "JWT", "x5t": _base64url(thumbprint)}
    claims = {
        **{"iss": application.client_id, "sub": application.client_id, "aud": application.token_url},
        **{"jti": uuid.uuid4().hex, "iat": issued, "nbf": issued, "exp": issued + ASSERTION_SECONDS},
    }
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{_base64url(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _mark(secret: str) -> str:
    """Tells two secrets apart without keeping either."""
    return sha256(secret.encode()).hexdigest()[:12]
