"""The gate in its namespace: its configuration, its rules in the kernel, its process and its journal."""
import argparse
import collections
import json
import pathlib
import signal
import time

from network import wait_until

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build/release"
NAME_FIELDS = {"tls": ("tls", "sni"), "quic": ("quic", "sni"), "http": ("http", "hostname"), "dns": ("dns", "rrname")}


def arguments(description, **more):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(BUILD), help="the build folder whose programs are tried")
    parser.add_argument("--keep", help="a folder for configuration, journal and logs")
    for name, options in more.items():
        parser.add_argument(f"--{name}", **options)
    return parser.parse_args()


class Gate:
    def __init__(self, lab, build, failing="open", respond="", extra="", gate_extra=""):
        self.lab, self.process, self.environment = lab, None, {}
        self.command = pathlib.Path(build) / "tools/gatehouse/gatehouse"
        self.program = next((p for p in (pathlib.Path(build) / where / "gatehouse-gate"
                                         for where in ("tools/gatehouse", "daemon", "tools/gate")) if p.exists()),
                            pathlib.Path(build) / "tools/gatehouse/gatehouse-gate")
        self.journal = lab.folder / "journal/eve.json"
        self.journal.parent.mkdir(exist_ok=True)
        for old in self.journal.parent.iterdir():    # of an earlier run in a folder that was kept
            old.unlink()
        self.config = lab.folder / "gatehouse.yaml"
        listed = lab.folder / "lab-list.txt"
        listed.write_text("forbidden-page.test\n")
        self.write_config(failing, respond + extra, gate_extra, listed)

    def write_config(self, failing, extra, gate_extra, listed):
        demo = "\n".join(f"  - {ROOT}/rules/demo/{name}.yaml" for name in
                         ("extremism-islamist", "extremism-right-wing", "weapons-firearms", "circumvention", "allow"))
        self.config.write_text(f"""college: {{name: Lab College, contact: the lab}}
gate:
  mode: inline
  clients: [lan0]
  failing: {failing}
  workers: 2
{gate_extra}groups:
  students: {{title: Students, age_band: mixed}}
networks:
  - {{name: Lab, group: students, addresses: [10.10.1.0/24, "2001:db8:10::/64"]}}
lists:
  - categories: {ROOT}/rules/categories.yaml
{demo}
  - {{path: {listed}, format: domains, category: weapons-firearms, title: Lab}}
journal: {{record: everything, path: {self.journal}}}
store: {{path: {self.lab.folder}/gatehouse.db}}
report: {{folder: {self.lab.folder}/reports}}
{extra}""")

    def firewall(self, verb, check=True):
        return self.lab.run("gate", self.command, "firewall", verb, "--config", self.config, check=check)

    def start(self, rules=True):
        if rules:
            self.firewall("apply")
        self.process = self.lab.start("gate", "gate", "env", *(f"{k}={v}" for k, v in self.environment.items()),
                                      self.program, "--config", self.config)
        before = len(self.events())
        wait_until(lambda: any(e["event_type"] == "gate" for e in self.events()[before:]), 30, self.process,
                   "the gate's first word in its journal")
        return self

    def stop(self):
        """As systemd would; what is in its hands is written down first."""
        if self.process:
            self.process.stop(10)
            self.process = None

    def kill(self):
        """As a crash would."""
        self.process.kill(signal.SIGKILL)
        self.process.process.wait(5)
        self.process = None

    def events(self):
        """All whole lines so far, of rotated files too."""
        out = []
        for path in sorted(self.journal.parent.glob(self.journal.name + "*"), key=lambda p: (p.stat().st_mtime, p.name)):
            for line in path.read_text(errors="replace").splitlines(keepends=True):
                if line.endswith("\n"):
                    out.append(json.loads(line))
        return out

    def settled_events(self, enough, seconds=8):
        """The events once `enough` is content with them, or the time is over."""
        end = time.monotonic() + seconds
        while True:
            events = self.events()
            if enough(events) or time.monotonic() > end:
                return events
            time.sleep(0.2)


def name_of(event):
    section, field = NAME_FIELDS.get(event["event_type"], ("", ""))
    name = event.get(section, {}).get(field, "")
    return name.lower().rstrip(".").rsplit(":", 1)[0] if name.count(":") == 1 else name.lower().rstrip(".")


def by_name(events):
    """Events of what clients asked for, by the name they asked for. An answer to a DNS question is not one."""
    out = collections.defaultdict(list)
    for event in events:
        if event.get("dns", {}).get("type") != "answer" and name_of(event):
            out[name_of(event)].append(event)
    return out


def what_of(event):
    """Action and outcome in the journal's words."""
    ours = event.get("gatehouse", {})
    return ours.get("action", "-"), ours.get("outcome", "-"), ours.get("reason", ""), ours.get("evasion", [])
