"""OpenStack's own state machine through samos: a server's whole life by plans, and every kind of no that the services say here.

In: an OpenStack cloud. Out: how many requests were refused in which way; what the cloud has is asked of it by HTTP, not by samos. Between
samos and the compute service stands a proxy that changes nothing: it writes down what passes, and lets a check do something else at the cloud
in the moment before a request arrives, as another user would.
"""

import collections
import http.server
import json
import threading
import time
import urllib.error
import urllib.request

from commandline import ERROR, Samos
from openstack_settings import REMEMBERED_S

PATIENCE_S = 120
ACCOUNT = "https://w3id.org/samos/account/lab/"


def check(program, data, cloud):
    with Passing(cloud.places.address("nova")) as passing:
        one = Lab(Samos(program, data / "user"), cloud, passing)
        signing_in(program, data, cloud)
        one.is_seen()
        life(one)
        left_in_between(one)
        for trial in (wrong_state, replanned, task_under_way, token_taken_back, quota, not_permitted, gone, malformed):
            passing.forget()
            trial(one)
    return ", ".join(f"{times} times {status}" for status, times in sorted(passing.refusals.items()))


class Lab:
    """A cloud as its user has it: by samos, and by asking the services themselves."""

    def __init__(self, samos, cloud, passing):
        self.samos, self.cloud, self.passing = samos, cloud, passing
        self.client = cloud.client()
        samos.add_openstack("lab", cloud, more={"endpoint.compute": passing.address})
        self.image, self.network = self.named("image", cloud.image), self.named("network", cloud.network)
        self.flavors = {name: self.named("flavor", key) for name, key in cloud.flavors.items()}

    def named(self, kind, key):
        return f"{ACCOUNT}{kind}-{key}"

    def server(self, key):
        return self.client("compute", f"/servers/{key}")["server"]

    def settled(self, key, status):
        """Waits until nothing is under way, and the server has that status."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = self.server(key)
            if found["status"] == status and found["OS-EXT-STS:task_state"] is None:
                return found
            assert found["status"] != "ERROR", found
            time.sleep(0.3)
        raise AssertionError(f"not {status}: {found}")

    def act(self, key, action):
        self.client("compute", f"/servers/{key}/action", action)

    def is_gone(self, key):
        return not self.client.has("compute", f"/servers/{key}")

    def new_server(self, name):
        """Made by the services themselves; its key, and its name in samos."""
        wanted = {"name": name, "imageRef": self.cloud.image, "flavorRef": self.cloud.flavors["m1.tiny"], "networks": "none"}
        key = self.client("compute", "/servers", {"server": wanted})["server"]["id"]
        self.settled(key, "ACTIVE")
        self.samos.refresh("lab")
        return key, self.named("server", key)

    def is_seen(self):
        """What samos read is what there is."""
        self.samos.refresh("lab")
        for kind, service, path, members in (
            ("Server", "compute", "/servers", "servers"), ("Flavor", "compute", "/flavors", "flavors"),
            ("Image", "image", "/v2/images", "images"), ("Network", "network", "/v2.0/networks", "networks"),
        ):
            known = {one for [one] in self.samos.ask(f"SELECT ?one WHERE {{ ?one a openstack:{kind} ; samos:account ?account }}")}
            there = {self.named(kind.lower(), one["id"]) for one in self.client(service, path)[members]}
            assert known == there, (kind, known, there)
        states = self.samos.ask("SELECT ?server ?word WHERE { ?server openstack:serverState ?state . ?state openstack:statusName ?word }")
        there = [[self.named("server", one["id"]), one["status"]] for one in self.client("compute", "/servers/detail")["servers"]]
        assert sorted(states) == sorted(there), (states, there)

    def refused(self, plan, *words):
        """Runs a plan of which a step is refused; the failure of that step."""
        receipt = self.samos.apply(plan, *words, expect=ERROR)
        [step] = [step for step in receipt["steps"] if step["state"] == "failed"]
        return step


def signing_in(program, data, cloud):
    """Good credentials are known to be good, others are not, before anything is asked for; OpenStack's own ways to tell them are known."""
    words = {"auth_url": cloud.address.removesuffix("/v3"), "username": cloud.user, "password": cloud.password,
             "project_name": cloud.project, "user_domain_name": cloud.domain, "project_domain_id": "default"}
    file = data / "clouds.yaml"
    data.mkdir(parents=True, exist_ok=True)
    # What is JSON is YAML.
    file.write_text(json.dumps({"clouds": {"here": {"auth": words, "region_name": cloud.region}}}))
    variables = {f"OS_{name.upper()}": word for name, word in words.items()}
    samos = Samos(program, data / "wrong", OS_CLIENT_CONFIG_FILE=str(file), **variables)
    for name, how in (("file", ["--os-cloud", "here"]), ("variables", ["--os-environment"])):
        samos.run("accounts", "add", name, "--provider", "openstack:openstack", *how)
    samos.add_openstack("lab", cloud)
    samos.run("accounts", "verify", "lab", "file", "variables")
    samos.add_openstack("wrong", cloud, password="not-it")
    said = samos.failure("accounts", "verify", "wrong")
    assert "the credentials of account `wrong` are refused" in said and "not-it" not in said, said


