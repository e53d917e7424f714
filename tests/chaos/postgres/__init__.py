"""What is broken on PostgreSQL only: run by `python -m tests.tools.postgres python -m pytest tests/chaos/postgres`."""
