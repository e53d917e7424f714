"""A person's browser in front of nginx: cookies, forms, sockets. It asks this machine under the real name."""

import re
from typing import Any

import httpx

from tests.deploy.certificate import HOST
from tests.deploy.topology import Topology
from tests.stack import PATIENCE
from tests.stack.page import Page


class ToHere(httpx.HTTPTransport):
    """What is meant for HOST goes to 127.0.0.1, with HOST in the handshake and in the Host header."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        here = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": HOST},
        )
        return super().handle_request(here)


class Visitor(httpx.Client):
    """One person; nobody until `log_in`."""

    def __init__(self, topology: Topology, **headers: str) -> None:
        self.topology = topology
        self.site = f"https://{HOST}:{topology.https}"
        super().__init__(
            base_url=self.site,
            transport=ToHere(verify=topology.tls, retries=0),
            headers={"Referer": f"{self.site}/"} | headers,
            timeout=PATIENCE,
        )

    def log_in(self, name: str, password: str, **headers: str) -> httpx.Response:
        """By the real form."""
        page = self.get("/accounts/login/")
        form = {"login": name, "password": password, "csrfmiddlewaretoken": token_in(page)}
        answer = self.post("/accounts/login/", data=form, headers=headers)
        assert answer.status_code == 302, answer.text[:2000]
        return answer

    def page(self, **headers: str | None) -> Page:
        """The studio's page of this person, not yet open: its socket goes through nginx, too."""
        page = Page(self.site, "; ".join(f"{each.name}={each.value}" for each in self.cookies.jar), **headers)
        page.connection = {"ssl": self.topology.tls, "host": "127.0.0.1", "port": self.topology.https}
        return page


def token_in(page: httpx.Response) -> str:
    """The CSRF token of a page's form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


def with_key(topology: Topology, key: str) -> Visitor:
    """A program with an API key, and no cookies."""
    return Visitor(topology, Authorization=f"Bearer {key}")


def json_of(answer: httpx.Response) -> Any:
    """The body, which is JSON."""
    assert answer.headers["content-type"].startswith("application/json"), answer.text[:500]
    return answer.json()
