#!/usr/bin/env python3
"""The lodge's sources of identity with the programs that colleges run: FreeRADIUS (radclient, and a server that proxies
accounting), dnsmasq and two DHCP clients in a network namespace, rsyslog, curl at the logon endpoint, and a guest's Chromium
at the portal. Then an attempt from each address, the guest's past a real gate that watches; the report of the day is to
name login, device, place and grade rightly. With all feeds off it names nobody, in any of its forms. Skipped (77) without
root or the programs."""
import contextlib
import csv
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

LODGE, GATEHOUSE, GATE, SOURCE = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])
sys.path.insert(0, str(SOURCE / "tools/traffic/browsing"))
from chromium import Chromium  # noqa: E402
NEEDED = ["radclient", "freeradius", "dnsmasq", "udhcpc", "rsyslogd", "curl", "openssl", "ip", "chromium", "pdftotext"]
SECRET, TOKEN = "a secret of the test", "0123456789abcdef01234567"
TAG = f"ghid{os.getpid()}"
PHONE = "02:00:5e:10:00:01"
DESK_PC = "02:00:5e:10:00:02"
TABLET = "02:00:5e:10:00:03"  # the guest's
NEAR, FAR = f"v{os.getpid()}a", f"v{os.getpid()}b"
HERE, GUEST = "10.88.0.1", "10.88.0.90"
programs = []
failures = []


def run(*command, check=True, **more):
    return subprocess.run([str(c) for c in command], check=check, capture_output=True, text=True, **more)


def start(*command, log, **more):
    process = subprocess.Popen([str(c) for c in command], stdout=open(log, "w"), stderr=subprocess.STDOUT, **more)
    programs.append(process)
    return process


def wait_for(what, condition, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    failures.append(f"waited in vain for {what}")
    return False


def expect(what, true):
    print(("ok    " if true else "FAIL  ") + what)
    if not true:
        failures.append(what)


def configuration(folder, live):
    feeds = f"""
  own_realms: [college.test]
  radius:
    listen: "127.0.0.1:{PORT + 1}"
    clients: [{{name: local, from: 127.0.0.1, secret: "{SECRET}", names: proved}}]
  dhcp: [{{name: dnsmasq, format: dnsmasq, file: {folder}/leases}}]
  syslog: {{udp: "127.0.0.1:{PORT + 2}", tcp: "127.0.0.1:{PORT + 2}", senders: [127.0.0.1], patterns: [nxlog]}}
  logon_script:
    {{listen: "127.0.0.1:{PORT + 3}", certificate: {folder}/cert.pem, key: {folder}/key.pem, tokens: [{{token: "{TOKEN}", from: [127.0.0.0/8]}}]}}
  portal:
    {{listen: "{HERE}:{PORT + 4}", certificate: {folder}/cert.pem, key: {folder}/key.pem, http: "{HERE}:{PORT + 5}",
     url: "https://{HERE}:{PORT + 4}", networks: [10.88.0.0/24]}}""" if live else ""
    identity = f"identity:\n  sessions: {folder}/sessions.yaml{feeds}\n" if live else ""
    gate = f"gate: {{mode: passive, watch: [{NEAR}], workers: 1, flows: 1024, reassembly: 1 MB}}" if live else ""
    (folder / "gatehouse.yaml").write_text(f"""
{gate}
control: {{socket: {folder}/gate.sock}}
groups: {{students: {{}}, guests: {{}}}}
college: {{name: Example College}}
networks: [{{name: All, group: students, place: Main building, addresses: [10.0.0.0/8, 127.0.0.0/8]}}]
lists:
  - categories: {SOURCE}/rules/categories.yaml
  - {{path: {folder}/list.txt, category: weapons-firearms}}
journal: {{path: {folder}/eve.json}}
store: {{path: {folder}/store.db}}
report: {{folder: {folder}/reports, names: logins}}
{identity}""")


def attempt(folder, number, address, mac=None):
    now = datetime.datetime.now(datetime.timezone.utc)
    event = {"timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"), "flow_id": number, "event_type": "tls",
             "src_ip": address, "src_port": 50000 + number, "dest_ip": "198.51.100.7", "dest_port": 443, "proto": "TCP",
             "tls": {"sni": "guns-direct.test"},
             "gatehouse": {"id": f"e{number}", "action": "block", "category": "weapons-firearms", "list": "list",
                           "entry": "guns-direct.test", "group": "students", "outcome": "blocked"}}
    with open(folder / "eve.json", "a") as journal:
        journal.write(json.dumps(event) + "\n")


def attempts(folder):
    import sqlite3
    with contextlib.closing(sqlite3.connect(folder / "store.db")) as db:
        return {row[0]: row[1:] for row in db.execute("SELECT address, grade, login, device, place, sponsor, why FROM attempt")}


