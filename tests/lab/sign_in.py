"""The programs by which colleges know who is where, as they are: dnsmasq and DHCP clients, FreeRADIUS that proxies and
radclient, rsyslog on a PC, the logon script, Chromium at the portal. They speak whether anybody listens or not."""
import json
import subprocess
import sys

from college import CONTROLLER, DIRECT_SECRET, DEVICES, LODGE, PROXY_SECRET, TOKEN
from gate import ROOT
from network import wait_until

sys.path.insert(0, str(ROOT / "tools/traffic/browsing"))
from chromium import Chromium  # noqa: E402

PROGRAMS = ["radclient", "freeradius", "dnsmasq", "udhcpc", "rsyslogd", "curl", "openssl", "chromium", "caddy", "pdftotext"]


def start_dhcp(college):
    hosts = [f"--dhcp-host={device.mac},{device.address}" for device in DEVICES]
    college.start("gate", "dnsmasq", "dnsmasq", "--keep-in-foreground", "--port=0", "--interface=lan0", "--bind-interfaces",
                  "--user=root", "--dhcp-range=10.10.1.100,10.10.1.110,1h", *hosts, f"--dhcp-leasefile={college.folder}/leases",
                  "--conf-file=/dev/null", f"--pid-file={college.folder}/dnsmasq.pid", "--log-facility=-")


def ask_for_address(college, device):
    """A DHCP client, which takes the address and the way out that it is given. It tells its host name."""
    script = college.folder / f"dhcp-{device.name}.sh"
    script.write_text('#!/bin/sh\n[ "$1" = bound ] && ip address add "$ip/24" dev "$interface" && '
                      'ip route add default via "$router"\nexit 0\n')
    script.chmod(0o755)
    college.run(device.name, "udhcpc", "-i", "card", "-n", "-q", "-f", "-t", "5", "-T", "1", "-s", script, "-x",
                f"hostname:{device.name}")
    return device.address in college.run(device.name, "ip", "address", "show", "dev", "card").stdout


def start_proxy(college, name="freeradius"):
    """A FreeRADIUS server that only hands accounting on to the lodge."""
    folder = college.folder / name
    folder.mkdir()
    (folder / "radiusd.conf").write_text(f"""
prefix = /usr
libdir = /usr/lib/freeradius
run_dir = {folder}
logdir = {folder}
pidfile = {folder}/pid
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
client controller {{
 ipaddr = {CONTROLLER}
 secret = "{DIRECT_SECRET}"
}}
home_server lodge {{
 type = acct
 ipaddr = {LODGE}
 port = 1815
 secret = "{PROXY_SECRET}"
 src_ipaddr = {LODGE}
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
  ipaddr = {LODGE}
  port = 1813
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
    proxy = college.start("gate", name, "freeradius", "-f", "-l", "stdout", "-d", folder)
    wait_until(lambda: "Ready to process" in proxy.said(), 15, proxy, "FreeRADIUS")
    return proxy


def account(college, port, status, session, user, device, *more, secret=DIRECT_SECRET, station=None):
    """The controller reports a session, to the proxy (1813) or straight to the lodge (1815). Whether it was answered."""
    lines = [f"Acct-Status-Type = {status}", f'Acct-Session-Id = "{session}"', f'User-Name = "{user}"',
             f'Calling-Station-Id = "{station or device.mac.replace(":", "-").upper()}"', 'NAS-Identifier = "ap-library-3"',
             "Message-Authenticator = 0x00", *more]
    request = college.folder / f"radius-{session}.txt"
    request.write_text("\n".join(lines) + "\n")
    done = college.run("client", "radclient", "-r", "1", "-t", "2", "-f", request, f"{LODGE}:{port}", "acct", secret, check=False)
    return done.returncode == 0


class Forwarder:
    """rsyslog on a PC: sends what Windows would write into its log, as RFC 5424 over TCP, and a mark every two seconds."""

    def __init__(self, college, device, computer):
        self.computer, self.log = computer, college.folder / f"{device.name}.windows"
        self.log.write_text("")
        configuration = college.folder / f"{device.name}.rsyslog"
        configuration.write_text(f"""
global(workDirectory="{college.folder}" localHostname="{computer}" processInternalMessages="on")
module(load="imfile" PollingInterval="1")
module(load="immark" interval="2")
input(type="imfile" File="{self.log}" Tag="nxlog")
action(type="omfwd" Target="{LODGE}" Port="1514" Protocol="tcp" Template="RSYSLOG_SyslogProtocol23Format"
       action.resumeInterval="1")
""")
        self.program = college.start(device.name, f"rsyslog-{device.name}", "rsyslogd", "-n", "-f", configuration, "-i",
                                     college.folder / f"{device.name}.pid")

    def log_on(self, login):
        event = {"EventID": 4624, "Hostname": f"{self.computer}.college.test", "TargetUserName": login, "LogonType": 2,
                 "TargetLogonId": "0x77"}
        with self.log.open("a") as log:
            log.write(json.dumps(event) + "\n")


def run_logon_script(college, device, login, token=TOKEN):
    """The script of tools/logon-script as PAM calls it. Whether the lodge took it."""
    secret = college.folder / f"token-{device.name}"
    secret.write_text(token)
    done = college.run(device.name, "env", "PAM_TYPE=open_session", f"PAM_USER={login}", f"GATEHOUSE_LODGE=https://{LODGE}:8444",
                       f"GATEHOUSE_TOKEN_FILE={secret}", f"GATEHOUSE_CA={college.folder}/lodge.pem",
                       ROOT / "tools/logon-script/gatehouse-logon.sh", check=False)
    return done.returncode == 0


def title_of(browser):
    answer = browser.send("Runtime.evaluate", expression="document.title", returnByValue=True)
    return answer.get("result", {}).get("value", "")


class Visitor:
    """A guest's Chromium. Any plain page leads it to the portal, where code, name and acceptance are filled in."""

    def __init__(self, college, device):
        self.browser = Chromium(college.namespace(device.name))
        college.at_end.callback(self.browser.close)
        self.browser.new_tab()

    def sign_in(self, code):
        self.browser.open(f"http://{LODGE}:8080/generate_204")
        wait_until(lambda: title_of(self.browser).startswith("Guest network of"), 15, what="the portal in the browser")
        self.browser.run(f"""document.getElementById("code").value = "{code}"; document.getElementById("name").value = "Vera Visitor";
                             document.querySelector("[name=accept]").click(); document.querySelector("button").click()""")
        wait_until(lambda: title_of(self.browser) == "You are signed in", 15, what="the sign-in in the browser")

    def browse(self, host):
        self.browser.open(f"https://{host}/")


def voucher(college, store):
    """The code of one that the college's reception makes."""
    return college.gatehouse("guests", "voucher", "--store", store, "--sponsor", "j.patel", "--purpose", "Open evening").split()[0]
