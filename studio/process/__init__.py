"""What any process of the studio has, web or worker: Redis, log lines, counting, spans, a decoder, failpoints."""
