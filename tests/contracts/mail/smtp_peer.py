"""A small SMTP server (RFC 5321) with STARTTLS and AUTH PLAIN, that keeps what it accepts and refuses when told to."""

import asyncio
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass(slots=True)
class SmtpPeer:
    """What it was given, and the answers it gives; `login` is what AUTH PLAIN must carry, if anything."""

    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    recipient_answer: str = "250 OK"
    data_answer: str = "250 OK"
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client."""
        writer.write(b"220 peer.test\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "QUIT":
                writer.write(b"221 Bye\r\n")
                break
            if verb == "STARTTLS" and self.tls is not None:
                writer.write(b"220 Go ahead\r\n")
                await writer.start_tls(self.tls)
                continue
            if verb == "DATA":
                writer.write(b"354 Go ahead\r\n")
                data = await reader.readuntil(b"\r\n.\r\n")
                if self.data_answer.startswith("2"):
                    message = message_from_bytes(data[:-3].replace(b"\r\n..", b"\r\n."), policy=default)
                    assert isinstance(message, EmailMessage)
                    self.mails.append(message)
                    self.encrypted.append(writer.get_extra_info("sslcontext") is not None)
            writer.write(f"{self.answer(verb, line)}\r\n".encode())
            await writer.drain()
        writer.close()

    def answer(self, verb: str, line: str) -> str:
        """Answer one command."""
        match verb:
            case "EHLO":
                return "250-peer.test\r\n250-STARTTLS\r\n250 AUTH PLAIN" if self.tls else "250 peer.test"
            case "AUTH":
                _, user, password = b64decode(line.rpartition(" ")[2]).decode().split("\0")
                return "235 Welcome" if (user, password) == self.login else "535 Go away"
            case "MAIL" if self.login and "AUTH" in line:
                return "250 OK"
            case "RCPT":
                self.recipients.append(line.partition(":")[2])
                return self.recipient_answer
            case "DATA":
                return self.data_answer
            case _:
                return "250 OK"


@asynccontextmanager
async def listening(peer: SmtpPeer) -> AsyncIterator[SmtpPeer]:
    """Listen on a free port of this machine."""
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    async with server:
        peer.port = server.sockets[0].getsockname()[1]
        yield peer
