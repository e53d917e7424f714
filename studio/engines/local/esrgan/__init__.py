"""Networks that make pictures larger, or cleaner at the same size, as the world publishes them: ESRGAN and its kin.

`rrdb` the large network, `compact` the small one, both with the published parameters' names; `naming` the names that
older files use; `published` from a safetensors file to the network that it is for, strictly.
"""