def life(lab):
    """Made, stopped, started, resized, rebooted, imaged, deleted: each by a plan from a goal where one says it, else by a request."""
    samos, flavors = lab.samos, lab.flavors
    name = '"web-1"^^<https://w3id.org/samos/openstack#ResourceName>'
    wanted = f'vm.serverState is samos:Running and vm.name == "web-1" and vm.flavor == <{flavors["m1.tiny"]}>'
    givens = [word for given in (name, lab.image, flavors["m1.tiny"]) for word in ("--given", given)]
    plan = samos.plan("plan", "--want", "vm=openstack:Server", "--new", *givens, "--goal", wanted)
    assert plan.operations == ["CreateServer"], plan.operations
    [vm] = given(samos.apply(plan), "server")
    key = vm.rpartition("server-")[2]
    there = lab.server(key)
    assert (there["status"], there["name"], there["flavor"]["id"]) == ("ACTIVE", "web-1", lab.cloud.flavors["m1.tiny"]), there
    assert there["image"]["id"] == lab.cloud.image and list(there["addresses"]) == ["net0"], there

    reach(lab, vm, "{}.serverState is samos:Stopped", ["StopServer"])
    assert lab.server(key)["status"] == "SHUTOFF"
    reach(lab, vm, "{}.serverState is samos:Running", ["StartServer"])
    assert lab.server(key)["status"] == "ACTIVE"
    # A resize waits to be confirmed, and what runs is running again.
    larger = f"{{}}.flavor == <{flavors['m1.small']}> and {{}}.serverState is samos:Running"
    reach(lab, vm, larger, ["ResizeServer", "ConfirmResize"])
    there = lab.server(key)
    assert (there["status"], there["flavor"]["id"]) == ("ACTIVE", lab.cloud.flavors["m1.small"]), there
    # What was stopped is stopped afterwards, so to have it running takes a step more.
    reach(lab, vm, "{}.serverState is samos:Stopped", ["StopServer"])
    largest = f"{{}}.flavor == <{flavors['m1.medium']}>"
    reach(lab, vm, largest, ["ResizeServer", "ConfirmResize"])
    there = lab.server(key)
    assert (there["status"], there["flavor"]["id"]) == ("SHUTOFF", lab.cloud.flavors["m1.medium"]), there
    reach(lab, vm, "{}.serverState is samos:Running", ["StartServer"])

    samos.do("openstack:RebootServer", vm)
    samos.do("openstack:RebootServer", vm, "type=HARD")
    done = [one["action"] for one in lab.client("compute", f"/servers/{key}/os-instance-actions")["instanceActions"]]
    steps = {"create": 1, "stop": 2, "start": 2, "resize": 2, "confirmResize": 2, "reboot": 2}
    assert collections.Counter(done) == steps, done

    [image] = samos.do("openstack:CreateServerImage", vm, "name=golden")["image"]
    kept = lab.client("image", f"/v2/images/{image.rpartition('image-')[2]}")
    assert (kept["name"], kept["status"], kept["size"]) == ("golden", "active", 1024), kept
    [second] = samos.do("openstack:CreateServerWithoutNetwork", ACCOUNT + "ComputeService", "name=web-2", f"image={image}",
                        f"flavor={flavors['m1.tiny']}")["server"]
    there = lab.server(second.rpartition("server-")[2])
    assert (there["image"]["id"], there["addresses"]) == (kept["id"], {}), there
    samos.do("openstack:DeleteImage", image)
    assert not lab.client.has("image", f"/v2/images/{kept['id']}")
    for one in (vm, second):
        reach(lab, one, "{}.serverState is samos:Ended", ["DeleteServer"])
        assert lab.is_gone(one.rpartition("server-")[2]), one


def reach(lab, subject, goal, operations):
    plan = lab.samos.plan("plan", "--goal", goal.replace("{}", f"<{subject}>"))
    assert plan.operations == operations, plan.operations
    return lab.samos.apply(plan)


