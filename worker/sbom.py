"""A bill of materials of this environment, CycloneDX 1.5 as JSON: `python -m worker.sbom`."""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, distributions
from typing import Any

from core.clock import now, to_iso


def bill_of_materials() -> dict[str, Any]:
    """Every installed distribution: name, version, licence, package URL."""
    found = {dist.metadata["Name"].lower(): dist for dist in distributions() if dist.metadata["Name"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"timestamp": to_iso(now()), "component": {"type": "application", "name": "untoc-intake"}},
        "components": [_component(found[name]) for name in sorted(found) if name != "untoc-intake"],
    }


def _component(dist: Distribution) -> dict[str, Any]:
    name, version = dist.metadata["Name"], dist.version
    licence = _field(dist, "License-Expression") or _classified(dist) or "unknown"
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        "licenses": [{"license": {"name": licence}}],
    }


def _field(dist: Distribution, name: str) -> str:
    return next(iter(dist.metadata.get_all(name) or []), "")


def _classified(dist: Distribution) -> str:
    classes = dist.metadata.get_all("Classifier") or []
    names = [line.rsplit(" :: ", 1)[1] for line in classes if line.startswith("License ::")]
    return ", ".join(names) or _field(dist, "License").split("\n")[0][:80]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill_of_materials(), ensure_ascii=False, indent=1) + "\n")
