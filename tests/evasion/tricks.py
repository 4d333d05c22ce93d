"""What a client does to get its true name past a filter. Each trick is a function that plays one connection: into a
capture (tests/evasion/run) or on a wire, with a real server at its other end (tests/lab/evasion). TRICKS says which
flags of the journal may name it (none where nothing unusual happened)."""
import random

from wire import DECOY_NAME, TRUE_NAME


def decoy_of(data):
    """The same bytes with a harmless name where the true one stands."""
    return data.replace(TRUE_NAME.encode(), DECOY_NAME.encode())


def name_at(data):
    return data.index(TRUE_NAME.encode()) + len(TRUE_NAME) // 2


def plain(c):
    data = c.hello()
    c.open()
    c.send(0, data)
    c.answer(len(data))


def two_segments(c):
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(0, data[:cut], "A")
    c.send(cut, data[cut:])
    c.answer(len(data))


def byte_by_byte(c):
    data = c.hello()
    c.open()
    for i in range(len(data)):
        c.send(i, data[i:i + 1])
    c.answer(len(data))


def reversed_halves(c):
    data = c.hello()
    cut = name_at(data)
    c.open()
    c.send(cut, data[cut:])
    c.send(0, data[:cut])
    c.answer(len(data))


def shuffled_pieces(c):
    data = c.hello()
    pieces = [(i, data[i:i + 24]) for i in range(0, len(data), 24)]
    random.shuffle(pieces)
    c.open()
    for at, piece in pieces:
        c.send(at, piece)
    c.answer(len(data))


def urgent_byte(c):
    data = c.hello()
    cut = name_at(data)
    c.open()
    # The last byte of the urgent segment goes out of band: the server's program never reads it.
    c.send(0, data[:cut] + b"z", "PAU", urgent=cut + 1)
    c.send(cut + 1, data[cut:])
    c.answer(len(data) + 1)


def decoy_then_true(**how):
    def play(c):
        data = c.hello()
        c.open()
        c.send(0, decoy_of(data), **how)
        c.send(0, data)
        c.answer(len(data))
    return play


def split_decoy_then_true(**how):
    def play(c):
        data = c.hello()
        cut = name_at(data)
        fake = decoy_of(data)
        c.open()
        c.send(0, fake[:cut], **how)
        c.send(0, data[:cut])
        c.send(cut, fake[cut:], **how)
        c.send(cut, data[cut:])
        c.answer(len(data))
    return play


def everything_together(c):
    data = c.hello()
    cut = name_at(data)
    fake = decoy_of(data)
    c.open()
    c.send(cut, data[cut:])
    c.send(0, fake[:cut], dies_early=True)
    c.send(0, fake[:cut], bad_checksum=True)
    c.send(0, data[:cut])
    c.answer(len(data))


def overlap_fake_first(c):
    data = c.hello()
    cut = name_at(data)
    fake = decoy_of(data)
    c.open()
    # Out of order, so that both versions wait: which one counts is for the server's system to say.
    c.send(cut, fake[cut:])
    c.send(cut, data[cut:])
    c.send(0, data[:cut])
    c.answer(len(data))


def overlap_fake_last(c):
    data = c.hello()
    cut = name_at(data)
    fake = decoy_of(data)
    c.open()
    c.send(cut, data[cut:])
    c.send(cut, fake[cut:])
    c.send(0, data[:cut])
    c.answer(len(data))


def records(sizes):
    def play(c):
        data = c.hello()
        body = data[5:]
        wire, at = b"", 0
        while at < len(body):
            size = sizes()
            piece = body[at:at + size]
            wire += b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece
            at += size
        c.open()
        for i in range(0, len(wire), 1400):
            c.send(i, wire[i:i + 1400])
        c.answer(len(wire))
    return play


