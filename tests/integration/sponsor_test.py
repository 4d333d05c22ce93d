#!/usr/bin/env python3
"""A guest asks somebody of the college to vouch for them: Chromium and curl in a guests' network, the sponsor's mail through a
real SMTP server, the sponsor's browser in a network of staff. Approved, refused, expired, forged, repeated, passed on to
another device, with the relay down and the lodge started anew. Skipped (77) without root or the programs.

usage: sponsor_test.py GATEHOUSE-LODGE GATEHOUSE SOURCE [unittest options]
"""
import contextlib
import datetime
import email
import email.policy
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

try:
    from aiosmtpd.controller import Controller
except ImportError:
    print("skipped: python3-aiosmtpd is not installed")
    sys.exit(77)
if os.geteuid() != 0 or any(not shutil.which(one) for one in ("ip", "curl", "openssl", "chromium")):
    print("skipped: needs root, ip, curl, openssl and chromium")
    sys.exit(77)

lodge, gatehouse, SOURCE = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
sys.path.insert(0, str(SOURCE / "tools/traffic/browsing"))
from chromium import Chromium  # noqa: E402
from inbox import Inbox, free_port  # noqa: E402

PATIENCE = 40
PID = os.getpid()
GUESTS, STAFF = f"ghsg{PID}", f"ghss{PID}"
GUEST_NET, STAFF_NET = f"10.{90 + PID % 60}.77", f"10.{160 + PID % 60}.77"
TABLET, PHONE = "02:00:5e:10:00:03", "02:00:5e:10:00:04"


def run(*command, check=True):
    return subprocess.run([str(one) for one in command], check=check, capture_output=True, text=True, timeout=PATIENCE)


def setUpModule():
    """Two networks at this machine: one of guests with a dozen addresses, one of staff."""
    for space, net, near in ((GUESTS, GUEST_NET, f"sg{PID}"), (STAFF, STAFF_NET, f"ss{PID}")):
        run("ip", "netns", "add", space)
        unittest.addModuleCleanup(run, "ip", "netns", "del", space, check=False)
        run("ip", "link", "add", near, "type", "veth", "peer", "name", "eth0", "netns", space)
        unittest.addModuleCleanup(run, "ip", "link", "del", near, check=False)
        run("ip", "addr", "add", f"{net}.1/24", "dev", near)
        run("ip", "link", "set", near, "up")
        run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        for last in range(10, 22):
            run("ip", "-n", space, "addr", "add", f"{net}.{last}/24", "dev", "eth0")
        run("ip", "-n", space, "route", "add", "default", "via", f"{net}.1")


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.replace("\r\n", "\n").partition("\n\n")
        self.status = int(head.split()[1])
        found = re.search(r"^location: (.*)$", head, re.I | re.M)
        self.location = found.group(1) if found else ""


def title_of(browser):
    answer = browser.send("Runtime.evaluate", expression="document.title", returnByValue=True)
    return answer.get("result", {}).get("value", "")


