"""Takes every picture anew, or those that are named: `python -m tests.pictures [NAME …]`.

It starts the whole studio in a temporary folder (starter model, CPU), lets people in it draw and share, goes through
the pages with Chromium and writes docs/pictures/NAME.webp, and docs/studio.png. It takes minutes.
"""

import os
import sys

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread; the rows we write are our own


def main(names: list[str]) -> int:
    """Take the pictures called `names`, all without any. Returns an exit status."""
    from tests.pictures import running

    with running.studio() as address:
        from tests.pictures import camera, made, scenes

        if unknown := set(names) - set(scenes.SCENES):
            print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(scenes.SCENES)}.", file=sys.stderr)
            return 2
        made.people()
        made.works(address)
        with camera.opened(address) as eye:
            for name, scene in scenes.SCENES.items():
                if not names or name in names or name in scenes.NEEDED:
                    print(name, flush=True)
                    scene(eye)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
