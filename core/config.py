"""Configuration: config.toml < INTAKE_* environment < flags. Secrets never stand in config.toml.

A wrong key or value raises ConfigError with the file, the key and what was expected.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import ConfigError

ENVIRONMENT_PREFIX = "INTAKE_"
CONFIG_VARIABLE = "INTAKE_CONFIG"
PASSWORD_VARIABLE = "INTAKE_MAILBOX_PASSWORD"  # noqa: S105 - the name of a variable
SEND_PASSWORD_VARIABLE = "INTAKE_SEND_PASSWORD"  # noqa: S105 - the name of a variable
OAUTH_VARIABLES = ("INTAKE_MAILBOX_OAUTH_CLIENT_SECRET", "INTAKE_MAILBOX_OAUTH_REFRESH_TOKEN")
SECRET_ENDINGS = ("_PASSWORD", "_OAUTH_CLIENT_SECRET", "_OAUTH_REFRESH_TOKEN")


Language = Literal["ar", "zh", "en", "fr", "ru", "es"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def listed(value: Any) -> Any:
    """A list from the environment is written with commas."""
    return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


class MailboxConfig(Section):
    host: str = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    username: str = ""
    password_file: Path | None = None
    tls: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    min_tls: Literal["1.2", "1.3"] = "1.2"
    readable_by_all_on_the_way: bool = False
    folder: str = Field(default="INBOX", min_length=1)
    more_folders: tuple[str, ...] = ()
    after: Literal["nothing", "seen", "flagged", "keyword", "move"] = "nothing"
    after_keyword: str = Field(default="$Intake", pattern=r"^[A-Za-z0-9$_.-]+$")
    after_folder: str = Field(default="Processed", min_length=1)
    batch: int = Field(default=50, ge=1, le=1000)
    batch_mib: float = Field(default=32, gt=0, le=1024)
    timeout_seconds: float = Field(default=60, gt=0, le=3600)
    poll_minutes: float = Field(default=5, gt=0, le=1440)
    oauth_token_url: str = Field(default="", pattern=r"^$|^https?://")
    oauth_client_id: str = ""
    oauth_client_secret_file: Path | None = None
    oauth_certificate_file: Path | None = None
    oauth_refresh_token_file: Path | None = None
    oauth_scope: str = ""
    oauth_ca_file: Path | None = None

    _split = field_validator("more_folders", mode="before")(listed)

    @property
    def folders(self) -> tuple[str, ...]:
        """All folders that are watched, each once."""
        return tuple(dict.fromkeys((self.folder, *self.more_folders)))

    @property
    def effective_port(self) -> int:
        """993 for IMAP over TLS, else 143 (RFC 8314, section 3.2; RFC 9051)."""
        return self.port or (993 if self.tls == "tls" else 143)


class ProcessingConfig(Section):
    workers: int = Field(default=1, ge=1, le=64)
    group: int = Field(default=20, ge=1, le=1000)
    seconds: float = Field(default=900, gt=0, le=86400)
    recycle: int = Field(default=2000, ge=1)


class MessagesConfig(Section):
    max_mib: int = Field(default=100, ge=1)
    max_parts: int = Field(default=500, ge=1)
    max_depth: int = Field(default=20, ge=1, le=50)
    header_kib: int = Field(default=1024, ge=16)
    html_elements: int = Field(default=100_000, ge=1000)
    max_text: int = Field(default=4_000_000, ge=1000)


class AttachmentsConfig(Section):
    seconds: float = Field(default=120, gt=0, le=3600)
    message_seconds: float = Field(default=300, gt=0, le=36000)
    memory_mib: int = Field(default=1024, ge=256)
    processes: int = Field(default=64, ge=4)
    max_mib: int = Field(default=50, ge=1)
    unpacked_mib: int = Field(default=100, ge=1)
    max_files: int = Field(default=200, ge=1)
    max_nesting: int = Field(default=5, ge=1, le=20)
    max_pages: int = Field(default=60, ge=1)
    max_text: int = Field(default=2_000_000, ge=1000)
    ocr: bool = True
    ocr_dpi: int = Field(default=200, ge=100, le=600)


class ClassifyConfig(Section):
    threshold: float = Field(default=0.9, ge=0, le=1)
    kind_threshold: float = Field(default=0.8, ge=0, le=1)
    state_threshold: float = Field(default=0.8, ge=0, le=1)
    ocr_threshold: float = Field(default=0.75, ge=0, le=1)


class AuthenticationConfig(Section):
    receiving_server: str = ""
    dns: bool = False
    nameservers: tuple[str, ...] = ()
    port: int = Field(default=53, ge=1, le=65535)
    timeout_seconds: float = Field(default=5, gt=0, le=60)
    sealers: tuple[str, ...] = ()

    _split = field_validator("nameservers", "sealers", mode="before")(listed)


class DeadlineConfig(Section):
    received_by: str = ""


class ScansConfig(Section):
    folder: Path | None = None
    every_seconds: float = Field(default=60, gt=0, le=86400)
    settle_seconds: float = Field(default=10, ge=0, le=3600)


class ScheduleConfig(Section):
    weekly_cron: str = "0 7 * * mon"

    @field_validator("weekly_cron")
    @classmethod
    def _five_fields(cls, value: str) -> str:
        if len(value.split()) != 5:
            raise ValueError("five cron fields are expected: minute hour day month weekday")
        return value


class StorageConfig(Section):
    min_free_mib: int = Field(default=500, ge=0)


class HealthConfig(Section):
    listen: str = Field(default="", pattern=r"^$|^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$")
    unwell_minutes: float = Field(default=30, gt=0)


class AlertsConfig(Section):
    recipients: tuple[str, ...] = ()
    after_minutes: float = Field(default=15, ge=0)

    _split = field_validator("recipients", mode="before")(listed)


class BackupConfig(Section):
    folder: Path | None = None
    keep: int = Field(default=14, ge=1)
    cron: str = ""
    encrypt_to: str = Field(default="", pattern=r"^$|^age:\S+$|^gpg:\S+$")


class RetentionConfig(Section):
    days: int = Field(default=0, ge=0)
    cron: str = "30 3 * * *"


class ReportConfig(Section):
    languages: tuple[Language, ...] = ("en",)
    formats: tuple[Literal["text", "html", "docx", "pdf", "xlsx", "csv", "json"], ...] = (
        "text",
        "html",
        "docx",
        "pdf",
        "xlsx",
        "json",
    )
    style: Path | None = None

    _split = field_validator("languages", "formats", mode="before")(listed)


class SendConfig(Section):
    host: str = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    tls: Literal["tls", "starttls", "none"] = "starttls"
    ca_file: Path | None = None
    username: str = ""
    auth: Literal["password", "xoauth2"] = "password"
    password_file: Path | None = None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    language: Language = "en"
    attach: tuple[Literal["docx", "pdf", "xlsx"], ...] = ("pdf", "docx")
    retry_minutes: float = Field(default=10, gt=0, le=1440)
    timeout_seconds: float = Field(default=60, gt=0, le=3600)

    @property
    def effective_port(self) -> int:
        """587 for submission with STARTTLS, 465 over TLS (RFC 8314, sections 3.3 and 7.3)."""
        return self.port or {"tls": 465, "starttls": 587, "none": 25}[self.tls]

    _split = field_validator("recipients", "attach", mode="before")(listed)

    @field_validator("sender", "recipients")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        for address in (value,) if isinstance(value, str) else value:
            if address and ("@" not in parseaddr(address)[1] or any(char in address for char in "\r\n")):
                raise ValueError(f"{address!r} is no mail address")
        return value


class DraftsConfig(Section):
    folder: str = "Drafts"
    sender: str = ""


class WebConfig(Section):
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8009, ge=1, le=65535)
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+/?)?$")
    language: Literal["en", "fr"] = "en"
    time_zone: str = ""
    session_hours: float = Field(default=9, gt=0, le=168)
    sign_in_tries: int = Field(default=5, ge=1, le=100)
    proxy_addresses: tuple[str, ...] = ()
    proxy_header: str = Field(default="X-Remote-User", pattern=r"^[A-Za-z0-9-]+$")
    proxy_role: Literal["none", "viewer", "reviewer", "administrator"] = "viewer"
    sql_seconds: float = Field(default=5, gt=0, le=600)

    @field_validator("proxy_addresses", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """The environment gives a list as words between commas."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("proxy_addresses")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            try:
                ipaddress.ip_network(address, strict=False)
            except ValueError:
                raise ValueError("addresses or networks, such as 127.0.0.1 or 10.0.0.0/24") from None
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value or "UTC")
        except (KeyError, ValueError, OSError):
            raise ValueError("a zone of the IANA time zone database, such as Europe/Vienna") from None
        return value