class Sponsors(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.smtp, self.portal, self.plain, self.desk = (free_port() for _ in range(4))
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", f"subjectAltName=DNS:localhost,IP:127.0.0.1,IP:{GUEST_NET}.1,IP:{STAFF_NET}.1",
            "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem")
        (self.folder / "eve.json").write_text("")
        (self.folder / "leases").write_text("")
        self.configure()
        self.inbox = Inbox()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        server = Controller(self.inbox, hostname="127.0.0.1", port=self.smtp, tls_context=tls, require_starttls=True)
        server.start()
        self.addCleanup(server.stop)
        self.running = None
        self.addCleanup(self.end)
        self.start()

    def configure(self):
        (self.folder / "gatehouse.yaml").write_text(f"""
college: {{name: Northfield College}}
journal: {{path: eve.json}}
store: {{path: lodge.db}}
report: {{folder: reports, pseudonym_key: 0123456789abcdef}}
mail: {{server: localhost, port: {self.smtp}, ca_file: cert.pem, from: Gatehouse <gatehouse@college.test>, patience: 5 seconds}}
identity:
  dhcp: [{{name: dhcp, format: dnsmasq, file: leases}}]
  portal:
    listen: "{GUEST_NET}.1:{self.portal}"
    http: "{GUEST_NET}.1:{self.plain}"
    certificate: cert.pem
    key: key.pem
    url: https://{GUEST_NET}.1:{self.portal}
    networks: [{GUEST_NET}.0/24]
    longest: 2 hours
    sponsors:
      domains: [college.test]
      people: [j.patel@college.test, reception@college.test]
      listen: "{STAFF_NET}.1:{self.desk}"
      from: [{STAFF_NET}.0/24]
      url: https://{STAFF_NET}.1:{self.desk}
""")

    def start(self):
        log = self.folder / "lodge.log"
        log.write_text("")
        with open(log, "ab") as out:
            self.running = subprocess.Popen([lodge, "--config", self.folder / "gatehouse.yaml"], stderr=out)
        self.until(lambda: "reading" in log.read_text(), "the lodge")

    def end(self):
        if self.running and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)
            try:
                self.assertEqual(self.running.wait(PATIENCE), 0)
            finally:
                self.running.poll() is None and self.running.kill()

    def until(self, wanted, what):
        end = time.monotonic() + PATIENCE
        while not wanted():
            self.assertLess(time.monotonic(), end, f"{what}\n{(self.folder / 'lodge.log').read_text()}")
            time.sleep(0.05)

    def sql(self, query, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "lodge.db", timeout=10)) as db, db:
            return db.execute(query, values).fetchall()

    def curl(self, space, address, url, *more):
        # Asked with the certificate's own authority: what a browser would accept.
        return Answer(run("ip", "netns", "exec", space, "curl", "--silent", "--show-error", "--include", "--max-time", "10", "--cacert",
                          self.folder / "cert.pem", "--interface", address, *more, url).stdout)

    def guest(self, last, path, form=None):
        data = ["--data", urllib.parse.urlencode(form)] if form else []
        url = path if path.startswith("https://") else f"https://{GUEST_NET}.1:{self.portal}{path}"
        return self.curl(GUESTS, f"{GUEST_NET}.{last}", url, *data)

    def staff(self, url, answer=None):
        return self.curl(STAFF, f"{STAFF_NET}.10", url, *(["--data", f"answer={answer}"] if answer else []))

    def ask(self, last, sponsor="j.patel@college.test", name="A Visitor"):
        return self.guest(last, "/ask", {"name": name, "purpose": "Interview", "sponsor": sponsor, "accept": "yes"})

    def link_in_mail(self, number):
        """Of the mail with this ordinal, once it is there."""
        self.until(lambda: len(self.inbox.mails) >= number, f"mail {number}")
        to, raw, _ = self.inbox.mails[number - 1]
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertEqual(mail.defects, [])
        self.assertEqual([mail["to"]], to)
        text = mail.get_content()
        self.assertIn("Interview", text)
        return re.search(rf"https://{re.escape(STAFF_NET)}\.1:{self.desk}/guest/\d+/[0-9a-f]+", text).group(0)

    def logins(self):
        return self.sql("SELECT login, sponsor, member_of, address, mac FROM login WHERE source = 'portal' ORDER BY began")

    def lease(self, last, mac):
        until = int(time.time()) + 3600
        (self.folder / "leases").write_text(f"{until} {mac} {GUEST_NET}.{last} a-device *\n")
        self.until(lambda: self.sql("SELECT 1 FROM lease WHERE address = ? AND mac = ? AND ended > ?", f"{GUEST_NET}.{last}", mac,
                                    time.time() * 1_000_000 + 60_000_000), "the lease")

    def captive(self, last):
        return json.loads(self.guest(last, "/captive-portal/api").body)["captive"]

    def test_a_guest_in_a_browser_asks_is_approved_and_is_signed_in_by_the_page_itself(self):
        run(gatehouse, "check-config", self.folder / "gatehouse.yaml")
        browser = Chromium(GUESTS)
        self.addCleanup(browser.close)
        browser.new_tab()
        browser.open(f"http://{GUEST_NET}.1:{self.plain}/generate_204")
        self.until(lambda: title_of(browser).startswith("Guest network of"), "the portal in the browser")
        browser.run("""document.getElementById("ask-name").value = "A Visitor"; document.getElementById("purpose").value = "Interview";
                       document.getElementById("sponsor").value = "J.Patel@college.test"; const form = document.forms[1];
                       form.querySelector("[name=accept]").click(); form.querySelector("button").click()""")
        self.until(lambda: title_of(browser) == "Waiting for an answer", "the page that waits")
        link = self.link_in_mail(1)
        asked_from = self.sql("SELECT address FROM guest_request")[0][0]
        for _ in range(3):  # a mail scanner looks at it
            page = self.staff(link)
            self.assertEqual(page.status, 200)
        for shown in ("A Visitor", "Interview", asked_from, "at most 2 hours"):
            self.assertIn(shown, page.body)
        self.assertEqual(self.guest(15, link).status, 403)  # reachable for guests, and not for them
        self.assertEqual(self.sql("SELECT state FROM guest_request"), [("waiting",)])
        self.assertTrue(self.captive(asked_from.rsplit(".")[-1]))

        approved = self.staff(link, "approve")
        self.assertEqual(approved.status, 303)
        self.assertIn("Approved", self.staff(approved.location).body)
        self.until(lambda: title_of(browser) == "You are signed in", "the page that looks again by itself")
        name = "guest request 1: A Visitor"
        self.until(lambda: self.logins() == [(name, "j.patel@college.test", "guests", asked_from, "")], "the sign-in")
        self.assertFalse(self.captive(asked_from.rsplit(".")[-1]))
        self.assertTrue(self.captive(15))
        listed = run(gatehouse, "guests", "list", "--store", self.folder / "lodge.db").stdout
        self.assertRegex(listed, r"sponsor j\.patel@college\.test since .*  guest request 1: A Visitor\n")
        self.assertRegex(listed, rf"request 1: asked j\.patel@college\.test at .* approved at .* from {STAFF_NET}\.10, "
                                 r'signed in at .*; wrote that they are "A Visitor", here for "Interview"\n')

        self.attempt(asked_from)
        self.until(lambda: self.sql("SELECT login, sponsor FROM attempt") == [(name, "j.patel@college.test")], "the guest's attempt")
        # The link is nowhere in the store once it has been sent.
        secret = link.rsplit("/", 1)[1]
        self.assertEqual(self.sql("SELECT count(*) FROM outbox WHERE instr(message, ?) OR message != ''", secret), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM guest_request WHERE instr(link_hash, ?)", secret), [(0,)])

    def attempt(self, address):
        now = datetime.datetime.now(datetime.timezone.utc)
        event = {"timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"), "flow_id": 1, "event_type": "tls", "src_ip": address,
                 "src_port": 50000, "dest_ip": "198.51.100.7", "dest_port": 443, "proto": "TCP", "tls": {"sni": "guns-direct.test"},
                 "gatehouse": {"id": "e1", "action": "block", "category": "weapons-firearms", "list": "list",
                               "entry": "guns-direct.test", "group": "guests", "outcome": "blocked"}}
        with open(self.folder / "eve.json", "a") as journal:
            journal.write(json.dumps(event) + "\n")

    def test_refused_expired_forged_and_repeated_links_let_nobody_in(self):
        refused = self.ask(10).location
        link = self.link_in_mail(1)
        self.staff(link, "refuse")
        self.staff(link, "approve")
        self.assertIn("refused", self.guest(10, refused).body)

        late = self.ask(11).location
        link = self.link_in_mail(2)
        self.sql("UPDATE guest_request SET until = 1 WHERE number = 2")  # as if half an hour were over
        self.assertIn("time to answer is over", self.staff(link).body)
        self.staff(link, "approve")
        self.assertIn("Nobody answered in time", self.guest(11, late).body)

        mine = self.ask(12).location
        link = self.link_in_mail(3)
        forged = [link[:-1] + ("0" if link[-1] != "0" else "1"), link.replace("/guest/3/", "/guest/1/"),
                  re.sub(r"/guest/.*", "/guest/3/" + mine.rsplit("/", 1)[1], link)]
        for one in forged:
            self.assertEqual((self.staff(one).status, self.staff(one, "approve").status), (404, 404))
        self.assertEqual(self.guest(12, link, {"answer": "approve"}).status, 403)  # the guest has read the mail
        self.assertEqual(self.guest(12, "/guest/" + link.split("/guest/")[1], {"answer": "approve"}).status, 404)
        self.assertEqual(self.guest(13, mine).status, 403)  # another device
        self.assertEqual(self.sql("SELECT state FROM guest_request ORDER BY number"), [("refused",), ("waiting",), ("waiting",)])
        self.assertEqual(self.logins(), [])

        self.staff(link, "approve")
        self.assertEqual(self.guest(13, mine).status, 403)
        self.assertEqual(self.guest(12, mine).status, 303)
        self.assertFalse(self.captive(12))
        run(gatehouse, "guests", "end", f"{GUEST_NET}.12", "--store", self.folder / "lodge.db")
        self.until(lambda: self.captive(12), "the end of the sign-in")
        self.staff(link, "approve")
        self.assertIn("has ended", self.guest(12, mine).body)
        self.assertTrue(self.captive(12))
        self.until(lambda: len(self.logins()) == 1, "one sign-in in all")

    def test_the_lease_says_for_which_device_an_approval_counts(self):
        self.lease(14, TABLET)
        self.ask(14)
        self.staff(self.link_in_mail(1), "approve")  # the page is closed, the network opens all the same
        self.assertFalse(self.captive(14))
        self.until(lambda: [one[4] for one in self.logins()] == [TABLET], "the sign-in on the tablet")

        self.lease(16, TABLET)
        mine = self.ask(16).location
        link = self.link_in_mail(2)
        self.lease(16, PHONE)  # given to another device before the answer
        self.staff(link, "approve")
        self.assertTrue(self.captive(16))
        self.assertEqual(self.guest(16, mine).status, 403)
        self.assertEqual(self.guest(17, mine).status, 403)  # the tablet, where it is now
        self.assertEqual(len(self.logins()), 1)

    def test_a_request_outlives_a_dead_relay_and_a_restart_of_the_lodge(self):
        self.inbox.refuse = True
        mine = self.ask(18).location
        self.until(lambda: self.sql("SELECT tries FROM outbox") == [(1,)], "a mail that could not be sent")
        self.end()
        self.inbox.refuse = False
        self.sql("UPDATE outbox SET due = 0")
        self.start()
        link = self.link_in_mail(1)
        self.assertIn("Waiting for an answer", self.guest(18, mine).body)
        self.staff(link, "approve")
        self.end()
        self.start()
        self.assertEqual(self.guest(18, mine).status, 303)
        self.assertFalse(self.captive(18))

    def test_nobody_is_flooded_and_no_page_tells_who_works_here(self):
        pages = {}
        for sponsor in ("nobody@college.test", "reception@college.test"):
            page = self.guest(19, self.ask(19, sponsor).location).body
            pages[re.sub(r"request \d+", "request N", page.replace(sponsor, "..."))] = sponsor
        self.assertEqual(len(pages), 1)
        self.assertEqual(self.ask(19, "j.patel@elsewhere.test").status, 400)
        self.assertEqual(self.ask(19, "j.patel@college.test\r\nBcc: x@elsewhere.test").status, 400)
        self.assertEqual([self.ask(19).status for _ in range(3)], [303, 429, 429])
        self.link_in_mail(2)
        time.sleep(2.5)  # two more rounds of the outbox
        self.assertEqual([to for to, *_ in self.inbox.mails], [["reception@college.test"], ["j.patel@college.test"]])
        self.assertEqual(self.sql("SELECT sponsor, may_approve FROM guest_request ORDER BY number"),
                         [("nobody@college.test", 0), ("reception@college.test", 1), ("j.patel@college.test", 1)])


if __name__ == "__main__":
    del sys.argv[1:4]
    unittest.main()
