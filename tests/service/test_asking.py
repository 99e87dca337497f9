"""One service asks another: the question carries the ids of the work that it is part of."""

import asyncio

from propcast.service.asking import Question, ask
from propcast.service.telemetry.correlation import HEADER, about


async def asked_within(**ids: str) -> dict[str, str]:
    """Return the headers of a question that is asked within some work."""
    heads = list[str]()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with about(**ids):
            await ask([Question("prediction-worker", url, "/ready", 10)])
    lines = (line.partition(": ") for line in heads[0].splitlines()[1:] if line)
    return {name.lower(): value for name, _, value in lines}


def test_a_question_carries_the_correlation_id_of_its_work() -> None:
    assert asyncio.run(asked_within(correlation_id="of-this-work"))[HEADER] == "of-this-work"
    assert HEADER not in asyncio.run(asked_within())
