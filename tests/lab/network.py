"""Four network namespaces in a row: client, gate, router, server, over IPv4 and IPv6, and the programs run in them.
The names carry the process id; everything goes when the `with` block ends, whatever ended it."""
import atexit
import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIBC = ctypes.CDLL("libc.so.6", use_errno=True)
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

# The links, from the client outwards: (near end, far end, IPv4 prefix, IPv6 prefix); the near end has .2 and ::2.
CLIENT = {4: "10.10.1.14", 6: "2001:db8:10::14"}
CLIENT_GATEWAY = {4: "10.10.1.1", 6: "2001:db8:10::1"}
GATE_OUTSIDE = {4: "198.18.1.1", 6: "2001:db8:ff01::1"}
ROUTER_INSIDE = {4: "198.18.1.2", 6: "2001:db8:ff01::2"}
ROUTER_OUTSIDE = {4: "198.18.2.1", 6: "2001:db8:ff02::1"}
SERVER = {4: "198.18.2.7", 6: "2001:db8:ff02::7"}
# More addresses of the server: the other programs on the same ports.
SERVER_B = {4: "198.18.2.8", 6: "2001:db8:ff02::8"}


def skip_unless_possible(*programs):
    """Says why and ends with 77 where this machine cannot run a lab test."""
    if os.geteuid() != 0:
        skip("the lab needs root: it makes network namespaces")
    missing = [p for p in ("ip", "iptables", "ip6tables", *programs) if not shutil.which(p)]
    if missing:
        skip(f"not installed: {', '.join(missing)} (tools/lib/packages.sh names the packages)")
    probe = f"gh{os.getpid()}p"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if made.returncode != 0:
        skip(f"no network namespaces here: {made.stderr.strip()}")
    try:
        queue = subprocess.run(["ip", "netns", "exec", probe, "iptables", "-A", "FORWARD", "-j", "NFQUEUE"],
                               capture_output=True, text=True)
    finally:
        subprocess.run(["ip", "netns", "del", probe], check=False)
    if queue.returncode != 0:
        skip(f"this kernel has no NFQUEUE: {queue.stderr.strip()}")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def _child_dies_with_us():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Program:
    """A program in the background; what it says goes to a file."""

    def __init__(self, name, process, log):
        self.name, self.process, self.log = name, process, log

    @property
    def pid(self):
        return self.process.pid

    def said(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def kill(self, number=signal.SIGKILL):
        if self.running():
            self.process.send_signal(number)

    def stop(self, wait=5):
        self.kill(signal.SIGTERM)
        try:
            self.process.wait(wait)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait(wait)
        return self.process.returncode


class Lab:
    def __init__(self, keep=None):
        self.tag = f"gh{os.getpid()}"
        self.programs = []
        self._temporary = None if keep else tempfile.TemporaryDirectory(prefix=f"{self.tag}-")
        self.folder = pathlib.Path(keep or self._temporary.name).absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)

    def __enter__(self):
        remove_leftovers()
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(143))
        atexit.register(self.close)
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for program in reversed(self.programs):
            with contextlib.suppress(Exception):
                program.stop(2)
        self.programs.clear()
        for space in ("client", "gate", "router", "server"):
            remove_namespace(self.namespace(space))
        if self._temporary:
            self._temporary.cleanup()
        atexit.unregister(self.close)

    def namespace(self, space):
        return f"{self.tag}{space[0]}"

    def _build(self):
        for space in ("client", "gate", "router", "server"):
            subprocess.run(["ip", "netns", "add", self.namespace(space)], check=True)
            self.run(space, "ip", "link", "set", "lo", "up")
            for key in ("all", "default"):
                self.sysctl(space, f"net.ipv6.conf.{key}.accept_dad", 0)
                self.sysctl(space, f"net.ipv6.conf.{key}.dad_transmits", 0)
                self.sysctl(space, f"net.ipv4.conf.{key}.rp_filter", 0)
        self._link("client", "lan0", [CLIENT], "gate", "lan0", [CLIENT_GATEWAY])
        self._link("gate", "wan0", [GATE_OUTSIDE], "router", "in0", [ROUTER_INSIDE])
        self._link("router", "out0", [ROUTER_OUTSIDE], "server", "eth0", [SERVER, SERVER_B])
        for space in ("gate", "router"):
            self.sysctl(space, "net.ipv4.ip_forward", 1)
            self.sysctl(space, "net.ipv6.conf.all.forwarding", 1)
        # Servers that want it get data in a SYN without a cookie, as where an administrator chose so.
        self.sysctl("server", "net.ipv4.tcp_fastopen", 0x202)
        self._route("client", "default", CLIENT_GATEWAY)
        self._route("gate", "default", ROUTER_INSIDE)
        self._route("router", {4: "10.10.1.0/24", 6: "2001:db8:10::/64"}, GATE_OUTSIDE)
        self._route("server", "default", ROUTER_OUTSIDE)

    def know_hosts(self, names, address):
        """The client finds these names without asking anybody, as from its hosts file."""
        folder = pathlib.Path("/etc/netns") / self.namespace("client")
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{address[v]} {name}" for name in names for v in (4, 6)]
        (folder / "hosts").write_text("\n".join(["127.0.0.1 localhost", "::1 localhost", *lines, ""]))

    def ask_for_names(self, server):
        """The client's programs ask this DNS server."""
        folder = pathlib.Path("/etc/netns") / self.namespace("client")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(f"nameserver {server}\n")

    def _link(self, near, near_name, near_addresses, far, far_name, far_addresses):
        subprocess.run(["ip", "link", "add", near_name, "netns", self.namespace(near), "type", "veth",
                        "peer", far_name, "netns", self.namespace(far)], check=True)
        for space, name, addresses in ((near, near_name, near_addresses), (far, far_name, far_addresses)):
            for address in addresses:
                self.run(space, "ip", "address", "add", f"{address[4]}/24", "dev", name)
                self.run(space, "ip", "address", "add", f"{address[6]}/64", "dev", name, "nodad")
            self.run(space, "ip", "link", "set", name, "up")

    def _route(self, space, to, via):
        for version in (4, 6):
            target = to if isinstance(to, str) else to[version]
            self.run(space, "ip", f"-{version}", "route", "add", target, "via", via[version])

    def sysctl(self, space, key, value):
        path = "/proc/sys/" + key.replace(".", "/")
        with self.inside(space):
            pathlib.Path(path).write_text(str(value))

    @contextlib.contextmanager
    def inside(self, space):
        """This thread stands in the namespace: sockets it opens stay there."""
        with open("/proc/thread-self/ns/net", encoding="ascii") as home, \
                open(f"/run/netns/{self.namespace(space)}", encoding="ascii") as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(home)

    def command(self, space, *command):
        return ["ip", "netns", "exec", self.namespace(space), *map(str, command)]

    def run(self, space, *command, timeout=20, check=True, **more):
        """Runs to the end and answers what it said, both streams in one."""
        try:
            done = subprocess.run(self.command(space, *command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=timeout, text=True, errors="replace", stdin=subprocess.DEVNULL,
                                  preexec_fn=_child_dies_with_us, check=False, **more)
        except subprocess.TimeoutExpired as late:
            said = late.stdout or b""
            said = said.decode(errors="replace") if isinstance(said, bytes) else said
            done = subprocess.CompletedProcess(command, 124, said)
        if check and done.returncode != 0:
            raise RuntimeError(f"{space}: {' '.join(map(str, command))}: {done.returncode}\n{done.stdout}")
        return done

    def start(self, space, name, *command, **more):
        """Starts in the background. The process id is the program's own: `ip netns exec` becomes it."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(self.command(space, *command), stdout=out, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL, preexec_fn=_child_dies_with_us, **more)
        program = Program(name, process, log)
        self.programs.append(program)
        return program

    def wait_for_port(self, space, address, port, program, seconds=20):
        """Until something answers on a TCP port, or says why it will not."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        def answers():
            with self.inside(space):
                probe = socket.socket(family, socket.SOCK_STREAM)
            with probe:
                probe.settimeout(1)
                return probe.connect_ex((address, port)) == 0
        wait_until(answers, seconds, program, f"port {port}")


def wait_until(condition, seconds, program=None, what="it"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        if program and not program.running():
            raise RuntimeError(f"{program.name} ended with {program.process.returncode}:\n{program.said()}")
        time.sleep(0.05)
    raise RuntimeError(f"waited {seconds} s for {what}" + (f":\n{program.said()}" if program else ""))


def _enter(namespace):
    if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def remove_namespace(name):
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)
    with contextlib.suppress(OSError):
        os.rmdir("/etc/netns")    # only when empty


def remove_leftovers():
    """Namespaces of lab runs that were killed outright: their process is gone."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    for line in listed.splitlines():
        match = re.match(r"(gh(\d+)(?:[cgrsp]|-[\w-]+))(?=\s|$)", line)
        if match and not os.path.exists(f"/proc/{match[2]}"):
            remove_namespace(match[1])
