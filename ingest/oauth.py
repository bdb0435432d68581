"""Bearer tokens for a mailbox (OAuth 2.0, RFC 6749), as Exchange Online and Gmail want them.

By refresh token, or by the application's own right (client credentials), with a client secret or a certificate
(RFC 7523). Only the token endpoint is spoken to, over verified TLS.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any, Final

import httpx
from authlib.common.encoding import to_unicode, urlsafe_b64encode
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from core.errors import ConfigError, LoginRefused, MailboxError

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
        application = self.application
        try:
            with _client(application) as client:
                if refresh:
                    token = client.refresh_token(application.token_url, refresh_token=refresh)
                else:
                    token = client.fetch_token(application.token_url, grant_type="client_credentials")
        except OAuthError as error:
            raise LoginRefused(
                f"{application.token_url} gives no token ({error.error})",
                "See mailbox.oauth_client_id, its secret or certificate, and whether the refresh token still holds",
            ) from None
        except httpx.HTTPError as error:
            raise MailboxError(
                f"no token from {application.token_url} ({str(error) or type(error).__name__})",
                "It is tried again at the next poll; see mailbox.oauth_token_url and the network",
            ) from None
        if "access_token" not in token:
            raise MailboxError(
                f"{application.token_url} answers without a token", "See that mailbox.oauth_token_url is right"
            )
        if token.get("refresh_token") not in (None, refresh):
            self._remember(str(token["refresh_token"]))
        return {"expires_at": time.time() + 600, **token}

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


def _client(application: Application) -> OAuth2Client:
    client = OAuth2Client(
        application.client_id,
        application.client_secret or None,
        scope=application.scope or None,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
        verify=str(application.ca_file) if application.ca_file else True,
        timeout=application.timeout_seconds,
        trust_env=False,
    )
    if application.certificate is not None:
        _use_certificate(client, application)
    return client


def _use_certificate(client: OAuth2Client, application: Application) -> None:
    """Sign an assertion with the private key; x5t names the certificate (RFC 7515, section 4.1.7)."""
    assert application.certificate is not None  # noqa: S101 - the caller saw to it
    try:
        pem = application.certificate.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"mailbox.oauth_certificate_file {application.certificate} cannot be used ({error})",
            "Expected: a PEM file with a private key and its certificate",
        ) from None
    thumbprint = to_unicode(urlsafe_b64encode(sha1(certificate.public_bytes(Encoding.DER)).digest()))  # noqa: S324
    client.client_secret = _private_key(pem)
    client.token_endpoint_auth_method = PrivateKeyJWT(
        application.token_url, alg="RS256", headers={"x5t": thumbprint, "typ": "JWT"}
    )


def _private_key(pem: bytes) -> str:
    text = pem.decode("ascii", "replace")
    start = text.index("-----BEGIN", max(0, text.find("PRIVATE KEY") - 30))
    return text[start : text.index("-----END", start)] + text[text.index("-----END", start) :].split("\n", 1)[0] + "\n"


def _mark(secret: str) -> str:
    """Tells two secrets apart without keeping either."""
    return sha1(secret.encode(), usedforsecurity=False).hexdigest()[:12]
