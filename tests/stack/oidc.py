"""A small OpenID provider on this machine: discovery, authorisation, tokens, keys and people, over real HTTP.

It knows one client and says yes to everybody: who logs in is `person`, a dictionary of claims that a test sets.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "brushwire", "the client's secret"


class Provider:
    """What it knows. `person` are the claims of whoever logs in next; `audience` is for whom its tokens are."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person: dict[str, str] = {}
        self.audience = CLIENT
        self.given: dict[str, dict[str, str]] = {}  # what was asked for, by the code that was given for it
        self.tokens: dict[str, dict[str, str]] = {}
        self.url = ""

    def configuration(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        places |= {"userinfo_endpoint": "/me"}
        told = {name: self.url + path for name, path in places.items()}
        return told | {"issuer": self.url, "token_endpoint_auth_methods_supported": ["client_secret_basic"]}

    def keys(self) -> dict[str, Any]:
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [jwk | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes next. ValueError for what no client of ours asks."""
        if asked.get("client_id") != CLIENT or "openid" not in asked.get("scope", "").split():
            raise ValueError(asked)
        code = secrets.token_urlsafe(16)
        self.given[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """Tokens for a code, which counts once. ValueError for a wrong secret, code, address or verifier."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.given.pop(form.get("code", ""), None)
        if authorization != f"Basic {basic}" or asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            raise ValueError(form)
        if challenge := asked.get("code_challenge"):
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
                raise ValueError("code_verifier")
        now = int(time.time())
        claims = self.person | {"iss": self.url, "aud": self.audience, "iat": now, "exp": now + 300}
        access = secrets.token_urlsafe(16)
        self.tokens[access] = self.person
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}


class Handler(BaseHTTPRequestHandler):
    """The provider's pages."""

    provider: Provider

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(where.query).items()}
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(asked))
            self.end_headers()
        elif where.path == "/.well-known/openid-configuration":
            self._say(self.provider.configuration())
        elif where.path == "/keys":
            self._say(self.provider.keys())
        elif where.path == "/me":
            person = self.provider.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
            self._say(person or {}, 200 if person else 401)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        try:
            self._say(self.provider.token(form, self.headers.get("Authorization", "")))
        except ValueError:
            self._say({"error": "invalid_grant"}, 400)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def _say(self, told: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def provider() -> Iterator[Provider]:
    """One that runs until the end of the block."""
    made = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"provider": made}))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
