"""How the starter model is trained: one command per stage, every stage resumable.

data (render) > text > vae > encode > unet > distil; `starter.build` then writes the folder that the engine loads.
"""
