"""OpenAI's images API, as its own clients speak it: `/v1/images/…` and `/v1/models`."""
