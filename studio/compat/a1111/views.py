"""`/sdapi/v1/…`: who asks (a key as Bearer, or as the password of HTTP Basic), what for, and the answer."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from accounts.models import ApiKey
from gallery.metadata import parse_parameters
from studio.commands import checkpoints, programs, readings
from studio.commands.programs import Wish
from studio.compat import bodies
from studio.compat.a1111 import answers, wishes
from studio.compat.a1111.wishes import Asked
from studio.compat.speaking import spoken
from studio.compat.waiting import Wait, run
from studio.gates.dialects import refusal
from studio.words.errors import Refused

MAKE, LOOK = ("POST",), ("GET", "HEAD")
NAMES = wishes.NAMES


@spoken(MAKE, "generate", names=NAMES)
async def txt2img(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Pictures from words."""
    return await _made(request, key, wishes.from_words)


@spoken(MAKE, "generate", names=NAMES)
async def img2img(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """A picture painted over, or a part of it."""
    return await _made(request, key, wishes.from_picture)


@spoken(LOOK, "generate", names=NAMES)
async def progress(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """How far the key's newest generation is, with its picture unless `skip_current_image=true`."""
    shown = request.GET.get("skip_current_image", "").lower() not in ("true", "1")

    def told() -> dict[str, Any]:
        return answers.progress(checkpoints.making(key.owner, key), with_picture=shown)

    return JsonResponse(await run(told))


@spoken(MAKE, "generate", names=NAMES)
async def interrupt(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Stop what the key is making."""
    await run(checkpoints.interrupt, key.owner, key)
    return JsonResponse({})


@spoken(("GET", "HEAD", "POST"), "generate", names=NAMES)
async def options(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """The settings; the one that can be set is the model that the key stands at."""
    if request.method != "POST":
        return JsonResponse(answers.options(await run(checkpoints.chosen, key.owner, key)))
    await run(_set, request, key)
    return JsonResponse(None, safe=False)


@spoken(LOOK, "generate", names=NAMES)
async def sd_models(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """What the key can be used with."""
    found = await run(programs.models, key.owner, key)
    return JsonResponse([answers.model(each) for each in found if "text_to_image" in each.tools], safe=False)


@spoken(LOOK, "generate", names=NAMES)
async def samplers(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Those of the model that the key stands at."""
    return JsonResponse(answers.sampler_list(await run(checkpoints.chosen, key.owner, key)), safe=False)


@spoken(LOOK, "generate", names=NAMES)
async def schedulers(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """The schedules that samplers here have."""
    return JsonResponse(answers.schedulers(), safe=False)


@spoken(LOOK, "generate", names=NAMES)
async def upscalers(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """What makes pictures larger."""
    return JsonResponse(answers.upscalers(await run(programs.models, key.owner, key)), safe=False)


@spoken(MAKE, "generate", names={})
async def png_info(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """The settings that a picture's file carries."""
    return JsonResponse(await run(_info, request))


@spoken((), names=NAMES)
async def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Every other address under /sdapi/."""
    raise Refused("not_found")


async def _made(request: HttpRequest, key: ApiKey, meant: Callable[[Asked, str], Wish]) -> HttpResponse:
    asked, wish, command = await run(_read, request, key, meant)
    wait = Wait(key, command, partial(programs.ask, key.owner, key, wish, command))
    await wait.begin()
    async with wait:
        await wait.end()
    return await run(_pictures, request, key, asked, wait.generation)


def _read(request: HttpRequest, key: ApiKey, meant: Callable[[Asked, str], Wish]) -> tuple[Asked, Wish, str]:
    sent = bodies.read(request)
    asked = wishes.read(sent.values)
    wanted = asked.checkpoint
    model = checkpoints.named(key.owner, key, wanted) if wanted else checkpoints.chosen(key.owner, key)
    wish = meant(asked, model.name)
    own_key = request.headers.get("Idempotency-Key", "")
    digest = sent.digest(request.path, str(key.pk))
    return asked, wish, programs.command_for(key.owner, digest, again=False, own_key=own_key)


def _pictures(request: HttpRequest, key: ApiKey, asked: Asked, generation: Any) -> HttpResponse:
    end = programs.end_of(key.owner, generation)
    if end.code:
        return refusal(request.path, Refused(end.code, **end.told), final=True)
    return JsonResponse(answers.pictures(asked, end))


def _set(request: HttpRequest, key: ApiKey) -> None:
    """All of it, or nothing: the model, and what is as it says anyway."""
    values = bodies.read(request).values
    for name, value in values.items():
        if name != "sd_model_checkpoint" and (name not in answers.FIXED or answers.FIXED[name] != value):
            raise wishes.bad(name, _("This is as it is here, and cannot be set."))
    if "sd_model_checkpoint" in values:
        checkpoints.choose(key.owner, key, str(values["sd_model_checkpoint"]))


def _info(request: HttpRequest) -> dict[str, Any]:
    told = bodies.read(request).values.get("image")
    if not isinstance(told, str):
        raise wishes.bad("image", _("A picture is needed."))
    texts = readings.texts(wishes.decoded("image", told))
    info = texts.pop("parameters", "")
    return {"info": info, "items": texts, "parameters": parse_parameters(info) if info else {}}