def given(receipt, outcome):
    return [value["Entity"] for step in receipt["steps"] for value in step["outcomes"].get(outcome, [])]


def left_in_between(lab):
    """A server that somebody left with a resize to be confirmed: what follows is known from the server alone."""
    key, vm = lab.new_server("half-way")
    lab.act(key, {"os-stop": None})
    lab.settled(key, "SHUTOFF")
    lab.act(key, {"resize": {"flavorRef": lab.cloud.flavors["m1.small"]}})
    lab.settled(key, "VERIFY_RESIZE")
    lab.samos.refresh("lab")
    # It was stopped, so it will be stopped, and must be started to run.
    reach(lab, vm, "{}.serverState is samos:Running", ["ConfirmResize", "StartServer"])
    there = lab.settled(key, "ACTIVE")
    assert there["flavor"]["id"] == lab.cloud.flavors["m1.small"], there
    samos = lab.samos
    samos.do("openstack:ResizeServer", vm, f"flavor={lab.flavors['m1.tiny']}")
    samos.do("openstack:RevertResize", vm)
    there = lab.server(key)
    assert (there["status"], there["flavor"]["id"]) == ("ACTIVE", lab.cloud.flavors["m1.small"]), there
    delete(lab, key)


def delete(lab, key):
    lab.client("compute", f"/servers/{key}", method="DELETE")


def wrong_state(lab):
    """Somebody stops what samos is about to stop: the service says that it is stopped already, and is not asked again."""
    key, vm = lab.new_server("twice")
    plan = lab.samos.request("openstack:PauseServer", vm)
    lab.passing.before("pause", lambda: (lab.act(key, {"os-stop": None}), lab.settled(key, "SHUTOFF")))
    step = lab.refused(plan)
    assert lab.passing.sent("pause") == [409], lab.passing.sent("pause")
    assert step["failure"]["class"] == "state" and step["attempts"] == 1, step
    assert "vm_state stopped" in step["failure"]["message"], step
    delete(lab, key)


def replanned(lab):
    """The same with a goal, and a new plan from what is so now."""
    key, vm = lab.new_server("other-way")
    plan = lab.samos.plan("plan", "--goal", f"<{vm}>.serverState == openstack:serverPaused")
    assert plan.operations == ["PauseServer"], plan.operations
    lab.passing.before("pause", lambda: (lab.act(key, {"os-stop": None}), lab.settled(key, "SHUTOFF")))
    lab.samos.run("apply", str(plan.file), "--yes", "--on-failure", "replan")
    assert lab.passing.sent("pause") == [409, 202], lab.passing.sent("pause")
    # It had to be started again for that.
    assert lab.passing.sent("os-start") == [202], lab.passing.sent("os-start")
    lab.settled(key, "PAUSED")
    delete(lab, key)


def task_under_way(lab):
    """Something else is under way on the server, which shows in no status: asked again until it is over."""
    key, vm = lab.new_server("busy")
    plan = lab.samos.request("openstack:StopServer", vm)
    lab.cloud.hold(True)
    try:
        lab.act(key, {"createImage": {"name": "slow"}})
        assert lab.server(key)["status"] == "ACTIVE"
        # At the third time of asking the hosts go on.
        for time_of in range(3):
            lab.passing.before("os-stop", lambda last=time_of == 2: last and go_on(lab, key))
        receipt = lab.samos.apply(plan)
    finally:
        lab.cloud.hold(False)
    sent = lab.passing.sent("os-stop")
    assert sent[:2] == [409, 409] and sent[-1] == 202, sent
    assert receipt["steps"][0]["attempts"] == len(sent), receipt
    lab.settled(key, "SHUTOFF")
    delete(lab, key)


def go_on(lab, key):
    lab.cloud.hold(False)
    lab.settled(key, "ACTIVE")


def token_taken_back(lab):
    """A token that ends in the middle of a run: samos signs in again, and nothing is done twice."""
    key, vm = lab.new_server("long")

    def taken_back():
        lab.cloud.take_back_tokens()
        time.sleep(REMEMBERED_S + 1)
        lab.client = lab.cloud.client()

    plan = lab.samos.request("openstack:StopServer", vm)
    lab.passing.before("os-stop", taken_back)
    lab.samos.apply(plan)
    assert lab.passing.sent("os-stop") == [401, 202], lab.passing.sent("os-stop")
    lab.settled(key, "SHUTOFF")
    delete(lab, key)


