"""A drawing as a shape in space, by geometry alone: inflated, or as a relief."""

from studio.engines.solid import glb, making, poster
from studio.engines.solid.making import Stage, Wish
from studio.job import Job, OnStep, Output, Step


def sketch_to_3d(job: Job, on_step: OnStep) -> list[Output]:
    """Raises EngineError: invalid_image, and nothing_drawn for an empty board."""

    def heard(stage: Stage) -> None:
        on_step(Step(stage, share=making.BEGINS[stage]))

    wish = Wish.of(job.params)
    mesh = making.make(job.inputs["sketch"], job.inputs.get("image"), wish, heard)
    heard("posing")
    model = glb.write(mesh)
    picture = poster.render(mesh)
    on_step(Step("saving", share=0.95))
    facts = making.facts(mesh, wish)
    return [Output(picture, "image/png", int(job.params["seed"]), facts, {"model": model})]
