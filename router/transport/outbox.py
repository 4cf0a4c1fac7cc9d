"""Writing to sockets once in a round of the event loop, when all that has arrived has been dealt with.

A write wakes whoever reads at the other end, which on a busy machine costs more than the write. What is put off to the
round's end meets readers that are awake already.
"""

from __future__ import annotations

import asyncio


class Outbox:
    """What goes out at the end of the round. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def write(self, transport: asyncio.Transport, message: bytes) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting.append((transport, message))

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        for transport, message in waiting:
            if not transport.is_closing():
                transport.write(message)
