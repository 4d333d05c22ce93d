#!/usr/bin/python3
"""One end of a tunnel without encryption, run at both ends: packets of an interface of its own, wrapped and sent to the
other end, as a kernel with the module would.

usage: tunnel.py KIND OUTER-LOCAL OUTER-REMOTE INNER-ADDRESS/PREFIX     KIND: ip, gre, udp, vxlan
"""
import fcntl
import select
import socket
import struct
import subprocess
import sys

ETHER = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"     # of VXLAN's inner frames; both ends take any


def open_tun(address):
    tun = open("/dev/net/tun", "r+b", buffering=0)
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH", b"tun0", 0x1001))     # TUNSETIFF: IFF_TUN | IFF_NO_PI
    subprocess.run(["ip", "address", "add", address, "dev", "tun0", *(["nodad"] if ":" in address else [])], check=True)
    subprocess.run(["ip", "link", "set", "tun0", "up", "mtu", "1300"], check=True)
    return tun


def open_outer(kind, local, remote, inner):
    family = socket.AF_INET6 if ":" in local else socket.AF_INET
    if kind in ("udp", "vxlan"):
        outer = socket.socket(family, socket.SOCK_DGRAM)
        port = 4789 if kind == "vxlan" else 5999
        outer.bind((local, port))
        outer.connect((remote, port))
    else:
        outer = socket.socket(family, socket.SOCK_RAW, 47 if kind == "gre" else 41 if ":" in inner else 4)
        outer.bind((local, 0))
        outer.connect((remote, 0))
    return outer


def wrap(kind, packet):
    ethertype = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"
    return {"ip": b"", "udp": b"", "gre": b"\0\0" + ethertype,
            "vxlan": b"\x08\0\0\0\0\0\x2a\0" + ETHER + ethertype}[kind] + packet


def unwrap(kind, data, outer_v6):
    if kind in ("ip", "gre") and not outer_v6:
        data = data[(data[0] & 15) * 4:]     # a raw IPv4 socket gives the header too
    return data[{"ip": 0, "udp": 0, "gre": 4, "vxlan": 22}[kind]:]


def main():
    kind, local, remote, inner = sys.argv[1:]
    outer, tun = open_outer(kind, local, remote, inner), open_tun(inner)
    print("ready", flush=True)
    while True:
        for ready in select.select([outer, tun], [], [])[0]:
            try:
                if ready is tun:
                    outer.send(wrap(kind, tun.read(65536)))
                else:
                    tun.write(unwrap(kind, outer.recv(65536), ":" in local))
            except OSError:     # an ICMP error of the path, or something that is no packet
                continue


main()
