"""ComfyUI's names of samplers and noise schedules, and ours."""

# By sampler: ours with the spacing of steps that it was made with, and ours with Karras' spacing ("": there is none).
_OURS = {
    "euler": ("Euler", ""),
    "euler_ancestral": ("Euler a", ""),
    "heun": ("Heun", ""),
    "dpmpp_2m": ("DPM++ 2M", "DPM++ 2M Karras"),
    "dpmpp_sde": ("DPM++ SDE", ""),
    "dpmpp_sde_gpu": ("DPM++ SDE", ""),
    "ddim": ("DDIM", ""),
    "uni_pc": ("UniPC", ""),
    "uni_pc_bh2": ("UniPC", ""),
    "lcm": ("LCM", ""),
}
SAMPLERS = tuple(_OURS)
# All but Karras' mean the spacing that the sampler has here by itself.
KARRAS = "karras"
SCHEDULERS = ("normal", KARRAS, "simple", "sgm_uniform", "ddim_uniform")


def ours(sampler: str, scheduler: str) -> str:
    """The name of our sampler; "" where we have it, but not with that schedule."""
    plain, karras = _OURS[sampler]
    return karras if scheduler == KARRAS else plain
