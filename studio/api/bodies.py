"""How the API reads a request: strict JSON, and bodies in which an unknown name is an error, not a silent loss."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema
from ninja.parser import Parser
from pydantic import ConfigDict

from studio.values import strictjson


class Body(Schema):
    """What a request may say."""

    model_config = ConfigDict(extra="forbid")


class StrictParser(Parser):
    """See studio/values/strictjson.py; ninja turns what it raises into 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        return strictjson.loads(request.body)
