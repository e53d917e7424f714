"""What `manage.py models` does, one module an act: each takes a row of the catalogue and says what it did by `say`."""

from django.core.management.base import CommandError

from studio.models import Model


def named(name: str) -> Model:
    """The row called `name`. Raises CommandError."""
    found = Model.objects.filter(name=name).first()
    if found is None:
        raise CommandError(f"There is no model called {name}.")
    return found


def size(number: float) -> str:
    """Bytes as people read them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    raise AssertionError
