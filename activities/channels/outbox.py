"""The outbox: every message is a file that a mail program opens. The channel for demos, tests and first days."""

import asyncio
import os
import tempfile
from pathlib import Path

from activities.channels.base import Begin
from activities.channels.mail import UnsafeMessage, write_message
from sla.state.notification import Attempt, Delivery, Fate, Notification


class Outbox:
    """Writes `<id>.eml` into a directory: whole or not at all, and never twice."""

    def __init__(self, directory: Path, sender: str) -> None:
        self._directory = directory
        self._sender = sender

    async def send(self, notification: Notification, begin: Begin | None = None) -> Delivery:
        """Sent once the file is on disk, or was there before with the same content; refused if it holds another."""
        return await asyncio.to_thread(self._write, notification)

    async def fate(self, attempt: Attempt) -> Delivery:
        """Certain: the file is there or it is not; a file with another content is another message."""
        return await asyncio.to_thread(self._found, attempt.notification)

    def _found(self, notification: Notification) -> Delivery:
        try:
            there = self._path(notification.id).read_bytes()
        except FileNotFoundError:
            return Delivery(fate=Fate.NOT_SENT, detail="there is no file")
        except OSError as error:
            return Delivery(fate=Fate.UNCERTAIN, detail=f"{self._directory}: {error.strerror}"[-500:])
        return Delivery(fate=Fate.SENT) if self._is(notification, there) else self._other_message(notification.id)

    def _is(self, notification: Notification, there: bytes) -> bool:
        try:
            return there == write_message(notification, self._sender)
        except UnsafeMessage:
            return False

    def _path(self, identity: str) -> Path:
        return self._directory / f"{identity}.eml"

    def _write(self, notification: Notification) -> Delivery:
        try:
            raw = write_message(notification, self._sender)
        except UnsafeMessage as error:
            return Delivery(fate=Fate.REFUSED, detail=str(error)[:300])
        try:
            ours = self._link(notification.id, raw)
        except OSError as error:
            return Delivery(fate=Fate.NOT_SENT, detail=f"{self._directory}: {error.strerror}"[-500:])
        return Delivery(fate=Fate.SENT) if ours else self._other_message(notification.id)

    def _other_message(self, identity: str) -> Delivery:
        why = f"{identity}.eml already holds another message; move it away or use another HOLDFAST_OUTBOX"
        return Delivery(fate=Fate.REFUSED, detail=why[-500:])

    def _link(self, identity: str, raw: bytes) -> bool:
        """Whether the file holds `raw` now.

        A temporary file is filled and synced, then linked under its name: a link never replaces a file.
        """
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(descriptor)
            self._path(identity).hardlink_to(name)
        except FileExistsError:
            if self._path(identity).read_bytes() != raw:
                return False
        finally:
            Path(name).unlink(missing_ok=True)
        self._sync_directory()
        return True

    def _sync_directory(self) -> None:
        """A new name outlives a power cut only once its directory is on disk."""
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
