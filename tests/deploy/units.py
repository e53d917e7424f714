"""Reads the systemd units in deploy/systemd, as far as they say which command runs with which environment."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"


@dataclass
class Unit:
    """One file: `settings` are its lines by section and name, in order."""

    name: str
    settings: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str) -> "Unit":
        unit, section = cls(name), ""
        for line in (UNITS / name).read_text().splitlines():
            if not line or line.startswith(("#", ";")):
                continue
            if line.startswith("["):
                section = line.strip("[]")
                continue
            key, _, value = line.partition("=")
            unit.settings.setdefault((section, key), []).append(value)
        return unit

    def all(self, key: str, section: str = "Service") -> list[str]:
        """Every value of `key`."""
        return self.settings.get((section, key), [])

    def one(self, key: str, section: str = "Service") -> str:
        """The last value of `key`, as systemd takes it; "" without one."""
        return (self.all(key, section) or [""])[-1]

    def environment(self, instance: str = "", file: dict[str, str] | None = None) -> dict[str, str]:
        """What the command finds: the file's lines win over the unit's, as systemd does it."""
        own = dict(specified(each, instance).split("=", 1) for each in self.all("Environment"))
        return own | (file or {})

    def command(self, instance: str = "", environment: dict[str, str] | None = None) -> list[str]:
        """The words of ExecStart."""
        known = environment or {}
        words = shlex.split(specified(self.one("ExecStart"), instance))
        return [re.sub(r"\$\{(\w+)\}", lambda found: known[found[1]], word) for word in words]


def specified(text: str, instance: str) -> str:
    """`text` with its specifiers replaced: %i is the instance, %% a percent sign; we use no others."""
    return re.sub(r"%(.)", lambda found: {"i": instance, "%": "%"}[found[1]], text)
