"""Names of samplers in other programs, and ours. Ours are A1111's (studio/engines/samplers.py)."""

# k-diffusion's names, as ComfyUI and InvokeAI write them, without separators.
OURS = {
    "ddim": "DDIM",
    "euler": "Euler",
    "eulera": "Euler a",
    "eulerancestral": "Euler a",
    "dpm2m": "DPM++ 2M",
    "dpmpp2m": "DPM++ 2M",
    "dpmpp2mk": "DPM++ 2M Karras",
    "dpmpp2mkarras": "DPM++ 2M Karras",
    "dpmppsde": "DPM++ SDE",
    "unipc": "UniPC",
    "lcm": "LCM",
    "heun": "Heun",
}


def ours(name: str, schedule: str = "") -> str:
    """Our name of the sampler `name` with `schedule` ("karras", "normal", …); `name` itself when it is none we know.

    A schedule that we do not have with that sampler makes it another one, too: it is told with its name.
    """
    plain = "".join(letter for letter in name.casefold().replace("+", "p") if letter.isalnum())
    plain = plain.removeprefix("k").removeprefix("sample") if plain.startswith(("keuler", "kdpm", "kheun")) else plain
    if schedule == "karras":
        plain += "karras"
    found = OURS.get(plain)
    if found is not None:
        return found
    return f"{name} {schedule}".strip() if schedule == "karras" else name
