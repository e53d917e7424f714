"""How a request begins: what is made of it depends on its tool and its model's family. Steps nothing."""

from collections.abc import Sequence

from studio.engines.local import alone, sculpting, slots, tints, upscaling
from studio.engines.local.adapters import Additions
from studio.engines.local.encoding import Encodings
from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request
from studio.engines.local.runs import Piece
from studio.engines.local.words import Words


def start(
    model: LoadedModel, request: Request, words: Words, encodings: Encodings, additions: Additions
) -> Sequence[Piece]:
    """All that `request` waits for. Raises what the kinds of them raise."""
    if request.of_photo:
        return tints.start(model, request)
    if request.only_upscaler:
        return upscaling.start(model, request)
    if request.of_shape:
        return sculpting.start(model, request)
    if model.family.stepped:
        return slots.start(model, request, words, encodings, additions)
    return alone.start(model, request, additions)
