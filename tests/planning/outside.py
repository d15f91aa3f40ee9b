#!/usr/bin/env python3
"""Plans of many kinds, exported to PDDL with their worlds, before two outside validators.

    outside.py --samos BINARY [--kept DIR] [--sample N] [--seed N] [--seconds N] [--only KIND] [--show] [--long]

Plans are made through the command line: figure 9 and other questions to the demo world, the stories of the scenarios, the
planning domains beside this file, composition tasks. DIR holds those that tests kept (SAMOS_KEEP_PLANS): N of each kind
are taken, by chance from the seed. `--long` takes all, and gives the validators longer. Prints how many each validator
accepts, did not answer in time, and what could not be said in PDDL and why. Ends with 1 where one refuses a plan, where
less than LEAST_SAID of the plans can be said, or where less than LEAST_ANSWERED of those said are answered.
"""
import argparse
import collections
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import validate

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LEAST_SAID = 0.9
LEAST_ANSWERED = {"unified-planning": 0.95, "aries-val": 0.5}

# Questions to the demo world and to those of the scenarios: arguments after the verb's world.
QUESTIONS = {
    "figure 9": [(["demo"], ["connect", "ec2:web-1", "rackspace:lb-1"])],
    "demo world": [
        (["demo"], ["plan", "--goal", goal]) for goal in (
            "ec2:web-1.state == ec2:running",
            "ec2:web-2.state == ec2:stopped",
            "ec2:web-2.state == ec2:terminated",
            "ec2:data-1.size == 200",
            "exists rackspace:lb-1.deniedAddresses",
            "rackspace:lb-1.loadBalancerState == rackspace:deleted",
            "rackspace:test-1.serverState == rackspace:serverShutOff",
            "ec2:web-1.state == ec2:running and ec2:web-2.state == ec2:stopped",
            "ec2:web-2.type == ec2:m3-large",
            "not exists rackspace:lb-1.nodes",
        )
    ] + [
        (["demo"], ["plan", "--want", "copy=ec2:Snapshot", "--new", "--goal", "copy.sourceVolume == ec2:data-2"]),
        (["demo"], ["plan", "--want", "ec2:AddressAllocation", "--new"]),
        (["demo"], ["plan", "--want", "lb=rackspace:LoadBalancer", "--new", "--given", "rackspace:LoadBalancerName"]),
        (["demo"], ["plan", "--want", "ec2:Volume", "--new"]),
        (["demo"], ["plan", "--want", "ec2:KeyPair", "--new", "--given", "ec2:KeyName"]),
        (["demo"], ["connect", "ec2:web-2", "rackspace:lb-1"]),
        (["demo"], ["chain", "--on", "ec2:web-2", "--set", "type=m3.large"]),
        (["demo"], ["chain", "--on", "ec2:web-1"]),
        (["demo"], ["together", "--on", "ec2:web-2", "--on", "rackspace:test-1"]),
    ],
    "stories": [
        (["tests/scenarios/strangers.ttl"], ["connect", "h:berth-1", "m:gate-1"]),
        (["quota 2"], ["plan", "--want", "q:Machine", "--new"]),
        (["quota 3"], ["plan", "--want", "q:Machine", "--new"]),
    ],
}
MOST_PLANS = 3


class Case:
    """A plan with the worlds that it was made of."""

    def __init__(self, kind, name, worlds, plan):
        self.kind, self.name, self.worlds, self.plan = kind, name, worlds, plan


