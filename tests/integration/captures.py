"""Captures for the tests of the command: HTTP connections with right checksums, as pcap or pcapng bytes."""
import ipaddress
import struct


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(source, target, ports, seq, ack, flags, payload=b""):
    """One TCP segment as an Ethernet frame."""
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 64240, 0, 0) + payload
    tcp = tcp[:16] + struct.pack("!H", checksum(ends + struct.pack("!HH", 6, len(tcp)) + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + ends
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return bytes.fromhex("02005e00000102005e0000020800") + ip + tcp


def visit(host, client="10.10.1.14", port=40000, at=1_794_304_800.0):
    """The packets of one HTTP request and its answer: (time, frame) each. The default day is 10 November 2026."""
    server = "198.18.0.7"
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n".encode()
    answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    there, back = (port, 80), (80, port)
    frames = [
        segment(client, server, there, 100, 0, 0x02),
        segment(server, client, back, 500, 101, 0x12),
        segment(client, server, there, 101, 501, 0x10),
        segment(client, server, there, 101, 501, 0x18, request),
        segment(server, client, back, 501, 101 + len(request), 0x18, answer),
        segment(client, server, there, 101 + len(request), 501 + len(answer), 0x11),
        segment(server, client, back, 501 + len(answer), 102 + len(request), 0x11),
    ]
    return [(at + number / 100, frame) for number, frame in enumerate(frames)]


def pcap(packets, order="<", nanoseconds=False):
    """The older format, in either byte order and either fineness of time."""
    scale = 1_000_000_000 if nanoseconds else 1_000_000
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
    for at, frame in packets:
        out.append(struct.pack(order + "IIII", int(at), int(at % 1 * scale), len(frame), len(frame)) + frame)
    return b"".join(out)


def pcapng(packets, order="<"):
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)

    out = [block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
           block(1, struct.pack(order + "HHI", 1, 0, 262144))]
    for at, frame in packets:
        stamp = int(at * 1_000_000)
        out.append(block(6, struct.pack(order + "IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(frame), len(frame))
                         + frame))
    return b"".join(out)
