"""Gives birth to workers and reconcilers by forking a process that has loaded everything: storms kill hundreds of them,
and loading takes seconds each. A child is a process of its own, with its own connections and its own death.

One order a line on stdin (JSON: `args`, `env`, `lease`), one answer a line on stdout: the child's number. It ends,
and takes its children along, when stdin does. `submit` with a user and a command id is the third thing a child can be:
one submit.
"""

import json
import os
import signal
import sys
import traceback
from typing import Any


def main() -> None:
    """Load, say "ready", give birth."""
    import django

    django.setup()
    import config.celery
    import studio.engines.fake
    import studio.management.commands.reconciler
    import studio.tasks  # noqa: F401

    config.celery.app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here asks how a child ended
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(json.loads(line))
        print(child, flush=True)
    os.killpg(0, signal.SIGKILL)


def _live(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(order["env"])
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    from django.conf import settings

    from studio.process import failpoints

    settings.LEASE = order["lease"] or settings.LEASE
    failpoints.arm(os.environ.get("BRUSHWIRE_FAILPOINTS", ""))
    status = 1
    try:
        if order["args"][0] == "worker":
            from config.celery import app

            app.worker_main(order["args"])
        elif order["args"][0] == "submit":
            _submit(*order["args"][1:])
        else:
            from django.core.management import call_command

            call_command(*order["args"])
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:  # noqa: BLE001  it is told, and then the child ends
        traceback.print_exc()
    finally:
        os._exit(status)


def _submit(user: str, command: str) -> None:
    """What the web process does for a submit, without the rest of it."""
    from accounts.models import User
    from studio import tasks
    from studio.commands import generations
    from studio.protocol import Submit

    params = {"prompt": command, "steps": 2, "width": 64, "height": 64}
    wanted = Submit(type="submit", id=command, tool="text_to_image", model="fake", params=params)
    generations.submit(User.objects.get(pk=user), wanted)
    tasks._ringer.shutdown(wait=True)


if __name__ == "__main__":
    main()
