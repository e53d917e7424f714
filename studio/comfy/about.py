"""What the server says of itself to ComfyUI's clients, in their form."""

from typing import Any

# The version whose protocol is spoken (research/features.md §1). Clients go by it.
SPOKEN = "0.3.64"


def features(upload_most: int) -> dict[str, Any]:
    """What a client can agree on with us, as `/features` and the socket say it."""
    return {"supports_preview_metadata": True, "max_upload_size": upload_most}


def system(version: str) -> dict[str, Any]:
    """`/system_stats`. Numbers of the machine are none of a client's business: they are there, and 0."""
    memory = {"ram_total": 0, "ram_free": 0}
    device = {"vram_total": 0, "vram_free": 0, "torch_vram_total": 0, "torch_vram_free": 0}
    return {
        "system": {
            "os": "posix",
            **memory,
            "comfyui_version": SPOKEN,
            "python_version": "",
            "pytorch_version": "",
            "embedded_python": False,
            "argv": [],
            "brushwire_version": version,
        },
        "devices": [{"name": "brushwire", "type": "cpu", "index": 0, **device}],
    }
