#!/usr/bin/env python3
"""gatehouse-gate and its control socket, with the command and the lodge as callers. The gate watches the loopback of a
network namespace of its own, so this needs root.

usage: control_test.py GATEHOUSE-GATE GATEHOUSE-LODGE GATEHOUSE [unittest options]
"""
import datetime
import hashlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PATIENCE = 30  # seconds for what takes one when the machine is not busy
SKIPPED = 77
gate_program = lodge_program = command = ""


class Control(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.running = []
        (self.folder / "list.txt").write_text("blades.test\n")
        self.configure()

    def tearDown(self):
        for one in self.running:
            if one.poll() is None:
                one.kill()
            one.wait()

    def configure(self, more=""):
        (self.folder / "gatehouse.yaml").write_text(f"""
gate: {{mode: passive, watch: [lo], workers: 1, flows: 1024, reassembly: 1 MB}}
groups: {{students: {{}}, staff: {{}}}}
networks:
  - {{name: Loopback, group: students, addresses: [127.0.0.0/8]}}
lists:
  - {{path: list.txt, category: weapons-other, format: domains, title: Blades}}
policy:
  rules:
    - {{name: Staff may look, groups: [staff], action: log, reason: courses}}
journal: {{path: eve.json, record: everything}}
store: {{path: lodge.db}}
control: {{socket: gate.sock}}
{more}""")

    def start(self, program, namespace=None, **environment):
        log = open(self.folder / (pathlib.Path(program).name + ".log"), "ab")
        inside = namespace or ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
        self.running.append(subprocess.Popen([*inside, program, "--config", self.folder / "gatehouse.yaml"], stderr=log,
                                             env={**os.environ, **environment}))
        log.close()
        return self.running[-1]

    def start_gate(self, **environment):
        gate = self.start(gate_program, **environment)
        self.until(lambda: self.ask("status").returncode == 0, "the gate to answer")
        return gate

    def beside(self, gate):
        """How to run something in the namespace of the gate."""
        return ["nsenter", f"--net=/proc/{gate.pid}/ns/net"]

    def ask(self, verb, *options):
        return subprocess.run([command, verb, "--config", self.folder / "gatehouse.yaml", *options], capture_output=True,
                              text=True, timeout=60)

    def status(self):
        return json.loads(self.ask("status", "--json").stdout)

    def said(self):
        return "\n".join(log.read_text() for log in self.folder.glob("*.log"))

    def until(self, wanted, what):
        begun = time.monotonic()
        while not wanted():
            self.assertLess(time.monotonic() - begun, PATIENCE, f"{what}\n{self.said()}")
            time.sleep(0.05)

    def notes(self):
        lines = (self.folder / "eve.json").read_text().splitlines()
        return [e["gatehouse"]["reason"] for e in map(json.loads, lines) if e["event_type"] == "gate"]

    def visit(self, gate):
        """A listed name asked for on the loopback that the gate watches; what the journal says of it."""
        before = (self.folder / "eve.json").read_text().count("blades.test")
        talk = ("import socket, threading\n"
                "server = socket.create_server(('127.0.0.1', 8080))\n"
                "client = socket.create_connection(('127.0.0.1', 8080))\n"
                "peer, _ = server.accept()\n"
                "client.sendall(b'GET / HTTP/1.1\\r\\nHost: blades.test\\r\\n\\r\\n')\n"
                "peer.recv(1000)\n"
                "peer.sendall(b'HTTP/1.1 204 No Content\\r\\n\\r\\n')\n"
                "client.recv(1000)\n")
        subprocess.run([*self.beside(gate), sys.executable, "-c", talk], check=True, timeout=20)
        self.until(lambda: (self.folder / "eve.json").read_text().count("blades.test") > before, "the visit in the journal")
        events = [json.loads(line) for line in (self.folder / "eve.json").read_text().splitlines()]
        return [e for e in events if e.get("http", {}).get("hostname") == "blades.test"][-1]["gatehouse"]

    def tell(self, **request):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.folder / "gate.sock"))
            line.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(line.makefile().readline())


