"""What there is: nodes, models, features, and the state of the system as far as it is a client's business."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.models import ApiKey, User
from studio.comfy import about as told
from studio.comfy import nodes
from studio.commands.comfy import prompts
from studio.compat.comfy.answers import comfy, done


@comfy("GET", "HEAD")
def object_info(request: HttpRequest, user: User, key: ApiKey, node: str | None = None) -> HttpResponse:
    """All nodes, or one; {} for one that there is not."""
    return JsonResponse(nodes.object_info(prompts.offer(user, key), node))


@comfy("GET", "HEAD")
def system_stats(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """Nothing of the machine is told."""
    return JsonResponse(told.system(settings.VERSION))


@comfy("GET", "HEAD")
def features(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """What a client can agree on with us."""
    return JsonResponse(told.features(settings.INPUT_MAX_BYTES))


@comfy("GET", "HEAD")
def models(request: HttpRequest, user: User, key: ApiKey, folder: str = "") -> HttpResponse:
    """The folders of models, or the names in one; 404 for a folder that there is not."""
    offer = prompts.offer(user, key)
    folders = {
        "checkpoints": list(offer.checkpoints),
        "loras": list(offer.loras),
        "embeddings": prompts.embeddings(user),
        "vae": [],
    }
    if not folder:
        return JsonResponse(list(folders), safe=False)
    return JsonResponse(folders[folder], safe=False) if folder in folders else HttpResponse(status=404)


@comfy("GET", "HEAD")
def embeddings(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """The words that a prompt may have as `embedding:word`."""
    return JsonResponse(prompts.embeddings(user), safe=False)


@comfy("GET", "HEAD")
def nothing(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """Lists that clients ask for and that are empty here (extensions of the front end)."""
    return JsonResponse([], safe=False)


@comfy("POST")
def free(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """Memory is freed by itself here: others use the models, too."""
    return done()
