"""What ComfyUI's clients can ask for. A prompt is a generation like any other; its graph is kept beside it.

Everything here is of one person: nobody's queue, history or pictures are seen by anybody else, whatever their names.
Raises Refused as all commands do, and faults.Unfit where ComfyUI has a form of its own.
"""
