"""DNS questions asked in odd ways, past what a filter may expect. It has got through when the listed name's address
comes back."""
import random
import socket
import struct
import time

from wire import DECOY_NAME, TRUE_NAME

from network import SERVER


def name_bytes(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def question(name, number=None, more=b"", kind=1):
    number = random.getrandbits(16) if number is None else number
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 1 if more else 0) + name_bytes(name) + struct.pack("!2H", kind, 1) + more


def padding(size):
    """An OPT record with padding (RFC 7830), so that the question is long."""
    option = struct.pack("!2H", 12, size) + b"\0" * size
    return b"\0" + struct.pack("!HHIH", 41, 4096, 0, len(option)) + option


class DnsConnection:
    """Plays one question over real sockets. `port` is ours, so that the journal tells which try it was."""
    PATIENCE = 1.5

    def __init__(self, lab, version, port):
        self.version, self.port, self.lab = version, port, lab
        self.family = socket.AF_INET6 if version == 6 else socket.AF_INET
        self.loaded = self.server_spoke = False

    def _socket(self, kind):
        with self.lab.inside("client"):
            out = socket.socket(self.family, kind)
        out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        out.bind(("", self.port))
        out.settimeout(self.PATIENCE)
        out.connect((SERVER[self.version], 53))
        return out

    def look(self, answer):
        wanted = socket.inet_aton(SERVER[4])
        self.loaded = self.loaded or (TRUE_NAME.split(".")[0].encode() in answer.lower() and wanted in answer)

    def udp(self, *messages):
        with self._socket(socket.SOCK_DGRAM) as out:
            for message in messages:
                out.send(message)
            for _ in messages:
                try:
                    self.look(out.recv(4096))
                except OSError:
                    return

    def tcp(self, pieces, answers=1):
        with self._socket(socket.SOCK_STREAM) as out:
            out.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                out.send(piece)
                time.sleep(0.005)
            stream = out.makefile("rb")
            for _ in range(answers):
                try:
                    self.look(stream.read(int.from_bytes(stream.read(2), "big")))
                except OSError:
                    return


def framed(message):
    return struct.pack("!H", len(message)) + message


def odd_case(name):
    return "".join(letter.upper() if i % 2 else letter for i, letter in enumerate(name))


def bytes_of(data):
    return [data[i:i + 1] for i in range(len(data))]


DNS_TRICKS = {
    "DNS: nothing special": lambda c: c.udp(question(TRUE_NAME)),
    "DNS: odd case": lambda c: c.udp(question(odd_case(TRUE_NAME))),
    "DNS: a harmless question first": lambda c: c.udp(question(DECOY_NAME), question(TRUE_NAME)),
    "DNS: fragments": lambda c: c.udp(question(TRUE_NAME, more=padding(1700))),
    "DNS: bytes after the message": lambda c: c.udp(question(TRUE_NAME) + b"harmless"),
    "DNS over TCP: byte by byte": lambda c: c.tcp(bytes_of(framed(question(TRUE_NAME)))),
    "DNS over TCP: a harmless question first": lambda c: c.tcp([framed(question(DECOY_NAME)), framed(question(TRUE_NAME))], 2),
    "DNS over TCP: both in one segment": lambda c: c.tcp([framed(question(DECOY_NAME)) + framed(question(TRUE_NAME))], 2),
}
