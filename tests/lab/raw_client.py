"""A client that makes its own segments and sends them past its own system, so that it can do what no honest system
does. At the other end is a real server's TCP. Used by tests/lab/evasion with the tricks of tests/evasion."""
import pathlib
import queue
import socket
import ssl
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "evasion"))
from scapy.all import TCP, Raw  # noqa: E402
from wire import TRUE_NAME, Connection  # noqa: E402

from network import CLIENT, SERVER  # noqa: E402
from servers import page_of  # noqa: E402

ETHERTYPES = {0x0800: 4, 0x86DD: 6}
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Wire:
    """The client's network card: frames out, and what the server sends back, sorted by local port."""

    def __init__(self, lab):
        for tool in ("iptables", "ip6tables"):
            # The system knows nothing of these connections and would reset them.
            lab.run("client", tool, "-I", "OUTPUT", "-p", "tcp", "--tcp-flags", "RST", "RST", "-j", "DROP")
        self.macs = (self._mac(lab, "client"), self._mac(lab, "gate"))
        with lab.inside("client"):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(("lan0", 3))
        self.inboxes = {}
        self._send_lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    @staticmethod
    def _mac(lab, space):
        return lab.run(space, "cat", "/sys/class/net/lan0/address").stdout.strip()

    def send(self, frame):
        with self._send_lock:
            self.socket.send(frame)

    def open_inbox(self, version, protocol, port):
        inbox = self.inboxes[(version, protocol, port)] = queue.SimpleQueue()
        return inbox

    def _read(self):
        while True:
            try:
                frame, source = self.socket.recvfrom(1 << 17)
            except OSError:    # the namespace is gone
                return
            if source[2] == socket.PACKET_OUTGOING:
                continue
            parsed = parse(frame)
            if parsed:
                inbox = self.inboxes.get(parsed[0])
                if inbox:
                    inbox.put(parsed[1])


def parse(frame):
    """((version, protocol, local port), transport bytes with the exact length), or None."""
    version = ETHERTYPES.get(struct.unpack_from("!H", frame, 12)[0])
    if version == 4:
        header, total, protocol = (frame[14] & 15) * 4, struct.unpack_from("!H", frame, 16)[0], frame[23]
        body = frame[14 + header:14 + total] if total else frame[14 + header:]
    elif version == 6:
        total, protocol = struct.unpack_from("!H", frame, 18)[0], frame[20]
        body = frame[54:54 + total] if total else frame[54:]
    else:
        return None
    if protocol not in (6, 17) or len(body) < 8:
        return None
    return (version, protocol, struct.unpack_from("!H", body, 2)[0]), body


