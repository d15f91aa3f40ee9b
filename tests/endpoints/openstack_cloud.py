"""A whole small OpenStack on loopback, for as long as a `with` lasts: identity, placement, images, compute on two hosts, networks.

In: a Python environment in which the services are installed (`cargo xtask test --long` makes it). Out: its address, a project with
two users, flavors, an image and a network, the same at each start. The services are OpenStack's own; only the hypervisor below the compute
service is the one that it brings for trials, so that there are no guests. Not here: asking anything as a user.
"""

import concurrent.futures
import hashlib
import inspect
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request

import openstack_settings
from openstack_settings import DATABASES, DOMAIN, HOSTS, REGION, SERVICE_PASSWORD, SERVICE_PROJECT, SERVICE_USER, Places
from servers import PATIENCE_S, Missing, NotStarted, answers, ask, free_port

ADMIN_PASSWORD = "admin-password"
# Their sizes differ, so that one can be told from another.
FLAVORS = {"m1.tiny": (64, 1), "m1.small": (512, 1), "m1.medium": (1024, 2), "m1.large": (2048, 4)}
IMAGE, NETWORK = "tiny", "net0"
# By the program that stands for a package of Debian.
DEBIAN = {"mariadbd": "mariadb-server", "rabbitmq-server": "rabbitmq-server", "epmd": "erlang-base"}
JSON = {"Content-Type": "application/json"}
# Debian's own `rabbitmq-server` elsewhere on the path would become another user first.
WHERE = "/usr/lib/rabbitmq/bin:" + os.environ.get("PATH", "") + ":/usr/sbin"

# The trial hypervisor's snapshots have no content, and stay `queued` for ever; a real one hands its disk in.
COMPUTE = """
import io, sys
# First, as it decides how all the others run threads.
from nova.cmd.compute import main
import nova.image.glance, nova.virt.fake
from nova.compute import task_states

def snapshot(self, context, instance, image_id, update_task_state):
    update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
    update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
    images = nova.image.glance.API()
    told = {"status": "active", "disk_format": "raw", "container_format": "bare"}
    images.update(context, image_id, told, io.BytesIO(bytes(1024)), purge_props=False)

nova.virt.fake.FakeDriver.snapshot = snapshot
sys.exit(main())
"""

# No agent connects ports to anything, as nothing sends packets; every port counts as connected.
NETWORKS = """
from neutron.wsgi.api import application
from neutron.tests.unit.plugins.ml2.drivers.mechanism_logger import LoggerMechanismDriver

def bind_port(self, context):
    context.set_binding(context.segments_to_bind[0]["id"], "ovs", {"port_filter": True}, status="ACTIVE")

LoggerMechanismDriver.bind_port = bind_port
"""


