#!/usr/bin/python3
"""A web proxy outside the college, as a learner may find one: CONNECT to any name leads to the lab's own web server.
usage: connect_proxy.py PORT ADDRESS..."""
import asyncio
import sys


async def serve(reader, writer):
    try:
        request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        if not request.startswith(b"CONNECT "):
            return
        inner_reader, inner_writer = await asyncio.open_connection(sys.argv[2], 443)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def main():
    servers = [await asyncio.start_server(serve, address, int(sys.argv[1])) for address in sys.argv[2:]]
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
