"""A college in the lab: devices with addresses by DHCP behind the inline gate, and the lodge beside the gate. What the
reports say is read from the files that the command makes."""
import contextlib
import csv
import dataclasses
import datetime
import json
import pathlib
import re
import sqlite3
import subprocess
import zoneinfo

import network
from gate import Gate, ROOT
from network import CLIENT_GATEWAY, SERVER, wait_until
from servers import Certificates, start_caddy

LODGE = CLIENT_GATEWAY[4]                # gate and lodge are one machine
CONTROLLER = network.CLIENT[4]           # the access points' controller, on the learners' network
TOKEN, DIRECT_SECRET, PROXY_SECRET = "0123456789abcdef01234567", "a secret of the controller", "a secret of the proxy"


@dataclasses.dataclass
class Device:
    """A namespace with a network card of its own."""
    name: str            # of the namespace; in DHCP the device calls itself so
    mac: str
    address: str         # that the DHCP server keeps for it
    shop: str            # the listed site that it goes to, and no other device


def _device(number, name):
    return Device(name, f"02:00:5e:10:00:{number:02x}", f"10.10.1.{number + 80}", f"shop{number}.guns-direct.test")


DEVICES = [_device(number, name) for number, name in enumerate(
    ["amys-phone", "bens-laptop", "lrc-14", "studio-3", "lrc-15", "jos-console", "veras-tablet"], 1)]
PHONE, LAPTOP, LRC_14, STUDIO_3, LRC_15, CONSOLE, TABLET = DEVICES
GUESTS = f"{TABLET.address}/32"

REGISTER = f"""devices:
  - {{mac: "{LRC_14.mac}", name: LRC-14, place: "Library, row 2", shared: true}}
  - {{mac: "{LRC_15.mac}", name: LRC-15, place: "Library, row 3", shared: true}}
  - {{mac: "{STUDIO_3.mac}", name: STUDIO-3, place: Music studio}}
places:
  - {{switch: ap-library-3, place: "Library, first floor"}}
  - {{addresses: {GUESTS}, place: Refectory}}
"""


class CollegeGate(Gate):
    def write_config(self, *_):
        self.config.write_text(self.lab.base_configuration())


