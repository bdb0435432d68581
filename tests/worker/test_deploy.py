"""What is shipped for running it: the units, the image, the installer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.make import REPOSITORY

UNITS = sorted((REPOSITORY / "deploy" / "systemd").glob("*.service"))
analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


@pytest.fixture
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit whose program exists on this machine."""
    text = request.param.read_text(encoding="utf-8").replace("/opt/intake/current/deploy/intake", "/bin/true")
    path = tmp_path / str(request.param.name)
    path.write_text(text, encoding="utf-8")
    return path


@analyze
@pytest.mark.parametrize("unit", UNITS, indirect=True, ids=lambda path: path.name)
def test_units_are_right_and_little_exposed(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    [level] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(level) < 2.5


def test_every_setting_that_the_deployment_names_is_one() -> None:
    from core.config import _is_no_setting, _variables  # noqa: PLC0415

    for path in sorted((REPOSITORY / "deploy").rglob("*")):
        if path.is_file():
            for name in re.findall(r"\bINTAKE_[A-Z_]+\b", path.read_text(encoding="utf-8")):
                if name.endswith("_"):
                    continue
                assert name in _variables() or _is_no_setting(name), (path.name, name)


def test_image_has_every_debian_package_that_reading_needs() -> None:
    text = (REPOSITORY / "deploy" / "docker" / "Dockerfile").read_text(encoding="utf-8")
    for line in (REPOSITORY / "apt.txt").read_text(encoding="utf-8").splitlines():
        package, _, what = line.partition("#")
        if what.strip().startswith(("scanned letters", "zip", "HEIC", "winmail")):
            assert package.strip() in text, package


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_installer_makes_a_release_that_runs_upgrades_and_goes_back(tmp_path: Path) -> None:
    """In a root of its own; users and services are left alone there."""
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".git", ".venv", "var", "*_cache", "__pycache__")
    shutil.copytree(REPOSITORY, source, ignore=ignored)
    root = tmp_path / "root"
    environment = {**os.environ, "DEPLOY_ROOT": str(root), "DEPLOY_PYTHON": sys.executable}

    def install(*arguments: str) -> str:
        done = subprocess.run(
            [source / "deploy" / "install", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def intake(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = root / "opt/intake/current/deploy/intake"
        settings = ["--config", root / "etc/intake/config.toml", "--data-dir", root / "var/lib/intake"]
        return subprocess.run([program, *settings, *arguments], capture_output=True, text=True, check=False)

    assert "0.1.0 is current" in install()
    assert intake("init").returncode == 0
    project = source / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "0.1.0"', 'version = "0.2.0"', 1))
    said = install()
    assert "backing up" in said
    assert "0.2.0 is current" in said
    assert len(list((root / "var/lib/intake/backups").glob("intake-*.tar"))) == 1
    assert "0.1.0 is current" in install("--back")
    assert intake("status").returncode == 0
    assert (root / "etc/intake/credentials").stat().st_mode & 0o077 == 0
