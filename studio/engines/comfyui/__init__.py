"""Engine: ComfyUI servers (docs/engines.md).

`engine` the doors; `painting` and `colouring` what a job asks of a server; `library` which template does it, `template`
what one looks like, `filling` its slots; `uploading` pictures brought there; `prompting` one graph asked for, followed
and fetched, by the socket of `listening`; `wire` what comes through that, `answers` what comes otherwise, `following`
which of our steps it means; `refusals` complaints as our codes; `guessing` slots that a graph's classes tell;
`checking` whether a server has what a template needs; `known` what suits checkpoints by their names. workflows/: those
that come with us.

The admin's page reads `template`, `library` and `guessing` in the web tier: nothing is imported here.
"""
