"""Samplers by name: diffusers' schedulers, set up as its documentation maps the names of A1111 and k-diffusion.

https://huggingface.co/docs/diffusers/api/schedulers/overview. A scheduler is made from the configuration of the model's
own one, so what the model was trained with (betas, prediction type) stays.
"""

from typing import Any

import diffusers

from studio.engines.base import EngineError

# What a model was trained with. `from_config` would take the other class's default where the model's file left one out.
TRAINED = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "prediction_type")
# What all of the samplers can read.
PREDICTIONS = ("epsilon", "v_prediction")
# A model's own configuration may say any of these; a name without "Karras" means none.
PLAIN = {"use_karras_sigmas": False, "use_exponential_sigmas": False, "use_beta_sigmas": False}
DPM = {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_lu_lambdas": False, "lower_order_final": True, **PLAIN}
# Name -> class, and what is set besides the model's own configuration (what a class does not know is left out).
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    # Both as every latent Stable Diffusion has it: latents are not within -1..1, and the last step ends at beta 0.
    "DDIM": ("DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": False}),
    "Euler": ("EulerDiscreteScheduler", PLAIN),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", DPM),
    "DPM++ 2M Karras": ("DPMSolverMultistepScheduler", DPM | {"use_karras_sigmas": True}),
    # The documentation names the class only; the noise that the name promises came to it later (diffusers issue 4167).
    "DPM++ SDE": ("DPMSolverSinglestepScheduler", DPM | {"algorithm_type": "sde-dpmsolver++"}),
    "UniPC": ("UniPCMultistepScheduler", {"solver_order": 2, **PLAIN}),
    "LCM": ("LCMScheduler", {"clip_sample": False}),
    "Heun": ("HeunDiscreteScheduler", PLAIN),
}


def scheduler(own: Any, name: str = "") -> Any:
    """A fresh scheduler like the model's `own`, or the sampler `name` for that model.

    Raises EngineError("invalid") for a name that is none, and for a model whose schedule no other scheduler can follow.
    """
    if not name:
        return type(own).from_config(own.config)
    # Flow matching and EDM have no betas, or predict a flow.
    followed = "beta_start" in own.config and own.config.get("prediction_type") in PREDICTIONS
    if name not in KINDS or not followed:
        raise EngineError("invalid")
    kind, options = KINDS[name]
    trained = {key: own.config[key] for key in TRAINED if key in own.config}
    return getattr(diffusers, kind).from_config(own.config, **trained | options)


def name_of(scheduler: Any) -> str:
    """What people call this scheduler; its class where it is none of ours."""
    config, own = scheduler.config, type(scheduler).__name__
    for name, (kind, options) in KINDS.items():
        if kind == own and all(config.get(key, value) == value for key, value in options.items()):
            return name
    return own.removesuffix("Scheduler")