class OpenStack:
    """Starts in about half a minute; the first time in a given environment it takes minutes more, to set up databases."""

    user, password, project, domain, region = "samos", "samos-password", "samos", DOMAIN, REGION
    reader, reader_password = "reader", "reader-password"

    def __init__(self, folder, environment):
        missing = [package for program, package in DEBIAN.items() if not found(program)]
        if missing:
            raise Missing(f"OpenStack's servers: `apt-get install {' '.join(missing)}`")
        environment = pathlib.Path(environment).resolve()
        if not (environment / "bin/nova-compute").exists():
            raise Missing(f"OpenStack in {environment}: `cargo xtask test --long OpenStack` installs it")
        # The sockets' names must be short.
        self.sockets = tempfile.TemporaryDirectory(prefix="samos-")
        services = ["keystone", "placement", "glance", "nova", "neutron", "bus", "bus-peers", "names"]
        ports = {service: free_port() for service in services}
        self.places = Places(environment, pathlib.Path(folder).resolve() / "openstack", self.sockets.name, ports)
        self.processes = {}

    @property
    def address(self):
        """Where one signs in."""
        return self.places.address("keystone")

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        places = self.places
        places.logs.mkdir(parents=True, exist_ok=True)
        self.start_bus()
        prepared = self.prepared()
        with tarfile.open(prepared) as archive:
            archive.extractall(places.state, filter="fully_trusted")
        openstack_settings.write(places)
        self.start_database()
        # What was prepared knows neither today's ports nor today's sockets.
        self.tell_database(
            f"UPDATE keystone.endpoint SET url = '{places.address('keystone')}';"
            f"UPDATE nova_api.cell_mappings SET database_connection = '{places.database('nova')}',"
            f" transport_url = '{places.bus}' WHERE name = 'cell1';"
            f"UPDATE nova_api.cell_mappings SET database_connection = '{places.database('nova_cell0')}' WHERE name = 'cell0';"
        )
        self.serve("keystone", "keystone.wsgi.api", {"OS_KEYSTONE_CONFIG_DIR": places.settings / "keystone"})
        self.serve("placement", "placement.wsgi.api", {"OS_PLACEMENT_CONFIG_DIR": places.settings / "placement"})
        self.serve("glance", "glance.wsgi.api", {"OS_GLANCE_CONFIG_DIR": places.settings / "glance"})
        self.wait("keystone", lambda: answers(self.address))
        self.make_users()
        self.wait("bus", lambda: is_open(places.ports["bus"]))
        networks = {"OS_NEUTRON_CONFIG_DIR": places.settings / "neutron", "OS_NEUTRON_CONFIG_FILES": "neutron.conf"}
        (places.folder / "networks.py").write_text(NETWORKS)
        self.serve("neutron", "networks", networks)
        self.serve("nova", "nova.wsgi.osapi_compute", {"OS_NOVA_CONFIG_DIR": places.settings / "nova"})
        common = ["--config-file", places.file("nova", "nova.conf")]
        for name in ("nova-conductor", "nova-scheduler"):
            self.run(name, [places.program(name), *common])
        for service in ("placement", "glance", "neutron", "nova"):
            self.wait(service, lambda: answers(places.address(service)))
        for host in HOSTS:
            own = ["--config-file", places.file("nova", f"{host}.conf")]
            self.run(host, [places.program("python"), "-c", COMPUTE, *common, *own])
        self.make_resources()
        self.wait(HOSTS[-1], self.is_ready)

    def stop(self):
        """All are told at once, what the others rest on last; none is left behind."""
        resting = ["database", "bus", "names"]
        first = [name for name in self.processes if name not in resting]
        for names in (first, *([name] for name in ("bus", "names", "database"))):
            for name in names:
                if name in self.processes and self.processes[name].poll() is None:
                    self.processes[name].send_signal(signal.SIGCONT)
                    self.processes[name].terminate()
            for name in names:
                if name in self.processes:
                    ended(self.processes[name])
        self.processes = {}
        self.sockets.cleanup()

    # Processes

    def run(self, name, command, variables=None):
        with (self.places.logs / f"{name}.log").open("ab") as said:
            self.processes[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd=self.places.folder,
                env={**os.environ, **{name: str(value) for name, value in (variables or {}).items()}}, start_new_session=True,
            )

    def wait(self, name, is_up):
        end = time.monotonic() + 3 * PATIENCE_S
        while not is_up():
            if self.processes[name].poll() is not None or time.monotonic() > end:
                said = (self.places.logs / f"{name}.log").read_text(errors="replace")[-2000:]
                raise NotStarted(f"{name} of OpenStack did not come up:\n{said}")
            time.sleep(0.2)

    def serve(self, name, module, variables):
        command = [
            self.places.program("uwsgi"), "--http-socket", f"127.0.0.1:{self.places.ports[name]}", "--module",
            f"{module}:application", "--master", "--processes", "1", "--threads", "4", "--enable-threads", "--lazy-apps",
            "--need-app", "--die-on-term", "--pythonpath", str(self.places.folder), "--buffer-size", "65535", "--add-header", "Connection: close",
        ]
        self.run(name, command, variables)

    def start_database(self):
        """What a crash would lose is thrown away at the end anyway, so nothing waits for the disk."""
        folder = self.places.state / "database"
        words = (
            f"--no-defaults --user=root --datadir={folder} --socket={self.places.database_socket} --skip-networking --skip-log-bin"
            f" --pid-file={folder}/pid --max-connections=400 --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0"
            " --innodb-log-file-size=16M --performance-schema=OFF"
        )
        self.run("database", [found("mariadbd"), *words.split()])
        self.wait("database", lambda: self.tell_database("SELECT 1;", must=False) == 0)

    def tell_database(self, statements, must=True):
        line = ["mariadb", "--no-defaults", "--user=root", f"--socket={self.places.database_socket}"]
        told = subprocess.run(line, input=statements, capture_output=True, text=True)
        if must and told.returncode:
            raise NotStarted(f"the database of OpenStack: {told.stderr}")
        return told.returncode

    def start_bus(self):
        """Not waited for: others can start meanwhile. It has a name service of its own, which would outlive it otherwise."""
        ports, folder = self.places.ports, self.places.folder / "bus"
        folder.mkdir(exist_ok=True)
        (folder / "rabbitmq.conf").write_text("")
        (folder / "plugins").write_text("[].")
        self.run("names", [found("epmd"), "-address", "127.0.0.1", "-port", str(ports["names"])])
        variables = {
            "HOME": folder, "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": ports["names"],
            "RABBITMQ_NODENAME": "rabbit@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": ports["bus"], "RABBITMQ_DIST_PORT": ports["bus-peers"], "RABBITMQ_MNESIA_BASE": folder,
            "RABBITMQ_LOG_BASE": self.places.logs, "RABBITMQ_PID_FILE": folder / "pid",
            "RABBITMQ_CONFIG_FILE": folder / "rabbitmq.conf", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": folder / "plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        self.run("bus", [found("rabbitmq-server")], variables)

    # Databases, set up once

    def prepared(self):
        """An archive of the state in which a cloud starts: schemas, keys, an administrator. Kept with the environment."""
        versions = self.places.environment / "versions"
        steps = [inspect.getsource(getattr(type(self), name)) for name in dir(self) if name.startswith("prepare_")]
        digest = hashlib.sha256("".join(steps).encode() + (versions.read_bytes() if versions.exists() else b"")).hexdigest()[:16]
        archive = self.places.environment / f"prepared-{digest}.tar"
        if not archive.exists():
            self.prepare_all()
            new = archive.with_suffix(".new")
            with tarfile.open(new, "w") as out:
                out.add(self.places.state, arcname=".")
            new.rename(archive)
            shutil.rmtree(self.places.state)
        return archive

    def prepare_all(self):
        places = self.places
        openstack_settings.write(places)
        folder = places.state / "database"
        self.do("mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={folder}",
                "--auth-root-authentication-method=normal", "--skip-test-db")
        self.start_database()
        self.tell_database("".join(f"CREATE DATABASE {name} CHARACTER SET utf8mb4;" for name in DATABASES))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            parts = [self.prepare_nova, self.prepare_neutron, self.prepare_identity, self.prepare_small]
            for done in [pool.submit(part) for part in parts]:
                done.result()
        self.processes["database"].terminate()
        ended(self.processes.pop("database"))

    def prepare_identity(self):
        manage = [self.places.program("keystone-manage"), "--config-file", self.places.file("keystone", "keystone.conf")]
        self.do(*manage, "db_sync")
        for keys in ("fernet_setup", "credential_setup"):
            self.do(*manage, keys, "--keystone-user", "root", "--keystone-group", "root")
        places = [word for kind in ("public", "internal", "admin") for word in (f"--bootstrap-{kind}-url", self.address)]
        self.do(*manage, "bootstrap", "--bootstrap-password", ADMIN_PASSWORD, "--bootstrap-region-id", REGION, *places)

    def prepare_nova(self):
        manage = [self.places.program("nova-manage"), "--config-file", self.places.file("nova", "nova.conf")]
        self.do(*manage, "api_db", "sync")
        self.do(*manage, "cell_v2", "map_cell0", "--database_connection", self.places.database("nova_cell0"))
        self.do(*manage, "cell_v2", "create_cell", "--name", "cell1")
        self.do(*manage, "db", "sync")

    def prepare_neutron(self):
        manage = [self.places.program("neutron-db-manage"), "--config-file", self.places.file("neutron", "neutron.conf")]
        self.do(*manage, "upgrade", "heads")

    def prepare_small(self):
        places = self.places
        self.do(places.program("placement-manage"), "--config-file", places.file("placement", "placement.conf"), "db", "sync")
        self.do(places.program("glance-manage"), "--config-file", places.file("glance", "glance-api.conf"), "db_sync")

    def do(self, *words):
        variables = {**os.environ, "OS_PLACEMENT_CONFIG_DIR": str(self.places.settings / "placement")}
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=variables)
        if done.returncode:
            raise NotStarted(f"`{' '.join(words)}` of OpenStack ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")

    # What every cloud starts with

    def client(self, user=None, password=None, project=None):
        """Asks as a user of the interfaces would."""
        return Client(self, user or self.user, password or self.password, project or self.project)

    def admin(self):
        return self.client("admin", ADMIN_PASSWORD, "admin")

    def make_users(self):
        admin = self.admin()
        roles = {role["name"]: role["id"] for role in admin("identity", "/roles")["roles"]}
        accounts = [
            (SERVICE_PROJECT, SERVICE_USER, SERVICE_PASSWORD, ["admin", "service"]),
            (self.project, self.user, self.password, ["member"]),
            (self.project, self.reader, self.reader_password, ["reader"]),
        ]
        projects = {}
        for project, user, password, granted in accounts:
            if project not in projects:
                wanted = {"project": {"name": project, "domain_id": "default"}}
                projects[project] = admin("identity", "/projects", wanted)["project"]["id"]
            wanted = {"user": {"name": user, "password": password, "domain_id": "default"}}
            one = admin("identity", "/users", wanted)["user"]["id"]
            for role in granted:
                place = f"/projects/{projects[project]}/users/{one}/roles/{roles[role]}"
                admin("identity", place, method="PUT")
        self.project_id = projects[self.project]
        for service, kind in (("nova", "compute"), ("placement", "placement"), ("glance", "image"), ("neutron", "network")):
            made = admin("identity", "/services", {"service": {"name": service, "type": kind}})["service"]["id"]
            wanted = {"service_id": made, "interface": "public", "region_id": REGION, "url": self.places.address(service)}
            admin("identity", "/endpoints", {"endpoint": wanted})

    def make_resources(self):
        admin = self.admin()
        self.flavors = {}
        for name, (memory, processors) in FLAVORS.items():
            wanted = {"flavor": {"name": name, "ram": memory, "vcpus": processors, "disk": 1}}
            self.flavors[name] = admin("compute", "/flavors", wanted)["flavor"]["id"]
        self.image = self.make_image(admin, IMAGE, visibility="public")
        # Asked for ports before anything else, a new networking service fails.
        admin("network", "/v2.0/networks")
        wanted = {"network": {"name": NETWORK, "project_id": self.project_id}}
        self.network = admin("network", "/v2.0/networks", wanted)["network"]["id"]
        wanted = {"name": "sub0", "network_id": self.network, "ip_version": 4, "cidr": "10.77.0.0/24", "project_id": self.project_id}
        admin("network", "/v2.0/subnets", {"subnet": wanted})

    def make_image(self, client, name, **more):
        """An image with something in it."""
        made = client("image", "/v2/images", {"name": name, "disk_format": "raw", "container_format": "bare", **more})["id"]
        client.upload(f"/v2/images/{made}/file", bytes(1024))
        return made

    def is_ready(self):
        """Both hosts are up and have room."""
        admin = self.admin()
        up = [host for host in admin("compute", "/os-hypervisors")["hypervisors"] if host["state"] == "up"]
        rooms = admin("placement", "/resource_providers?resources=VCPU:1")["resource_providers"]
        return len(up) == len(rooms) == len(HOSTS)

    # Disturbing it

    def hold(self, is_held):
        """The hosts do nothing for a while, so that what is under way stays so."""
        for host in HOSTS:
            self.processes[host].send_signal(signal.SIGSTOP if is_held else signal.SIGCONT)

    def take_back_tokens(self):
        """No token of the user's is good any more; the user can sign in again."""
        admin = self.admin()
        [one] = admin("identity", f"/users?name={self.user}")["users"]
        for enabled in (False, True):
            admin("identity", f"/users/{one['id']}", {"user": {"enabled": enabled}}, method="PATCH")