class LiveConnection(Connection):
    """Plays a trick to the real server and tries to get the page of TRUE_NAME with it."""
    DYING_TTL = 2       # the gate passes it on with 1, and the router behind the gate does not
    PATIENCE = 2.5      # seconds without a word from the server

    def __init__(self, wire, version, port, server_port, certificates, server=SERVER):
        super().__init__(version, port, server_port)
        self.MACS, self.ENDS = wire.macs, {v: (CLIENT[v], server[v]) for v in (4, 6)}
        self.wire, self.inbox = wire, wire.open_inbox(version, 6, port)
        self.timestamp = None                # of this connection's segments, where a trick sets it
        self.sent = self.expected = 0        # our stream's length when the trick is done; the server's next byte
        self.received, self.waiting = b"", {}
        self.server_spoke = self.reset_seen = self.loaded = self.connected = False
        context = ssl.create_default_context(cafile=str(certificates.authority))
        context.set_alpn_protocols(["http/1.1"])
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=TRUE_NAME)
        self._asked = self._uses_tls = False

    def hello(self):
        self._uses_tls = True
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()

    def _add(self, packet):
        self.wire.send(bytes(packet))

    def open(self, data=b""):
        """The handshake. `data` goes into the SYN; a server that does not take it there gets it again later."""
        ether, ip = self._ip(True)
        options = [("MSS", 1460), ("WScale", 7)]
        if self.timestamp is not None:
            options.append(("Timestamp", (self.timestamp, 0)))
        syn = ether / ip / self._tcp(True, self.isn, 0, "S", options=options)
        if data:
            syn = syn / Raw(data)
        for _ in range(3):
            self._add(syn)
            answer = self._next(1.0, lambda flags: flags & SYN)
            if answer:
                break
        else:
            return
        self.connected = True
        self.server_isn, acked = struct.unpack_from("!II", answer, 4)
        self.expected = self.server_isn + 1
        self.their_time = self._timestamp_of(answer)
        self.sent = (acked - self.isn - 1) % 2**32
        self._acknowledge()

    @staticmethod
    def _timestamp_of(segment):
        options = dict(TCP(segment).options)
        return options.get("Timestamp", (0, 0))[0]

    def _acknowledge(self, flags="A", seq_after=None):
        ether, ip = self._ip(True)
        at = self.sent if seq_after is None else seq_after
        self._add(ether / ip / self._tcp(True, self.isn + 1 + at, self.expected, flags))

    def _next(self, seconds, wanted=lambda flags: True):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                segment = self.inbox.get(timeout=left)
            except queue.Empty:
                return None
            if segment[13] & RST:
                self.reset_seen = True
                return None
            if wanted(segment[13]):
                return segment
        return None

    def pause(self, seconds):
        time.sleep(seconds)

    def answer(self, length, data=b""):
        """Takes what the server says until the page is there, the connection is reset, or nothing more comes."""
        if self.connected:
            self.hear(length, self.PATIENCE)
            if not self.reset_seen:
                self._acknowledge("RA")

    def hear(self, length, patience):
        """The same, without leaving afterwards."""
        self.sent = length
        while not self.reset_seen and not self.loaded:
            segment = self._next(patience)
            if segment is None:
                break
            if self._take(segment):
                self._acknowledge()
                self._talk()
            if segment[13] & FIN:
                break

    def _take(self, segment):
        seq, payload = struct.unpack_from("!I", segment, 4)[0], segment[(segment[12] >> 4) * 4:]
        if not payload:
            return False
        self.waiting[seq] = max(self.waiting.get(seq, b""), payload, key=len)
        while True:
            fitting = [(s, p) for s, p in self.waiting.items()
                       if 0 <= (self.expected - s) % 2**32 < len(p)]
            if not fitting:
                break
            s, p = fitting[0]
            self.received += p[(self.expected - s) % 2**32:]
            self.expected = (s + len(p)) % 2**32
            del self.waiting[s]
        return True

    def _talk(self):
        """Goes on with the conversation as far as what was received allows."""
        if not self._uses_tls:
            self.loaded = page_of(TRUE_NAME) in self.received.decode(errors="replace").lower().replace(
                page_of(TRUE_NAME).lower(), page_of(TRUE_NAME)) or b"200 Connection established" in self.received
            return
        self.server_spoke = self.server_spoke or self.received[:1] == b"\x16"
        self._incoming.write(self.received)
        self.received = b""
        try:
            self._tls.do_handshake()
            if not self._asked:
                self._tls.write(f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n".encode())
                self._asked = True
            self.loaded = page_of(TRUE_NAME).encode() in self._tls.read(65536)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            self.loaded = False
        more = self._outgoing.read()
        if more:
            self.send(self.sent, more)
            self.sent += len(more)

    def segment(self, offset, data, flags="PA", timestamp=None, **how):
        packet = super().segment(offset, data, flags, **how)
        if timestamp is not None:
            packet[TCP].options = [("NOP", None), ("NOP", None), ("Timestamp", (timestamp % 2**32, self.their_time))]
        return packet

    def _tcp(self, from_client, seq, ack, flags, **more):
        # The server's own numbers are known only after its answer; `expected` moves with what it sends.
        if self.timestamp is not None and "S" not in flags:
            more.setdefault("options", [("NOP", None), ("NOP", None), ("Timestamp", (self.timestamp, self.their_time))])
        return super()._tcp(from_client, seq, self.expected if "A" in flags else 0, flags, **more)

