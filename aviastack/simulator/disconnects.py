"""Broken connections: reset, dropped, cut in the middle of a body, or stalled."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

from aviastack.simulator.answers import Answer

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 seconds


async def broken(request: web.BaseRequest, answer: Answer, stall: float) -> web.StreamResponse:
    """Break the connection as ``answer.broken`` says; ``stall`` is in seconds."""
    transport = request.transport
    if answer.broken == "severed":
        response = web.StreamResponse(headers={"content-type": answer.content_type})
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2])
        response.force_close()
        if transport is not None:
            transport.close()
        return response
    if answer.broken == "stall":
        await asyncio.sleep(stall)
    elif transport is not None:
        if answer.broken == "reset":
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response(status=504)