class Client:
    """Signed in: asks services by their type in the catalogue, below the address that stands there."""

    def __init__(self, cloud, user, password, project):
        domain = {"name": cloud.domain}
        who = {"user": {"name": user, "domain": domain, "password": password}}
        wanted = {"identity": {"methods": ["password"], "password": who}, "scope": {"project": {"name": project, "domain": domain}}}
        asked = urllib.request.Request(f"{cloud.address}/auth/tokens", json.dumps({"auth": wanted}).encode(), JSON)
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
            token, catalogue = answer.headers["X-Subject-Token"], json.loads(answer.read())["token"]["catalog"]
        # What a version adds, such as a flavor's name instead of its id, is asked for by whoever wants it.
        self.headers = {"X-Auth-Token": token, "OpenStack-API-Version": "compute 2.46, placement 1.20"}
        self.places = {
            service["type"]: place["url"]
            for service in catalogue for place in service["endpoints"] if place["interface"] == "public"
        }

    def __call__(self, service, path, body=None, method=None):
        return ask(self.places[service] + path, body, method, self.headers)

    def has(self, service, path):
        try:
            self(service, path)
        except urllib.error.HTTPError as refusal:
            assert refusal.code == 404, refusal
            return False
        return True

    def upload(self, path, content):
        kind = {"Content-Type": "application/octet-stream"}
        asked = urllib.request.Request(self.places["image"] + path, content, {**self.headers, **kind}, method="PUT")
        urllib.request.urlopen(asked, timeout=PATIENCE_S).read()


def found(program):
    return shutil.which(program, path=WHERE)


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def ended(process):
    """Waits for it to end, and leaves none of what it started behind."""
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        pass
    # The group is its own: it was started as the first of a session.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def hold():
    """Up for as long as whoever started this keeps its standard input open: `openstack_cloud.py ENVIRONMENT FOLDER` says in one line how to sign in."""
    environment, folder = sys.argv[1:]
    with OpenStack(folder, environment) as cloud:
        said = {name: getattr(cloud, name) for name in ("address", "user", "password", "project", "domain", "region", "network", "image", "flavors")}
        print(json.dumps(said), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    hold()
