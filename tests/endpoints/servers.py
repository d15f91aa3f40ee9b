"""Servers of other makers on loopback, for as long as a `with` lasts: moto (AWS), mimic (Rackspace), libvirt, HAProxy, a web server.

In: where each is installed. Out: its address. A server is given a free port, is waited for until it answers, and is ended
by its process id. Not here: asking anything of it.
"""

import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

PATIENCE_S = 60


class NotStarted(Exception):
    """A server did not come up; says what it wrote."""


class Missing(Exception):
    """What a server needs is not here; says how to get it."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(address, body=None, method=None, headers=None):
    """One plain HTTP request; the JSON of its answer, or `None` for an empty one."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, method=method, headers=headers or {})
    if data is not None:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def answers(address):
    """Does somebody speak HTTP there?"""
    try:
        urllib.request.urlopen(address, timeout=2).read()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Server:
    """A process that serves until the `with` ends."""

    name = "server"

    def command(self):
        raise NotImplementedError

    def is_up(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None

    def __enter__(self):
        log = self.folder / "log"
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                env=self.environment(), cwd=self.folder,
            )
        end = time.monotonic() + PATIENCE_S
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise NotStarted(f"{self.name} did not come up:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Moto(Server):
    """AWS's interfaces, by moto of the Python that runs this."""

    name = "moto"

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def command(self):
        program = pathlib.Path(sys.executable).with_name("moto_server")
        return [str(program), "-H", "127.0.0.1", "-p", str(self.port)]

    def environment(self):
        # Keys are not what is tried here; a moto that is told to check them knows only users that were made first.
        return {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "inf"}

    def is_up(self):
        return answers(self.address + "/moto-api/data.json")

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(self.address + "/moto-api/reset", method="POST")).read()

    def client(self, service):
        import boto3

        return boto3.client(
            service, endpoint_url=self.address, region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )


# Not `-m`: folders of packages with a namespace are only found by `site`.
MIMIC = """
import site, sys
site.addsitedir(sys.argv[1])
sys.argv = ["twistd", "--pidfile", "", "-n", "mimic", "--listen", "tcp:%s:interface=127.0.0.1" % sys.argv[2]]
from twisted.scripts.twistd import run
run()
"""


class Mimic(Server):
    """Rackspace's interfaces, by mimic under Python 2.7. Its clock stands still until it is told to go on."""

    name = "mimic"
    user, key, region = "mimic", "12345", "ORD"

    def __init__(self, folder, python, library):
        super().__init__(folder)
        self.python, self.library = python, library

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def identity(self):
        return self.address + "/identity/v2.0"

    def command(self):
        return [self.python, "-c", MIMIC, self.library, str(self.port)]

    def is_up(self):
        return answers(self.address + "/")

    def tick(self, seconds):
        ask(self.address + "/mimic/v1.1/tick", {"amount": seconds})

    def client(self):
        """Asks as a user of the interfaces would: signs in, then finds services in the catalogue."""
        proof = {"auth": {"RAX-KSKEY:apiKeyCredentials": {"username": self.user, "apiKey": self.key}}}
        access = ask(self.identity + "/tokens", proof)["access"]
        places = {
            service["name"]: place["publicURL"]
            for service in access["serviceCatalog"]
            for place in service["endpoints"]
            if place.get("region", self.region) == self.region
        }
        headers = {"X-Auth-Token": access["token"]["id"], "Accept": "application/json"}
        return lambda service, path, body=None, method=None: ask(places[service] + path, body, method, headers)


