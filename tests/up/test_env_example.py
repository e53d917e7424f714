"""deploy/env.example names every variable that is read, with its true default, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Read by Django, the supervisor, the engine and the browser tests, not by the settings.
ELSEWHERE = {"DJANGO_SETTINGS_MODULE", "PORT", "FORCE_COLOR", "NO_COLOR", "CHROMIUM", "NGINX"} | {
    "AWS_ACCESS_KEY_ID",  # read by boto3
    "AWS_SECRET_ACCESS_KEY",
    "BRUSHWIRE_DEVICE",  # the local engine reads these itself: it knows no Django
    "BRUSHWIRE_COMPILE",
    "BRUSHWIRE_LIVE_STEP",
    "BRUSHWIRE_MODEL_MEMORY",
    "BRUSHWIRE_TORCH_THREADS",
}


def read_by_settings() -> Iterator[tuple[str, object]]:
    """Every `env.kind("NAME", default=…)` under config/ as (name, default); a default that is computed is None."""
    for path in (ROOT / "config").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            name = node.args[0]
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "env" and isinstance(name, ast.Constant):
                default = next((word.value for word in node.keywords if word.arg == "default"), None)
                yield str(name.value), literal(default)


def literal(node: ast.expr | None) -> object:
    try:
        value = ast.literal_eval(node) if node else None
    except ValueError:
        return None
    return ",".join(value) if isinstance(value, list) else value


def explained() -> dict[str, str | None]:
    """Every variable in the example: its default as text, None where it has none."""
    found: dict[str, str | None] = {}
    for line in (ROOT / "deploy" / "env.example").read_text().splitlines():
        name, equals, value = line.removeprefix("#").partition("=")
        if equals and name.replace("_", "").isalnum() and name.isupper():
            assert name not in found, f"{name} stands there twice"
            found[name] = value if line.startswith("#") else None
    return found


def test_every_variable_is_explained_and_no_other() -> None:
    assert explained().keys() == {name for name, _ in read_by_settings()} | ELSEWHERE


def test_the_defaults_are_the_true_ones() -> None:
    shown = explained()
    true: dict[str, set[object]] = {}
    for name, default in read_by_settings():
        true.setdefault(name, set()).add("" if default is None else same(str(default)))
    wrong = {name: shown[name] for name, defaults in true.items() if same(shown[name] or "") not in defaults}
    assert not wrong


def same(text: str) -> object:
    """Numbers by their value, everything else by its text."""
    try:
        return float(text)
    except ValueError:
        return text
