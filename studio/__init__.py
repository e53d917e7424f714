"""Making: the live board, the queue, the tools, the engines. One package or module a station; imports go one way only.

routing urls       addresses                              admin management checks apps    Django's hooks
sockets roomtalk   what stays open: pages, rooms, streams     views api compat            what is asked once
gates              who may come in, and how often
commands           what people may want: one function each
tasks worker       the names Celery knows; what a worker does: runner, live, archives, deliveries
reconciler invariants    mends what was lost; what must always be true
operations         what the operations page shows
rooms              the document of a board for several people
queue              the life of a generation, who is next, what it costs
news files         what is told, and what is kept for a while
tools engines      what a person wants, and who computes it
comfy              ComfyUI's graphs and stories
models             the rows
words              every text with a code
process            what any process has: Redis, counting, decoding, faults of the database
values job protocol    plain values
"""