def ask(samos, worlds, words):
    """The plans that a command answers."""
    command = [samos, words[0], *(word for world in worlds for word in ("--world", str(world))), *map(str, words[1:]), "-o", "json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    try:
        return json.loads(ended.stdout)["plans"]
    except (ValueError, KeyError) as problem:
        raise RuntimeError(f"{' '.join(command)} ends with {ended.returncode}: {(ended.stdout + ended.stderr)[-400:]}") from problem


def keep(folder, kind, name, worlds, plans, most=MOST_PLANS):
    """Plans as files, the same steps once."""
    for number, plan in enumerate(plans[:most]):
        place = Path(tempfile.mkdtemp(dir=folder))
        file = place / "plan.json"
        file.write_text(json.dumps(plan))
        yield Case(kind, f"{name}, plan {number + 1}", worlds, file)


def questions(samos, folder):
    """What is asked of the demo world and of the stories' worlds."""
    for kind, asked in QUESTIONS.items():
        for worlds, words in asked:
            if worlds[0].startswith("quota "):
                quota = folder / f"{worlds[0].replace(' ', '-')}.ttl"
                quota.write_text((ROOT / "tests/scenarios/quota.ttl").read_text().replace("ALLOWED", worlds[0].split()[1]))
                worlds = [quota]
            plans = ask(samos, worlds, words)
            if not plans:
                raise RuntimeError(f"no plan for {' '.join(words)}")
            yield from keep(folder, kind, f"{Path(worlds[0]).stem} {' '.join(words)}", worlds, plans)


def domains(samos, folder):
    """The planning domains, their small problems imported."""
    for domain in sorted((HERE / "domains").glob("*.pddl")):
        world = folder / f"domain-{domain.stem}"
        words = [samos, "import", "pddl", domain, HERE / "problems" / domain.name, "--out", world, "-o", "json"]
        said = json.loads(subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True).stdout)
        world = world / "world.ttl"
        objective = "cost" if said.get("minimizes_cost") else "operations"
        plans = ask(samos, [world], ["plan", "--goal", said["goal"], "--minimize", objective])
        yield from keep(folder, "planning domains", domain.stem, [world], plans, 1)


def compositions(samos, folder, seeds):
    """Composition tasks that have a solution."""
    sys.path.insert(0, str(ROOT / "tests/composition"))
    import convert
    import generate
    for seed in range(1, seeds + 1):
        task = generate.make(seed)
        if generate.optima(task) is None:
            continue
        place = folder / f"task-{seed}"
        place.mkdir(parents=True)
        generate.write(task, place)
        convert.convert(convert.read(place), place)
        words = ["plan", "--minimize", "operations"]
        for option, file in (("--given", "given.txt"), ("--want", "wanted.txt")):
            for concept in (place / file).read_text().split():
                words += [option, concept]
        plans = ask(samos, [place / "world.ttl"], words)
        yield from keep(folder, "compositions", f"seed {seed}", [place / "world.ttl"], plans, 1)


def kept(folder, sample, chance):
    """Plans that tests kept: some of each kind."""
    kinds = collections.defaultdict(list)
    for file in sorted(folder.glob("*/case.json")):
        said = json.loads(file.read_text())
        worlds = [world if world == "demo" else file.parent / world for world in said["worlds"]]
        kinds[said["kind"]].append(Case(said["kind"], file.parent.name, worlds, file.parent / "plan.json"))
    for kind, cases in sorted(kinds.items()):
        yield from cases if sample is None else sorted(chance.sample(cases, min(sample, len(cases))), key=lambda case: case.name)


def export(samos, case, out):
    """Writes a case in PDDL; why it cannot be said, or nothing."""
    command = [samos, "export", case.plan, "--to", "pddl", "--out", out, *(word for world in case.worlds for word in ("--world", world))]
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
    if ended.returncode == 0:
        return None
    if ended.returncode != 1:
        raise RuntimeError(f"{' '.join(map(str, command))} ends with {ended.returncode}: {ended.stderr[-400:]}")
    errors = [line for line in ended.stderr.splitlines() if line.startswith("error")]
    return errors[0] if errors else ended.stderr[-200:]


def judge(validator, task, steps, pipe):
    """One validator's word, from a process of its own, with whatever that starts in a group that can be ended whole."""
    os.setsid()
    try:
        said = {"unified-planning": validate.sequential, "aries-val": validate.aries}[validator](task, steps)
        pipe.send(("accepts", None) if said is None else ("refuses", said))
    except Exception as problem:
        pipe.send(("no answer", f"{type(problem).__name__}: {problem}"[:160]))


