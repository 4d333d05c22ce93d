"""Many connections of the client at once, each with a real ClientHello that can be held back half way. The far end is
inline_load (tools/bench), which answers a whole hello with some bytes and closes."""
import collections
import random
import selectors
import socket
import ssl
import time

from network import SERVER
from servers import LISTED, UNLISTED

PORT = 9443
ANSWER = 1400


def start_far_end(lab, build):
    server = lab.start("server", "far-end", f"{build}/tools/bench/inline_load", "serve", PORT)
    lab.wait_for_port("server", SERVER[4], PORT, server)
    return server


def hello_for(name):
    """OpenSSL's hello for this name; made from one template, so that thousands cost nothing."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Connection:
    def __init__(self, lab_socket, name, hello):
        self.socket, self.name, self.hello = lab_socket, name, hello
        self.got, self.ended, self.connected = 0, "", False

    @property
    def fate(self):
        """answered, reset, silent or lost."""
        return "answered" if self.got >= ANSWER else self.ended or "silent"


class Crowd:
    """Connections to many names, listed and unlisted in turn."""

    def __init__(self, lab, version=4):
        self.lab, self.version, self.connections = lab, version, []
        self.label = "c"
        self.selector = selectors.DefaultSelector()
        self.templates = {}

    def _hello(self, listed, number):
        base = (LISTED if listed else UNLISTED)[0]
        own = f"{self.label}{number:05}.{base}"
        if listed not in self.templates:
            template = f"{'0' * (len(own) - len(base) - 1)}.{base}"
            self.templates[listed] = (template, hello_for(template))
        name, hello = self.templates[listed]
        return own, hello.replace(name.encode(), own.encode())

    def open(self, count, listed_share=0.5, patience=10, label="c"):
        self.label = label
        with self.lab.inside("client"):
            for _ in range(count):
                number = len(self.connections)
                listed = random.random() < listed_share
                name, hello = self._hello(listed, number)
                family = socket.AF_INET6 if self.version == 6 else socket.AF_INET
                each = Connection(socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK), name, hello)
                each.socket.connect_ex((SERVER[self.version], PORT))
                self.connections.append(each)
                if number % 200 == 199:
                    time.sleep(0.02)    # the far end's backlog
        end = time.monotonic() + patience
        waiting = set(self.connections)
        for each in waiting:
            self.selector.register(each.socket, selectors.EVENT_WRITE, each)
        while waiting and time.monotonic() < end:
            for key, _ in self.selector.select(0.2):
                key.data.connected = key.data.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
                self.selector.unregister(key.fileobj)
                waiting.discard(key.data)
        for each in waiting:
            self.selector.unregister(each.socket)

    def send(self, begin, end):
        """This part of each one's hello: fractions of its length. As fast as this machine can."""
        for each in self.connections:
            if not each.connected or each.ended:
                continue
            part = each.hello[int(len(each.hello) * begin):int(len(each.hello) * end)]
            try:
                each.socket.send(part)
            except OSError:
                each.ended = "reset"

    def hear(self, seconds, until_quiet=1.5):
        """What comes back, until all have ended or nothing has happened for a while."""
        open_ones = {c for c in self.connections if c.connected and not c.ended}
        for each in open_ones:
            self.selector.register(each.socket, selectors.EVENT_READ, each)
        end, last = time.monotonic() + seconds, time.monotonic()
        while open_ones and time.monotonic() < end and time.monotonic() - last < until_quiet:
            for key, _ in self.selector.select(0.2):
                last = time.monotonic()
                each = key.data
                try:
                    data = each.socket.recv(4096)
                    each.got += len(data)
                    if data:
                        continue
                    each.ended = "closed"
                except ConnectionResetError:
                    each.ended = "reset"
                except OSError as other:
                    each.ended = type(other).__name__
                self.selector.unregister(each.socket)
                open_ones.discard(each)
        for each in open_ones:
            self.selector.unregister(each.socket)

    def fates(self):
        """{listed?: how many had which fate}."""
        out = {True: collections.Counter(), False: collections.Counter()}
        for each in self.connections:
            listed = any(each.name.endswith(base) for base in LISTED)
            out[listed][each.fate if each.connected else "not connected"] += 1
        return out

    def close(self):
        for each in self.connections:
            each.socket.close()
        self.connections = []
