"""Real servers in the server's namespace, with certificates of a certificate authority made for the run."""
import pathlib
import subprocess

from network import SERVER, SERVER_B, wait_until

# Names that the demonstration lists hold, and names that no list holds.
LISTED = ["guns-direct.test", "northern-order.test", "black-banner.test", "forbidden-page.test"]
UNLISTED = ["library.test", "news.test", "harmless-pages.test"]
PAGE = "This is the page of"


def page_of(host):
    return f"{PAGE} {host}"


class Certificates:
    """A certificate authority and one certificate for every name of the lab and what is below it."""

    def __init__(self, folder):
        self.authority, self.certificate, self.key = folder / "ca.pem", folder / "site.pem", folder / "site.key"
        authority_key, request, extensions = folder / "ca.key", folder / "site.csr", folder / "site.ext"
        names = [name for base in LISTED + UNLISTED for name in (base, f"*.{base}")]
        extensions.write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in names) + "\n")
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        _openssl("req", "-x509", *new_key, "-keyout", authority_key, "-out", self.authority, "-days", "2",
                 "-subj", "/CN=Lab authority")
        _openssl("req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/CN=lab")
        _openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", authority_key, "-CAcreateserial",
                 "-days", "2", "-extfile", extensions, "-out", self.certificate)
        for path in (self.authority, self.certificate, self.key):
            path.chmod(0o644)


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def start_caddy(lab, certificates, everywhere=False):
    """HTTP on 80 and 8088; HTTP/1.1, 2 and 3 on 443. Each host has its page."""
    config = lab.folder / "Caddyfile"
    binds = "" if everywhere else f"bind {SERVER[4]} {SERVER[6]}"
    answer = f'respond "{PAGE} {{http.request.host}} by {{http.request.proto}}\n"'
    config.write_text(f"""{{
  admin off
  auto_https off
  skip_install_trust
}}
http://:80, http://:8088 {{
  {binds}
  {answer}
}}
https://:443 {{
  {binds}
  tls {certificates.certificate} {certificates.key}
  {answer}
}}
""")
    caddy = lab.start("server", "caddy", "env", f"HOME={lab.folder}", f"XDG_DATA_HOME={lab.folder}",
                      f"XDG_CONFIG_HOME={lab.folder}", "caddy", "run", "--adapter", "caddyfile", "--config", config)
    for version in (4, 6):
        for port in (80, 443):
            lab.wait_for_port("server", SERVER[version], port, caddy)
    return caddy


def start_openssl(lab, certificates):
    """OpenSSL's own server with TLS 1.2 and 1.3 on the second address, port 4433: a status page for every path."""
    for version in (4, 6):
        address = SERVER_B[4] if version == 4 else f"[{SERVER_B[6]}]"
        server = lab.start("server", f"s_server-{version}", "openssl", "s_server", f"-{version}", "-accept",
                           f"{address}:4433", "-cert", certificates.certificate, "-key", certificates.key, "-www", "-quiet")
        lab.wait_for_port("server", SERVER_B[version], 4433, server)


def start_nginx(lab, certificates):
    """A second web server, on the second address: it forgives other oddities, and takes data in a SYN."""
    config = lab.folder / "nginx.conf"
    listens = "".join(f"listen {a}:80; listen {a}:443 ssl fastopen=64; " for a in (SERVER_B[4], f"[{SERVER_B[6]}]"))
    config.write_text(f"""daemon off; pid {lab.folder}/nginx.pid; error_log stderr; worker_processes 1; user root;
events {{ worker_connections 2000; }}
http {{
  access_log off;
  client_body_temp_path {lab.folder}/nginx-body; proxy_temp_path {lab.folder}/nginx-proxy;
  fastcgi_temp_path {lab.folder}/nginx-fcgi; uwsgi_temp_path {lab.folder}/nginx-uwsgi;
  scgi_temp_path {lab.folder}/nginx-scgi;
  large_client_header_buffers 16 64k;
  ssl_certificate {certificates.certificate}; ssl_certificate_key {certificates.key};
  server {{ {listens} location / {{ return 200 "{PAGE} $host by nginx\n"; }} }}
}}
""")
    nginx = lab.start("server", "nginx", "nginx", "-c", config)
    for version in (4, 6):
        lab.wait_for_port("server", SERVER_B[version], 80, nginx)


def start_connect_proxy(lab):
    """A web proxy outside, on port 3128."""
    program = pathlib.Path(__file__).resolve().parent / "connect_proxy.py"
    proxy = lab.start("server", "connect-proxy", "/usr/bin/python3", program, "3128", SERVER[4], SERVER[6])
    lab.wait_for_port("server", SERVER[4], 3128, proxy)


def start_dnsmasq(lab):
    """Answers every name under .test and .example with the server's addresses. One has keys for encrypted hellos."""
    # HTTPS record: priority 1, target ".", alpn h2, ech (its value's form does not matter to a resolver)
    https_record = "0001" + "00" + "0001000302" + "6832" + "00050008" + "0006fe0d00020102"
    options = [f"--address=/{top}/{SERVER[v]}" for top in ("test", "example") for v in (4, 6)]
    dns = lab.start("server", "dnsmasq", "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--pid-file", "--edns-packet-max=4096", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                    "--user=root", "--log-queries", "--bind-interfaces", f"--listen-address={SERVER[4]}",
                    f"--listen-address={SERVER[6]}", f"--dns-rr=ech.library.test,65,{https_record}",
                    "--address=/use-application-dns.net/198.18.2.7", *options)
    wait_until(lambda: lab.run("server", "dig", "+short", "+tries=1", "+time=1", f"@{SERVER[4]}", "library.test",
                               check=False).stdout.strip() == SERVER[4], 10, dns, "dnsmasq")
    return dns
