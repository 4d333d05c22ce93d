#!/usr/bin/env python3
"""Mail and alerts as they arrive: a real SMTP server with STARTTLS, a real webhook and a real syslog listener.

usage: mail_test.py GATEHOUSE GATEHOUSE-LODGE [unittest options]
"""
import datetime
import email
import email.policy
import http.server
import json
import pathlib
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

try:
    from aiosmtpd.controller import Controller
except ImportError:
    print("skipped: python3-aiosmtpd is not installed")
    sys.exit(77)
from inbox import Inbox, free_port

PATIENCE = 40
gatehouse = ""
lodge = ""
NOW = datetime.datetime.now(datetime.timezone.utc)
YESTERDAY = NOW - datetime.timedelta(days=1)


def event(number, at, host="guns-direct.test", client="10.10.4.7"):
    return {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"), "flow_id": number, "event_type": "tls",
            "src_ip": client, "src_port": 40000, "dest_ip": "203.0.113.9", "dest_port": 443, "proto": "TCP",
            "tls": {"sni": host, "version": "TLS 1.3"},
            "gatehouse": {"id": f"e{number}", "action": "block", "category": "weapons-firearms", "list": "demo-firearms",
                          "entry": host, "line": 12, "group": "students", "outcome": "blocked"}}


class Mail(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.running = None
        self.port = free_port()
        self.inbox = Inbox()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.folder / "key.pem",
                        "-out", self.folder / "cert.pem"], check=True, capture_output=True)

    def tearDown(self):
        if self.running and self.running.poll() is None:
            self.running.kill()
            self.running.wait()

    def serve(self):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        server = Controller(self.inbox, hostname="127.0.0.1", port=self.port, tls_context=tls, require_starttls=True)
        server.start()
        self.addCleanup(server.stop)
        return server

    def configure(self, more="", at="00:01", by="23:59"):
        (self.folder / "gatehouse.yaml").write_text(f"""
college: {{name: Northfield College}}
journal: {{path: eve.json}}
store: {{path: lodge.db}}
report: {{folder: reports, time: "00:00", pseudonym_key: 0123456789abcdef}}
mail:
  server: localhost
  port: {self.port}
  ca_file: cert.pem
  from: Gatehouse <gatehouse@college.test>
  at: "{at}"
  by: "{by}"
  patience: 5 seconds
  recipients:
    - {{to: lead@college.test, report: safeguarding-lead}}
    - {{to: head@college.test, report: senior-leaders}}
{more}
""")

    def start(self):
        with open(self.folder / "lodge.log", "ab") as log:
            self.running = subprocess.Popen([lodge, "--config", self.folder / "gatehouse.yaml"], stderr=log)

    def end(self):
        self.running.send_signal(signal.SIGTERM)
        self.assertEqual(self.running.wait(PATIENCE), 0)

    def append(self, *events):
        with open(self.folder / "eve.json", "ab") as journal:
            journal.write(b"".join(json.dumps(one).encode() + b"\n" for one in events))

    def command(self, *words, expect=0):
        done = subprocess.run([gatehouse, *words, "--config", self.folder / "gatehouse.yaml"], capture_output=True,
                              text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout

    def until(self, wanted, what):
        begun = time.monotonic()
        while not wanted():
            log = self.folder / "lodge.log"
            self.assertLess(time.monotonic() - begun, PATIENCE, f"{what}\n{log.read_text() if log.exists() else ''}")
            time.sleep(0.02)
        return time.monotonic() - begun

    def make_due(self):
        """As if the wait for the next try were over."""
        with sqlite3.connect(self.folder / "lodge.db", timeout=10) as db:
            db.execute("UPDATE outbox SET due = 0 WHERE sent = 0")


class Morning(Mail):
    def test_the_report_arrives_once_with_both_parts_also_when_the_relay_was_down(self):
        self.configure()
        self.append(event(1, YESTERDAY), event(2, YESTERDAY + datetime.timedelta(seconds=30)),
                    event(3, YESTERDAY + datetime.timedelta(seconds=55)))
        self.start()  # nothing listens on the relay's port
        waiting = "SELECT count(*) FROM outbox WHERE tries > 0 AND sent = 0"
        self.until(lambda: (self.folder / "lodge.db").exists(), "the store")
        self.until(lambda: self.asked(waiting) == 2, "two mails that could not be sent")
        self.serve()
        self.inbox.refuse = True  # up, and still not willing
        self.make_due()
        self.until(lambda: self.asked("SELECT count(*) FROM outbox WHERE tries > 1 AND sent = 0") == 2, "two more tries")
        self.inbox.refuse = False
        self.make_due()
        self.until(lambda: len(self.inbox.mails) == 2, "the mails")
        self.end()
        self.start()  # a restart sends nothing again
        time.sleep(3)
        self.end()
        self.assertEqual("0 new in the outbox", self.command("report", "send", "yesterday").splitlines()[0])
        self.assertEqual(len(self.inbox.mails), 2)
        self.assertEqual(self.asked("SELECT count(*) FROM outbox WHERE sent > 0 AND answer = '250'"), 2)
        for to, raw, encrypted in self.inbox.mails:
            self.assertTrue(encrypted)
            self.check(to, raw)

    def check(self, to, raw):
        self.assertTrue(all(line.endswith(b"\r") for line in raw.split(b"\n")[:-1]))
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertEqual(mail.defects, [])
        parts = list(mail.walk())
        self.assertEqual([part.get_content_type() for part in parts],
                         ["multipart/alternative", "text/plain", "text/html"])
        for part in parts:
            self.assertEqual(part.defects, [])
        text, html = parts[1].get_content(), parts[2].get_content()
        self.assertIn("Northfield College", text)
        self.assertIn("<h1>", html)
        self.assertEqual(mail["to"], to[0])
        for never in ("guns-direct", "10.10.4.7"):
            self.assertNotIn(never, text + html)

    def asked(self, sql):
        with sqlite3.connect(f"file:{self.folder / 'lodge.db'}?mode=ro", uri=True, timeout=10) as db:
            try:
                return db.execute(sql).fetchone()[0]
            except sqlite3.OperationalError:  # being made
                return None

    def test_a_report_made_twice_is_the_same_mail_byte_for_byte(self):
        self.configure()
        self.append(event(1, YESTERDAY), event(2, YESTERDAY + datetime.timedelta(seconds=30)))
        self.serve()
        self.start()
        self.until(lambda: len(self.inbox.mails) == 2, "the mails")
        self.end()
        with sqlite3.connect(self.folder / "lodge.db", timeout=10) as db:
            db.execute("DELETE FROM outbox")
        self.command("report", "send", "yesterday")
        self.until(lambda: len(self.inbox.mails) == 4, "the mails once more")
        first, again = sorted(self.inbox.mails[:2]), sorted(self.inbox.mails[2:])
        self.assertEqual(first, again)


class Desk(Mail):
    def test_from_a_card_to_its_events_to_an_incident_to_a_name_on_record(self):
        self.configure()
        self.append(*[event(n, YESTERDAY + datetime.timedelta(seconds=25 * n)) for n in range(4)])
        self.start()
        self.until(lambda: (self.folder / "reports").exists() and list((self.folder / "reports").glob("*.html")), "the report")
        self.end()
        text = list((self.folder / "reports").glob("*.txt"))[0].read_text()
        card = re.search(r"Card +(\S+)", text).group(1)
        explained = self.command("report", "explain", card)
        self.assertIn("event e0", explained)
        self.assertIn("list demo-firearms line 12", explained)
        self.assertNotIn("guns-direct.test", explained)
        opened = self.command("incident", "open", "--about", card, "--by", "J. Grant")
        self.assertIn("incident 1 is open", opened)
        self.command("incident", "close", "1", "--by", "J. Grant", "--cause", "coursework", "--outcome", "no-action",
                     "--text", "history module")
        self.assertIn("closed: coursework, no-action", self.command("incident", "list"))
        code = re.search(r"D-[0-9A-Z]{6}", text).group(0)
        self.command("names", "resolve", code, "--role", "it", "--purpose", "curious", expect=1)
        self.assertEqual(self.command("names", "resolve", code, "--role", "safeguarding-lead", "--by", "J. Grant",
                                      "--purpose", "to find the room").strip(), "10.10.4.7")
        self.assertEqual(len(self.command("names", "log").splitlines()), 2)
        for reader in ("senior-leaders", "it", "week", "mail"):
            self.command("report", "yesterday", "--for", reader, "--out", self.folder / "more")
        self.assertEqual(len(list((self.folder / "more").iterdir())), 8)
        self.command("report", "read", "yesterday", "--by", "J. Grant")


class Hook:
    """A webhook and a syslog listener."""

    def __init__(self, test):
        self.bodies = []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                hook.bodies.append((time.monotonic(), json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *words):
                pass

        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.log.bind(("127.0.0.1", 0))
        self.log.settimeout(PATIENCE)
        test.addCleanup(self.web.server_close)
        test.addCleanup(self.web.shutdown)
        test.addCleanup(self.log.close)

    def settings(self, deputy=""):
        return f"""
alerts:
  channels:
    - {{name: hook, kind: json, to: "http://127.0.0.1:{self.web.server_port}/a"}}
    - {{name: siem, kind: cef, to: "127.0.0.1:{self.log.getsockname()[1]}"}}
    - {{name: desk, kind: mail, to: desk@college.test}}
  tell: [hook, siem, desk]
  deputy: [hook]
  escalate_after: 3 seconds
"""


class Urgent(Mail):
    def test_an_alert_is_there_within_ten_seconds_of_its_event_also_beside_a_dead_relay(self):
        hook = Hook(self)
        self.configure(hook.settings())
        self.start()
        self.until(lambda: (self.folder / "lodge.db").exists(), "the store")
        begun = time.monotonic()
        now = datetime.datetime.now(datetime.timezone.utc)
        # On a statutory list: looked at today, however it was meant.
        sealed = event(1, now, host="sealed-site.test")
        sealed["gatehouse"].update(category="statutory", sealed=True)
        self.append(sealed)
        self.until(lambda: hook.bodies, "the alert")
        took = hook.bodies[0][0] - begun
        print(f"from the journal's line to the webhook: {took:.2f} s", file=sys.stderr)
        self.assertLess(took, 10)
        said = hook.bodies[0][1]
        self.assertIn("statutory list", said["title"])
        self.assertNotIn("sealed-site", json.dumps(said))
        self.assertIn("CEF:0|Gatehouse|", self.hear(hook))
        self.until(lambda: any(b["step"] == "escalated" for _, b in hook.bodies), "the escalation")
        self.command("alerts", "ack", str(said["alert"]), "--by", "J. Grant")
        self.assertIn("acknowledged by J. Grant", self.command("alerts", "list"))
        self.serve()
        self.make_due()
        self.until(lambda: any(to == ["desk@college.test"] for to, _, _ in self.inbox.mails), "the alert by mail")
        self.end()

    def hear(self, hook):
        return hook.log.recvfrom(65536)[0].decode()

    def test_a_report_that_has_not_gone_out_by_its_time_is_told_to_a_deputy(self):
        hook = Hook(self)
        self.configure(hook.settings(), by="00:02")  # which has passed, and no relay is there
        self.append(event(1, YESTERDAY))
        self.start()
        self.until(lambda: any("has not gone out" in b["title"] for _, b in hook.bodies), "the deputy's notice")
        time.sleep(2)
        told = [b for _, b in hook.bodies if "has not gone out" in b["title"]]
        self.assertEqual(len(told), 2)  # one for each mail, once
        self.end()


if __name__ == "__main__":
    gatehouse, lodge = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
