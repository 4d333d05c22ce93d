#!/usr/bin/env python3
"""gatehouse-lodge as a running program: it follows a journal that is being written, and survives what happens to it.

usage: lodge_test.py GATEHOUSE-LODGE [unittest options]
"""
import datetime
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

PATIENCE = 30  # seconds for what takes one when the machine is not busy
program = ""


def event(number, at, client="10.10.4.7", host="guns-direct.test"):
    return {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"), "flow_id": number, "event_type": "tls",
            "src_ip": client, "src_port": 40000, "dest_ip": "203.0.113.9", "dest_port": 443, "proto": "TCP",
            "tls": {"sni": host, "version": "TLS 1.3"},
            "gatehouse": {"id": f"e{number}", "action": "block", "category": "weapons-firearms", "list": "demo-firearms",
                          "entry": host, "line": 12, "group": "students", "outcome": "blocked"}}


def minute(at):
    return {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"), "event_type": "stats",
            "stats": {"flows.named": 90, "flows.begun": 100},
            "gatehouse": {"id": f"stats-{int(at.timestamp()) // 60}"}}


class Lodge(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.journal = self.folder / "eve.json"
        self.store = self.folder / "lodge.db"
        self.log = self.folder / "lodge.log"
        self.running = None
        self.configure()

    def tearDown(self):
        if self.running and self.running.poll() is None:
            self.running.kill()
            self.running.wait()

    def configure(self, more="", report="time: \"00:00\""):
        text = f"journal: {{path: eve.json}}\nstore: {{path: lodge.db}}\nreport:\n  folder: reports\n  {report}\n{more}\n"
        (self.folder / "gatehouse.yaml").write_text(text)

    def start(self):
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen([program, "--config", self.folder / "gatehouse.yaml"], stderr=log)

    def end(self, how=signal.SIGTERM):
        self.running.send_signal(how)
        return self.running.wait(PATIENCE)

    def append(self, *events):
        with open(self.journal, "ab") as journal:
            journal.write(b"".join(json.dumps(one).encode() + b"\n" for one in events))

    def ask(self, sql):
        if not self.store.exists():
            return []
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=10) as db:
            try:
                return db.execute(sql).fetchall()
            except sqlite3.OperationalError:  # being made
                return []

    def until(self, wanted, what):
        """Waits for it; the time it took."""
        begun = time.monotonic()
        while not wanted():
            self.assertLess(time.monotonic() - begun, PATIENCE, f"{what}\n{self.log.read_text()}")
            self.assertIsNone(self.running.poll(), self.log.read_text())
            time.sleep(0.02)
        return time.monotonic() - begun

    def said(self, words):
        return words in self.log.read_text()


