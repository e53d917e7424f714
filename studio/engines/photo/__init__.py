"""Grey photos and their colours: all mathematics around the network, by NumPy and SciPy. Never torch.

docs/photos.md shows the doors. A photo's way: `reading` a file into lightness; `presets` the size that a network sees;
`lab` between colours and CIE Lab; `hints` strokes of colour spread over a photo, by `solving` its equations; `guiding`
small colours laid over a large photo along its edges; `colouring` all of it in order; `saving` the file; `stages` how
far it is, `way` how far several results of it are; `results` the whole tool, whoever is asked for the colours.
"""
