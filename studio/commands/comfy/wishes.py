"""What a graph wishes, as the studio's own command; and a refusal of ours, told at the node it is about."""

import re
from typing import Any

from accounts.models import ApiKey, User
from studio.comfy import names, reading, samplers
from studio.comfy.checking import Graph
from studio.comfy.faults import Fault, Unfit
from studio.comfy.reading import Wish
from studio.commands.comfy import pictures
from studio.engines import samplers as our_samplers
from studio.models import Adapter, Model
from studio.protocol import Submit
from studio.words.errors import ERRORS, Refused, text

TOOLS = {"text_to_image", "image_to_image"}
# Where a refusal without fields belongs in the graph, by its code.
_AT = {
    "model_unavailable": "model",
    "key_model": "model",
    "prompt_blocked": "prompt",
    "input_required": "image",
    "not_found": "image",
}
# ComfyUI's words for what our forms say of a value.
_TYPES = {"min_value": "value_smaller_than_min", "max_value": "value_bigger_than_max"}


def models(user: User, key: ApiKey | None) -> list[Model]:
    """The models that a graph may name."""
    usable = [model for model in Model.objects.usable_by(user) if TOOLS & set(model.tools)]
    return [model for model in usable if key is None or not key.model_names or model.name in key.model_names]


def command(user: User, wish: Wish, row: str, key: ApiKey | None) -> Submit:
    """The wish as the studio's own command."""
    model = next((each for each in models(user, key) if each.name == names.plain(wish.checkpoint)), None)
    if model is None:
        raise Refused("model_unavailable")
    sampler = _sampler(wish, model)
    params: dict[str, Any] = {
        "prompt": _with_embeddings(user, wish.prompt),
        "negative_prompt": _with_embeddings(user, wish.negative),
        "steps": wish.schedule_steps(our_samplers.MOST_STEPS.get(sampler, reading.STEPS_MOST)),
        "guidance_scale": wish.cfg,
        "seed": wish.our_seed(),
        "sampler": sampler,
        "loras": [{"name": names.plain(lora.name), "weight": lora.strength} for lora in wish.loras],
        "count": wish.count,
        "width": wish.width,
        "height": wish.height,
    }
    if not wish.picture:
        return Submit(type="submit", id=row, tool="text_to_image", model=model.name, params=params)
    given = pictures.find(user, wish.picture)
    params |= {"strength": wish.denoise, "width": given.width // 8 * 8, "height": given.height // 8 * 8}
    return Submit(
        type="submit",
        id=row,
        tool="image_to_image",
        model=model.name,
        params=params,
        inputs={"image": given.pk},
        parents=pictures.parents(wish.picture),
    )


def _sampler(wish: Wish, model: Model) -> str:
    """Our sampler. Models that only run with their own (flow matching) know it as ComfyUI does: plain Euler."""
    ours = samplers.ours(wish.sampler, wish.scheduler)
    if not our_samplers.offered(model.family):
        if wish.sampler == "euler" and ours:
            return ""
        words = "This model has a sampler of its own: use euler with the schedule normal or simple."
    else:
        words = f"{wish.sampler} cannot be used with the schedule {wish.scheduler} here."
    if not our_samplers.offered(model.family) or not ours:
        raise Refused("invalid", fields={"sampler": {"code": "invalid_choice", "message": words}})
    return ours


def _with_embeddings(user: User, prompt: str) -> str:
    """ComfyUI names embeddings as `embedding:name`, we by their own tokens."""
    if "embedding:" not in prompt:
        return prompt
    rows = Adapter.objects.usable_by(user).filter(kind=Adapter.Kind.EMBEDDING)
    tokens = dict(rows.values_list("name", "token"))
    return re.sub(r"embedding:([\w-]+)(?:\.safetensors|\.pt)?", lambda m: tokens.get(m[1], m[0]), prompt)


def unfit(graph: Graph, wish: Wish, refused: Refused) -> Unfit:
    """A refusal of ours, at the node where the value came from; what is of no node is an error of the whole."""
    at = next((name for name in refused.fields if name in wish.at), _AT.get(refused.code, ""))
    words = text(refused.code, refused.params)
    if at not in wish.at:
        about = dict(refused.params) | ({"fields": refused.fields} if refused.fields else {})
        fault = Fault(refused.code, words, "", about)
        return Unfit(fault, status=ERRORS[refused.code].status)
    node, name = wish.at[at]
    told = refused.fields.get(at, {})
    kind = _TYPES.get(told.get("code", ""), reading.CUSTOM)
    about = {"input_name": name, "code": refused.code} | ({"params": refused.params} if refused.params else {})
    return reading.at_node(graph, node, Fault(kind, _text_of(kind), f"{name} - {told.get('message') or words}", about))


def _text_of(kind: str) -> str:
    """ComfyUI's sentence for a type of fault."""
    sentences = {
        "value_smaller_than_min": "Value smaller than min",
        "value_bigger_than_max": "Value bigger than max",
    }
    return sentences.get(kind, "Custom validation failed for node")