class Following(Lodge):
    def test_an_event_is_an_attempt_in_the_store_within_a_second(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.append(event(1, now))
        self.start()
        self.until(lambda: self.ask("SELECT 1 FROM event WHERE id = 'e1'"), "the first event")
        times = []
        for number in range(2, 7):
            self.append(event(number, now, client=f"10.10.4.{number}"))
            times.append(self.until(lambda: self.ask(f"SELECT 1 FROM event WHERE id = 'e{number}'"), "the next"))
        print(f"from the journal to the store: {', '.join(f'{t * 1000:.0f}' for t in times)} ms", file=sys.stderr)
        self.assertLess(sorted(times)[len(times) // 2], 1.0)

    def test_it_waits_for_a_gate_that_has_not_written_yet(self):
        self.start()
        self.until(lambda: self.said("cannot open the journal"), "the complaint")
        self.append(event(1, datetime.datetime.now(datetime.timezone.utc)))
        self.until(lambda: self.ask("SELECT 1 FROM event"), "the event")

    def test_sigterm_ends_it_in_order(self):
        self.start()
        self.until(self.store.exists, "the store")
        self.until(lambda: self.said("reading"), "the start")
        self.assertEqual(self.end(), 0)
        self.assertTrue(self.said("stopped"))


class Killed(Lodge):
    def test_kill_9_again_and_again_loses_and_doubles_nothing(self):
        start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)
        events = [event(n, start + datetime.timedelta(seconds=n / 4), client=f"10.10.4.{n % 200}") for n in range(12000)]
        chance = random.Random(4)
        kills = 0
        for begin in range(0, len(events), 2000):
            self.append(*events[begin:begin + 2000])
            self.start()
            # In the middle of its work, wherever that is; the store is made before the first kill.
            self.until(lambda: self.said("reading"), "the start")
            time.sleep(chance.uniform(0, 0.25))
            kills += self.end(signal.SIGKILL) == -signal.SIGKILL
        self.start()
        self.until(lambda: self.ask("SELECT count(*) FROM event") == [(len(events),)], "every event")
        self.assertEqual(self.end(), 0)
        self.assertEqual(kills, 6)
        self.assertEqual(self.ask("SELECT sum(hits) FROM attempt"), [(len(events),)])
        interrupted = self.ask("SELECT id, first, last, hits, address FROM attempt ORDER BY id")
        # The same journal read in one go by another store.
        self.store = self.folder / "whole.db"
        self.configure()
        path = self.folder / "gatehouse.yaml"
        path.write_text(path.read_text().replace("lodge.db", "whole.db"))
        self.start()
        self.until(lambda: self.ask("SELECT count(*) FROM event") == [(len(events),)], "every event")
        self.end()
        self.assertEqual(self.ask("SELECT id, first, last, hits, address FROM attempt ORDER BY id"), interrupted)


class Reloading(Lodge):
    def test_a_bad_configuration_is_told_and_the_old_one_stays(self):
        self.append(event(1, datetime.datetime.now(datetime.timezone.utc)))
        self.start()
        self.until(lambda: self.ask("SELECT 1 FROM event"), "the event")
        self.configure(more="nonsense: {}")
        self.running.send_signal(signal.SIGHUP)
        self.until(lambda: self.said("the configuration stays as it was"), "the complaint")
        self.append(event(2, datetime.datetime.now(datetime.timezone.utc)))
        self.until(lambda: self.ask("SELECT 1 FROM event WHERE id = 'e2'"), "it to go on")

    def test_a_good_one_counts_at_once(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.append(event(1, now))
        self.start()
        self.until(lambda: self.ask("SELECT 1 FROM attempt WHERE grade = 'D'"), "the event")
        begin = (now - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        (self.folder / "sessions.yaml").write_text(
            f"logins:\n  - {{login: a.learner, address: 10.10.4.8, from: {begin}, source: directory, "
            f"group: students}}\n")
        self.configure(more="identity: {sessions: sessions.yaml}")
        self.running.send_signal(signal.SIGHUP)
        self.until(lambda: self.said("read again"), "the reload")
        self.append(event(2, now, client="10.10.4.8"))
        self.until(lambda: self.ask("SELECT 1 FROM attempt WHERE login = 'a.learner'"), "the name")


class Reports(Lodge):
    def test_each_day_that_is_owed_gets_its_report_quiet_days_too(self):
        noon = datetime.datetime.now(datetime.timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
        days = [(noon - datetime.timedelta(days=ago)) for ago in (3, 2, 1)]
        self.append(*[minute(days[0] + datetime.timedelta(minutes=n)) for n in range(3)],
                    event(1, days[0]))
        self.start()
        reports = self.folder / "reports"
        wanted = [reports / f"gatehouse-{day:%Y-%m-%d}.html" for day in days]
        self.until(lambda: all(one.exists() for one in wanted), "three reports")
        self.until(lambda: len(self.ask("SELECT 1 FROM report")) == 4, "their record")
        self.assertEqual(self.end(), 0)
        for name in (wanted[0], wanted[2]):
            self.assertGreater(name.stat().st_size, 1000)
        made = {one: one.stat().st_mtime_ns for one in wanted}
        self.start()  # a restart owes nothing
        self.append(event(2, datetime.datetime.now(datetime.timezone.utc)))
        self.until(lambda: self.ask("SELECT 1 FROM event WHERE id = 'e2'"), "the next event")
        time.sleep(1.5)
        self.assertEqual({one: one.stat().st_mtime_ns for one in wanted}, made)
        self.assertFalse((reports / f"gatehouse-{noon:%Y-%m-%d}.html").exists(), "today is not over")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Pages(Lodge):
    """The block page of the college over HTTP and HTTPS, with a real authority."""

    def setUp(self):
        super().setUp()
        self.http, self.https = free_port(), free_port()
        authority = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=Example College Authority", "-keyout", "ca.key", "-out", "ca.pem"]
        subprocess.run(authority, cwd=self.folder, check=True, capture_output=True)
        (self.folder / "list.txt").write_text("blades.test\n")
        self.configure(more=f"""
college: {{name: Example College}}
lists:
  - {{path: list.txt, category: weapons-other, format: domains, title: Blades}}
respond: {{request_url: "http://127.0.0.1:{self.http}/request"}}
pages:
  listen: [127.0.0.1]
  http_port: {self.http}
  https_port: {self.https}
  ca_certificate: ca.pem
  ca_key: ca.key
  requests_an_hour: 3
""")
        self.start()
        self.until(lambda: self.said("reading"), "the start")

    def talk(self, request, over=None):
        """What comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.https if over else self.http), 10) as plain:
            with over.wrap_socket(plain, server_hostname=over.name) if over else plain as stream:
                stream.sendall(request)
                answer = b""
                while more := stream.recv(65536):
                    answer += more
                return answer.decode()

    def browser(self, name):
        """As a device that trusts the college's authority: name, dates and chain are checked."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.name = name
        return context

    def post(self, **fields):
        body = urllib.parse.urlencode(fields).encode()
        return self.talk(b"POST /request HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                         b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def test_a_blocked_site_shows_the_page_over_http_and_over_https(self):
        for host, over in ((b"blades.test", None), (b"WWW.Blades.test:80", None), (b"blades.test", self.browser("blades.test")),
                           (b"shop.blades.test", self.browser("shop.blades.test"))):
            answer = self.talk(b"GET /a HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", over)
            self.assertTrue(answer.startswith("HTTP/1.1 403 "), answer[:100])
            for words in ("This site is blocked", "Example College", "Blades", "<form"):
                self.assertIn(words, answer)

    def test_no_other_sites_traffic_is_opened(self):
        for name in ("bank.example", "blades.test.example", "localhost"):
            with self.assertRaises(ssl.SSLError) as refused:
                self.talk(b"GET / HTTP/1.1\r\nHost: bank.example\r\n\r\n", self.browser(name))
            self.assertIn("unrecognized", str(refused.exception).lower())
        nameless = self.browser(None)
        nameless.check_hostname = False
        with self.assertRaises(OSError):
            self.talk(b"GET / HTTP/1.1\r\nHost: blades.test\r\n\r\n", nameless)
        self.assertTrue(self.talk(b"GET / HTTP/1.1\r\nHost: bank.example\r\n\r\n").startswith("HTTP/1.1 404 "))

    def test_a_request_from_the_page_is_kept_and_too_many_are_not(self):
        answer = self.post(why="study", text="History module 4 <b>", host="blades.test", category="weapons-other", reference="1a-2")
        self.assertTrue(answer.startswith("HTTP/1.1 200 "), answer)
        self.assertIn("number 1", answer)
        kept = self.ask("SELECT address, host, category, reference, why, text FROM access_request")
        self.assertEqual(kept, [("127.0.0.1", "blades.test", "weapons-other", "1a-2", "study", "History module 4 <b>")])
        self.assertTrue(self.post(why="study", text=" ").startswith("HTTP/1.1 400 "))
        self.assertTrue(self.post(text="x" * 4001).startswith("HTTP/1.1 400 "))
        self.assertTrue(self.post(text="two").startswith("HTTP/1.1 200 "))
        self.assertTrue(self.post(text="three").startswith("HTTP/1.1 200 "))
        self.assertTrue(self.post(text="four").startswith("HTTP/1.1 429 "))
        self.assertEqual(self.ask("SELECT count(*) FROM access_request"), [(3,)])

    def test_clients_that_send_rubbish_or_nothing_hold_nothing_up(self):
        held = [socket.create_connection(("127.0.0.1", self.http)) for _ in range(20)]
        for rubbish in (b"\x16\x03\x01\x00\x05hello\r\n\r\n", b"GET\r\n\r\n",
                        b"POST /request HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 40000,
                        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 40000 + b"\r\n\r\n"):
            try:
                self.talk(rubbish)
            except OSError:
                pass
        self.assertTrue(self.post(text="still here").startswith("HTTP/1.1 200 "))
        for one in held:
            one.close()
        self.assertEqual(self.end(), 0)


if __name__ == "__main__":
    program = sys.argv.pop(1)
    unittest.main()
