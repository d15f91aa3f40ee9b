"""The command line as a user has it: one data directory, its accounts, what they hold, plans made and applied.

In: the samos binary. Out: what it prints, as text or JSON; an `AssertionError` with all that was said when a command ends
otherwise than expected. Not here: the servers.
"""

import json
import os
import pathlib
import subprocess

DONE, ERROR, NOTHING, STALE, DENIED = 0, 1, 3, 4, 5
# A run may await each of its effects for as long as the mapping says, which is minutes where a cloud is slow.
PATIENCE_S = 1500


class Samos:
    def __init__(self, program, data, **variables):
        self.program, self.data = program, pathlib.Path(data)
        self.environment = {**os.environ, **variables}
        self.data.mkdir(parents=True, exist_ok=True)
        self.plans = 0

    def run(self, *words, given="", expect=DONE):
        line = [self.program, "--data", str(self.data), "--no-color", *words]
        ended = subprocess.run(line, input=given, capture_output=True, text=True, timeout=PATIENCE_S, env=self.environment)
        assert ended.returncode == expect, (
            f"`samos {' '.join(words)}` ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        )
        return ended.stdout

    def json(self, *words, expect=DONE):
        return json.loads(self.run(*words, "-o", "json", expect=expect))

    def failure(self, *words):
        """What it says when it ends with an error."""
        line = [self.program, "--data", str(self.data), "--no-color", *words]
        ended = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S)
        assert ended.returncode == ERROR, ended
        return ended.stderr

    # Accounts

    def add(self, name, provider, endpoint, secrets, *words):
        lines = "".join(f"{key}={value}\n" for key, value in secrets.items())
        self.run("accounts", "add", name, "--provider", provider, "--endpoint", str(endpoint), *words, given=lines)

    def add_aws(self, name, moto):
        import botocore

        models = pathlib.Path(botocore.__file__).with_name("data")
        secrets = {"access_key_id": "test", "secret_access_key": "test"}
        words = ["--region", "us-east-1", "--setting", f"models={models}"]
        self.add(name, "aws:aws", moto.address, secrets, *words)

    def add_rackspace(self, name, mimic):
        secrets = {"user": mimic.user, "api_key": mimic.key}
        self.add(name, "rackspace:rackspace", mimic.identity, secrets, "--region", mimic.region)

    def add_haproxy(self, name, haproxy):
        self.add(name, "haproxy:haproxy", haproxy.socket, {})

    def add_libvirt(self, name, libvirt):
        self.add(name, "libvirt:libvirt", libvirt.uri, {})

    def add_openstack(self, name, cloud, user=None, password=None, more=None):
        secrets = {"user": user or cloud.user, "password": password or cloud.password}
        settings = {"project": cloud.project, "domain": cloud.domain, **(more or {})}
        words = [word for key, value in settings.items() for word in ("--setting", f"{key}={value}")]
        self.add(name, "openstack:openstack", cloud.address, secrets, "--region", cloud.region, *words)

    def refresh(self, name):
        return self.json("refresh", name)["answered"]

    # Plans

    def plan_file(self):
        self.plans += 1
        return self.data / f"plan-{self.plans}.json"

    def plan(self, *words, expect=DONE):
        """Asks a verb that answers with plans; the best of them, checked by the independent checker."""
        file = self.plan_file()
        self.json(*words, "--out", str(file), expect=expect)
        return self.checked(file)

    def write(self, file, content):
        file.write_text(json.dumps(content))

    def checked(self, file):
        self.run("verify", str(file))
        return Plan(file)

    def request(self, operation, subject, *arguments):
        """One request as a plan of its own."""
        file = self.plan_file()
        words = [word for argument in arguments for word in ("--set", argument)]
        self.json("check", operation, "--on", subject, *words, "--out", str(file))
        return self.checked(file)

    def apply(self, plan, *words, expect=DONE):
        """Runs a plan; the receipt of all its steps."""
        receipt = self.json("apply", str(plan.file), "--approve", str(plan.changes), *words, expect=expect)
        assert expect != DONE or receipt["ending"] == {"ending": "succeeded"}, receipt
        return receipt

    def do(self, operation, subject, *arguments):
        """Makes one request; what it gave, by outcome."""
        receipt = self.apply(self.request(operation, subject, *arguments))
        return {name: [plain(value) for value in values] for name, values in receipt["steps"][0]["outcomes"].items()}

    def ask(self, query):
        """Rows of a SELECT, as lists of plain values."""
        found = self.json("query", query)
        names = found["head"]["vars"]
        return [[row[name]["value"] if name in row else None for name in names] for row in found["results"]["bindings"]]


class Plan:
    def __init__(self, file):
        self.file = file
        self.content = json.loads(file.read_text())
        self.steps = self.content["steps"]
        self.changes = sum(step["kind"] == "manipulation" for step in self.steps)

    @property
    def operations(self):
        return [step["operation"].rpartition("#")[2] for step in self.steps]


def plain(value):
    """An IRI's text, or a literal's."""
    kind = next(iter(value))
    return value[kind] if kind.lower() == "entity" else value[kind].get("lexical", value[kind])
