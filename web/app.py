"""Datasette with the desk in it, and the server that shows it."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from pathlib import Path
from typing import Any, Final

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm

from core.config import Config
from core.consultation import Consultation
from core.errors import ConfigError
from ingest.archive import Archive
from store.decide import Decider
from web import plugin
from web.access import Access, RateLimit, secret_of
from web.accounts import load_accounts
from web.desk import Desk
from web.saved import QUERIES

HERE: Final = Path(__file__).parent
DATABASE: Final = "intake"
KEPT: Final = frozenset(
    {
        "datasette.facets",
        "datasette.filters",
        "datasette.sql_functions",
        "datasette.default_permissions",
        "datasette.blob_renderer",
    }
)
"""The rest of Datasette's plugins go, and any that happens to be installed: the desk has its own sign-in and error pages."""


def make_desk(config: Config, consultation: Consultation) -> Desk:
    """Open database and archive. Raises StoreError, or IntakeError for accounts that cannot be read."""
    access = Access(config.web, config.accounts_file, secret_of(config.data_dir))
    load_accounts(config.accounts_file)
    return Desk(
        config=config,
        consultation=consultation,
        archive=Archive(config.archive_dir),
        access=access,
        decider=Decider(config.database),
        limit=RateLimit(config.web.sign_in_tries),
    )


def make_datasette(desk: Desk) -> Any:
    """Datasette over the database, opened for reading, with our pages before its own."""
    for name, _ in pm.list_name_plugin():
        if name not in KEPT and name != "desk":
            pm.unregister(name=name)
    if not pm.is_registered(plugin):
        pm.register(plugin, name="desk")
    datasette = Datasette(
        files=[str(desk.config.database)],
        template_dir=str(HERE / "templates"),
        static_mounts=[("desk", str(HERE / "static"))],
        secret=desk.access.secret,
        metadata={"title": desk.consultation.reference, "databases": {DATABASE: {"queries": QUERIES}}},
        settings={
            "sql_time_limit_ms": int(desk.config.web.sql_seconds * 1000),
            "max_returned_rows": 2000,
            "default_allow_sql": False,
            "allow_download": False,
            "allow_csv_stream": False,
            "allow_signed_tokens": False,
            "suggest_facets": False,
            "num_sql_threads": 4,
            "default_cache_ttl": 0,
        },
    )
    datasette.desk = desk
    datasette.jinja_env.trim_blocks = datasette.jinja_env.lstrip_blocks = True
    datasette.static_mark = static_mark()
    return datasette


def static_mark() -> str:
    """Changes with our style and script, so that browsers fetch new ones and keep old ones."""
    digest = hashlib.sha256()
    for file in sorted((HERE / "static").iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def make_server(desk: Desk) -> uvicorn.Server:
    web = desk.config.web
    return uvicorn.Server(
        uvicorn.Config(
            make_datasette(desk).app(),
            host=web.host,
            port=web.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the desk itself decides whose X-Forwarded-For it believes
            timeout_graceful_shutdown=5,
        )
    )


def serve(config: Config, consultation: Consultation) -> None:
    """Serve the desk until SIGTERM or Ctrl-C. Raises ConfigError where nobody could sign in, or it would be open to all."""
    check_settings(config)
    desk = make_desk(config, consultation)
    try:
        make_server(desk).run()
    finally:
        desk.decider.close()


def check_settings(config: Config) -> None:
    if not load_accounts(config.accounts_file) and not config.web.proxy_addresses:
        raise ConfigError(
            "nobody may use the desk yet",
            "Add yourself: `intake users add NAME --role administrator`; then serve again",
        )
    if not _loopback(config.web.host) and not config.web.public_url.startswith("https://"):
        logging.getLogger("intake.web").warning(
            "the desk is reachable from other machines without TLS; put a reverse proxy before it and set web.public_url"
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
