"""The one door to other servers: who may be reached (`allow`), how (`pinned`, `client`), and which server does a job.

- `allow.Allowlist(entries)`: hosts, addresses and networks; what it does not name is never connected to.
- `client.Client(base_url, allowlist)`: HTTP with limits, without redirects; fails with `errors.RemoteError` only.
- `pinned.open_websocket(url, allowlist)`: the same for WebSockets.
- `servers.run(kind, job, on_step, work)`: chooses a server (studio.models.Server), the least busy for its weight, in
  its limit and its breaker, lets it work, and writes down how it did.
- `threads.drive(work, on_step)`: runs an engine's coroutine for the thread that called `Engine.run`.

Nothing here is imported by the web tier before it is needed: httpx takes a while.
"""
