#!/usr/bin/env python3
"""The lodge's sources of identity with the programs that colleges run: FreeRADIUS (radclient, and a server that proxies
accounting), dnsmasq and a DHCP client in a network namespace, rsyslog, curl at the portal and at the logon endpoint. Then
an attempt from each address, and the report of the day is to name login, device, place and grade rightly; with all feeds
off it names nobody. Skipped (77) without root or the programs."""
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

LODGE, GATEHOUSE, SOURCE = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
NEEDED = ["radclient", "freeradius", "dnsmasq", "udhcpc", "rsyslogd", "curl", "openssl", "ip"]
SECRET, TOKEN = "a secret of the test", "0123456789abcdef01234567"
TAG = f"ghid{os.getpid()}"
PHONE = "02:00:5e:10:00:01"
DESK_PC = "02:00:5e:10:00:02"
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
    {{listen: "127.0.0.1:{PORT + 4}", certificate: {folder}/cert.pem, key: {folder}/key.pem, http: "127.0.0.1:{PORT + 5}",
     url: "https://guests.college.example", networks: [127.0.0.0/8]}}""" if live else ""
    identity = f"identity:\n  sessions: {folder}/sessions.yaml{feeds}\n" if live else ""
    (folder / "gatehouse.yaml").write_text(f"""
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


def dhcp_client(folder):
    """dnsmasq here, a client in its own namespace; the address that it was given."""
    run("ip", "netns", "add", TAG)
    near, far = f"v{os.getpid()}a", f"v{os.getpid()}b"
    run("ip", "link", "add", near, "type", "veth", "peer", "name", far)
    run("ip", "link", "set", far, "netns", TAG, "address", PHONE)
    run("ip", "addr", "add", "10.88.0.1/24", "dev", near)
    run("ip", "link", "set", near, "up")
    run("ip", "-n", TAG, "link", "set", far, "up")
    start("dnsmasq", "--keep-in-foreground", "--port=0", f"--interface={near}", "--bind-interfaces", "--user=root",
          "--dhcp-range=10.88.0.50,10.88.0.60,1h", f"--dhcp-leasefile={folder}/leases", "--conf-file=/dev/null",
          f"--pid-file={folder}/dnsmasq.pid", log=folder / "dnsmasq.log")
    time.sleep(0.5)
    script = folder / "udhcpc.sh"
    script.write_text(f'#!/bin/sh\n[ "$1" = bound ] && echo "$ip" > {folder}/address\nexit 0\n')
    script.chmod(0o755)
    run("ip", "netns", "exec", TAG, "udhcpc", "-i", far, "-n", "-q", "-f", "-t", "5", "-T", "1", "-s", script, "-x", "hostname:a-phone")
    return (folder / "address").read_text().strip()


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
places: [{{switch: ap-library-3, place: "Library, first floor"}}]
leases: [{{address: 10.10.4.7, mac: "{DESK_PC}", from: 2026-01-01T00:00:00Z, source: static}}]
""")
    configuration(folder, True)
    lodge = start(LODGE, "--config", folder / "gatehouse.yaml", log=folder / "lodge.log")
    wait_for("the lodge", lambda: "reading" in (folder / "lodge.log").read_text())
    freeradius_proxy(folder)
    forwarder(folder)

    phone = dhcp_client(folder)
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
    probe = run("curl", "--silent", "--interface", "127.0.0.3", "--write-out", "%{redirect_url}", "--output", "/dev/null",
                f"http://127.0.0.1:{PORT + 5}/generate_204")
    expect("a guest's plain page leads to the portal", probe.stdout == "https://guests.college.example/")
    signed = run(*curl, "--interface", "127.0.0.3", "--data", f"code={code}&name=A+Visitor&accept=yes", f"https://127.0.0.1:{PORT + 4}/sign-in")
    expect("a voucher signs the guest in", signed.stdout == "303")
    time.sleep(3)

    for number, address in enumerate([phone, "10.10.4.7", "127.0.0.2", "127.0.0.3", "10.77.0.1", "127.0.0.4"], 1):
        attempt(folder, number, address)
    wait_for("the attempts", lambda: len(attempts(folder)) == 6)
    who = attempts(folder)
    expect("802.1X and DHCP agree: grade A, device and the access point's room",
           who[phone][:4] == ("A", "a.learner", PHONE, "Library, first floor"))
    expect("a directory logon on a shared machine: grade B and its seat", who["10.10.4.7"][:4] == ("B", "c.learner", DESK_PC, "Library, row 2"))
    expect("a logon script: grade B", who["127.0.0.2"][:2] == ("B", "d.learner"))
    expect("a guest: the voucher, and its sponsor", who["127.0.0.3"][1].startswith("guest ") and who["127.0.0.3"][4] == "j.patel")
    expect("the forged sign-in made nobody", who["10.77.0.1"][:2] == ("D", ""))
    expect("nor did the script without its token", who["127.0.0.4"][:2] == ("D", ""))

    # Evidence that comes late: the session had ended before the attempt.
    account(PORT + 1, SECRET, session("Stop", "5F3A", "a.learner@college.test", "02005e100001", ["Acct-Delay-Time = 20"]))
    wait_for("the correction", lambda: "Corrected at" in attempts(folder)[phone][5])
    expect("a Stop that came late takes the name back and says so", attempts(folder)[phone][1] == "")
    run(GATEHOUSE, "report", "today", "--config", folder / "gatehouse.yaml")
    report = "".join(p.read_text() for p in (folder / "reports").rglob("*.txt"))
    expect("the report names who was known", "c.learner" in report and "d.learner" in report)
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
