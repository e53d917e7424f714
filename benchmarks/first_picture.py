"""From `git clone` to the first picture: `python -m benchmarks.first_picture`.

Clones this checkout's HEAD into a temporary folder, runs `make run` there as a new user would, logs in with the account
it prints, sends a prompt and waits for the picture. Most of it is pip fetching packages: its cache and the network
decide, so both the whole and the part after the installation are told.
"""

import asyncio
import http.cookiejar
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from benchmarks import report
from tests.stack.page import Page

ROOT = Path(__file__).resolve().parent.parent
PROMPT = "a red house under a starry night sky, oil painting"
PATIENCE = 1800


def main() -> None:
    """Measure once and write the report."""
    with tempfile.TemporaryDirectory(prefix="bw-first-") as folder:
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), f"{folder}/brushwire"], check=True)
        studio = start(Path(folder) / "brushwire")
        try:
            marks = {"clone": time.monotonic() - began}
            address, account = wait_ready(studio, marks, began)
            asyncio.run(first_picture(address, log_in(address, *account)))
            marks["first picture"] = time.monotonic() - began
        finally:
            os.killpg(studio.pid, signal.SIGTERM)
            studio.wait(60)
    rows = "\n".join(f"| {name} | {seconds:.1f} |" for name, seconds in marks.items())
    after = marks["first picture"] - marks["installed"]
    body = f"""
`make run` in a fresh clone, then the starter's first picture (text to image). Seconds since the clone began:

| reached | s |
|---|--:|
{rows}

After the installation: **{after:.1f} s** to the first picture.
"""
    report.write("From a fresh clone to the first picture", "python -m benchmarks.first_picture", body)


def start(checkout: Path) -> subprocess.Popen[str]:
    """`make run` in `checkout`, without anything that this environment says about Brushwire."""
    ours = ("BRUSHWIRE_", "REDIS_URL", "DATABASE_URL", "SECRET_KEY", "DJANGO_", "PORT", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.Popen(
        ["make", "run"], cwd=checkout, env=env | {"PORT": "8431"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip


def wait_ready(studio: subprocess.Popen[str], marks: dict[str, float], began: float) -> tuple[str, tuple[str, str]]:
    """The address and the account it prints; notes when the installation was done and when it was ready."""
    account = ("", "")
    assert studio.stdout
    for line in studio.stdout:
        now = time.monotonic() - began
        assert now < PATIENCE, "it never became ready"
        if "installed" not in marks and line.startswith("up "):
            marks["installed"] = now
        if found := re.match(r"account: (\S+) / (\S+)", line):
            account = (found[1], found[2])
        if found := re.match(r"ready: (\S+?)/?$", line):
            marks["ready"] = now
            return found[1], account
    raise RuntimeError("make run ended before it was ready")


def log_in(address: str, name: str, password: str) -> str:
    """Log in through the page; the session as a Cookie header."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{address}/accounts/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "login": name, "password": password}
    browser.open(f"{address}/accounts/login/", urllib.parse.urlencode(form).encode())
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar if cookie.name == "sessionid")


async def first_picture(address: str, cookie: str) -> None:
    """Submit one prompt and wait until it is finished."""
    async with Page(address, cookie) as page:
        await page.hello()
        await page.ended(await page.submit("first", prompt=PROMPT, model="starter"))


if __name__ == "__main__":
    main()