class LogConfig(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Config(Section):
    """Everything that can be set. Paths are absolute once loaded."""

    data_dir: Path = Path("var")
    consultation: str = "cu-2009-92"
    mailbox: MailboxConfig = MailboxConfig()
    mailboxes: dict[str, MailboxConfig] = {}
    """Further mailboxes by a name of the office's choice."""
    processing: ProcessingConfig = ProcessingConfig()
    messages: MessagesConfig = MessagesConfig()
    attachments: AttachmentsConfig = AttachmentsConfig()
    classify: ClassifyConfig = ClassifyConfig()
    authentication: AuthenticationConfig = AuthenticationConfig()
    deadline: DeadlineConfig = DeadlineConfig()
    scans: ScansConfig = ScansConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    storage: StorageConfig = StorageConfig()
    health: HealthConfig = HealthConfig()
    alerts: AlertsConfig = AlertsConfig()
    backup: BackupConfig = BackupConfig()
    retention: RetentionConfig = RetentionConfig()
    report: ReportConfig = ReportConfig()
    send: SendConfig = SendConfig()
    drafts: DraftsConfig = DraftsConfig()

    web: WebConfig = WebConfig()
    log: LogConfig = LogConfig()
    base_dir: Path = Field(default=Path(), exclude=True)
    """The folder that relative paths start from: config.toml's own."""

    @property
    def database(self) -> Path:
        return self.data_dir / "intake.db"

    @property
    def archive_dir(self) -> Path:
        return self.data_dir / "archive"

    @property
    def scans_dir(self) -> Path:
        return self.scans.folder or self.data_dir / "scans"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def backup_dir(self) -> Path:
        return self.backup.folder or self.data_dir / "backups"

    @property
    def accounts_file(self) -> Path:
        """Who may use the desk: names, roles and hashed passwords."""
        return self.data_dir / "accounts.json"

    @property
    def reports_dir(self) -> Path:
        return self.data_dir / "reports"


def load_config(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read config.toml (or the file that --config or INTAKE_CONFIG names) and the environment over it.

    Raises ConfigError: a named file that is missing, broken TOML, an unknown key, a value out of range.
    """
    environment = os.environ if environment is None else environment
    chosen = path or (Path(environment[CONFIG_VARIABLE]) if environment.get(CONFIG_VARIABLE) else None)
    file = (chosen or Path("config.toml")).absolute()
    if chosen is not None and not file.is_file():
        raise ConfigError(f"{file}: no such configuration file", "Give --config the path of a config.toml")
    values = _read_toml(file) if file.is_file() else {}
    _refuse_secrets(values, file)
    origins = _override(values, environment)
    values["base_dir"] = file.parent
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise _as_config_error(error, file, origins) from None
    return _with_absolute_paths(config)


def mailbox_password(config: Config, environment: Mapping[str, str] | None = None) -> str:
    """The mailbox's password: from the environment, systemd's credentials, or mailbox.password_file.

    Raises ConfigError when there is none, or when its file cannot be read.
    """
    return named_secret("mailbox", "password", config.mailbox.password_file, environment)


def send_password(config: Config, environment: Mapping[str, str] | None = None) -> str:
    """The SMTP server's password, or OAuth 2.0 access token, from the same kinds of place as the mailbox's."""
    return named_secret("send", "password", config.send.password_file, environment)


def named_secret(
    section: str, name: str, file: Path | None, environment: Mapping[str, str] | None = None, needed: bool = True
) -> str:
    """A secret of a section: INTAKE_SECTION_NAME, the systemd credential section_name, or the file that a key names.

    Raises ConfigError when its file cannot be read, or when it is needed and there is none; else gives "".
    """
    environment = os.environ if environment is None else environment
    variable = f"{ENVIRONMENT_PREFIX}{section}_{name}".upper()
    if value := environment.get(variable):
        return value
    key = f"{section}.{name}_file"
    for path in _secret_files(f"{section}_{name}", file, environment):
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"the {name.replace('_', ' ')} of [{section}] cannot be read from {path} ({error})",
                f"Mend {key} or the file's access rights",
            ) from None
    if needed:
        raise ConfigError(
            f"no {name.replace('_', ' ')} for the {section}", f"Set {variable}, or {key} to a file that holds it"
        )
    return ""


def _secret_files(credential: str, named: Path | None, environment: Mapping[str, str]) -> Iterator[Path]:
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    if credentials and (file := Path(credentials) / credential).exists():
        yield file
    if named is not None:
        yield named


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}", "Mend the line that is named") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", "Mend its access rights") from None


def _refuse_secrets(values: Mapping[str, Any], file: Path) -> None:
    for name, variable in (("mailbox", PASSWORD_VARIABLE), ("send", SEND_PASSWORD_VARIABLE)):
        section = values.get(name)
        if isinstance(section, dict) and "password" in section:
            raise ConfigError(
                f"{file}: {name}.password: a password must not stand in config.toml",
                f"Take it out; set {variable}, or {name}.password_file to a file that holds it",
            )


def _override(values: dict[str, Any], environment: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Lay INTAKE_* over the file's values, in place. Returns which variable each key came from."""
    known = _variables()
    origins: dict[tuple[str, ...], str] = {}
    for name, value in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX) or _is_no_setting(name):
            continue
        if name not in known:
            raise ConfigError(f"environment: {name}: no such setting", _nearest(name, known))
        *sections, key = known[name]
        target = values
        for section in sections:
            target = target.setdefault(section, {})
        target[key] = value
        origins[known[name]] = name
    return origins


def _is_no_setting(name: str) -> bool:
    """Secrets and the configuration's own path: read elsewhere, and never part of a Config."""
    further = name.startswith(f"{ENVIRONMENT_PREFIX}MAILBOXES_") and name.endswith(SECRET_ENDINGS)
    return further or name in (CONFIG_VARIABLE, PASSWORD_VARIABLE, SEND_PASSWORD_VARIABLE, *OAUTH_VARIABLES)


def _variables() -> dict[str, tuple[str, ...]]:
    """`INTAKE_MAILBOX_HOST` -> ("mailbox", "host"), for every key there is."""
    names: dict[str, tuple[str, ...]] = {}
    for key, info in Config.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, Section):
            for inner in section.model_fields:
                names[f"{ENVIRONMENT_PREFIX}{key}_{inner}".upper()] = (key, inner)
        elif key not in ("base_dir", "mailboxes"):
            names[f"{ENVIRONMENT_PREFIX}{key}".upper()] = (key,)
    return names


