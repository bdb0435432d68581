"""Sign-in by XOAUTH2 against Dovecot's own OAuth 2.0 driver, and TLS that must be refused."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from core.config import MailboxConfig
from core.errors import ConfigError, LoginRefused, MailboxError
from ingest.account import Account
from ingest.mailbox import Mailbox
from ingest.oauth import Application, Tokens
from tests.make import make_email
from tests.servers import Server, dovecot_program, running_dovecot, running_pymap
from worker.accounts import make_account

# --- OAuth 2.0 ---


class TokenServer:
    """An identity provider of one application: gives tokens, and tells Dovecot which are good."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.good: set[str] = set()
        self.refresh_token = "refresh-0"
        self.seconds = 3600
        self.broken = False
        self.certificate: x509.Certificate | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = {key: value[0] for key, value in parse_qs(self.rfile.read(length).decode()).items()}
                status, answer = outer.answer(self.path, form)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        if self.broken:
            return 503, b"<html>try later</html>"
        if path == "/introspect":
            return 200, json.dumps({"active": form["token"] in self.good, "username": "cop"}).encode()
        self.requests.append(form)
        if not self._is_the_application(form):
            return 401, b'{"error": "invalid_client", "error_description": "of a person"}'
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh_token:
            return 400, b'{"error": "invalid_grant"}'
        token = {"access_token": f"access-{len(self.requests)}", "expires_in": self.seconds, "token_type": "Bearer"}
        self.good.add(str(token["access_token"]))
        if form["grant_type"] == "refresh_token":
            self.refresh_token = f"refresh-{len(self.requests)}"
            token["refresh_token"] = self.refresh_token
        return 200, json.dumps(token).encode()

    def _is_the_application(self, form: dict[str, str]) -> bool:
        if form["client_id"] != "intake":
            return False
        if self.certificate is None:
            return form.get("client_secret") == "s3cret"
        head, body, signature = form["client_assertion"].split(".")
        key = self.certificate.public_key()
        key.verify(decoded(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())  # type: ignore[union-attr,call-arg,arg-type]
        claims = json.loads(decoded(body))
        return claims["aud"] == f"{self.url}/token" and claims["exp"] > time.time()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    server = TokenServer()
    yield server
    server.close()


OAUTH_CONF = """
auth_mechanisms = plain xoauth2
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}
"""


def application(provider: TokenServer, **changes: object) -> Application:
    fields = {"token_url": f"{provider.url}/token", "client_id": "intake", "client_secret": "s3cret"}
    return Application(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.skipif(dovecot_program() is None, reason="dovecot needs Debian's dovecot-imapd and root")
def test_xoauth2_with_dovecot(provider: TokenServer, tmp_path: Path) -> None:
    settings = f"introspection_mode = post\nintrospection_url = {provider.url}/introspect\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n"
    with running_dovecot(tmp_path, OAUTH_CONF, {"oauth2.conf": settings}) as server:
        server.deliver(make_email())
        tokens = Tokens(application(provider))
        account = server.account(tokens=tokens, password="")
        with Mailbox(account) as mailbox:
            assert mailbox.count() == 1
        with Mailbox(account) as mailbox:
            assert mailbox.count() == 1
        assert len(provider.requests) == 1, "the token in memory is used as long as it is good"
        provider.good.clear()  # withdrawn
        with Mailbox(account) as mailbox:
            assert mailbox.count() == 1
        assert len(provider.requests) == 2, "one fresh token, and in"
        provider.good = set()
        provider.answer = lambda path, form: (200, b'{"active": false, "access_token": "x"}')  # type: ignore[method-assign]
        with pytest.raises(LoginRefused, match="refuses the sign-in"), Mailbox(account):
            pass


def test_a_token_that_ends_is_renewed_before_it_does(provider: TokenServer) -> None:
    provider.seconds = 60
    tokens = Tokens(application(provider))
    assert tokens.token() != tokens.token()
    provider.seconds = 3600
    assert tokens.token() == tokens.token()


def test_a_refresh_token_that_the_provider_changes_is_kept_for_the_next_start(
    provider: TokenServer, tmp_path: Path
) -> None:
    memory = tmp_path / "tokens" / "mailbox.json"
    Tokens(application(provider), "refresh-0", memory).token()
    Tokens(application(provider), "refresh-0", memory).token()
    assert [form["refresh_token"] for form in provider.requests] == ["refresh-0", "refresh-1"]
    assert memory.stat().st_mode & 0o077 == 0
    provider.refresh_token = "given-anew"
    Tokens(application(provider), "given-anew", memory).token()


def test_a_certificate_instead_of_a_secret(provider: TokenServer, tmp_path: Path) -> None:
    pem = make_certificate(tmp_path, "intake")
    provider.certificate = x509.load_pem_x509_certificate(pem.read_bytes())
    assert Tokens(application(provider, client_secret="", certificate=pem)).token() == "access-1"
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(ConfigError, match=r"none\.pem cannot be used"):
        Tokens(application(provider, certificate=tmp_path / "none.pem")).token()


def test_what_the_provider_refuses_is_said_without_a_secret(provider: TokenServer) -> None:
    with pytest.raises(LoginRefused, match="invalid_client") as caught:
        Tokens(application(provider, client_secret="wr0ng")).token()
    assert "wr0ng" not in str(caught.value)
    assert "of a person" not in str(caught.value)
    provider.broken = True
    with pytest.raises(MailboxError, match="503") as caught_later:
        Tokens(application(provider)).token()
    assert not isinstance(caught_later.value, LoginRefused)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tls": "none"}, "would travel readable"),
        ({"oauth_token_url": "http://provider.example/token", "oauth_client_id": "x"}, "would travel readable"),
        ({"oauth_token_url": "https://provider.example/token"}, "oauth_client_id is empty"),
        ({"oauth_token_url": "https://provider.example/token", "oauth_client_id": "x"}, "no oauth client secret"),
    ],
)
def test_settings_that_would_be_unsafe_or_are_half_are_refused(
    tmp_path: Path, settings: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_MAILBOX_PASSWORD", "x")
    mailbox = MailboxConfig.model_validate({"host": "imap.example", "username": "cop", **settings})
    with pytest.raises(ConfigError, match=words):
        make_account("mailbox", mailbox, tmp_path)


# --- TLS ---


def make_certificate(folder: Path, name: str, ends: timedelta = timedelta(days=1)) -> Path:
    """A self-signed certificate with its key, in one PEM file."""
    key = generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = folder / f"{name}-{ends.days}.pem"
    path.write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


@pytest.fixture
def tls_server() -> Iterator[TlsServer]:
    server = TlsServer()
    yield server
    server.close()


class TlsServer:
    """Shakes hands, and no more."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])

    def serve(self, pem: Path, maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        context.maximum_version = maximum
        threading.Thread(target=self._serve, args=(context,), daemon=True).start()

    def _serve(self, context: ssl.SSLContext) -> None:
        try:
            client, _ = self.listener.accept()
            with context.wrap_socket(client, server_side=True) as wrapped:
                wrapped.sendall(b"* OK hello\r\n")
                while line := wrapped.recv(1000):
                    wrapped.sendall(line.split()[0] + b" NO not here\r\n")
        except OSError:
            pass

    def close(self) -> None:
        self.listener.close()


def signing_in(server: TlsServer, **changes: object) -> str:
    account = Account("localhost", server.port, "cop", "secret", timeout_seconds=5, **changes)  # type: ignore[arg-type]
    with pytest.raises(MailboxError) as caught, Mailbox(account):
        pass
    return str(caught.value)


def test_the_right_certificate_gets_as_far_as_imap(tls_server: TlsServer, tmp_path: Path) -> None:
    pem = make_certificate(tmp_path, "localhost")
    tls_server.serve(pem)
    assert "not IMAP4 compliant" in signing_in(tls_server, ca_file=pem), "TLS stands; that server speaks no IMAP"


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        ("localhost", -1, "certificate has expired"),
        ("other.example", 1, "not valid for 'localhost'"),
    ],
)
def test_a_wrong_certificate_is_refused(
    tls_server: TlsServer, tmp_path: Path, name: str, days: int, words: str
) -> None:
    pem = make_certificate(tmp_path, name, timedelta(days=days))
    tls_server.serve(pem)
    said = signing_in(tls_server, ca_file=pem)
    assert words in said
    assert "cannot be verified" in said


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server: TlsServer, tmp_path: Path) -> None:
    tls_server.serve(make_certificate(tmp_path, "localhost"))
    assert "self-signed certificate" in signing_in(tls_server)


def test_an_older_tls_than_is_accepted_is_refused(tls_server: TlsServer, tmp_path: Path) -> None:
    pem = make_certificate(tmp_path, "localhost")
    tls_server.serve(pem, ssl.TLSVersion.TLSv1_2)
    said = signing_in(tls_server, ca_file=pem, min_tls="1.3")
    assert "TLS 1.3 is the least that is accepted" in said


def test_a_server_that_takes_starttls_away_gets_no_password() -> None:
    with running_pymap() as server, pytest.raises(MailboxError, match="does not offer STARTTLS"):
        Mailbox(server.account(tls="starttls")).__enter__()


def test_a_ca_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ConfigError, match=r"ca\.pem cannot be used"):
        Mailbox(Server(993, "a", "b", "tls", tmp_path / "ca.pem").account()).__enter__()
