"""The web that browse-for-real shows a browser: pages with first and third parties, some of which bring listed names
along, served over TLS and plain HTTP. Listed names are refused as the gate refuses them."""
import socket
import ssl
import struct
import threading

LISTED = {  # name and all below it: category; all of them are on the demonstration lists (rules/demo)
    "guns-direct.test": "weapons-firearms", "rifle-barn.test": "weapons-firearms",
    "northern-order.test": "extremism-right-wing", "radio.white-cliff.test": "extremism-right-wing",
    "black-banner.test": "extremism-islamist", "caliphate-call.test": "extremism-islamist",
    "speedy-vpn.test": "circumvention", "hide-me-now.test": "circumvention", "last-day-club.test": "extremism-other"}


def is_listed(host):
    return any(host == name or host.endswith("." + name) for name in LISTED)


def page(title, head="", body="", script=""):
    return (f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>{head}</head>"
            f"<body><h1>{title}</h1>{body}<script>{script}</script></body></html>")


def script(host, path="a.js"):
    return f"<script async src=https://{host}/{path}></script>"


def image(host):
    return f"<img src=https://{host}/a.png width=8>"


def style(host):
    return f"<link rel=stylesheet href=https://{host}/a.css>"


def link(host, path="/"):
    return f"<p><a id=\"{host}\" href=https://{host}{path}>{host}</a></p>"


def later(seconds, html):
    return f"setTimeout(()=>document.body.insertAdjacentHTML('beforeend',`{html}`),{int(seconds * 1000)});"


PAGES = {
    # A newspaper whose advert is a listed shop's, brought by the advert's script.
    "www.morning-post.test": page(
        "News", style("static.morning-post.test") + script("cdn.script-house.test"),
        image("img.morning-post.test") + script("ads.banner-yard.test", "advert.js") + image("px.tally.test")
        + link("www.story-one.test")),
    "www.story-one.test": page("A story", style("static.morning-post.test"), image("img.morning-post.test") + link("www.morning-post.test")),
    # A garden blog with a badge of a listed site in its side bar, and a radio's player that comes six seconds later.
    "www.garden-notes.test": page(
        "Garden", style("theme.blog-works.test") + script("cdn.script-house.test"),
        image("photos.blog-works.test") + "<iframe src=https://northern-order.test/badge></iframe>" + image("stats.blog-works.test")),
    "www.town-radio.test": page(
        "Town radio", style("static.town-radio.test"), image("logo.town-radio.test") + image("px.tally.test"),
        later(6, "<iframe src=https://radio.white-cliff.test/player></iframe>")),
    # A forum with a tracker of a listed site, and names looked up ahead.
    "forum.car-talk.test": page(
        "Cars", "<link rel=dns-prefetch href=//caliphate-call.test><link rel=preconnect href=https://hide-me-now.test>"
        + style("static.car-talk.test"), image("avatars.car-talk.test") + script("px.tally.test") + link("www.garden-notes.test")),
    # An open page that asks a listed service again and again.
    "app.homework-club.test": page(
        "Homework", script("cdn.script-house.test"), image("img.homework-club.test"),
        "setInterval(()=>fetch('https://speedy-vpn.test/ping').catch(()=>0),9000);"
        "fetch('https://speedy-vpn.test/ping').catch(()=>0);"),
    # Where links to listed pages stand.
    "www.seek-it.test": page(
        "Results", style("static.seek-it.test"), image("thumbs.seek-it.test")
        + "".join(link(host) for host in sorted(LISTED)) + link("www.garden-notes.test")),
    "mail.northfield.test": page(
        "Mail", style("static.northfield.test"), "".join(link(host, "/from-a-mail") for host in sorted(LISTED))),
}
ADVERT = ("var d=document.createElement('div');d.innerHTML='<iframe src=https://guns-direct.test/offer></iframe>"
          "<img src=https://sync.banner-yard.test/a.png><img src=https://match.other-ads.test/a.png>';"
          "document.body.appendChild(d);")
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def answer_for(host, path):
    """Status, type and body of what that host has at that path."""
    if path.endswith(".js"):
        return "200 OK", "text/javascript", (ADVERT if "advert" in path else "var x=1;").encode()
    if path.endswith(".css"):
        return "200 OK", "text/css", b"body{margin:1em}"
    if path.endswith((".png", ".ico")):
        return "200 OK", "image/gif", PIXEL
    html = PAGES.get(host)
    return ("200 OK", "text/html", html.encode()) if html else ("404 Not Found", "text/html", b"<p>nothing</p>")


def name_in_hello(data):
    """The SNI of a ClientHello record, or None."""
    at = 5 + 4 + 2 + 32
    at += 1 + data[at]
    at += 2 + struct.unpack_from("!H", data, at)[0]
    at += 1 + data[at]
    end = at + 2 + struct.unpack_from("!H", data, at)[0]
    at += 2
    while at + 4 <= min(end, len(data)):
        kind, length = struct.unpack_from("!HH", data, at)
        if kind == 0:
            return data[at + 9:at + 4 + length].decode()
        at += 4 + length
    return None


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def whole_hello(connection):
    connection.settimeout(5)
    for _ in range(100):
        data = connection.recv(16384, socket.MSG_PEEK)
        if len(data) < 5 or len(data) >= 5 + struct.unpack_from("!H", data, 3)[0]:
            return data
        threading.Event().wait(0.01)
    return data


def serve_requests(connection):
    connection.settimeout(60)
    stream = connection.makefile("rb")
    while True:
        first = stream.readline().decode(errors="replace").split()
        if len(first) < 2:
            return
        headers = {}
        while (line := stream.readline().strip()):
            key, _, value = line.decode(errors="replace").partition(":")
            headers[key.lower()] = value.strip()
        host = headers.get("host", "").split(":")[0]
        if is_listed(host):  # over plain HTTP, where the gate shows its block page
            status, kind, body = "403 Forbidden", "text/html", b"<p>blocked</p>"
        else:
            status, kind, body = answer_for(host, first[1].split("?")[0])
        head = (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nCache-Control: no-store\r\n"
                f"Access-Control-Allow-Origin: *\r\n\r\n")
        connection.sendall(head.encode() + body)


def handle(connection, context):
    try:
        if context is not None:
            hello = whole_hello(connection)
            name = name_in_hello(hello) if len(hello) > 50 and hello[0] == 22 else None
            if name is None or is_listed(name):
                return reset(connection)
            connection = context.wrap_socket(connection, server_side=True)
        serve_requests(connection)
    except (OSError, ValueError, IndexError, struct.error):
        pass
    finally:
        connection.close()


def serve(address, port, certificate=None):
    """Serves for ever, in this thread; over TLS where there is a certificate."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.set_alpn_protocols(["http/1.1"])
    listener = socket.create_server((address, port), backlog=64)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=(connection, context), daemon=True).start()
