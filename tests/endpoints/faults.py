"""Plans on real servers behind a bad network, and processes that are killed: nothing lost, nothing doubled, undo complete.

In: moto, mimic; seeds. Each seed has a data directory of its own. The servers themselves are asked
afterwards, past the proxy. Out: how many seeds, what the network did to how many requests, how often a process was killed.
"""

import collections
import json
import random
import shutil
import signal
import subprocess

import table_four
from commandline import DONE, ERROR, Samos
from fault_proxy import FAULTS, FaultProxy
from figure_nine import balancer, machine

LIVES = 12


class Through:
    """A server as the accounts are told of it: behind a proxy. Other clients still ask it itself."""

    def __init__(self, server, proxy):
        self.server, self.address = server, proxy.address

    @property
    def identity(self):
        return self.address + "/identity/v2.0"

    def __getattr__(self, name):
        return getattr(self.server, name)


class Stubborn(Samos):
    """Goes on with a run that stopped, as a user would, while the network is bad."""

    def apply(self, plan, *words, expect=DONE):
        return self.disturbed("succeeded", "apply", str(plan.file), "--approve", str(plan.changes), *words)

    def disturbed(self, ending, *words):
        """Until the run has that ending."""
        for proxy in self.proxies:
            proxy.disturb()
        try:
            for _ in range(LIVES):
                receipt = self.answer(*words)
                if receipt.get("ending") == {"ending": ending}:
                    return receipt
                words = (words[0] if words[0] == "undo" else "resume", receipt["run"])
        finally:
            for proxy in self.proxies:
                proxy.disturb(False)
        raise AssertionError(f"the run did not come to its end: {json.dumps(receipt)[:2000]}")

    def answer(self, *words):
        """A receipt, whether all went well or not."""
        line = [self.program, "--data", str(self.data), "--no-color", *words, "-o", "json"]
        ended = subprocess.run(line, capture_output=True, text=True, timeout=600)
        said = f"`samos {' '.join(words)}` ended with {ended.returncode}\n{ended.stdout[:2000]}\n{ended.stderr[-2000:]}"
        assert ended.returncode in (DONE, ERROR) and ended.stdout.startswith("{"), said
        return json.loads(ended.stdout)


class Case:
    """A stopped machine and an empty balancer, known to samos, and the plan that connects them. What a seed undoes is what the
    next begins with; each has a copy of the data directory in which nothing has run."""

    def __init__(self, program, data, moto, mimic, kind=Samos):
        self.moto, self.mimic, self.data, self.kind = moto, mimic, data, kind
        moto.reset()
        self.instance, self.balancer = machine(moto, "web-1"), balancer(mimic, "lb-1")
        self.aws = FaultProxy(moto.address, "aws")
        self.rackspace = FaultProxy(mimic.address, "rackspace")
        self.proxies = [self.aws, self.rackspace]
        self.new = Samos(program, data / "new")
        self.is_planned = False

    def __enter__(self):
        for proxy in self.proxies:
            proxy.__enter__()
        return self

    def __exit__(self, *_):
        for proxy in self.proxies:
            proxy.__exit__()

    def begin(self, seed):
        """A client that knows what there is, and has run nothing; the plan."""
        if not self.is_planned:
            self.new.add_aws("shop", Through(self.moto, self.aws))
            self.new.add_rackspace("rack", Through(self.mimic, self.rackspace))
            self.new.refresh("shop")
            self.new.refresh("rack")
            self.plan = self.new.plan("connect", "web-1", "lb-1")
            assert self.plan.operations == ["StartInstance", "GetPublicAddress", "AddNode"], self.plan.operations
            self.is_planned = True
        for proxy in self.proxies:
            proxy.begin(seed)
        place = self.data / str(seed)
        shutil.copytree(self.new.data, place)
        samos = self.kind(self.new.program, place)
        samos.proxies = self.proxies
        return samos

    def now(self):
        """The machine's state and address, and the addresses behind the balancer, as the servers have them."""
        found = self.moto.client("ec2").describe_instances()["Reservations"]
        [one] = [one for group in found for one in group["Instances"]]
        nodes = self.mimic.client()("cloudLoadBalancers", f"/loadbalancers/{self.balancer}/nodes")["nodes"]
        return one["State"]["Name"], one.get("PublicIpAddress"), [(node["address"], node["port"]) for node in nodes]

    def is_done(self):
        state, address, nodes = self.now()
        assert state == "running" and nodes == [(address, 80)], (state, address, nodes)

    def is_undone(self):
        state, _, nodes = self.now()
        assert state == "stopped" and nodes == [], (state, nodes)

    def told(self):
        return "\n".join(proxy.told() for proxy in self.proxies)


