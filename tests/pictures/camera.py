"""Chromium in front of the studio: windows of people who are logged in, and pictures of what they see."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from accounts.models import User
from tests.pictures.running import HOST
from tests.stack.session import session_cookie
from tests.tools import chromium

DOCS = Path(__file__).resolve().parents[2] / "docs"
WIDE = {"viewport": {"width": 1280, "height": 800}}
LARGE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1.5}
PATIENCE = 180_000  # milliseconds
QUALITY = 82


class Camera:
    """`window(…)` opens a page, `take(…)` writes what it shows."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address

    @contextmanager
    def window(self, person: str, path: str, **options: Any) -> Iterator[Page]:
        """A private window of `person` (empty: nobody) at `path`."""
        usual: dict[str, Any] = {"color_scheme": "light", "reduced_motion": "reduce", "locale": "en-US"}
        context = self.browser.new_context(base_url=self.address, **(usual | WIDE | options))
        context.set_default_timeout(PATIENCE)
        if person:
            name, _, key = session_cookie(User.objects.get(username=person)).partition("=")
            context.add_cookies([{"name": name, "value": key, "url": self.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: print(f"  uncaught: {error}"))
        page.goto(path)
        yield page
        context.close()

    def take(self, page: Page, name: str, *, of: Locator | None = None, margin: int = 0) -> None:
        """docs/pictures/`name`.webp: the window, or the part where `of` is with `margin` pixels around it."""
        page.locator(".picture-image").evaluate_all("all => Promise.all(all.map((i) => i.decode().catch(() => 0)))")
        page.wait_for_timeout(500)  # what slides in has arrived
        clip = _around(of, margin, page) if of else None
        picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
        target = DOCS / "pictures" / f"{name}.webp"
        target.parent.mkdir(exist_ok=True)
        picture.save(target, "WEBP", quality=QUALITY, method=6)
        print(f"  {target.name}: {picture.width} × {picture.height}, {target.stat().st_size // 1000} kB")

    def take_front(self, page: Page) -> None:
        """docs/studio.png, which the README begins with."""
        page.wait_for_timeout(500)
        Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(DOCS / "studio.png", optimize=True)


def _around(part: Locator, margin: int, page: Page) -> Any:
    box, view = part.bounding_box(), page.viewport_size
    assert box and view
    left, top = max(0.0, box["x"] - margin), max(0.0, box["y"] - margin)
    right = min(float(view["width"]), box["x"] + box["width"] + margin)
    bottom = min(float(view["height"]), box["y"] + box["height"] + margin)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


@contextmanager
def opened(address: str) -> Iterator[Camera]:
    """A Chromium that looks at the studio at `address` and believes that it stands at HOST."""
    expect.set_options(timeout=PATIENCE)
    site = f"http://{HOST}"
    options = [
        f"--host-resolver-rules=MAP {HOST} {address.removeprefix('http://')}",
        f"--unsafely-treat-insecure-origin-as-secure={site}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium.find()), args=["--no-sandbox", "--disable-dev-shm-usage", *options]
        )
        yield Camera(browser, site)
        browser.close()
