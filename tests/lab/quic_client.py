"""A QUIC client that makes its own Initial packets (RFC 9000, 9001), to try what may get a name past the gate. It has
got through when the server's Handshake packet opens with the keys of the true hello: then the server has read it."""
import hashlib
import hmac
import os
import queue
import random
import struct
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scapy.all import IP, IPv6, UDP, Ether, Raw, fragment, fragment6, IPv6ExtHdrFragment
from wire import DECOY_NAME, TRUE_NAME

from network import CLIENT, SERVER

SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")


def extract(salt, secret):
    return hmac.new(salt, secret, hashlib.sha256).digest()


def expand(secret, label, length, context=b""):
    full = b"tls13 " + label
    info = struct.pack("!H", length) + bytes([len(full)]) + full + bytes([len(context)]) + context
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac.new(secret, block + info + bytes([i]), hashlib.sha256).digest()
        out, i = out + block, i + 1
    return out[:length]


class Keys:
    def __init__(self, secret):
        self.aead, self.iv = AESGCM(expand(secret, b"quic key", 16)), expand(secret, b"quic iv", 12)
        self.mask_key = expand(secret, b"quic hp", 16)

    def nonce(self, number):
        return bytes(a ^ b for a, b in zip(self.iv, number.to_bytes(12, "big")))

    def mask(self, sample):
        return Cipher(algorithms.AES(self.mask_key), modes.ECB()).encryptor().update(sample)[:5]


def varint(value):
    return bytes([value]) if value < 64 else struct.pack("!H", 0x4000 | value)