def bad_network(program, data, moto, mimic, seeds):
    """Figure 9 and its undoing, by seed."""
    done = collections.Counter()
    with Case(program, data, moto, mimic, Stubborn) as case:
        for seed in seeds:
            samos = case.begin(seed)
            try:
                receipt = samos.apply(case.plan)
                case.is_done()
                samos.disturbed("undone", "undo", receipt["run"])
                case.is_undone()
            except Exception as error:
                raise AssertionError(f"seed {seed}: {error}\n{case.told()}") from error
            done.update((proxy.kind, fault) for proxy in case.proxies for fault, *_ in proxy.done)
    for proxy in case.proxies:
        unmet = [fault for fault in FAULTS if not done[proxy.kind, fault]]
        assert not unmet, f"{proxy.kind} met no {unmet} in {len(seeds)} seeds, so that was not tried: {done}"
    said = collections.Counter()
    for (_, fault), times in done.items():
        said[fault or "untouched"] += times
    return f"{len(seeds)} seeds, " + ", ".join(f"{n} {what}" for what, n in sorted(said.items()))


def bad_table_four(program, data, moto, seeds):
    """Table 4's rows, each request of which meets a bad network."""
    rows = table_four.rows()
    for seed in seeds:
        for number, row in enumerate(rows):
            with FaultProxy(moto.address, "aws") as proxy:
                proxy.begin(f"{seed} {number}")
                samos = Stubborn(program, data / f"row-{seed}-{number}")
                samos.proxies = [proxy]
                try:
                    table_four.play(row, samos, table_four.Park(moto), Through(moto, proxy))
                except Exception as error:
                    raise AssertionError(f"seed {seed}, {row['level']}: {row['name']}: {error}\n{proxy.told()}") from error
    return f"{len(seeds)} seeds of {len(rows)} rows"


def killed(program, data, moto, mimic, seeds):
    """The process ends by `kill -9` at random moments, of applying, of resuming and of undoing."""
    kills = 0
    with Case(program, data, moto, mimic) as case:
        for seed in seeds:
            chance = random.Random(f"killed {seed}")
            samos = case.begin(seed)
            # Slow enough for a moment between a request and its answer.
            case.aws.slow_s = case.rackspace.slow_s = 0.05
            try:
                kills += survived(samos, chance, "succeeded", "apply", str(case.plan.file), "--approve", str(case.plan.changes))
                case.is_done()
                [run] = samos.json("runs")["runs"]
                kills += survived(samos, chance, "undone", "undo", run["run"])
                case.is_undone()
            except Exception as error:
                raise AssertionError(f"seed {seed}: {error}") from error
    assert kills >= len(seeds), f"only {kills} processes were killed: what was to be tried was not"
    return f"{len(seeds)} seeds, {kills} processes killed"


def survived(samos, chance, ending, *words):
    """Runs it, killed a few times, until it ends by itself; how often it was killed."""
    kills = 0
    for life in range(LIVES):
        line = [samos.program, "--data", str(samos.data), "--no-color", *words, "-o", "json"]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if life < 4:
            try:
                said = process.communicate(timeout=chance.uniform(0.02, 1.2))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                said = process.communicate()
                kills += 1
        else:
            said = process.communicate(timeout=300)
        if process.returncode == DONE:
            return kills
        assert process.returncode == -signal.SIGKILL, (words, process.returncode, said)
        known = samos.json("runs")["runs"]
        if known and known[0]["ending"] == {"ending": ending}:
            # It was killed after the end was written and before it said so.
            return kills
        if words[0] == "apply" and known:
            words = ("resume", known[0]["run"])
    raise AssertionError(f"`samos {' '.join(words)}` did not end in {LIVES} lives")
