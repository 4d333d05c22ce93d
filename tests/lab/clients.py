"""Real clients in the client's namespace. Each answers an Attempt: did the page come, and what did the client say?"""
import base64
import dataclasses
import hashlib
import itertools
import re
import subprocess

from network import SERVER
from servers import page_of

_BROWSER_RUNS = itertools.count(1)


@dataclasses.dataclass
class Attempt:
    client: str
    version: int
    host: str
    loaded: bool
    said: str
    event_type: str      # what the journal calls it
    port: int = 443

    @property
    def title(self):
        return f"{self.client}, IPv{self.version}"


def literal(version, address):
    return f"[{address}]" if version == 6 else address


def curl(lab, certificates, version, host, *options, client="curl", scheme="https", address=SERVER, event_type=None,
         marker=None):
    """curl with the name's address given, so that nothing depends on DNS."""
    done = lab.run("client", "curl", f"-{version}", "-sS", "--max-time", 6, "--cacert", certificates.authority,
                   *options, "--connect-to", f"::{literal(version, address[version])}:", f"{scheme}://{host}/",
                   timeout=15, check=False)
    return Attempt(client, version, host, (marker or page_of(host)) in done.stdout, done.stdout.strip(),
                   event_type or ("tls" if scheme == "https" else "http"), 443 if scheme == "https" else 80)


def wget(lab, certificates, version, host, scheme="https"):
    done = lab.run("client", "wget", f"-{version}", "-q", "-O", "-", "--tries=1", "--timeout=6", "--no-hsts",
                   f"--ca-certificate={certificates.authority}", f"{scheme}://{host}/", timeout=15, check=False)
    return Attempt(f"wget, {scheme}", version, host, page_of(host) in done.stdout, done.stdout.strip(),
                   "tls" if scheme == "https" else "http", 443 if scheme == "https" else 80)


def s_client(lab, certificates, version, host, *options, client="openssl s_client"):
    """The handshake alone: it has 'loaded' when the server's certificate came and was verified."""
    done = lab.run("client", "timeout", 6, "openssl", "s_client", f"-{version}", "-connect",
                   f"{literal(version, SERVER[version])}:443", "-servername", host, "-CAfile", certificates.authority,
                   "-verify_return_error", *options, timeout=15, check=False)
    came = "BEGIN CERTIFICATE" in done.stdout and "Verify return code: 0 (ok)" in done.stdout
    return Attempt(client, version, host, came, done.stdout.strip(), "tls")


def chromium(lab, certificates, version, host, http3=False):
    """Headless Chromium, a new profile each time. With http3 the page can come by QUIC only."""
    profile = lab.folder / f"chromium-{next(_BROWSER_RUNS)}"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
               "--disable-dev-shm-usage", f"--user-data-dir={profile}",
               f"--ignore-certificate-errors-spki-list={_key_digest(certificates)}",
               f"--host-resolver-rules=MAP {host} {literal(version, SERVER[version])}, MAP * ~NOTFOUND",
               "--timeout=6000", "--dump-dom"]
    if http3:
        options.append(f"--origin-to-force-quic-on={host}:443")
    done = lab.run("client", "env", f"HOME={lab.folder}", "timeout", "-k", "1", "25", "chromium", *options,
                   f"https://{host}/", timeout=30, check=False)
    loaded = f"{page_of(host)} by HTTP/{'3' if http3 else '2'}" in done.stdout
    error = re.findall(r"net::ERR_\w+", done.stdout)
    return Attempt(f"Chromium, HTTP/{'3' if http3 else '2'}", version, host, loaded,
                   done.stdout.strip() if loaded else (error[-1] if error else done.stdout.strip()[-200:]),
                   "quic" if http3 else "tls")


def _key_digest(certificates):
    public = subprocess.run(["openssl", "x509", "-in", str(certificates.certificate), "-pubkey", "-noout"],
                            capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=public, capture_output=True,
                         check=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def dig(lab, version, host, *options, kind="A", client="dig"):
    done = lab.run("client", "dig", f"@{SERVER[version]}", "+tries=1", "+time=3", *options, host, kind, timeout=10,
                   check=False)
    wanted = SERVER[6 if kind == "AAAA" else 4]
    loaded = bool(re.search(rf"\sIN\s+{kind}\s+{re.escape(wanted)}\s", done.stdout))
    return Attempt(client, version, host, loaded, done.stdout.strip(), "dns", 53)
