"""How each service of a small OpenStack is told of the others: the files that the services read.

In: where the processes keep their things, and their ports. Out: configuration files. Keys and passwords are made up for servers
that only this machine reaches. Not here: starting anything.
"""

import configparser
import shutil

REGION = "RegionOne"
DOMAIN = "Default"
# The services' own account.
SERVICE_USER, SERVICE_PASSWORD, SERVICE_PROJECT = "service-user", "service-password", "service"
REMEMBERED_S = 5
DATABASES = ["keystone", "placement", "nova_api", "nova_cell0", "nova", "glance", "neutron"]
HOSTS = ["host-1", "host-2"]


class Places:
    """Where things are: the environment with the programs, a folder of the cloud's own, sockets, ports."""

    def __init__(self, environment, folder, sockets, ports):
        self.environment, self.folder, self.sockets, self.ports = environment, folder, sockets, ports
        self.settings, self.state, self.logs = folder / "settings", folder / "state", folder / "logs"

    def program(self, name):
        return str(self.environment / "bin" / name)

    def address(self, service):
        return f"http://127.0.0.1:{self.ports[service]}" + {"keystone": "/v3", "nova": "/v2.1"}.get(service, "")

    @property
    def database_socket(self):
        return f"{self.sockets}/database"

    def database(self, name):
        return f"mysql+pymysql://root@localhost/{name}?unix_socket={self.database_socket}"

    @property
    def bus(self):
        return f"rabbit://guest:guest@127.0.0.1:{self.ports['bus']}/"

    def made(self, *parts):
        folder = self.state.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return str(folder)

    def file(self, service, name):
        return str(self.settings / service / name)


def write(places):
    """Writes the settings of all services."""
    for service, sections in (
        ("keystone", {"keystone.conf": keystone(places)}),
        ("placement", {"placement.conf": placement(places)}),
        ("glance", {"glance-api.conf": glance(places)}),
        ("nova", {"nova.conf": nova(places), **{f"{host}.conf": host_of_nova(places, host) for host in HOSTS}}),
        ("neutron", {"neutron.conf": neutron(places)}),
    ):
        for name, content in sections.items():
            parser = configparser.RawConfigParser(default_section="")
            parser.read_dict(content)
            file = places.settings / service / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("w") as out:
                parser.write(out)
    # Some look beside their settings for how they are put together.
    for service, name in (("glance", "glance-api-paste.ini"), ("nova", "api-paste.ini"), ("neutron", "api-paste.ini")):
        shutil.copy(places.environment / "etc" / service / name, places.settings / service)


def signing_in(places):
    """How a service signs in at the identity service, in its own name."""
    address = places.address("keystone")
    return {
        "auth_url": address, "www_authenticate_uri": address, "auth_type": "password", "region_name": REGION,
        "username": SERVICE_USER, "password": SERVICE_PASSWORD, "user_domain_name": DOMAIN,
        "project_name": SERVICE_PROJECT, "project_domain_name": DOMAIN, "valid_interfaces": "public", "interface": "public",
    }


def asking_for_tokens(places):
    """A token that is taken back is refused soon: it is remembered as good for no longer than this."""
    return {**signing_in(places), "token_cache_time": REMEMBERED_S}


def log(places, service):
    return {"log_file": places.logs / f"{service}.own.log"}


def keystone(places):
    return {
        "DEFAULT": log(places, "keystone"),
        "database": {"connection": places.database("keystone")},
        "token": {"provider": "fernet"},
        "fernet_tokens": {"key_repository": places.made("keystone", "tokens")},
        # The quickest that it offers: there is nothing here to protect.
        "identity": {"password_hash_rounds": 4},
        "credential": {"key_repository": places.made("keystone", "credentials")},
    }


def placement(places):
    return {
        "DEFAULT": log(places, "placement"),
        "api": {"auth_strategy": "keystone"},
        "placement_database": {"connection": places.database("placement")},
        "keystone_authtoken": asking_for_tokens(places),
    }


def glance(places):
    return {
        "DEFAULT": {**log(places, "glance"), "enabled_backends": "files:file", "use_keystone_limits": "false"},
        "database": {"connection": places.database("glance")},
        "glance_store": {"default_backend": "files"},
        "files": {"filesystem_store_datadir": places.made("glance", "images")},
        "os_glance_tasks_store": {"filesystem_store_datadir": places.made("glance", "tasks")},
        "os_glance_staging_store": {"filesystem_store_datadir": places.made("glance", "staging")},
        "paste_deploy": {"flavor": "keystone", "config_file": places.file("glance", "glance-api-paste.ini")},
        "keystone_authtoken": asking_for_tokens(places),
    }


def nova(places):
    return {
        "DEFAULT": {
            "log_dir": places.logs, "state_path": places.made("nova", HOSTS[0]), "host": HOSTS[0], "my_ip": "127.0.0.1",
            "compute_driver": "fake.FakeDriver", "transport_url": places.bus, "allow_resize_to_same_host": "true",
            "vif_plugging_is_fatal": "false", "vif_plugging_timeout": 0,
        },
        "api": {"auth_strategy": "keystone"},
        "wsgi": {"api_paste_config": places.file("nova", "api-paste.ini")},
        "api_database": {"connection": places.database("nova_api")},
        "database": {"connection": places.database("nova")},
        "oslo_concurrency": {"lock_path": places.made("nova", "locks")},
        "conductor": {"workers": 1},
        # Hosts that report are taken into the cell by themselves.
        "scheduler": {"workers": 1, "discover_hosts_in_cells_interval": 2},
        "glance": {"region_name": REGION, "valid_interfaces": "public"},
        "vnc": {"enabled": "false"},
        "keystone_authtoken": asking_for_tokens(places),
        "placement": signing_in(places),
        "neutron": signing_in(places),
        # Ports of servers are only deleted for who says that it is a service, beside whose they are.
        "service_user": {**signing_in(places), "send_service_user_token": "true"},
        # There is none; asked about it, the compute service shall say so and not stumble over an empty setting.
        "cinder": signing_in(places),
    }


def host_of_nova(places, host):
    return {"DEFAULT": {"host": host, "state_path": places.made("nova", host)}}


def neutron(places):
    return {
        "DEFAULT": {
            **log(places, "neutron"), "core_plugin": "ml2", "service_plugins": "router", "state_path": places.made("neutron"),
            "auth_strategy": "keystone", "api_paste_config": places.file("neutron", "api-paste.ini"),
            "transport_url": places.bus, "rpc_workers": 0, "dhcp_agent_notification": "false",
            "notify_nova_on_port_status_changes": "false", "notify_nova_on_port_data_changes": "false",
        },
        "database": {"connection": places.database("neutron")},
        "oslo_concurrency": {"lock_path": places.made("neutron", "locks")},
        "ml2": {
            "type_drivers": "local,flat", "tenant_network_types": "local", "mechanism_drivers": "logger",
            "extension_drivers": "port_security",
        },
        "keystone_authtoken": asking_for_tokens(places),
    }
