"""The agent's side of the socket: one line asked, one line said."""

import asyncio
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from propcast.core.errors import PropCastError
from propcast.delivery.targets.local.book import Book
from propcast.delivery.targets.local.desk import Desk
from propcast.delivery.targets.local.plan import Slot
from propcast.delivery.targets.local.questions import line_of, parsed, refusal
from propcast.delivery.targets.local.staging import Staging
from propcast.delivery.targets.port import TargetError


class Answering:
    """Answers what is asked of a book."""

    def __init__(self, book: Book) -> None:
        self._book, self._staging, self._desk = book, Staging(book), Desk(book)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one question; it is done to its end, also for who does not wait for the answer."""
        try:
            said = await self._said(await reader.readline())
            with suppress(ConnectionError):
                writer.write(line_of(said))
                await writer.drain()
        finally:
            writer.close()

    async def _said(self, line: bytes) -> Mapping[str, Any]:
        try:
            return await self._answer(parsed(line))
        except PropCastError as error:
            return refusal(error)
        except Exception as error:  # noqa: BLE001 - the edge: what breaks one question must not end the others
            traceback.print_exc(file=sys.stderr)
            return refusal(TargetError(f"the agent of the local target broke: {type(error).__name__}: {error}"))

    async def _answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        service = asked["service"]
        match asked["what"]:
            case "service":
                known = self._book.plan.services.get(service)
                return {"service": known.model_dump(mode="json") if known else None}
            case "stage":
                slot = Slot.model_validate(asked["slot"])
                staged = await self._staging.stage(service, slot, asked["port"], create=asked["create"])
                return {"service": staged.model_dump(mode="json")}
            case "prove":
                proven = await self._staging.prove(service, asked["name"], asked["config_hash"])
                return {"service": proven.model_dump(mode="json")}
            case "traffic":
                return asdict(await self._desk.traffic(service))
            case "share":
                return asdict(await self._desk.share(service, asked["weights"], asked["etag"], asked["token"]))
            case "retire":
                await self._desk.retire(service, asked["name"])
                return {}
            case "remove":
                await self._desk.remove(service)
                return {}
            case other:
                raise TargetError(f"the agent of the local target does not know {other!r}; end it with `propcast down`")
