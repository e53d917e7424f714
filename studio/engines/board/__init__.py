"""What a person hands in, laid out as any model wants to see it. NumPy and Pillow only, for every engine.

`pictures` read and fitted; `scenes` a picture to go on from, and put together again with what was made of it; `sketch`
drawings as networks want them, with `morphology`; `outlines` the lines of any picture; `received` what other servers
made of them.
"""