def asked(validator, read, seconds):
    """One validator's word, within a time."""
    if isinstance(read, str):
        return "refuses", read
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=judge, args=(validator, *read, theirs))
    process.start()
    theirs.close()
    try:
        said = ours.recv() if ours.poll(seconds) else ("no answer", f"not within {seconds} s")
    except EOFError:
        said = ("no answer", "it ended without a word")
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()  # It had not come to have a group yet, or has none any more.
    process.join()
    return said


def reading(place):
    """The problem and the plan as unified-planning reads them, or why it cannot."""
    try:
        return validate.read(place / "domain.pddl", place / "problem.pddl", place / "plan.txt")
    except Exception as problem:
        return f"it cannot be read: {problem!r}"[:300]


def grouped(reason):
    """A reason without what it names."""
    return re.sub(r"`[^`]*`", "`…`", re.sub(r"step \d+", "step N", re.sub(r"^error\[\w+\]: ", "", reason)))


def main():
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--samos", required=True)
    words.add_argument("--kept", type=Path)
    words.add_argument("--sample", type=int, default=12)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--seconds", type=int, default=10)
    words.add_argument("--only")
    words.add_argument("--show", action="store_true")
    words.add_argument("--long", action="store_true")
    words = words.parse_args()
    words.samos = str(Path(words.samos).resolve())
    seconds = 120 if words.long else words.seconds
    import unified_planning.shortcuts  # noqa: F401  once, before processes are forked
    import up_aries  # noqa: F401
    print(f"seed {words.seed}")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        cases = [*questions(words.samos, folder), *domains(words.samos, folder)]
        cases += compositions(words.samos, folder, 100 if words.long else 12)
        if words.kept:
            cases += kept(words.kept.resolve(), None if words.long else words.sample, random.Random(words.seed))
        cases = [case for case in cases if words.only in (None, case.kind)]
        table = collections.defaultdict(collections.Counter)
        unsaid, silent, failed = collections.Counter(), collections.Counter(), []
        for number, case in enumerate(cases):
            row = table[case.kind]
            row["plans"] += 1
            began = time.monotonic()
            place = folder / f"said-{number}"
            why = export(words.samos, case, place)
            if why:
                unsaid[grouped(why)] += 1
                if words.show:
                    print(f"{case.kind}, {case.name}: {why}", flush=True)
                continue
            row["said"] += 1
            read = reading(place)
            for validator in LEAST_ANSWERED:
                said, why = asked(validator, read, seconds)
                row[validator, said] += 1
                if said == "refuses":
                    failed.append(f"{case.kind}, {case.name}: {validator}: {why}")
                    print(failed[-1], flush=True)
                elif said == "no answer":
                    silent[f"{validator}: {why}"] += 1
            if words.show:
                print(f"{case.kind}, {case.name}: {time.monotonic() - began:.1f} s", flush=True)
    total = sum(table.values(), collections.Counter())
    print(f"{'plans of':<28} {'plans':>6} {'said':>6}   {'unified-planning':<24} {'aries-val':<24}")
    for kind, row in [*table.items(), ("all", total)]:
        told = ["/".join(str(row[validator, said]) for said in ("accepts", "refuses", "no answer")) for validator in LEAST_ANSWERED]
        print(f"{kind:<28} {row['plans']:>6} {row['said']:>6}   {told[0]:<24} {told[1]:<24}")
    print("of each validator: accepted/refused/not answered")
    for why, number in [*unsaid.most_common(), *silent.most_common()]:
        print(f"{number:>5} × {why}")
    if total["said"] < LEAST_SAID * total["plans"]:
        failed.append(f"only {total['said']} of {total['plans']} plans can be said in PDDL, where {LEAST_SAID:.0%} should")
    for validator, least in LEAST_ANSWERED.items():
        if total["said"] - total[validator, "no answer"] < least * total["said"]:
            failed.append(f"{validator} answers for fewer than {least:.0%} of the plans")
    print("\n".join(failed[-2:]) if failed else f"both validators accept all they answer for, {total['said']} plans")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
