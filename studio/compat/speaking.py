"""What all views of these interfaces have in common: who asks by which key, and refusals in the address' dialect."""

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from studio.gates import keyring
from studio.gates.dialects import refusal
from studio.process import outage
from studio.words.errors import Refused

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def spoken(methods: tuple[str, ...], *scopes: str, names: Mapping[str, str]) -> Callable[[View], View]:
    """A view for `methods` (none: all of them) that is given the request's key, which has one of `scopes`; without
    scopes it is for everybody. `names` are what the program calls our fields."""

    def decorated(view: View) -> View:
        @wraps(view)
        async def answered(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            try:
                if methods and request.method not in methods:
                    raise Refused("method_not_allowed")
                if not scopes:
                    return await view(request, *args, **named)
                key = keyring.demand(request, *scopes)
                if key is None:
                    raise Refused("auth_required")
                return await view(request, key, *args, **named)
            except Refused as refused:
                fields = {names.get(name, name): told for name, told in refused.fields.items()}
                return refusal(request.path, Refused(refused.code, fields=fields, **refused.params))
            except Exception as error:  # noqa: BLE001  a mistake of ours: logged, and told in their shape
                return refusal(request.path, Refused(outage.code_of(error, f"{request.method} {request.path}")))

        return csrf_exempt(answered)

    return decorated
