from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from core.config import Config, load_config, mailbox_password
from core.errors import ConfigError
from tests.make import REPOSITORY


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_config_says_the_defaults() -> None:
    shipped = load_config(REPOSITORY / "config.toml", {})
    assert shipped == load_config_of_defaults()


def load_config_of_defaults() -> Config:
    return Config(data_dir=REPOSITORY / "var", base_dir=REPOSITORY)


def test_shipped_config_names_every_key() -> None:
    text = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    values = tomllib.loads(re.sub(r"(?m)^# (?=[a-z_]+ = |\[)", "", text))
    for name, field in Config.model_fields.items():
        if name == "base_dir":
            continue
        assert name in values
        section = field.annotation
        if hasattr(section, "model_fields"):
            assert set(section.model_fields) == set(values[name]), name


def test_environment_lies_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[mailbox]\nhost = "one.example"\nport = 143\n')
    config = load_config(path, {"INTAKE_MAILBOX_HOST": "two.example", "INTAKE_DATA_DIR": "elsewhere"})
    assert (config.mailbox.host, config.mailbox.port) == ("two.example", 143)
    assert config.data_dir == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mailbox]\nhots = 'x'\n", ["mailbox.hots", "Did you mean mailbox.host"]),
        ("[mailbox]\nport = 'many'\n", ["mailbox.port", "many", "integer"]),
        ("[mailbox]\ntls = 'maybe'\n", ["mailbox.tls", "'tls'"]),
        ("[schedule]\nweekly_cron = 'monday'\n", ["schedule.weekly_cron", "five cron fields"]),
        ("data_dir = \n", ["not valid TOML"]),
        ("[mailbox]\npassword = 'secret'\n", ["must not stand in config.toml", "INTAKE_MAILBOX_PASSWORD"]),
    ],
)
def test_wrong_key_or_value_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, {})
    for word in [*words, str(path)]:
        assert word in str(caught.value)
    assert caught.value.exit_code == 2


def test_unknown_variable_is_named() -> None:
    with pytest.raises(ConfigError, match=r"INTAKE_MAILBOX_HOTS.*INTAKE_MAILBOX_HOST"):
        load_config(REPOSITORY / "config.toml", {"INTAKE_MAILBOX_HOTS": "x"})


def test_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        load_config(tmp_path / "none.toml", {})


def test_password_comes_from_environment_credential_or_file(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("from file\n", encoding="utf-8")
    (tmp_path / "mailbox_password").write_text("from systemd\n", encoding="utf-8")
    config = load_config(write(tmp_path, '[mailbox]\npassword_file = "pw"\n'), {})
    assert mailbox_password(config, {}) == "from file"
    assert mailbox_password(config, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "from systemd"
    assert mailbox_password(config, {"INTAKE_MAILBOX_PASSWORD": "from env"}) == "from env"
    with pytest.raises(ConfigError, match="no password"):
        mailbox_password(Config(), {})