class Commands(Control):
    def test_status_and_reload(self):
        gate = self.start_gate()
        before = self.status()
        self.assertEqual(before["policy"]["version"], 1)
        self.assertEqual(len(before["workers"]), 1)
        self.configure("# nothing new\n")
        done = self.ask("reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.status()["policy"]["version"], 2)
        self.configure("nonsense: {}\n")
        refused = self.ask("reload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("nonsense", refused.stderr)
        self.assertIn("gatehouse.yaml", refused.stderr)
        self.assertEqual(self.status()["policy"]["version"], 2)
        gate.send_signal(signal.SIGTERM)
        self.assertEqual(gate.wait(PATIENCE), 0)
        self.assertFalse((self.folder / "gate.sock").exists())
        alone = self.ask("status")
        self.assertEqual(alone.returncode, 1)
        self.assertIn("no gate listens", alone.stderr)

    def test_a_killed_gates_socket_is_taken_over_and_a_running_ones_is_not(self):
        gate = self.start_gate()
        second = self.start(gate_program)
        self.assertEqual(second.wait(PATIENCE), 1)
        self.assertIn("another gate listens", self.said())
        gate.kill()
        gate.wait()
        self.start_gate()

    def test_it_keeps_the_rights_it_needs_and_listens_on_no_port(self):
        gate = self.start_gate()
        state = pathlib.Path(f"/proc/{gate.pid}/status").read_text()
        held = int(next(line.split()[1] for line in state.splitlines() if line.startswith("CapEff")), 16)
        self.assertEqual(held & ~(1 << 1 | 1 << 12 | 1 << 13), 0, f"{held:x}")
        self.assertIn("Seccomp:\t2", state)
        for thread in pathlib.Path(f"/proc/{gate.pid}/task").iterdir():
            lines = (thread / "status").read_text()
            self.assertIn("Seccomp:\t2", lines)
            self.assertIn(f"CapEff:\t{held:016x}", lines)
        listening = subprocess.run([*self.beside(gate), "ss", "-Hltun"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(listening.strip(), "")


class Groups(Control):
    def test_a_group_counts_at_once_and_ends_when_it_says(self):
        gate = self.start_gate()
        self.assertEqual((self.visit(gate)["action"], self.visit(gate)["group"]), ("block", "students"))
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
        entry = {"address": "127.0.0.1", "group": "staff", "until": until.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.assertEqual(self.tell(ask="groups", set=[entry, {**entry, "group": "governors", "address": "127.0.0.9"}]),
                         {"ok": True, "unknown": ["governors"]})
        self.until(lambda: self.visit(gate)["action"] == "log", "the group to count")
        self.assertEqual(self.status()["groups"]["addresses"], 1)
        self.assertEqual(self.ask("reload").returncode, 0)
        self.assertEqual(self.visit(gate)["group"], "staff", "a reload keeps it")
        self.assertEqual(self.tell(ask="groups", replace=True), {"ok": True})
        self.until(lambda: self.visit(gate)["action"] == "block", "the group to be gone")

    def test_an_exemption_allows_until_it_ends(self):
        gate = self.start_gate()
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
        answer = self.tell(ask="exemptions", all=[{"reason": "Drama", "hosts": ["blades.test"], "groups": ["students"],
                                                   "until": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}])
        self.assertEqual(answer, {"ok": True})
        self.until(lambda: self.visit(gate)["action"] == "allow", "the exemption to count")
        self.until(lambda: self.visit(gate)["action"] == "block", "the exemption to end")

    def test_the_lodge_reads_what_the_gate_writes_within_a_second(self):
        gate = self.start_gate()
        self.start(lodge_program, namespace=["env"])
        self.until((self.folder / "lodge.db").exists, "the lodge's store")
        self.visit(gate)

        def kept():
            with sqlite3.connect(f"file:{self.folder}/lodge.db?mode=ro", uri=True) as db:
                try:
                    return db.execute("SELECT count(*) FROM attempt").fetchone()[0]
                except sqlite3.OperationalError:
                    return 0
        self.until(lambda: kept() == 1, "the attempt in the store")


class SignedIn(Control):
    SECRET = b"a secret of some length"

    def accounting(self, port, status):
        """One RADIUS accounting request (RFC 2866) as a switch sends it; waits for its answer."""
        attributes = [(40, struct.pack("!I", status)), (1, b"b.teacher"), (44, b"session-1"), (8, bytes([127, 0, 0, 1])),
                      (31, b"02-00-5E-10-00-01"), (4, bytes([127, 0, 0, 1])), (25, b"staff")]
        body = b"".join(struct.pack("!BB", kind, len(value) + 2) + value for kind, value in attributes)
        head = struct.pack("!BBH", 4, status, 20 + len(body))
        proof = hashlib.md5(head + bytes(16) + body + self.SECRET).digest()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(PATIENCE)
            line.sendto(head + proof + body, ("127.0.0.1", port))
            self.assertEqual(line.recv(4096)[0], 5, "an Accounting-Response")

    def test_whoever_signs_in_has_their_group_at_the_gate_until_they_sign_out(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        self.configure(f"""
identity:
  groups: [{{class: staff, group: staff}}]
  radius:
    listen: ["127.0.0.1:{port}"]
    clients: [{{name: switch, from: 127.0.0.1, secret: {self.SECRET.decode()}, names: proved}}]
""")
        gate = self.start_gate()
        self.start(lodge_program, namespace=["env"])
        self.until(lambda: "reading" in self.said(), "the lodge to start")
        self.assertEqual(self.visit(gate)["group"], "students")
        self.accounting(port, 1)
        begun = time.monotonic()
        self.until(lambda: self.status()["groups"]["addresses"] == 1, "the group at the gate")
        print(f"from the sign-in to the gate: {(time.monotonic() - begun) * 1000:.0f} ms", file=sys.stderr)
        self.assertEqual((self.visit(gate)["group"], self.visit(gate)["action"]), ("staff", "log"))
        self.accounting(port, 2)
        self.until(lambda: self.status()["groups"]["addresses"] == 0, "the group to be gone")
        self.assertEqual(self.visit(gate)["group"], "students")


class Failing(Control):
    def test_a_gate_that_was_killed_says_so_when_it_is_back(self):
        gate = self.start_gate()
        self.until(lambda: len(self.notes()) == 1, "its first word")
        gate.kill()
        gate.wait()
        gate = self.start_gate()
        gate.send_signal(signal.SIGTERM)
        gate.wait(PATIENCE)
        notes = self.notes()
        self.assertEqual([note.split(",")[0] for note in notes], ["started", "started", "stopped"])
        self.assertIn("failing open", notes[0])


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: a network namespace needs root")
        sys.exit(SKIPPED)
    gate_program, lodge_program, command = (sys.argv.pop(1) for _ in range(3))
    unittest.main()