class Clock:
    """Lets mimic's time pass while a `with` lasts."""

    def __init__(self, mimic):
        self.mimic, self.over = mimic, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.over.wait(0.5):
            self.mimic.tick(5)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Haproxy(Server):
    """HAProxy with an empty backend `web`, which takes servers through the runtime socket."""

    name = "haproxy"
    backend = "web"

    def __init__(self, folder):
        super().__init__(folder)
        self.program = shutil.which("haproxy", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
        if self.program is None:
            raise Missing("haproxy: `apt-get install haproxy`")
        self.socket = self.folder / "runtime.sock"
        self.configuration = self.folder / "haproxy.cfg"
        self.configuration.write_text(
            f"""global
  stats socket {self.socket} mode 600 level admin
  maxconn 200
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend front
  bind 127.0.0.1:{self.port}
  default_backend {self.backend}
backend {self.backend}
  balance roundrobin
"""
        )

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def command(self):
        return [self.program, "-db", "-f", str(self.configuration)]

    def tell(self, command):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(5)
            stream.connect(str(self.socket))
            stream.sendall(command.encode() + b"\n")
            parts = []
            while part := stream.recv(65536):
                parts.append(part)
        return b"".join(parts).decode()

    def is_up(self):
        try:
            return self.tell("show info").startswith("Name: HAProxy")
        except OSError:
            return False


class Issuer(Server):
    """A certified OpenID provider, which gives access tokens to a client that proves who it is."""

    name = "issuer"
    # How each shows its secret.
    clients = {"client_secret_basic": "careful", "client_secret_post": "operators"}
    program = pathlib.Path(__file__).parents[1] / "server/issuer/provider.mjs"

    def command(self):
        if shutil.which("node") is None or not self.program.with_name("node_modules").exists():
            raise Missing("oidc-provider: Node.js, and `npm ci` in tests/server/issuer")
        return ["node", str(self.program)]

    def is_up(self):
        said = (self.folder / "log").read_text(errors="replace").splitlines()
        found = next((line for line in said if line.startswith("{")), None)
        if found:
            self.said = json.loads(found)
        return found is not None

    @property
    def token_url(self):
        return self.said["address"] + "/token"

    @property
    def key(self):
        """The public half of the key that signs tokens, as PEM."""
        return self.said["key"]


class Gate(Haproxy):
    """HAProxy before a server, with a door for each way to sign in: who does not get through is answered 401, or cut off."""

    name = "gate"
    doors = ("token", "password", "issued", "certificate")
    token, user, password = "a-token-of-the-gate", "keeper", "a-password-of-the-gate"

    def __init__(self, folder, behind, issuer):
        super().__init__(folder)
        import trustme

        authority, issued_key = trustme.CA(), self.folder / "issuer.pem"
        issued_key.write_text(issuer.key)
        self.authority = self.folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        own = self.folder / "gate.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(own))
        self.certificate = authority.issue_cert("samos@example.org").private_key_and_cert_chain_pem.bytes().decode()
        self.stranger = trustme.CA().issue_cert("samos@example.org").private_key_and_cert_chain_pem.bytes().decode()
        self.ports = {door: free_port() for door in self.doors}
        checks = {
            "token": f'http-request deny deny_status 401 unless {{ req.hdr(authorization) "Bearer {self.token}" }}',
            "password": "http-request auth realm gate unless { http_auth(keepers) }",
            "issued": f"""http-request set-var(txn.given) http_auth_bearer
  http-request set-var(txn.by) var(txn.given),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless {{ var(txn.by) -m str ES256 }} {{ var(txn.given),jwt_verify(txn.by,"{issued_key}") 1 }}""",
            "certificate": "",
        }
        # A client certificate is asked for at the door of tokens that were issued, too: often both are wanted.
        tls = f" ssl crt {own} ca-file {self.authority} verify required"
        frontends = "".join(
            f"""frontend {door}
  bind 127.0.0.1:{self.ports[door]}{tls if door in ("issued", "certificate") else ""}
  {check}
  default_backend behind
"""
            for door, check in checks.items()
        )
        # What is behind goes by AWS's header to tell for which of its services a request is; it checks nothing in it.
        service = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=0"
        with self.configuration.open("a") as more:
            more.write(
                f"""userlist keepers
  user {self.user} insecure-password {self.password}
{frontends}backend behind
  timeout server {PATIENCE_S}s
  http-request set-header Authorization "{service}"
  server behind {behind.removeprefix("http://")}
"""
            )

    def door(self, name):
        return f"{'https' if name in ('issued', 'certificate') else 'http'}://127.0.0.1:{self.ports[name]}"


class Libvirt(Server):
    """libvirt's daemon, before the hypervisor that it brings for trials (`test:///default`, with one domain called `test`).

    That hypervisor lives as long as somebody is connected to it, so a shell of libvirt's stays connected; it also says what is so.
    """

    name = "libvirt"

    def __init__(self, folder):
        super().__init__(folder)
        path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
        self.program, self.shell = shutil.which("libvirtd", path=path), shutil.which("virsh", path=path)
        if not self.program or not self.shell:
            raise Missing("libvirt: `apt-get install libvirt-daemon libvirt-clients`")
        # A socket's path must be short, and no other hypervisor's driver is wanted.
        self.sockets = tempfile.TemporaryDirectory(prefix="samos-")
        self.configuration = self.folder / "libvirtd.conf"
        self.configuration.write_text(
            f'unix_sock_dir = "{self.sockets.name}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
            'log_filters = "1:libvirt.domain"\nlog_outputs = "1:stderr"\n'
        )
        self.drivers = self.folder / "no-drivers"
        self.drivers.mkdir(exist_ok=True)
        self.holder = None

    @property
    def uri(self):
        return f"test+unix:///default?socket={self.sockets.name}/libvirt-sock"

    def command(self):
        return [self.program, "-f", str(self.configuration), "-p", str(self.folder / "pid")]

    def environment(self):
        return {**os.environ, "LIBVIRT_DRIVER_DIR": str(self.drivers), "XDG_RUNTIME_DIR": str(self.folder)}

    def is_up(self):
        listed = [self.shell, "-q", "-c", self.uri, "list", "--all"]
        return subprocess.run(listed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def __enter__(self):
        super().__enter__()
        self.holder = subprocess.Popen(
            [self.shell, "-q", "-c", self.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        # Once it has said something, it is connected.
        self.holder.stdin.write("hostname\n")
        self.holder.stdin.flush()
        self.holder.stdout.readline()
        return self

    def __exit__(self, *_):
        self.holder.communicate("quit\n")
        self.stop()
        self.sockets.cleanup()

    def tell(self, *words):
        told = subprocess.run([self.shell, "-q", "-c", self.uri, *words], capture_output=True, text=True)
        assert told.returncode == 0, f"virsh {' '.join(words)}: {told.stderr}"
        return told.stdout.strip()

    def start(self, name):
        """A small domain of that name, which runs."""
        file = self.folder / f"{name}.xml"
        file.write_text(f'<domain type="test"><name>{name}</name><memory>65536</memory><os><type>hvm</type></os></domain>')
        self.tell("define", str(file))
        self.tell("start", name)

    def asked(self, function, domain):
        """How often the daemon was asked for that of a domain, by its own log."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return sum(f"{function}:" in line and f"name={domain}," in line for line in lines)

    def state(self, domain):
        """In libvirt's words, such as `shut off`; `gone` where there is none of that name."""
        names = self.tell("list", "--all", "--name").split()
        return self.tell("domstate", domain) if domain in names else "gone"


class Web:
    """A machine's web server: says its own name to everyone."""

    def __init__(self, address, greeting):
        text = greeting.encode()

        class Greeting(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Greeting)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