def freeradius_proxy(folder):
    """A FreeRADIUS server that only hands accounting on to the lodge."""
    (folder / "radius").mkdir()
    (folder / "radius" / "radiusd.conf").write_text(f"""
prefix = /usr
libdir = /usr/lib/freeradius
run_dir = {folder}/radius
logdir = {folder}/radius
pidfile = {folder}/radius/pid
security {{ allow_vulnerable_openssl = yes }}
thread pool {{
 start_servers = 1
 max_servers = 2
}}
modules {{
 always ok {{
  rcode = ok
 }}
}}
client switch {{
 ipaddr = 127.0.0.1
 secret = "switch secret"
}}
home_server lodge {{
 type = acct
 ipaddr = 127.0.0.1
 port = {PORT + 1}
 secret = "{SECRET}"
}}
home_server_pool lodge {{
 home_server = lodge
}}
realm LODGE {{
 acct_pool = lodge
 nostrip
}}
server default {{
 listen {{
  type = acct
  ipaddr = 127.0.0.1
  port = {PORT + 6}
 }}
 preacct {{
  update control {{
   &Proxy-To-Realm := "LODGE"
  }}
 }}
 accounting {{
  ok
 }}
}}
""")
    start("freeradius", "-f", "-l", "stdout", "-d", folder / "radius", log=folder / "freeradius.log")


def account(port, secret, lines, check=True):
    return run("radclient", "-r", "2", "-t", "2", f"127.0.0.1:{port}", "acct", secret, input="\n".join(lines) + "\n", check=check)


def session(status, number, user, station, more=()):
    return [f"Acct-Status-Type = {status}", f'Acct-Session-Id = "{number}"', f'User-Name = "{user}"',
            f'Calling-Station-Id = "{station}"', 'NAS-Identifier = "ap-library-3"', "Message-Authenticator = 0x00", *more]


