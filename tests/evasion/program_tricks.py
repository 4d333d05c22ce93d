"""Tricks of the programs that learners download (zapret, GoodbyeDPI, ByeDPI, SpoofDPI), as their handbooks describe
them, for captures only: some need packets that a live client's system would not let out. The same form as TRICKS."""
import random

from scapy.all import IP, IPOption_RR, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, PadN, Raw, TCP
from tricks import decoy_of, http, name_at
from wire import DECOY_NAME, TRUE_NAME


def changed(packet, **fields):
    """The packet with other TCP fields and its checksum right again."""
    for field, value in fields.items():
        setattr(packet[TCP], field, value)
    del packet[TCP].chksum
    return packet


def played(make):
    """A trick that sends the hello whole after whatever `make` sends."""
    def play(c):
        data = c.hello()
        c.open()
        make(c, data)
        c.send(0, data)
        c.answer(len(data))
    return play


def old_acknowledgement(c, data):
    packet = c.segment(0, decoy_of(data))
    c._add(changed(packet, ack=(packet[TCP].ack - 66000) % 2**32))


def far_acknowledgement(c, data):
    packet = c.segment(0, decoy_of(data))
    c._add(changed(packet, ack=(packet[TCP].ack + 300_000_000) % 2**32))


def without_ack(c, data):
    c.send(0, decoy_of(data), "P")


def old_timestamp(c):
    data = c.hello()
    c.open()
    for at, piece, value in ((0, data[:1], 900_000), (0, decoy_of(data), 300_000), (1, data[1:], 900_001)):
        c._add(changed(c.segment(at, piece), options=[("NOP", None), ("NOP", None), ("Timestamp", (value, 1))]))
    c.answer(len(data))


def wrong_ip_checksum(c, data):
    packet = c.segment(0, decoy_of(data))
    if c.version == 4:
        packet[IP].chksum = IP(bytes(packet[IP])).chksum ^ 0x1111
    else:
        packet[TCP].chksum = packet.__class__(bytes(packet))[TCP].chksum ^ 0x1111
    c._add(packet)


def refused_header(c, data):
    """Two hop-by-hop headers (RFC 8200 section 4.1), or an IPv4 option longer than its header: hosts drop both."""
    packet = c.segment(0, decoy_of(data))
    if c.version == 4:
        packet[IP].options = [IPOption_RR(length=200, pointer=4, routers=["10.0.0.1"])]
        c._add(packet)
        return
    tcp = packet[TCP]
    del packet[IPv6].payload
    padding = [PadN(optdata=b"\0" * 4)]
    c._add(packet / IPv6ExtHdrHopByHop(options=padding) / IPv6ExtHdrHopByHop(options=padding) / tcp)


def dies_near_the_server(c, data):
    packet = c.segment(0, decoy_of(data))
    packet[IP if c.version == 4 else IPv6].setfieldval("ttl" if c.version == 4 else "hlim", 62)
    del packet[TCP].chksum
    c._add(packet)


def noise(c, data):
    c.send(0, random.randbytes(len(data)), dies_early=True)


def after_acknowledgement(c):
    data = c.hello()
    c.open()
    c.send(0, data)
    c.answer(len(data))
    c.send(0, decoy_of(data))


def faked_disorder(**how):
    """zapret's fakeddisorder: each half between two false ones, the second half first."""
    def play(c):
        data = c.hello()
        cut = name_at(data)
        fake = decoy_of(data)
        c.open()
        for at, real, false in ((cut, data[cut:], fake[cut:]), (0, data[:cut], fake[:cut])):
            c.send(at, false, **how)
            c.send(at, real)
            c.send(at, false, **how)
        c.answer(len(data))
    return play


def host_fake_split(c):
    """zapret's hostfakesplit: only the name is sent falsely, before and after the true one."""
    data = c.hello()
    start = data.index(TRUE_NAME.encode())
    end = start + len(TRUE_NAME)
    c.open()
    c.send(0, data[:start])
    c.send(start, DECOY_NAME.encode(), dies_early=True)
    c.send(start, data[start:end])
    c.send(start, DECOY_NAME.encode(), dies_early=True)
    c.send(end, data[end:])
    c.answer(len(data))


def sequence_overlap(c):
    """zapret's split-seqovl with disorder: the later segment begins with false bytes for the earlier one's end."""
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(cut - 12, decoy_of(data)[cut - 12:cut] + data[cut:])
    c.send(0, data[:cut])
    c.answer(len(data))


def first_half_dies(c):
    """ByeDPI's disorder: the first half is sent to die, so that the system sends it again after the second."""
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(0, data[:cut], dies_early=True)
    c.send(cut, data[cut:])
    c.send(0, data[:cut])
    c.answer(len(data))


def urgent_and_disorder(c):
    """ByeDPI's disoob: the urgent byte ends the first half, which comes last."""
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(cut + 1, data[cut:])
    c.send(0, data[:cut] + b"a", "PAU", urgent=cut + 1)
    c.answer(len(data) + 1)


def urgent_first_byte(c):
    data = c.hello()
    c.open()
    c.send(0, b"a", "PAU", urgent=1)
    c.send(1, data)
    c.answer(len(data) + 1)


def records_then_segments(c):
    """ByeDPI's tlsrec and split together: the record ends inside the name, and so does the first segment."""
    data = c.hello()
    body = data[5:]
    cut = body.index(TRUE_NAME.encode()) + 3
    wire = b"".join(b"\x16\x03\x01" + len(p).to_bytes(2, "big") + p for p in (body[:cut], body[cut:]))
    c.open()
    for at, end in ((0, 1), (1, cut + 7), (cut + 7, len(wire))):
        c.send(at, wire[at:end])
    c.answer(len(wire))