def take_varint(data, at):
    size = 1 << (data[at] >> 6)
    return int.from_bytes(data[at:at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def client_hello(name, public, connection_id, padding):
    def extension(kind, body):
        return struct.pack("!HH", kind, len(body)) + body
    host = name.encode()
    transport = b"".join(varint(kind) + varint(len(value)) + value for kind, value in (
        (0x0f, connection_id), (0x01, varint(10000)), (0x04, b"\x80\x10\x00\x00"), (0x05, b"\x80\x04\x00\x00"),
        (0x06, b"\x80\x04\x00\x00"), (0x07, b"\x80\x04\x00\x00"), (0x08, varint(50)), (0x09, varint(3))))
    extensions = b"".join((
        extension(21, b"\0" * padding) if padding else b"",
        extension(0, struct.pack("!HBH", len(host) + 3, 0, len(host)) + host),
        extension(10, b"\0\x02\0\x1d"), extension(13, b"\0\x08\x04\x03\x08\x04\x04\x01\x08\x07"),
        extension(16, b"\0\x03\x02h3"), extension(43, b"\x02\x03\x04"),
        extension(51, struct.pack("!HHH", 36, 0x1d, 32) + public), extension(57, transport)))
    body = b"\x03\x03" + os.urandom(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + struct.pack("!H", len(extensions)) + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def crypto(offset, data):
    return b"\x06" + varint(offset) + varint(len(data)) + data


class QuicConnection:
    DYING_TTL = 2
    PATIENCE = 2.0

    def __init__(self, wire, version, port, server=SERVER):
        self.wire, self.version, self.port = wire, version, port
        self.inbox = wire.open_inbox(version, 17, port)
        self.server = server[version]
        self.ours, self.theirs = os.urandom(8), os.urandom(8)
        initial = extract(SALT_V1, self.theirs)
        self.client_keys, self.server_keys = Keys(expand(initial, b"client in", 32)), Keys(expand(initial, b"server in", 32))
        self.key, self.number, self.hello_bytes = X25519PrivateKey.generate(), 0, b""
        self.server_spoke = self.loaded = self.reset_seen = False
        self.handshake = None
        self.sent = []       # what honest systems would send again

    def hello(self, padding=0):
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.hello_bytes = client_hello(TRUE_NAME, public, self.ours, padding)
        return self.hello_bytes

    def initial(self, frames, fill=1200, number=None):
        """One Initial packet; the datagram gets `fill` bytes."""
        if number is None:
            number, self.number = self.number, self.number + 1
        header = (b"\xc1\0\0\0\x01" + bytes([8]) + self.theirs + bytes([8]) + self.ours + b"\0")
        room = fill - len(header) - 2 - 2 - 16
        frames = frames + b"\0" * max(0, room - len(frames))
        header += struct.pack("!H", 0x4000 | (2 + len(frames) + 16)) + struct.pack("!H", number)
        sealed = self.client_keys.aead.encrypt(self.client_keys.nonce(number), frames, header)
        mask = self.client_keys.mask(sealed[2:18])
        first = header[0] ^ (mask[0] & 15)
        masked = bytes(a ^ b for a, b in zip(header[-2:], mask[1:3]))
        return bytes([first]) + header[1:-2] + masked + sealed

    def datagram(self, data, dies_early=False, bad_checksum=False, port=None):
        if self.version == 4:
            ip = IP(src=CLIENT[4], dst=self.server, ttl=self.DYING_TTL if dies_early else 64, id=random.getrandbits(16))
        else:
            ip = IPv6(src=CLIENT[6], dst=self.server, hlim=self.DYING_TTL if dies_early else 64)
        packet = Ether(src=self.wire.macs[0], dst=self.wire.macs[1]) / ip / UDP(sport=port or self.port, dport=443) / Raw(data)
        if bad_checksum:
            packet[UDP].chksum = Ether(bytes(packet))[UDP].chksum ^ 0x5AA5
        return packet

    def send(self, data, **how):
        frame = bytes(self.datagram(data, **how))
        self.wire.send(frame)
        if not how.get("dies_early") and not how.get("bad_checksum"):
            self.sent.append(frame)

    def send_fragments(self, data, size=600):
        packet = self.datagram(data)
        if self.version == 4:
            pieces = fragment(packet, fragsize=size)
        else:
            inner = Ether(bytes(packet))[UDP]
            del packet[IPv6].payload
            packet[IPv6].nh = 44
            pieces = fragment6(packet / IPv6ExtHdrFragment(nh=17, id=random.getrandbits(32)) / inner, size + 62)
        for piece in pieces:
            self.wire.send(bytes(piece))

    def answer(self):
        """Until the server's Handshake opens, or nothing more comes. A silent server gets everything again, twice."""
        for _ in range(3):
            end = time.monotonic() + self.PATIENCE / 3
            while not self.loaded and (left := end - time.monotonic()) > 0:
                try:
                    segment = self.inbox.get(timeout=left)
                except queue.Empty:
                    break
                self._take(segment[8:])
            if self.loaded:
                return
            if not self.server_spoke:
                for frame in self.sent[-40:]:
                    self.wire.send(frame)

    def _take(self, data):
        """Each packet of a datagram of the server."""
        while len(data) > 7 and data[0] & 0x80:
            kind, at = (data[0] >> 4) & 3, 5
            for _ in range(2):
                at += 1 + data[at]
            if kind == 0:
                token, at = take_varint(data, at)
                at += token
            length, at = take_varint(data, at)
            packet, data = (data[:at + length], at), data[at + length:]
            if kind == 0:
                self._take_initial(*packet)
            elif kind == 2 and self.handshake:
                self.loaded = self.loaded or self._open(self.handshake, *packet)[0] is not None

    @staticmethod
    def _open(keys, packet, at):
        mask = keys.mask(packet[at + 4:at + 20])
        first = packet[0] ^ (mask[0] & 15)
        size = (first & 3) + 1
        number = bytes(a ^ b for a, b in zip(packet[at:at + size], mask[1:1 + size]))
        header = bytes([first]) + packet[1:at] + number
        number = int.from_bytes(number, "big")
        try:
            return keys.aead.decrypt(keys.nonce(number), packet[at + size:], header), number
        except InvalidTag:
            return None, number

    def _take_initial(self, packet, at):
        frames, number = self._open(self.server_keys, packet, at)
        position = frames.find(b"\x02\0\0") if frames else -1      # a ServerHello is the first thing in its CRYPTO frame
        if position < 0:
            return
        hello = frames[position:position + 4 + int.from_bytes(frames[position + 1:position + 4], "big")]
        share = hello.find(b"\0\x33\0\x24\0\x1d\0\x20")
        if share < 0:
            return
        self.server_spoke = True
        shared = self.key.exchange(X25519PublicKey.from_public_bytes(hello[share + 8:share + 40]))
        nothing = hashlib.sha256().digest()
        secret = extract(expand(extract(b"\0" * 32, b"\0" * 32), b"derived", 32, nothing), shared)
        transcript = hashlib.sha256(self.hello_bytes + hello).digest()
        self.handshake = Keys(expand(secret, b"s hs traffic", 32, transcript))
        self.wire.send(bytes(self.datagram(self.initial(b"\x02" + varint(number) + b"\0\0\0"))))    # ACK: it may go on


def decoy_of(data):
    return data.replace(TRUE_NAME.encode(), DECOY_NAME.encode())


def halves(c, padding=0):
    data = c.hello(padding)
    cut = data.index(TRUE_NAME.encode()) + 8
    return crypto(0, data[:cut]), crypto(cut, data[cut:])


def plain(c):
    c.send(c.initial(crypto(0, c.hello())))
    c.answer()


def two_datagrams(order):
    def play(c):
        packets = [c.initial(half) for half in halves(c, 900)]
        for i in order:
            c.send(packets[i])
        c.answer()
    return play


def shuffled(c):
    data = c.hello()
    pieces = [(i, data[i:i + 20]) for i in range(0, len(data), 20)]
    random.shuffle(pieces)
    c.send(c.initial(b"".join(crypto(at, piece) + b"\x01\0\0" for at, piece in pieces)))
    c.answer()


def decoy_then_true(**how):
    def play(c):
        data = c.hello()
        c.send(c.initial(crypto(0, decoy_of(data))), **how)
        c.send(c.initial(crypto(0, data)))
        c.answer()
    return play


def split_decoys(c):
    data = c.hello()
    cut = data.index(TRUE_NAME.encode()) + 8
    c.send(c.initial(crypto(cut, decoy_of(data)[cut:])), dies_early=True)
    c.send(c.initial(crypto(cut, data[cut:])))
    c.send(c.initial(crypto(0, data[:cut])))
    c.answer()


def rubbish_first(count):
    def play(c):
        for _ in range(count):
            c.send(os.urandom(random.randint(20, 400)))
        plain(c)
    return play


def spoilt_first(c):
    """A decoy whose seal is broken: the server cannot open it."""
    data = c.hello()
    packet = bytearray(c.initial(crypto(0, decoy_of(data)), number=7))
    packet[-1] ^= 1
    c.send(bytes(packet))
    c.send(c.initial(crypto(0, data)))
    c.answer()


def in_fragments(c):
    c.send_fragments(c.initial(crypto(0, c.hello())))
    c.answer()


def slowly(seconds):
    def play(c):
        first, second = halves(c, 900)
        c.send(c.initial(first))
        time.sleep(seconds)
        c.send(c.initial(second))
        c.answer()
    return play


def behind_another(c):
    """The Initial comes second in its datagram, behind one that holds nothing but a PING."""
    data = c.hello()
    c.send(c.initial(b"\x01", fill=100) + c.initial(crypto(0, data)))
    c.answer()


def two_ports(c):
    """One half from each of two ports: one connection for the server, two flows for everybody else."""
    first, second = halves(c, 900)
    c.wire.inboxes[(c.version, 17, c.port + 20000)] = c.inbox
    c.send(c.initial(first))
    c.send(c.initial(second), port=c.port + 20000)
    c.answer()


def use_for_harmless(c, port):
    """A whole connection to the harmless site through this port: whoever decides by flow has decided on it."""
    other = QuicConnection(c.wire, c.version, port, {c.version: c.server})
    other.hello_bytes = decoy_of(other.hello())
    other.send(other.initial(crypto(0, other.hello_bytes)))
    other.answer()
    c.wire.inboxes[(c.version, 17, port)] = c.inbox


def after_harmless(c):
    use_for_harmless(c, c.port)
    plain(c)


def second_half_from_used_port(c):
    """One half from a port of its own, the other from one that is decided on already."""
    first, second = halves(c, 900)
    use_for_harmless(c, c.port + 20000)
    c.send(c.initial(first))
    c.send(c.initial(second), port=c.port + 20000)
    c.answer()


def pings_first(count):
    def play(c):
        for _ in range(count):
            c.send(c.initial(b"\x01"))
        plain(c)
    return play


QUIC_TRICKS = {
    "QUIC: nothing special": plain,
    "QUIC: hello over two datagrams": two_datagrams((0, 1)),
    "QUIC: second datagram first": two_datagrams((1, 0)),
    "QUIC: frames shuffled": shuffled,
    "QUIC: decoy with a low TTL": decoy_then_true(dies_early=True),
    "QUIC: decoy with a wrong checksum": decoy_then_true(bad_checksum=True),
    "QUIC: split, decoy with a low TTL": split_decoys,
    "QUIC: decoy with a broken seal": spoilt_first,
    "QUIC: one datagram of rubbish first": rubbish_first(1),
    "QUIC: twenty datagrams of rubbish first": rubbish_first(20),
    "QUIC: ten pings first": pings_first(10),
    "QUIC: fragments": in_fragments,
    "QUIC: two seconds between the halves": slowly(2),
    "QUIC: behind another packet": behind_another,
    "QUIC: halves from two ports": two_ports,
    "QUIC: port used before, harmlessly": after_harmless,
    "QUIC: half from a port in use": second_half_from_used_port,
}
