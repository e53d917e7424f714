"""The A1111 `parameters` text: prompt, negative prompt, and one line of `key: value` pairs.

Its form: research/ecosystem.md §6.2, read in the source of stable-diffusion-webui (infotext).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from gallery.metadata import samplers
from gallery.metadata.found import Found, decimal, take_loras, whole

NEGATIVE = "Negative prompt: "
# The reader of A1111: a last line counts only when at least three pairs are found in it. Keys are bounded here, because
# the text may come from anywhere and an unbounded one takes quadratic time on a long line without a colon.
PAIR = re.compile(r'(\w[\w \-/]{1,60}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
PAIRS_NEEDED = 3
SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)
# What our own form has a place for, or what says nothing about the picture.
TAKEN = {"Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size", "Model", "Denoising strength"}
SILENT = {"Model hash", "Version", "User", "Lora hashes", "TI hashes", "Hashes", "VAE hash", "RNG", "prompt"}


def parameters_text(recipe: Mapping[str, Any], seed: int, width: int, height: int) -> str:
    """The A1111 form of a recipe: prompt, negative prompt if any, and one line of `key: value` pairs."""
    params = recipe["params"]
    pairs = {
        "Steps": params.get("steps"),
        "Sampler": recipe.get("facts", {}).get("sampler"),
        "CFG scale": params.get("guidance_scale"),
        "Seed": seed,
        "Size": f"{width}x{height}",
        "Model": recipe["model"],
        "Denoising strength": params.get("strength"),
        "Version": f"Brushwire {recipe.get('versions', {}).get('brushwire', '')}".strip(),
    }
    loras = [f"<lora:{each['name']}:{each['weight']:g}>" for each in params.get("loras") or []]
    lines = [" ".join([*filter(None, [str(params.get("prompt") or "")]), *loras])]
    if params.get("negative_prompt"):
        lines.append(NEGATIVE + str(params["negative_prompt"]))
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in pairs.items() if value not in (None, "")))
    return "\n".join(lines)


def parse_parameters(text: str) -> dict[str, Any]:
    """`prompt`, `negative_prompt` and the pairs of the last line under A1111's own names, as text.

    A text without such a line is a prompt only. Never raises: it may come from anywhere.
    """
    *lines, last = text.strip().split("\n")
    pairs = PAIR.findall(last)
    if len(pairs) < PAIRS_NEEDED:
        lines, pairs = [*lines, last], []
    start = next((n for n, line in enumerate(lines) if line.startswith(NEGATIVE)), len(lines))
    negative = "\n".join(lines[start:]).removeprefix(NEGATIVE)
    found: dict[str, Any] = {key: _unquoted(value) for key, value in pairs}
    # A1111 since 1.9 writes the schedule apart; the name people know, and we write, has it at its end.
    if found.get("Schedule type") == "Karras" and "Sampler" in found:
        found["Sampler"] = f"{found['Sampler'].removesuffix(' Karras')} Karras"
    return found | {"prompt": "\n".join(lines[:start]).strip(), "negative_prompt": negative.strip()}


def settings(text: str) -> Found | None:
    """What the text says in our own words; None for one that has no settings at all."""
    told = parse_parameters(text)
    if set(told) <= {"prompt", "negative_prompt"}:
        return None
    size = SIZE.fullmatch(told.get("Size", ""))
    prompt, loras = take_loras(told["prompt"])
    strength = decimal(told.get("Denoising strength"))
    # A1111 writes a strength for its second pass, too, and nothing else tells that pass from image-to-image.
    second_pass = any(name.startswith("Hires") for name in told)
    params = {
        "prompt": prompt,
        "negative_prompt": take_loras(told["negative_prompt"])[0],
        "steps": whole(told.get("Steps")),
        "guidance_scale": decimal(told.get("CFG scale")),
        "sampler": samplers.ours(told.get("Sampler", "")),
        "seed": whole(told.get("Seed")),
        "width": int(size[1]) if size else None,
        "height": int(size[2]) if size else None,
        "strength": None if second_pass else strength,
        "loras": loras,
    }
    left = [name for name in told if name not in TAKEN | SILENT | {"negative_prompt"}]
    drawn = strength is not None and not second_pass
    return Found("a1111", params, told.get("Model", ""), "image_to_image" if drawn else "text_to_image", left)


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[,:\n"]', text) else text


def _unquoted(value: str) -> str:
    if value.startswith('"') and value.endswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value.strip()
