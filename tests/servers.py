"""Real IMAP servers for tests: pymap in memory, Dovecot over TLS with a certificate made for the test."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from imapclient import IMAPClient

from ingest.mailbox import Account

WAIT_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """A running server with one mailbox, and how to put mail there."""

    port: int
    username: str
    password: str
    tls: Literal["tls", "starttls", "none"] = "none"
    ca_file: Path | None = None
    host: str = "localhost"

    def account(self, **changes: object) -> Account:
        fields = {
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "tls": self.tls,
            "ca_file": self.ca_file,
            "timeout_seconds": 10,
        }
        return Account(**{**fields, **changes})  # type: ignore[arg-type]

    @contextlib.contextmanager
    def client(self) -> Iterator[IMAPClient]:
        context = ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file else None
        client = IMAPClient(self.host, port=self.port, ssl=self.tls == "tls", ssl_context=context, timeout=10)
        client.login(self.username, self.password)
        try:
            yield client
        finally:
            client.logout()

    def deliver(self, content: bytes, at: datetime | None = None, folder: str = "INBOX") -> None:
        with self.client() as client:
            client.append(folder, content, msg_time=at)

    def environment(self, data_dir: Path) -> dict[str, str]:
        """Settings for an `intake` process that polls this server."""
        settings = {
            "INTAKE_DATA_DIR": str(data_dir),
            "INTAKE_MAILBOX_HOST": self.host,
            "INTAKE_MAILBOX_PORT": str(self.port),
            "INTAKE_MAILBOX_USERNAME": self.username,
            "INTAKE_MAILBOX_PASSWORD": self.password,
            "INTAKE_MAILBOX_TLS": self.tls,
        }
        if self.ca_file:
            settings["INTAKE_MAILBOX_CA_FILE"] = str(self.ca_file)
        return {**os.environ, **settings}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_pymap() -> Iterator[Server]:
    port = free_port()
    program = Path(sys.executable).with_name("pymap")
    arguments = [str(program), "--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Server(port, "demouser", "demopass", host="127.0.0.1")
    finally:
        process.terminate()
        process.wait(timeout=10)


DOVECOT_CONF = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 0
mail_uid = {uid}
mail_gid = {gid}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""


def dovecot_program() -> str | None:
    found = shutil.which("dovecot") or "/usr/sbin/dovecot"
    return found if Path(found).exists() and os.getuid() == 0 else None


@contextlib.contextmanager
def running_dovecot(folder: Path, extra: str = "", files: dict[str, str] | None = None) -> Iterator[Server]:
    """Dovecot with TLS on a free port; its mail and certificate lie in `folder`.

    `extra` goes to the end of its configuration, `files` beside it; {folder} in both is where they lie.
    """
    program = dovecot_program()
    assert program is not None
    # Its sockets' paths are limited to 108 characters, and its mail user must reach the folder.
    home = Path("/tmp") / f"intake-dovecot-{os.getpid()}-{time.monotonic_ns() % 10**9}"
    home.mkdir(mode=0o755)
    (home / "mail").mkdir()
    make_certificate(home)
    shutil.copy(home / "server.pem", folder / "ca.pem")
    shutil.chown(home / "mail", "dovecot", "dovecot")
    user, uid, gid = "dovecot", _id("passwd", "dovecot"), _id("group", "dovecot")
    port = free_port()
    conf = home / "dovecot.conf"
    text = DOVECOT_CONF.format(folder=home, user=user, group=user, uid=uid, gid=gid, port=port)
    conf.write_text(text + extra.replace("{folder}", str(home)))
    for name, content in (files or {}).items():
        (home / name).write_text(content)
    process = subprocess.Popen([program, "-F", "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_for(port, process)
        yield Server(port, "cop", "secret", "tls", folder / "ca.pem")
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(home, ignore_errors=True)


def make_certificate(folder: Path, name: str = "localhost") -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName=DNS:{name}"),
            *("-keyout", str(folder / "server.key"), "-out", str(folder / "server.pem")),
        ],
        check=True,
        capture_output=True,
    )


def _id(table: str, name: str) -> int:
    line = subprocess.run(["getent", table, name], check=True, capture_output=True, text=True).stdout
    return int(line.split(":")[2])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(
                f"the server ended with {process.returncode}: {process.stderr and process.stderr.read()!r}"
            )
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")