def network():
    """A wire into a namespace where two devices are: the phone, and the guest's tablet."""
    run("ip", "netns", "add", TAG)
    run("ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR)
    run("ip", "link", "set", FAR, "netns", TAG, "address", PHONE)
    run("ip", "addr", "add", f"{HERE}/24", "dev", NEAR)
    run("ip", "link", "set", NEAR, "up")
    run("ip", "-n", TAG, "link", "set", "lo", "up")
    run("ip", "-n", TAG, "link", "set", FAR, "up")
    run("ip", "-n", TAG, "link", "add", "tablet", "link", FAR, "address", TABLET, "type", "macvlan", "mode", "bridge")
    run("ip", "-n", TAG, "link", "set", "tablet", "up")


def dhcp_server(folder):
    start("dnsmasq", "--keep-in-foreground", "--port=0", f"--interface={NEAR}", "--bind-interfaces", "--user=root",
          "--dhcp-range=10.88.0.50,10.88.0.60,1h", f"--dhcp-host={TABLET},{GUEST}", f"--dhcp-leasefile={folder}/leases",
          "--conf-file=/dev/null", f"--pid-file={folder}/dnsmasq.pid", log=folder / "dnsmasq.log")
    time.sleep(0.5)


def dhcp_client(folder, interface, name, uses_it=False):
    """A DHCP client in the namespace; the address that it was given, and uses or not."""
    script = folder / "udhcpc.sh"
    use = f"ip addr add $ip/24 dev {interface}; " if uses_it else ""
    script.write_text(f'#!/bin/sh\n[ "$1" = bound ] && {{ {use}echo "$ip" > {folder}/address; }}\nexit 0\n')
    script.chmod(0o755)
    run("ip", "netns", "exec", TAG, "udhcpc", "-i", interface, "-n", "-q", "-f", "-t", "5", "-T", "1", "-s", script, "-x", f"hostname:{name}")
    return (folder / "address").read_text().strip()


def title_of(browser):
    answer = browser.send("Runtime.evaluate", expression="document.title", returnByValue=True)
    return answer.get("result", {}).get("value", "")


def guest_signs_in(code):
    """As a guest does it: any plain page leads to the portal; code, name and acceptance are filled in; then signed in."""
    browser = Chromium(TAG)
    try:
        browser.new_tab()
        browser.open(f"http://{HERE}:{PORT + 5}/generate_204")
        if not wait_for("the portal in the browser", lambda: title_of(browser).startswith("Guest network of")):
            return
        browser.run(f"""document.getElementById("code").value = "{code}"; document.getElementById("name").value = "A Visitor";
                        document.querySelector("[name=accept]").click(); document.querySelector("button").click()""")
        wait_for("the sign-in in the browser", lambda: title_of(browser) == "You are signed in")
    finally:
        browser.close()


def forwarder(folder):
    """rsyslog, which takes a Windows event from a file and sends it on as RFC 5424 over TCP."""
    (folder / "rsyslog.conf").write_text(f"""
global(workDirectory="{folder}")
module(load="imfile" PollingInterval="1")
input(type="imfile" File="{folder}/windows.log" Tag="nxlog" ruleset="on")
ruleset(name="on") {{ action(type="omfwd" Target="127.0.0.1" Port="{PORT + 2}" Protocol="tcp" Template="RSYSLOG_SyslogProtocol23Format") }}
""")
    (folder / "windows.log").write_text("")
    start("rsyslogd", "-n", "-f", folder / "rsyslog.conf", "-i", folder / "rsyslog.pid", log=folder / "rsyslog.log")


def play(folder):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=guests.college.example", "-addext",
        "subjectAltName=DNS:guests.college.example,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    (folder / "list.txt").write_text("guns-direct.test\n")
    (folder / "eve.json").write_text("")
    (folder / "leases").write_text("")
    (folder / "sessions.yaml").write_text(f"""
devices: [{{mac: "{DESK_PC}", name: LRC-14, place: "Library, row 2", shared: true}}]
places:
  - {{switch: ap-library-3, place: "Library, first floor"}}
  - {{addresses: {GUEST}/32, place: Refectory}}
leases: [{{address: 10.10.4.7, mac: "{DESK_PC}", from: 2026-01-01T00:00:00Z, source: static}}]
""")
    configuration(folder, True)
    network()
    gate = start(GATE, "--config", folder / "gatehouse.yaml", log=folder / "gate.log")
    lodge = start(LODGE, "--config", folder / "gatehouse.yaml", log=folder / "lodge.log")
    wait_for("the lodge", lambda: "reading" in (folder / "lodge.log").read_text())
    freeradius_proxy(folder)
    forwarder(folder)

    dhcp_server(folder)
    phone = dhcp_client(folder, FAR, "a-phone")
    expect("the tablet has its address by DHCP", dhcp_client(folder, "tablet", "a-tablet", uses_it=True) == GUEST)
    wait_for("the lease", lambda: phone in (folder / "leases").read_text())
    wait_for("the proxy", lambda: "Ready to process" in (folder / "freeradius.log").read_text())
    answer = account(PORT + 6, "switch secret", session("Start", "5F3A", "a.learner@college.test", "02-00-5E-10-00-01"), check=False)
    expect("a proxied Start is answered", answer.returncode == 0)
    answer = account(PORT + 1, SECRET, session("Interim-Update", "5F3A", "a.learner@college.test", "0200.5e10.0001"), check=False)
    expect("an update from radclient itself is answered", answer.returncode == 0)
    forged = account(PORT + 1, "guessed secret", session("Start", "66", "b.teacher@college.test", "02-00-5E-10-00-09",
                                                         ["Framed-IP-Address = 10.77.0.1"]), check=False)
    expect("a forged Start is not answered", forged.returncode != 0)

    event = {"EventID": 4624, "Hostname": "LRC-14.college.test", "TargetUserName": "c.learner", "LogonType": 2, "TargetLogonId": "0x77"}
    with open(folder / "windows.log", "a") as log:
        log.write(json.dumps(event) + "\n")
    curl = ["curl", "--silent", "--cacert", str(folder / "cert.pem"), "--write-out", "%{http_code}", "--output", "/dev/null"]
    script = run(*curl, "--interface", "127.0.0.2", "--data", '{"login":"d.learner"}', "--header", f"Authorization: Bearer {TOKEN}",
                 f"https://127.0.0.1:{PORT + 3}/logon")
    expect("a logon script is taken with its token", script.stdout == "204")
    script = run(*curl, "--interface", "127.0.0.4", "--data", '{"login":"d.learner"}', f"https://127.0.0.1:{PORT + 3}/logon")
    expect("and refused without", script.stdout == "401")
    code = run(GATEHOUSE, "guests", "voucher", "--store", folder / "store.db", "--sponsor", "j.patel", "--purpose", "Open evening").stdout.split()[0]
    wait_for("the tablet's lease", lambda: GUEST in (folder / "leases").read_text())
    time.sleep(1)  # a lease file is read when it has been still
    guest_signs_in(code)
    time.sleep(2)
    # The guest's attempt: a real hello past the real gate. The page behind it is of no matter.
    run("ip", "netns", "exec", TAG, "curl", "--silent", "--insecure", "--max-time", "5", "--output", "/dev/null", "--connect-to",
        f"guns-direct.test:443:{HERE}:{PORT + 4}", "https://guns-direct.test/", check=False)
    wait_for("the guest's attempt", lambda: GUEST in attempts(folder))
    gate.terminate()
    expect("the gate ends in order", gate.wait(10) == 0)

    for number, address in enumerate([phone, "10.10.4.7", "127.0.0.2", "10.77.0.1", "127.0.0.4"], 1):
        attempt(folder, number, address)
    wait_for("the attempts", lambda: len(attempts(folder)) == 6)
    who = attempts(folder)
    expect("802.1X and DHCP agree: grade A, device and the access point's room",
           who[phone][:4] == ("A", "a.learner", PHONE, "Library, first floor"))
    expect("a directory logon on a shared machine: grade B and its seat", who["10.10.4.7"][:4] == ("B", "c.learner", DESK_PC, "Library, row 2"))
    expect("a logon script: grade B", who["127.0.0.2"][:2] == ("B", "d.learner"))
    guest = who[GUEST][1]
    expect("the guest: the voucher, never the name that was written", guest.startswith("guest ") and "Visitor" not in guest)
    expect("the guest's grade, device, place and sponsor", who[GUEST][0] + " " + " ".join(who[GUEST][2:5]) == f"A {TABLET} Refectory j.patel")
    expect("the forged sign-in made nobody", who["10.77.0.1"][:2] == ("D", ""))
    expect("nor did the script without its token", who["127.0.0.4"][:2] == ("D", ""))

    # Evidence that comes late: the session had ended before the attempt.
    account(PORT + 1, SECRET, session("Stop", "5F3A", "a.learner@college.test", "02005e100001", ["Acct-Delay-Time = 20"]))
    wait_for("the correction", lambda: "Corrected at" in attempts(folder)[phone][5])
    expect("a Stop that came late takes the name back and says so", attempts(folder)[phone][1] == "")
    run(GATEHOUSE, "report", "today", "--config", folder / "gatehouse.yaml")
    report = "".join(p.read_text() for p in (folder / "reports").rglob("*.txt"))
    expect("the report names who was known", all(one in report for one in ("c.learner", "d.learner", guest)))
    expect("and their devices and places", all(one in report for one in ("LRC-14", "Library, row 2", "a-tablet", "Refectory")))
    expect("and not who was not", "b.teacher" not in report and "a.learner" not in report)
    lodge.terminate()
    expect("the lodge ends in order", lodge.wait(10) == 0)


def without_feeds(folder):
    (folder / "list.txt").write_text("guns-direct.test\n")
    (folder / "eve.json").write_text("")
    configuration(folder, False)
    lodge = start(LODGE, "--config", folder / "gatehouse.yaml", log=folder / "lodge.log")
    wait_for("the lodge", lambda: "reading" in (folder / "lodge.log").read_text())
    for number in range(1, 4):
        attempt(folder, number, f"10.10.4.{number}")
    wait_for("the attempts", lambda: len(attempts(folder)) == 3)
    expect("with all feeds off every attempt is grade D and nameless", all(one[:2] == ("D", "") for one in attempts(folder).values()))
    lodge.terminate()
    lodge.wait(10)
    run(GATEHOUSE, "report", "today", "--pdf", "--config", folder / "gatehouse.yaml")
    forms = {}
    for kind in ("html", "txt", "csv", "pdf"):
        files = list((folder / "reports").rglob(f"*.{kind}"))
        forms[kind] = "".join(run("pdftotext", one, "-").stdout if kind == "pdf" else one.read_text() for one in files)
    rows = [row for one in (folder / "reports").rglob("*.csv") for row in csv.DictReader(one.read_text().splitlines())]
    expect("every row of the report has grade D, no login and no sponsor",
           len(rows) == 3 and all((row["grade"], row["login"], row["sponsor"]) == ("D", "", "") for row in rows))
    for kind, text in forms.items():
        expect(f"the report as {kind} tells of the attempts", "10.10.4." in text)
        expect(f"and names nobody: {kind}", not any(name in text for name in NAMES))


# Whoever appears in the other part, or in the store's own words for a person.
NAMES = ["a.learner", "b.teacher", "c.learner", "d.learner", "j.patel", "A Visitor"]
PORT = 20000 + os.getpid() % 20000
if os.geteuid() != 0 or any(not shutil.which(one) for one in NEEDED):
    print("skipped: needs root and " + ", ".join(NEEDED))
    sys.exit(77)
try:
    for part in (without_feeds, play):
        with tempfile.TemporaryDirectory(prefix=TAG) as name:
            try:
                part(pathlib.Path(name))
            except Exception as wrong:  # what the programs said helps more than where it broke
                failures.append(f"{part.__name__}: {wrong!r} {getattr(wrong, 'stderr', '')}")
            if failures:
                for log in pathlib.Path(name).glob("*.log"):
                    print(f"--- {log.name}\n{log.read_text()[-1500:]}")
finally:
    for process in programs:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.poll() is None and process.kill()
    run("ip", "netns", "del", TAG, check=False)
    run("ip", "link", "del", f"v{os.getpid()}a", check=False)
print("\n".join(failures) or "all as it should be")
sys.exit(1 if failures else 0)
