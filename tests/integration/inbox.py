"""A mailbox behind a real SMTP server (aiosmtpd), and a port that is free."""
import socket


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Inbox:
    """Keeps what arrives; `refuse` answers as a full or greylisting relay does."""

    def __init__(self):
        self.mails = []  # to whom, the message, whether it came encrypted
        self.refuse = False

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return "451 come back later"
        self.mails.append((envelope.rcpt_tos, envelope.original_content, session.ssl is not None))
        return "250 taken"
