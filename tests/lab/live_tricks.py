"""Tricks that need a real path and a real server, beside those of tests/evasion: what is lost is really lost, and who
waits really waits. The same form: name, how to play it, flags of the journal of which one may name it."""
import random

from scapy.all import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, PadN, Raw, TCP
from tricks import decoy_of, name_at
from wire import DECOY_NAME, TRUE_NAME


def first_half_lost(c):
    """The first half dies on the way and comes again after the second, as a system does that sends it again."""
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(0, data[:cut], dies_early=True)
    c.send(cut, data[cut:])
    c.pause(0.25)
    c.send(0, data[:cut])
    c.answer(len(data))


def begins_before_window(c):
    """The first segment begins with false bytes that lie before the window, where the server no longer looks."""
    data = c.hello()
    cut = name_at(data)
    false = decoy_of(data)[: len(data) - cut]
    c.open()
    c.send(-len(false), false + data[:cut])
    c.send(cut, data[cut:])
    c.answer(len(data))


def false_half_then_whole(c):
    """A false second half waits; the whole true hello fills the hole, and what is in order goes before what waited."""
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(cut, decoy_of(data)[cut:])
    c.send(0, data)
    c.answer(len(data))


def false_beginning(c):
    """Second half first, with false bytes before it that lie over the first half; the first half then fills the hole."""
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(cut - 40, decoy_of(data)[cut - 40:cut] + data[cut:])
    c.send(0, data[:cut])
    c.answer(len(data))


def false_syn(c):
    """A SYN with another sequence number, which dies on its way, before the true one."""
    data = c.hello()
    ether, ip = c._ip(True, c.DYING_TTL)
    c._add(ether / ip / c._tcp(True, c.isn + 1_000_000, 0, "S", options=[("MSS", 1460)]))
    c.open()
    c.send(0, data)
    c.answer(len(data))


def without_ack(c):
    data = c.hello()
    c.open()
    c.send(0, decoy_of(data), "P")
    c.send(0, data)
    c.answer(len(data))


def slow_halves(seconds):
    def play(c):
        data = c.hello()
        cut = name_at(data)
        c.open()
        c.send(0, data[:cut])
        c.pause(seconds)
        c.send(cut, data[cut:])
        c.answer(len(data))
    return play


def decoy_in_syn(c):
    """A decoy in the SYN, which a server without Fast Open does not take; then the true hello."""
    data = c.hello()
    c.open(decoy_of(data)[:1000])
    c.send(0, data)
    c.answer(len(data))


def old_timestamp(c):
    """The decoy's timestamp is older than the handshake's: the server takes it for a stray (PAWS)."""
    data = c.hello()
    c.timestamp = random.randrange(1 << 20, 1 << 30)
    c.open()
    c.send(0, decoy_of(data), timestamp=c.timestamp - 100_000)
    c.send(0, data)
    c.answer(len(data))


def patient(c):
    """Sends the whole hello again and again, as a system does that gets no acknowledgement."""
    data = c.hello()
    cut = name_at(data)
    c.open()
    for _ in range(3):
        c.send(0, data[:cut])
        c.send(cut, data[cut:])
        c.pause(0.2)
    c.answer(len(data))


def http_again_later(c):
    """A harmless page first, its answer, and then the true one on the same connection."""
    first = f"GET / HTTP/1.1\r\nHost: {DECOY_NAME}\r\n\r\n".encode()
    second = f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n".encode()
    c.open()
    c.send(0, first)
    c.hear(len(first), 0.4)
    c.send(len(first), second)
    c.answer(len(first) + len(second))


http_again_later.server_port = 80


def http_late_host(c):
    """The Host after many other headers, in many segments."""
    filler = "".join(f"X-Filler-{i}: {'a' * 900}\r\n" for i in range(28))
    data = f"GET / HTTP/1.1\r\n{filler}Host: {TRUE_NAME}\r\n\r\n".encode()
    c.open()
    for at in range(0, len(data), 1300):
        c.send(at, data[at:at + 1300])
    c.answer(len(data))


http_late_host.server_port = 80


def http_byte_by_byte(c):
    data = f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n".encode()
    c.open()
    for at in range(len(data)):
        c.send(at, data[at:at + 1])
    c.answer(len(data))


http_byte_by_byte.server_port = 80


def with_headers(*headers):
    """IPv6 extension headers between address and TCP, on every packet with data."""
    def play(c):
        data = c.hello()
        cut = name_at(data)
        c.open()
        for at, piece in ((0, data[:cut]), (cut, data[cut:])):
            packet = c.segment(at, piece)
            inner = packet[TCP].copy()
            del packet[IPv6].payload
            for header in headers:
                packet = packet / header()
            c._add(packet / inner)
        c.answer(len(data))
    return play


def hop_by_hop():
    return IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 4)])


def destination_options():
    return IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])


def atomic_fragment():
    return IPv6ExtHdrFragment(id=random.getrandbits(32), m=0, offset=0)


def decoy_in_headers(c):
    """A decoy that the server refuses, for a hop-by-hop header in a place where it may not stand."""
    data = c.hello()
    c.open()
    packet = c.segment(0, decoy_of(data))
    inner = packet[TCP].copy()
    del packet[IPv6].payload
    c._add(packet / destination_options() / hop_by_hop() / inner)
    c.send(0, data)
    c.answer(len(data))


LIVE_TRICKS = {
    "first half lost, sent again": (first_half_lost, set()),
    "false bytes before the window": (begins_before_window, set()),
    "false half waits, whole follows": (false_half_then_whole, set()),
    "false bytes before the second half": (false_beginning, set()),
    "a SYN that dies on its way first": (false_syn, set()),
    "decoy without ACK": (without_ack, set()),
    "decoy in the SYN": (decoy_in_syn, set()),
    "decoy with an old timestamp": (old_timestamp, set()),
    "two seconds between the halves": (slow_halves(2), set()),
    "hello sent three times": (patient, set()),
    "HTTP: second request after the answer": (http_again_later, set()),
    "HTTP: host after 25 KiB of headers": (http_late_host, set()),
    "HTTP: byte by byte": (http_byte_by_byte, set()),
}
LIVE_TRICKS_V6 = {
    "hop-by-hop options": (with_headers(hop_by_hop), set()),
    "destination options": (with_headers(destination_options), set()),
    "both, and an atomic fragment": (with_headers(hop_by_hop, destination_options, atomic_fragment), set()),
    "decoy with misplaced headers": (decoy_in_headers, set()),
}
SLOW_TRICKS = {
    "ten seconds between the halves": (slow_halves(10), set()),
    "forty seconds between the halves": (slow_halves(40), set()),
}