def syn_of(c, isn, flags, **how):
    packet = changed(c.segment(0, b"x"), seq=isn % 2**32, flags=flags, ack=c.server_isn if "A" in flags else 0)
    del packet[TCP].payload
    if how.get("dies_early"):
        packet[IP if c.version == 4 else IPv6].setfieldval("ttl" if c.version == 4 else "hlim", c.DYING_TTL)
    c._add(packet)


def false_syn(when, flags):
    """A SYN or SYN-ACK of the client's that dies on the way, with another number: who is the client, where it begins."""
    def play(c):
        data = c.hello()
        cut = name_at(data)
        if when == "before":
            syn_of(c, c.isn + 777_000, flags, dies_early=True)
        c.open()
        if when == "after":
            syn_of(c, c.isn + 777_000, flags, dies_early=True)
        c.send(0, data[:cut])
        if when == "middle":
            syn_of(c, c.isn + 777_000, flags, dies_early=True)
        c.send(cut, data[cut:])
        c.answer(len(data))
    return play


def roles_then_decoy(c):
    """The server is not suspected of decoys: so the client poses as one first."""
    data = c.hello()
    c.open()
    syn_of(c, c.isn + 777_000, "SA", dies_early=True)
    c.send(0, decoy_of(data), dies_early=True)
    c.send(0, data)
    c.answer(len(data))


def decoy_in_syn(c):
    data = c.hello()
    c.open()
    c.packets.pop()
    syn = c.packets[0].copy()
    answer = c.packets[1]
    c.packets.clear()
    c._add(changed(syn / Raw(decoy_of(data)), flags="S"))
    answer.time = c.at
    c._add(answer)
    c.send(0, data)
    c.answer(len(data))


def padded_headers(c):
    data = f"GET / HTTP/1.1\r\nUser-Agent: {'x' * 3000}\r\nHost: {TRUE_NAME}\r\n\r\n".encode()
    c.open()
    for at in range(0, len(data), 1000):
        c.send(at, data[at:at + 1000])
    c.answer(len(data), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


padded_headers.server_port = 80


def destination_options(c):
    data = c.hello()
    cut = name_at(data)
    c.open()
    for at, piece in ((0, data[:cut]), (cut, data[cut:])):
        packet = c.segment(at, piece)
        if c.version == 6:
            tcp = packet[TCP]
            del packet[IPv6].payload
            packet = packet / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)]) / tcp
        c._add(packet)
    c.answer(len(data))


PROGRAM_TRICKS = {
    "decoy that acknowledges long ago": (played(old_acknowledgement), {"out-of-window"}),
    "decoy that acknowledges the future": (played(far_acknowledgement), {"out-of-window"}),
    "decoy without ACK": (played(without_ack), {"out-of-window"}),
    "decoy with an old timestamp": (old_timestamp, {"out-of-window"}),
    "decoy with a wrong IP checksum": (played(wrong_ip_checksum), {"bad-checksum"}),
    "decoy that every host refuses": (played(refused_header), set()),
    "decoy that dies near the server": (played(dies_near_the_server), {"two-names"}),
    "decoy of random bytes, low TTL": (played(noise), {"low-ttl"}),
    "decoy after the acknowledgement": (after_acknowledgement, set()),
    "halves between decoys, low TTL": (faked_disorder(dies_early=True), {"low-ttl"}),
    "halves between decoys, MD5 option": (faked_disorder(md5=True), {"md5-option"}),
    "halves between decoys, wrong checksum": (faked_disorder(bad_checksum=True), {"bad-checksum"}),
    "false name before and after the true": (host_fake_split, {"low-ttl"}),
    "disorder with false bytes in front": (sequence_overlap, {"tcp-overlap"}),
    "first half dies and comes last": (first_half_dies, {"tcp-disorder", "low-ttl"}),
    "urgent byte, second half first": (urgent_and_disorder, {"tcp-urgent", "tcp-disorder"}),
    "urgent byte before all others": (urgent_first_byte, {"tcp-urgent"}),
    "records and segments cut the name": (records_then_segments, {"tiny-records"}),
    "false SYN first": (false_syn("before", "S"), set()),
    "false SYN after the handshake": (false_syn("after", "S"), set()),
    "false SYN inside the hello": (false_syn("middle", "S"), set()),
    "client's SYN-ACK first": (false_syn("before", "SA"), set()),
    "client's SYN-ACK after the handshake": (false_syn("after", "SA"), {"out-of-window"}),
    "client's SYN-ACK inside the hello": (false_syn("middle", "SA"), {"out-of-window"}),
    "client's SYN-ACK, then a decoy": (roles_then_decoy, {"out-of-window"}),
    "decoy in the SYN": (decoy_in_syn, {"syn-data"}),
    "extension headers on every packet": (destination_options, set()),
    "HTTP: line end before the method": (http(f"\r\nGET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), set()),
    "HTTP: mixed case of the name": (http(
        f"GET / HTTP/1.1\r\nHost: {''.join(c.upper() if i % 2 else c for i, c in enumerate(TRUE_NAME))}\r\n\r\n"), set()),
    "HTTP: tab before the name": (http(f"GET / HTTP/1.1\r\nHost:\t{TRUE_NAME}\r\n\r\n"), {"http-odd-syntax"}),
    "HTTP: three thousand bytes before the host": (padded_headers, set()),
    "HTTP: lower-case method and version": (http(f"get / http/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), {"http-odd-syntax"}),
}
# These leave it open which version the server takes: both are told.
PROGRAM_BOTH_NAMES = {"decoy that dies near the server"}
