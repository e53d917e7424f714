"""Which models an OpenAI-compatible server says that it has."""

from studio.engines.remote.client import Client
from studio.engines.remote.errors import RemoteError

MOST = 2000
LONGEST = 500  # characters of a name


async def models(client: Client) -> list[str]:
    """The names under `models`, sorted; empty where the server has no list. Raises RemoteError."""
    try:
        said = await client.get_json("models")
    except RemoteError as error:
        if error.status in (404, 405):  # it is there, it only has no list
            return []
        raise
    rows = said.get("data")
    if not isinstance(rows, list):
        raise RemoteError("engine_broken")
    names = [row["id"] for row in rows[:MOST] if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return sorted({name[:LONGEST] for name in names})