def _as_config_error(error: ValidationError, file: Path, origins: Mapping[tuple[str, ...], str]) -> ConfigError:
    first = error.errors()[0]
    location = tuple(str(step) for step in first["loc"])
    key = ".".join(location)
    where = f"environment: {origins[location]}" if location in origins else f"{file}: {key}"
    if first["type"] == "extra_forbidden":
        known = [".".join(steps) for steps in _variables().values()]
        return ConfigError(f"{where}: no such key", _nearest(key, known))
    return ConfigError(f"{where}: {first['input']!r} is not accepted", f"Expected: {_expectation(first['msg'])}")


def _expectation(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def _nearest(name: str, known: Mapping[str, Any] | list[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(sorted(known))}"


def _with_absolute_paths(config: Config) -> Config:
    base = config.base_dir

    def absolute(path: Path | None) -> Path | None:
        return None if path is None else (base / path.expanduser())

    def settled(mailbox: MailboxConfig) -> MailboxConfig:
        return mailbox.model_copy(update={name: absolute(getattr(mailbox, name)) for name in _MAILBOX_PATHS})

    return config.model_copy(
        update={
            "data_dir": absolute(config.data_dir),
            "mailbox": settled(config.mailbox),
            "mailboxes": {name: settled(mailbox) for name, mailbox in config.mailboxes.items()},
            "send": config.send.model_copy(
                update={"password_file": absolute(config.send.password_file), "ca_file": absolute(config.send.ca_file)}
            ),
            "report": config.report.model_copy(update={"style": absolute(config.report.style)}),
            "backup": config.backup.model_copy(update={"folder": absolute(config.backup.folder)}),
            "scans": config.scans.model_copy(update={"folder": absolute(config.scans.folder)}),
        }
    )


_MAILBOX_PATHS = (
    "password_file",
    "ca_file",
    "oauth_client_secret_file",
    "oauth_certificate_file",
    "oauth_refresh_token_file",
    "oauth_ca_file",
)