def quota(lab):
    """Processors are counted by the service alone: it says no. Servers are counted by samos as well: nothing is sent."""
    wanted = [f"image={lab.image}", f"flavor={lab.flavors['m1.large']}"]
    admin, place = lab.cloud.admin(), f"/os-quota-sets/{lab.cloud.project_id}"
    admin("compute", place, {"quota_set": {"cores": 0, "force": True}}, method="PUT")
    step = lab.refused(lab.samos.request("openstack:CreateServer", ACCOUNT + "ComputeService", "name=large", *wanted))
    assert step["failure"]["class"] == "quota" and step["attempts"] == 1, step
    assert lab.passing.sent("/servers ") == [403], lab.passing.sent("/servers ")
    admin("compute", place, {"quota_set": {"cores": 20, "instances": 0, "force": True}}, method="PUT")
    lab.samos.refresh("lab")
    sets = [word for one in ("name=large", *wanted) for word in ("--set", one)]
    found = lab.samos.json("check", "openstack:CreateServer", "--on", ACCOUNT + "ComputeService", *sets, expect=ERROR)
    assert "serverAllowance" in json.dumps(found), found
    assert lab.passing.sent("/servers ") == [403]
    admin("compute", place, method="DELETE")
    lab.samos.refresh("lab")


def not_permitted(lab):
    """One who may only read; and what only an administrator may do."""
    key, vm = lab.new_server("theirs")
    other = Samos(lab.samos.program, lab.samos.data.parent / "reader")
    other.add_openstack("lab", lab.cloud, lab.cloud.reader, lab.cloud.reader_password)
    other.refresh("lab")
    receipt = other.apply(other.request("openstack:StopServer", vm), expect=ERROR)
    failed = receipt["steps"][0]["failure"]
    assert failed["class"] == "denied", receipt
    assert lab.server(key)["status"] == "ACTIVE"
    delete(lab, key)
    image = lab.named("image", lab.cloud.make_image(lab.client, "own"))
    lab.samos.refresh("lab")
    step = lab.refused(lab.samos.request("openstack:SetVisibility", image, "visibility=public"))
    assert step["failure"]["class"] == "denied", step
    lab.samos.do("openstack:DeleteImage", image)


def gone(lab):
    """Somebody deletes what samos is about to rename."""
    key, vm = lab.new_server("short-lived")
    plan = lab.samos.request("openstack:RenameServer", vm, "name=renamed")
    lab.passing.before("renamed", lambda: (delete(lab, key), until(lambda: lab.is_gone(key))))
    step = lab.refused(plan)
    assert lab.passing.sent("renamed") == [404], lab.passing.sent("renamed")
    assert step["failure"]["class"] == "not_found" and step["attempts"] == 1, step


def malformed(lab):
    """What the specification does not know of: an image that wants more memory than the flavor has."""
    image = lab.named("image", lab.cloud.make_image(lab.client, "hungry", min_ram=4096))
    lab.samos.refresh("lab")
    wanted = ["name=hungry", f"image={image}", f"flavor={lab.flavors['m1.tiny']}"]
    step = lab.refused(lab.samos.request("openstack:CreateServer", ACCOUNT + "ComputeService", *wanted))
    assert step["failure"]["class"] == "invalid" and "memory" in step["failure"]["message"], step
    assert lab.passing.sent("hungry") == [400], lab.passing.sent("hungry")
    lab.samos.do("openstack:DeleteImage", image)


def until(holds):
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.3)


class Passing:
    """A proxy that hands everything through, one address for another."""

    def __init__(self, upstream):
        self.requests, self.hooks, self.refusals = [], [], collections.Counter()
        passing = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.removeprefix("/v2.1")
                passing.happens(f"{path} {content.decode()}")
                asked = urllib.request.Request(upstream + path, content or None, dict(self.headers), method=self.command)
                try:
                    answer = urllib.request.urlopen(asked, timeout=PATIENCE_S)
                except urllib.error.HTTPError as refusal:
                    answer = refusal
                said = answer.read()
                passing.requests.append((f"{self.command} {path} {content.decode()}", answer.status))
                if answer.status >= 400:
                    passing.refusals[answer.status] += 1
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/v2.1"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def forget(self):
        self.requests.clear()

    def before(self, word, what):
        """Does something once, before the next request that has this word in it arrives."""
        self.hooks.append((word, what))

    def happens(self, request):
        for number, (word, what) in enumerate(self.hooks):
            if word in request:
                del self.hooks[number]
                what()
                return

    def sent(self, word):
        """The statuses of the changes that have this word in them, in order."""
        return [status for request, status in self.requests if word in request and not request.startswith("GET")]