def records_and_segments(c):
    data = c.hello()
    body = data[5:]
    cut = body.index(TRUE_NAME.encode()) + 4
    wire = b"".join(b"\x16\x03\x01" + len(p).to_bytes(2, "big") + p for p in (body[:cut], body[cut:]))
    c.open()
    c.send(cut + 2, wire[cut + 2:])
    c.send(0, wire[:cut + 2])
    c.answer(len(wire))


def fragments(size, order=None, overlap=None):
    def play(c):
        data = c.hello()
        c.open()
        c.send_fragments(0, data, size, order, overlap)
        c.answer(len(data))
    return play


def data_in_syn(c):
    data = c.hello()
    c.open(data)
    c.answer(len(data))


def fake_reset(**how):
    def play(c):
        data = c.hello()
        cut = name_at(data)
        c.open()
        c.send(0, data[:cut])
        c.reset(**how)
        c.send(cut, data[cut:])
        c.answer(len(data))
    return play


def http(request, cut=None, server_port=80):
    def play(c):
        data = request if isinstance(request, bytes) else request.encode()
        c.open()
        if cut is None:
            c.send(0, data)
        else:
            at = cut(data)
            c.send(0, data[:at])
            c.send(at, data[at:])
        c.answer(len(data), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    play.server_port = server_port
    return play


def in_host(data):
    return data.lower().index(TRUE_NAME.encode()) + 6


def decoy_request(**how):
    def play(c):
        data = f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n".encode()
        c.open()
        c.send(0, decoy_of(data), **how)
        c.send(0, data)
        c.answer(len(data), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    play.server_port = 80
    return play


OLD = -20000
FAR = 3_000_000

# name: (how to play it, flags of which at least one must be in the journal; none wanted when empty)
TRICKS = {
    "nothing special": (plain, set()),
    "two segments, cut in the name": (two_segments, set()),
    "byte by byte": (byte_by_byte, {"tiny-segments"}),
    "second half first": (reversed_halves, {"tcp-disorder"}),
    "pieces shuffled": (shuffled_pieces, {"tcp-disorder", "tiny-segments"}),
    "urgent byte inside the name": (urgent_byte, {"tcp-urgent"}),
    "decoy with a low TTL": (decoy_then_true(dies_early=True), {"low-ttl"}),
    "decoy with a wrong checksum": (decoy_then_true(bad_checksum=True), {"bad-checksum"}),
    "decoy with an MD5 option": (decoy_then_true(md5=True), {"md5-option"}),
    "decoy with an old sequence": (decoy_then_true(shift=OLD), {"out-of-window"}),
    "decoy beyond the window": (decoy_then_true(shift=FAR), {"out-of-window"}),
    "split decoy, low TTL": (split_decoy_then_true(dies_early=True), {"low-ttl"}),
    "split decoy, wrong checksum": (split_decoy_then_true(bad_checksum=True), {"bad-checksum"}),
    "split, decoys and disorder": (everything_together, {"low-ttl", "bad-checksum", "tcp-disorder"}),
    "overlap, false bytes first": (overlap_fake_first, {"tcp-overlap", "two-names"}),
    "overlap, false bytes last": (overlap_fake_last, {"tcp-overlap", "two-names"}),
    "records of one byte": (records(lambda: 1), {"tiny-records"}),
    "records of one to twenty bytes": (records(lambda: random.randint(1, 20)), {"tiny-records"}),
    "two records, out of order": (records_and_segments, {"tcp-disorder", "tiny-records"}),
    "fragments": (fragments(64), {"fragments"}),
    "fragments in reverse": (fragments(64, lambda n: range(n - 1, -1, -1)), {"fragments"}),
    "fragments that overlap": (fragments(64, None, b"zx"), {"fragment-overlap"}),
    "data in the SYN": (data_in_syn, {"syn-data"}),
    "reset with a low TTL": (fake_reset(dies_early=True), {"fake-reset"}),
    "reset with a wrong checksum": (fake_reset(bad_checksum=True), {"fake-reset"}),
    "reset out of the window": (fake_reset(shift=OLD), {"fake-reset"}),
    "FIN with a low TTL": (fake_reset(dies_early=True, flags="FA"), {"fake-reset"}),
    "HTTP: nothing special": (http(f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), set()),
    "HTTP: cut in the host": (http(f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n", in_host), set()),
    "HTTP: odd case": (http(f"GET / HTTP/1.1\r\nhoSt: {TRUE_NAME.upper()}\r\n\r\n"), set()),
    "HTTP: no space": (http(f"GET / HTTP/1.1\r\nHost:{TRUE_NAME}\r\n\r\n"), set()),
    "HTTP: tabs and spaces": (http(f"GET / HTTP/1.1\r\nHost: \t  {TRUE_NAME} \t\r\n\r\n"), {"http-odd-syntax"}),
    "HTTP: trailing dot": (http(f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}.\r\n\r\n"), set()),
    "HTTP: bare line feeds": (http(f"GET / HTTP/1.1\nHost: {TRUE_NAME}\n\n"), {"http-odd-syntax"}),
    "HTTP: empty lines before": (http(f"\r\n\r\nGET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), {"http-odd-syntax"}),
    "HTTP: two spaces in the request line": (http(f"GET  /  HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"),
                                             {"http-odd-syntax"}),
    "HTTP: space before the colon": (http(f"GET / HTTP/1.1\r\nHost : {TRUE_NAME}\r\n\r\n"), {"http-odd-syntax"}),
    "HTTP: folded header": (http(f"GET / HTTP/1.1\r\nHost:\r\n {TRUE_NAME}\r\n\r\n"), {"http-odd-syntax"}),
    "HTTP: doubled host, true first": (http(
        f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\nHost: {DECOY_NAME}\r\n\r\n"), {"http-host-doubled"}),
    "HTTP: doubled host, true last": (http(
        f"GET / HTTP/1.1\r\nHost: {DECOY_NAME}\r\nHost: {TRUE_NAME}\r\n\r\n"), {"http-host-doubled"}),
    "HTTP: true name in the target": (http(
        f"GET http://{TRUE_NAME}/ HTTP/1.1\r\nHost: {DECOY_NAME}\r\n\r\n"), {"http-host-mismatch"}),
    "HTTP: true name in the Host": (http(
        f"GET http://{DECOY_NAME}/ HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), {"http-host-mismatch"}),
    "HTTP: made-up method": (http(f"FETCH / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), set()),
    "HTTP: on another port": (http(f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}:8088\r\n\r\n", None, 8088), set()),
    "HTTP: second request": (http(
        f"GET / HTTP/1.1\r\nHost: {DECOY_NAME}\r\n\r\nGET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), set()),
    "HTTP: hidden behind a body": (http(
        f"POST / HTTP/1.1\r\nHost: {DECOY_NAME}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        f"GET / HTTP/1.1\r\nHost: {TRUE_NAME}\r\n\r\n"), set()),
    "HTTP: through a proxy": (http(
        f"CONNECT {TRUE_NAME}:443 HTTP/1.1\r\nHost: {TRUE_NAME}:443\r\n\r\n", None, 3128), set()),
    # RFC 9110 section 7.2: Host equals the authority of the target; one that does not is no honest client's
    "HTTP: through a proxy, false Host": (http(
        f"CONNECT {TRUE_NAME}:443 HTTP/1.1\r\nHost: {DECOY_NAME}\r\n\r\n", None, 3128), {"http-host-mismatch"}),
    "HTTP: decoy with a low TTL": (decoy_request(dies_early=True), {"low-ttl"}),
    "HTTP: decoy with a wrong checksum": (decoy_request(bad_checksum=True), {"bad-checksum"}),
}

# The decoy's name must not be reported as if somebody went there; these name two hosts for real.
BOTH_NAMES = {name for name in TRICKS if "doubled" in name or "target" in name or "true name in the Host" in name
              or "overlap, false" in name or "second request" in name or "hidden behind" in name
              or "through a proxy" in name}