class College(network.Lab):
    def __init__(self, build, keep=None):
        super().__init__(keep)
        self.build = pathlib.Path(build).absolute()
        self.command_line = self.build / "tools/gatehouse/gatehouse"
        self.at_end = contextlib.ExitStack()
        (self.folder / "sessions.yaml").write_text(REGISTER)
        (self.folder / "leases").write_text("")

    def namespace(self, space):
        return f"{self.tag}-{space}" if "-" in space else super().namespace(space)

    def close(self):
        self.at_end.close()
        for program in reversed(self.programs):
            program.kill()
        for device in DEVICES:
            network.remove_namespace(self.namespace(device.name))
        super().close()

    def _build(self):
        super()._build()
        for device in DEVICES:
            subprocess.run(["ip", "netns", "add", self.namespace(device.name)], check=True)
            self.run("client", "ip", "link", "add", "card", "link", "lan0", "address", device.mac, "type", "macvlan", "mode", "bridge")
            self.run("client", "ip", "link", "set", "card", "netns", self.namespace(device.name))
            self.run(device.name, "ip", "link", "set", "lo", "up")
            self.run(device.name, "ip", "link", "set", "card", "up")

    def base_configuration(self, store="store", names="logins"):
        """Everything but who is who."""
        today = datetime.date.today()
        return f"""
college:
  name: Example College
  terms: [{{name: This term, first: {today - datetime.timedelta(30)}, last: {today + datetime.timedelta(30)}}}]
gate: {{mode: inline, clients: [lan0], workers: 1}}
control: {{socket: {self.folder}/{store}.sock}}
groups: {{students: {{}}, guests: {{}}}}
networks: [{{name: Learners, group: students, place: Main building, addresses: [10.10.1.0/24]}}]
lists: [{{categories: {ROOT}/rules/categories.yaml}}, {ROOT}/rules/demo/weapons-firearms.yaml]
journal: {{record: everything, path: {self.folder}/journal/eve.json}}
store: {{path: {self.folder}/{store}.db}}
report: {{folder: {self.folder}/reports, names: {names}, pseudonym_key: 0123456789abcdef0123, gap: 1 minute}}
"""

    def feeds(self):
        """Every source of identity."""
        certificate = f"certificate: {self.folder}/lodge.pem, key: {self.folder}/lodge.key"
        return f"""
identity:
  sessions: {self.folder}/sessions.yaml
  own_realms: [college.test]
  silence: {{after: 1 minute, days: every day, from: "00:00", to: "23:59"}}
  radius:
    listen: "{LODGE}:1815"
    clients:
      - {{name: proxy, from: {LODGE}, secret: {PROXY_SECRET}, names: proved}}
      - {{name: controller, from: {CONTROLLER}, secret: {DIRECT_SECRET}, names: proved}}
  dhcp: [{{name: dnsmasq, format: dnsmasq, file: {self.folder}/leases}}]
  syslog: {{tcp: "{LODGE}:1514", senders: [10.10.1.0/24], patterns: [nxlog], marks: 10 seconds}}
  logon_script: {{listen: "{LODGE}:8444", {certificate}, tokens: [{{token: "{TOKEN}", from: [10.10.1.0/24]}}]}}
  portal:
    {{listen: "{LODGE}:8443", {certificate}, http: "{LODGE}:8080", url: "https://{LODGE}:8443", networks: ["{GUESTS}"]}}
"""

    @staticmethod
    def mail():
        return """
mail:
  {server: 127.0.0.1, port: 2525, tls: none, from: gatehouse@college.test, recipients: [
    {to: lead@college.test, report: safeguarding-lead}, {to: head@college.test, report: senior-leaders}]}
"""

    def configure(self, name, text):
        path = self.folder / f"{name}.yaml"
        path.write_text(text)
        return path

    def start_servers(self):
        """The server outside, with a certificate for every name of the test; and one for the lodge."""
        self.certificates = Certificates(self.folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=lodge", "-addext", f"subjectAltName=IP:{LODGE},IP:127.0.0.1", "-keyout",
                        self.folder / "lodge.key", "-out", self.folder / "lodge.pem"], check=True, capture_output=True)
        start_caddy(self, self.certificates)

    def start_gate(self):
        self.gate = CollegeGate(self, self.build)
        up_all_day(self.gate.journal)
        self.gate.start()

    def start_lodge(self, configuration, name="lodge"):
        lodge = self.start("gate", name, self.build / "daemon/gatehouse-lodge", "--config", configuration)
        wait_until(lambda: "reading" in lodge.said(), 15, lodge, "the lodge")
        return lodge

    def gatehouse(self, *words):
        return self.run("gate", self.command_line, *words, timeout=60).stdout

    def all_of(self, question, store="store"):
        """What stands in the first column."""
        with contextlib.closing(sqlite3.connect(self.folder / f"{store}.db", timeout=10)) as db:
            return {row[0] for row in db.execute(question)}

    def change(self, statement, store):
        with contextlib.closing(sqlite3.connect(self.folder / f"{store}.db", timeout=10)) as db, db:
            db.execute(statement)

    def browse(self, space, host):
        """Whether the page came."""
        done = self.run(space, "curl", "--silent", "--show-error", "--max-time", 5, "--cacert", self.certificates.authority,
                        "--connect-to", f"::{SERVER[4]}:", f"https://{host}/", check=False)
        return f"This is the page of {host}" in done.stdout

    def know_shop(self, device):
        """The device's own programs find its site without asking anybody."""
        folder = pathlib.Path("/etc/netns") / self.namespace(device.name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{SERVER[4]} {device.shop}\n")

    def report(self, configuration, *options):
        """Today's report in all its forms, by ending of the file."""
        folder = self.folder / f"report-{configuration.stem}"
        self.gatehouse("report", "today", "--config", configuration, "--out", folder, *options)
        return {path.suffix[1:]: path for path in folder.iterdir()}


def rows_of(report):
    """The report's attempts by the site they went to."""
    rows = {}
    for row in csv.DictReader(report["csv"].read_text().splitlines()):
        row = {key: text.replace("[.]", ".") for key, text in row.items()}
        rows.setdefault(row["hosts"], []).append(row)
    return rows


def cards_of(report):
    """The report's cards as a person reads them in HTML: tags out, one text a card."""
    articles = re.findall(r"<article.*?</article>", report["html"].read_text(), re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", article)).replace("&nbsp;", " ") for article in articles]


def verdict_of(report):
    text = report["txt"].read_text()
    return text[:text.index("DID IT WORK?")]


def up_all_day(journal):
    """The journal's word for each minute of this day, as of a gate that has been up since midnight."""
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/London"))
    at, end = now.replace(hour=0, minute=1, second=0, microsecond=0), now + datetime.timedelta(minutes=10)
    with journal.open("w") as out:
        while at < end:
            utc = at.astimezone(datetime.timezone.utc)
            out.write(json.dumps({
                "timestamp": utc.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"), "event_type": "stats",
                "stats": {"flows.named": 100, "flows.begun": 100}, "gatehouse": {"id": f"all-day-{utc:%H%M}"}}) + "\n")
            at += datetime.timedelta(minutes=1)
