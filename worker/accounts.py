"""From the settings of a mailbox to the account that signs in to it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.config import MailboxConfig, named_secret
from core.errors import ConfigError
from ingest.account import LOOPBACK, Account, AfterCommit
from ingest.oauth import Application, Tokens

NEEDED: Final = ("host", "username")


def make_account(section: str, mailbox: MailboxConfig, data_dir: Path) -> Account:
    """`section`: where the settings stand, mailbox or mailboxes.NAME. Raises ConfigError for what is missing."""
    for key in NEEDED:
        if not getattr(mailbox, key):
            variable = f", or INTAKE_MAILBOX_{key.upper()}" if section == "mailbox" else ""
            raise ConfigError(
                f"no mailbox is set: {section}.{key} is empty",
                f"Set {section}.{key} in config.toml{variable}; the README says how",
            )
    _refuse_plain_text(section, mailbox)
    secrets = section.replace(".", "_")
    tokens = _tokens(section, mailbox, data_dir) if mailbox.oauth_token_url else None
    return Account(
        host=mailbox.host,
        port=mailbox.effective_port,
        username=mailbox.username,
        password="" if tokens else named_secret(secrets, "password", mailbox.password_file),
        tokens=tokens,
        folder=mailbox.folder,
        tls=mailbox.tls,
        min_tls=mailbox.min_tls,
        ca_file=mailbox.ca_file,
        timeout_seconds=mailbox.timeout_seconds,
        batch=mailbox.batch,
        batch_mib=mailbox.batch_mib,
        poll_seconds=mailbox.poll_minutes * 60,
        after=AfterCommit(mailbox.after, mailbox.after_keyword, mailbox.after_folder),
    )


def _refuse_plain_text(section: str, mailbox: MailboxConfig) -> None:
    if mailbox.tls != "none" or mailbox.host in LOOPBACK or mailbox.readable_by_all_on_the_way:
        return
    raise ConfigError(
        f'{section}.tls = "none": password and mail would travel readable to {mailbox.host}',
        f'Set {section}.tls = "tls" or "starttls"; or {section}.readable_by_all_on_the_way = true, if that is meant',
    )


def _tokens(section: str, mailbox: MailboxConfig, data_dir: Path) -> Tokens:
    secrets = section.replace(".", "_")
    if not mailbox.oauth_client_id:
        raise ConfigError(
            f"{section}.oauth_client_id is empty", "Set it to the application's id at the identity provider"
        )
    if not mailbox.oauth_token_url.startswith("https://") and not _is_local(mailbox.oauth_token_url):
        raise ConfigError(
            f"{section}.oauth_token_url: the secret would travel readable", "Give an address with https://"
        )
    application = Application(
        token_url=mailbox.oauth_token_url,
        client_id=mailbox.oauth_client_id,
        client_secret=named_secret(
            secrets,
            "oauth_client_secret",
            mailbox.oauth_client_secret_file,
            needed=mailbox.oauth_certificate_file is None,
        ),
        certificate=mailbox.oauth_certificate_file,
        scope=mailbox.oauth_scope,
        ca_file=mailbox.oauth_ca_file,
        timeout_seconds=min(30, mailbox.timeout_seconds),
    )
    refresh = named_secret(secrets, "oauth_refresh_token", mailbox.oauth_refresh_token_file, needed=False)
    return Tokens(application, refresh, data_dir / "tokens" / f"{secrets}.json")


def _is_local(url: str) -> bool:
    return any(url.startswith((f"http://{host}:", f"http://{host}/", f"http://[{host}]")) for host in LOOPBACK)
