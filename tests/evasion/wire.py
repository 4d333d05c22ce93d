"""Packets of a client that tries to get round, made with scapy, over IPv4 or IPv6. Here they make a capture, in which a
server answers as a real host would; tests/lab/raw_client.py sends the same ones to a real server."""
import random
import ssl

from scapy.all import Ether, IP, IPv6, IPv6ExtHdrFragment, Raw, TCP, fragment, fragment6

TRUE_NAME = "forbidden-page.test"
DECOY_NAME = "harmless-pages.test"     # as long as the true one: a decoy differs in nothing else
TTL = 64


def real_hello(name):
    """A ClientHello as OpenSSL sends it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["h2", "http/1.1"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Connection:
    """One TCP connection of the client, packet by packet."""
    MACS = ("00:16:3e:00:00:01", "00:16:3e:00:00:02")
    ENDS = {4: ("10.10.1.14", "198.18.0.7"), 6: ("2001:db8:a::14", "2001:db8:ffff::7")}
    DYING_TTL = 4

    def __init__(self, version, port, server_port, at=0.0):
        self.version, self.port, self.server_port, self.at = version, port, server_port, at
        self.isn, self.server_isn = random.getrandbits(32), random.getrandbits(32)
        self.packets = []

    def hello(self):
        """The ClientHello with the true name."""
        return real_hello(TRUE_NAME)

    def _ip(self, from_client, ttl=TTL):
        ether = Ether(src=self.MACS[0 if from_client else 1], dst=self.MACS[1 if from_client else 0])
        ends = self.ENDS[self.version]
        source, target = ends[0 if from_client else 1], ends[1 if from_client else 0]
        if self.version == 4:
            return ether, IP(src=source, dst=target, ttl=ttl, id=random.getrandbits(16))
        return ether, IPv6(src=source, dst=target, hlim=ttl)

    def _add(self, packet):
        self.at += random.uniform(0.0001, 0.0004)
        packet.time = self.at
        self.packets.append(packet)

    def _tcp(self, from_client, seq, ack, flags, **more):
        ports = (self.port, self.server_port)
        return TCP(sport=ports[0 if from_client else 1], dport=ports[1 if from_client else 0], seq=seq % 2**32,
                   ack=ack % 2**32 if "A" in flags else 0, flags=flags, window=64240, **more)

    def open(self, data=b""):
        ether, ip = self._ip(True)
        options = [("MSS", 1460), ("WScale", 7)]
        self._add(ether / ip / self._tcp(True, self.isn, 0, "S", options=options) / Raw(data) if data
                  else ether / ip / self._tcp(True, self.isn, 0, "S", options=options))
        ether, ip = self._ip(False, 57)
        self._add(ether / ip / self._tcp(False, self.server_isn, self.isn + 1 + len(data), "SA", options=options))
        ether, ip = self._ip(True)
        self._add(ether / ip / self._tcp(True, self.isn + 1 + len(data), self.server_isn + 1, "A"))

    def send(self, offset, data, flags="PA", **how):
        """Client bytes at an offset of its stream; `segment` says how."""
        self._add(self.segment(offset, data, flags, **how))

    def segment(self, offset, data, flags="PA", dies_early=False, bad_checksum=False, md5=False, urgent=0, shift=0):
        """`dies_early`: does not live to reach the server. `shift` moves the sequence number out of the window."""
        ether, ip = self._ip(True, self.DYING_TTL if dies_early else TTL)
        more = {"options": [(19, bytes(range(16)))]} if md5 else {}
        tcp = self._tcp(True, self.isn + 1 + offset + shift, self.server_isn + 1, flags, urgptr=urgent, **more)
        packet = ether / ip / tcp / Raw(data)
        if bad_checksum:
            right = packet.__class__(bytes(packet))[TCP].chksum
            packet[TCP].chksum = right ^ 0x5AA5
        return packet

    def send_fragments(self, offset, data, size, order=None, overlap=None):
        """The same, in IP fragments of `size` bytes. `overlap`: bytes that a second fragment of the place
        in the middle carries, sent after the true one and before the datagram is whole."""
        packet = self.segment(offset, data)
        if self.version == 4:
            pieces = fragment(packet, fragsize=size)
        else:
            packet[IPv6].nh = 44
            inner = packet[TCP]
            header = IPv6ExtHdrFragment(nh=6, id=random.getrandbits(32))
            del packet[IPv6].payload
            whole = packet / header / inner
            whole = whole.__class__(bytes(self._checksummed_v6(whole, inner)))
            pieces = fragment6(whole, size + 62)
        pieces = list(pieces)
        if overlap is not None:
            middle = len(pieces) // 2
            twin = pieces[middle].copy()
            payload = bytes(twin[Raw].load) if Raw in twin else b""
            twin[Raw].load = (overlap * len(payload))[: len(payload)]
            pieces.insert(middle + 1, twin)
        for index in order(len(pieces)) if order else range(len(pieces)):
            self._add(pieces[index])

    def _checksummed_v6(self, whole, inner):
        # The checksum is the one of the segment without the fragment header.
        plain = IPv6(src=whole[IPv6].src, dst=whole[IPv6].dst, hlim=whole[IPv6].hlim) / inner.copy()
        whole[TCP].chksum = IPv6(bytes(plain))[TCP].chksum
        return whole

    def reset(self, dies_early=False, bad_checksum=False, shift=0, flags="R"):
        ether, ip = self._ip(True, self.DYING_TTL if dies_early else TTL)
        packet = ether / ip / self._tcp(True, self.isn + 1 + shift, self.server_isn + 1, flags)
        if bad_checksum:
            packet[TCP].chksum = packet.__class__(bytes(packet))[TCP].chksum ^ 0x5AA5
        self._add(packet)

    def answer(self, length, data=b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00"):
        """The server acknowledges `length` bytes of the client and answers; the connection then ends."""
        self.at += 0.02
        ether, ip = self._ip(False, 57)
        self._add(ether / ip / self._tcp(False, self.server_isn + 1, self.isn + 1 + length, "PA") / Raw(data))
        ether, ip = self._ip(True)
        self._add(ether / ip / self._tcp(True, self.isn + 1 + length, self.server_isn + 1 + len(data), "FA"))
        ether, ip = self._ip(False, 57)
        self._add(ether / ip / self._tcp(False, self.server_isn + 1 + len(data), self.isn + 2 + length, "FA"))
