"""Secrets that are planted in accounts, and looked for afterwards in everything that was said or written.

In: moto, mimic, each behind a proxy that says back what it was told, as careless servers do. Out: how many words and files were
searched. What is looked for: the keys, the passphrase, the tokens that were handed out, plainly and as they are usually encoded.
"""

import base64
import io
import json
import os
import pathlib
import signal
import subprocess
import urllib.parse
import urllib.request

from commandline import DENIED, DONE, ERROR, STALE, Samos
from fault_proxy import FaultProxy
from figure_nine import balancer, machine

PLANTED = {
    "aws secret key": "pLaNtEd/7secret+key0of1aws2EXAMPLEKEYabc",
    "aws session token": "pLaNtEdSeSsIoN//0123456789+token==",
    "rackspace api key": "planted-4f0c8a52b7d94e6f9d7c",
    "passphrase": "planted horse battery staple",
}


class Echo(FaultProxy):
    """Says back, where it is told to `disturb`, all headers and the body of a request as its error; keeps the tokens it saw."""

    def __init__(self, upstream, kind):
        super().__init__(upstream, kind)
        self.tokens = set()

    def handle(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        whole, body = handler.rfile, handler.rfile.read(length)
        # Who asks is told rightly, or nothing would be begun.
        is_signing_in = handler.path.endswith("/tokens") or b"Action=GetCallerIdentity" in body
        self.tokens |= {value for name, value in handler.headers.items() if name.lower() == "x-auth-token"}
        if self.is_calm or is_signing_in:
            handler.rfile = io.BytesIO(body)
            super().handle(handler)
            handler.rfile = whole
            return
        told = f"{handler.headers}\n{body.decode(errors='replace')}"
        self.done.append(("echo", handler.command, handler.path))
        if self.kind == "rackspace":
            text, form = json.dumps({"badRequest": {"code": 400, "message": told}}), "application/json"
        else:
            told = told.replace("&", "&amp;").replace("<", "&lt;")
            text = f"<Response><Errors><Error><Code>Careless</Code><Message>{told}</Message></Error></Errors></Response>"
            form = "text/xml"
        self.answer(handler, (400, [("Content-Type", form)], text.encode()))

    def fault(self):
        return None


class Heard(Samos):
    """Keeps all that was said."""

    def __init__(self, program, data, environment):
        super().__init__(program, data)
        self.environment, self.said = {**os.environ, **environment}, []

    def tell(self, *words, given=""):
        line = [self.program, "--data", str(self.data), "--no-color", *words]
        ended = subprocess.run(line, input=given, capture_output=True, text=True, timeout=300, env=self.environment)
        self.said.append((" ".join(words), ended.stdout + ended.stderr))
        assert ended.returncode in (DONE, ERROR, STALE, DENIED), (words, ended)
        return ended

    def run(self, *words, given="", expect=DONE):
        ended = self.tell(*words, given=given)
        assert ended.returncode == expect, (words, ended)
        return ended.stdout


def check(program, data, moto, mimic):
    import botocore

    samos = Heard(program, data, {"SAMOS_PASSPHRASE": PLANTED["passphrase"]})
    machine(moto, "web-1")
    balancer(mimic, "lb-1")
    with Echo(moto.address, "aws") as aws, Echo(mimic.address, "rackspace") as rackspace:
        proxies = [aws, rackspace]
        models = pathlib.Path(botocore.__file__).with_name("data")
        secrets = {
            "access_key_id": "AKIAPLANTED0EXAMPLE",
            "secret_access_key": PLANTED["aws secret key"],
            "session_token": PLANTED["aws session token"],
        }
        samos.add("shop", "aws:aws", aws.address, secrets, "--region", "us-east-1", "--setting", f"models={models}")
        secrets = {"user": mimic.user, "api_key": PLANTED["rackspace api key"]}
        samos.add("rack", "rackspace:rackspace", rackspace.address + "/identity/v2.0", secrets, "--region", mimic.region)
        samos.run("accounts", "verify")
        samos.refresh("shop")
        samos.refresh("rack")
        plan = samos.plan("connect", "web-1", "lb-1")
        for proxy in proxies:
            proxy.disturb()
        # Said back while reading, while changing, and while a secret is told where none belongs.
        for words in (
            ("refresh", "web-1"), ("refresh", "lb-1"), ("accounts", "verify"),
            ("apply", str(plan.file), "--approve", str(plan.changes)),
            ("conform", "ec2:StartInstance", "--on", "web-1", "--approve", "1"),
            ("conform", "rackspace:GetLoadBalancerState", "--on", "lb-1", "--approve", "0"),
            ("accounts", "add", "third", "--provider", "aws:aws", "--setting", f"secret_key={PLANTED['aws secret key']}"),
        ):
            samos.tell(*words)
        assert all(any(fault == "echo" for fault, *_ in proxy.done) for proxy in proxies), "nothing was said back"
        [run] = samos.json("runs")["runs"]
        served(samos, run["run"])
        for proxy in proxies:
            proxy.disturb(False)
        [run] = samos.json("runs")["runs"]
        samos.tell("resume", run["run"])
        for words in (
            ("accounts",), ("accounts", "audit"), ("runs", "-o", "json"), ("show", run["run"], "-o", "json"), ("show", run["run"], "-o", "turtle"),
            ("render", "ec2:StartInstance", "--on", "web-1"), ("get", "instances", "-o", "json"),
            ("query", "SELECT * WHERE { ?s ?p ?o }", "-o", "csv"),
        ):
            samos.tell(*words)
        tokens = set().union(*(proxy.tokens for proxy in proxies))
    assert tokens, "nobody signed in"
    return searched(samos, {**PLANTED, **{f"token {n}": token for n, token in enumerate(sorted(tokens))}})


def served(samos, run):
    """The same by HTTP: what runs say, and their events."""
    line = [samos.program, "--data", str(samos.data), "serve", "--no-token", "--allow-run", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=samos.environment)
    try:
        said = ""
        while "http://" not in said:
            one = process.stdout.readline()
            assert one, f"samos serve ended: {said}"
            said += one
        base = said[said.index("http://"):].split()[0].rstrip("/")
        for path in ("/api/v1/runs", "/api/v1/providers", f"/api/v1/runs/{run}", f"/api/v1/runs/{run}/transitions", "/api/v1/status", "/metrics"):
            try:
                with urllib.request.urlopen(base + path, timeout=30) as answer:
                    samos.said.append((path, answer.read().decode()))
            except urllib.error.HTTPError as error:
                samos.said.append((path, error.read().decode()))
    finally:
        process.send_signal(signal.SIGTERM)
        samos.said.append(("serve", said + process.communicate(timeout=30)[0]))


def searched(samos, secrets):
    """Fails where any of them is, in any of its forms; how much was searched."""
    needles = {}
    for name, secret in secrets.items():
        for form in (secret, urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode().rstrip("=")):
            needles[form.encode()] = name
    places = [(f"`samos {words}` said it", text.encode()) for words, text in samos.said]
    places += [(f"{file} holds it", file.read_bytes()) for file in sorted(samos.data.rglob("*")) if file.is_file()]
    found = {f"{name}: {where}" for where, content in places for needle, name in needles.items() if needle in content}
    assert not found, "\n".join(sorted(found))
    files = len(places) - len(samos.said)
    return f"{len(secrets)} secrets in none of {len(samos.said)} answers and {files} files"
