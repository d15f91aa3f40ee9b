#!/usr/bin/env python3
"""Plans of many kinds, exported to PDDL with their worlds, before two outside validators.

    outside.py --samos BINARY [--kept DIR] [--sample N] [--seed N] [--seconds N] [--jobs N] [--only KIND] [--show] [--long]

Plans are made through the command line: figure 9 and other questions to the demo world, the stories of the scenarios, the
planning domains beside this file, composition tasks. DIR holds those that tests kept (SAMOS_KEEP_PLANS). N questions of
each kind, and N kept plans of each kind, are taken by chance from the seed; all of them where N is not said. `--long` asks
for more compositions. Each validator has so many seconds of processor time for a plan. Prints how many each accepts, how
many have no answer, and what could not be said in PDDL and why. Ends with 1 where one refuses a plan, where less than
LEAST_SAID of the plans can be said, or where less than LEAST_ANSWERED of those said are answered.
"""
import argparse
import collections
import json
import multiprocessing
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import validate

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LEAST_SAID = 0.9
LEAST_ANSWERED = {"unified-planning": 0.95, "aries-val": 0.95}

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

    def __init__(self, name, worlds, plan):
        self.name, self.worlds, self.plan = name, worlds, plan


class Question:
    """What brings about plans of some kind when it is asked."""

    def __init__(self, kind, name, ask):
        self.kind, self.name, self.ask = kind, name, ask


def ask(samos, worlds, words):
    """The plans that a command answers."""
    command = [samos, words[0], *(word for world in worlds for word in ("--world", str(world))), *map(str, words[1:]), "-o", "json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, cwd=ROOT)
    try:
        return json.loads(ended.stdout)["plans"]
    except (ValueError, KeyError) as problem:
        raise RuntimeError(f"{' '.join(command)} ends with {ended.returncode}: {(ended.stdout + ended.stderr)[-400:]}") from problem


def keep(folder, name, worlds, plans, most=MOST_PLANS):
    """Plans as files."""
    for number, plan in enumerate(plans[:most]):
        place = Path(tempfile.mkdtemp(dir=folder))
        file = place / "plan.json"
        file.write_text(json.dumps(plan))
        yield Case(f"{name}, plan {number + 1}", worlds, file)


def answers(samos, folder, worlds, words):
    """The plans for a question to the demo world or to a story's."""
    if worlds[0].startswith("quota "):
        quota = folder / f"{worlds[0].replace(' ', '-')}.ttl"
        quota.write_text((ROOT / "tests/scenarios/quota.ttl").read_text().replace("ALLOWED", worlds[0].split()[1]))
        worlds = [quota]
    plans = ask(samos, worlds, words)
    if not plans:
        raise RuntimeError(f"no plan for {' '.join(words)}")
    return list(keep(folder, f"{Path(worlds[0]).stem} {' '.join(words)}", worlds, plans))


def solved(samos, folder, domain):
    """The plan for the small problem of a planning domain, imported."""
    world = folder / f"domain-{domain.stem}"
    words = [samos, "import", "pddl", domain, HERE / "problems" / domain.name, "--out", world, "-o", "json"]
    said = json.loads(subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True).stdout)
    world = world / "world.ttl"
    objective = "cost" if said.get("minimizes_cost") else "operations"
    plans = ask(samos, [world], ["plan", "--goal", said["goal"], "--minimize", objective])
    return list(keep(folder, domain.stem, [world], plans, 1))


def composed(samos, folder, seed, task):
    """The plan for a composition task."""
    import convert
    import generate
    place = folder / f"task-{seed}"
    place.mkdir(parents=True)
    generate.write(task, place)
    convert.convert(convert.read(place), place)
    words = ["plan", "--minimize", "operations"]
    for option, file in (("--given", "given.txt"), ("--want", "wanted.txt")):
        for concept in (place / file).read_text().split():
            words += [option, concept]
    return list(keep(folder, f"seed {seed}", [place / "world.ttl"], ask(samos, [place / "world.ttl"], words), 1))


def questions(samos, folder, tasks):
    """All that can be asked through the command line, by what kind it is of."""
    for kind, asked in QUESTIONS.items():
        for worlds, words in asked:
            yield Question(kind, " ".join(words), partial(answers, samos, folder, worlds, words))
    for domain in sorted((HERE / "domains").glob("*.pddl")):
        yield Question("planning domains", domain.stem, partial(solved, samos, folder, domain))
    sys.path.insert(0, str(ROOT / "tests/composition"))
    import generate
    for seed in range(1, tasks + 1):
        task = generate.make(seed)
        if generate.optima(task) is not None:
            yield Question("compositions", f"seed {seed}", partial(composed, samos, folder, seed, task))


def kept(folder):
    """Plans that tests kept."""
    for file in sorted(folder.glob("*/case.json")):
        said = json.loads(file.read_text())
        worlds = [world if world == "demo" else file.parent / world for world in said["worlds"]]
        case = Case(file.parent.name, worlds, file.parent / "plan.json")
        yield Question(said["kind"], case.name, partial(list, [case]))


def some(all_of_them, number, chance):
    """So many of each kind, by chance."""
    kinds = collections.defaultdict(list)
    for one in all_of_them:
        kinds[one.kind].append(one)
    for own in kinds.values():
        yield from own if number is None else chance.sample(own, min(number, len(own)))


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


VALIDATORS = {"unified-planning": validate.sequential, "aries-val": validate.aries}


def judge(place, seconds, pipe):
    """The validators' words, from a process of its own, with whatever that starts in a group that can be ended whole."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        read = validate.read(place / "domain.pddl", place / "problem.pddl", place / "plan.txt")
    except Exception as problem:
        for validator in VALIDATORS:
            pipe.send((validator, "refuses", f"it cannot be read: {problem!r}"[:300]))
        return
    for validator, asked in VALIDATORS.items():
        try:
            said = asked(*read)
            pipe.send((validator, "accepts" if said is None else "refuses", said))
        except Exception as problem:
            ended = "UNAVAILABLE" in str(problem)  # How a connection to a validator that was ended is told.
            reason = f"not within {seconds} s of processor time" if ended else f"{type(problem).__name__}: {problem}"
            pipe.send((validator, "no answer", reason[:160]))


def judged(place, seconds):
    """Each validator's word, within a time."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=judge, args=(place, seconds, theirs))
    process.start()
    theirs.close()
    said = {validator: ("no answer", f"not within {seconds} s of processor time") for validator in VALIDATORS}
    # Where the machine is shared, processor time takes longer than it says.
    until = time.monotonic() + 10 * seconds
    try:
        for _ in VALIDATORS:
            if not ours.poll(max(0, until - time.monotonic())):
                break
            validator, *word = ours.recv()
            said[validator] = word
    except EOFError:
        pass  # It was ended.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()  # It had not come to have a group yet, or has none any more.
    process.join()
    return said


def work(samos, share, seconds, folder, queue):
    """Asks a share of the questions and has the plans judged."""
    try:
        for question in share:
            for case in question.ask():
                began = time.monotonic()
                place = Path(tempfile.mkdtemp(dir=folder)) / "said"
                why = export(samos, case, place)
                said = None if why else judged(place, seconds)
                queue.put((question.kind, case.name, why, said, time.monotonic() - began))
        queue.put(None)
    except Exception as problem:
        queue.put(f"{question.kind}, {question.name}: {problem!r}")


def grouped(reason):
    """A reason without what it names."""
    return re.sub(r"`[^`]*`", "`…`", re.sub(r"step \d+", "step N", re.sub(r"^error\[\w+\]: ", "", reason)))


def shared_out(samos, asked, jobs, seconds, folder):
    """What is said of each plan, from some processes at once."""
    queue = multiprocessing.get_context("fork").SimpleQueue()
    workers = [
        multiprocessing.get_context("fork").Process(target=work, args=(samos, asked[start::jobs], seconds, folder, queue))
        for start in range(jobs)
    ]
    for worker in workers:
        worker.start()
    open_ones = jobs
    while open_ones:
        said = queue.get()
        if isinstance(said, str):
            for worker in workers:
                worker.terminate()
            raise SystemExit(said)
        if said is None:
            open_ones -= 1
        else:
            yield said
    for worker in workers:
        worker.join()


def main():
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--samos", required=True)
    words.add_argument("--kept", type=Path)
    words.add_argument("--sample", type=int)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--seconds", type=int, default=20)
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--only")
    words.add_argument("--show", action="store_true")
    words.add_argument("--long", action="store_true")
    words = words.parse_args()
    words.samos = str(Path(words.samos).resolve())
    import unified_planning.shortcuts  # noqa: F401  once, before processes are forked
    import up_aries  # noqa: F401
    print(f"seed {words.seed}", flush=True)
    table = collections.defaultdict(collections.Counter)
    unsaid, silent, failed = collections.Counter(), collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        asked = [*questions(words.samos, folder, 100 if words.long else 12)]
        asked += kept(words.kept.resolve()) if words.kept else []
        asked = [one for one in asked if words.only in (None, one.kind)]
        asked = [*some(asked, words.sample, random.Random(words.seed))]
        for kind, name, why, said, took in shared_out(words.samos, asked, words.jobs, words.seconds, folder):
            row = table[kind]
            row["plans"] += 1
            if why:
                unsaid[grouped(why)] += 1
            else:
                row["said"] += 1
            for validator, (word, reason) in (said or {}).items():
                row[validator, word] += 1
                if word == "refuses":
                    failed.append(f"{kind}, {name}: {validator}: {reason}")
                    print(failed[-1], flush=True)
                elif word == "no answer":
                    silent[f"{validator}: {reason}"] += 1
            if words.show:
                told = why or ", ".join(word for word, _ in said.values())
                print(f"{kind}, {name}: {told}, {took:.1f} s", flush=True)
    total = sum(table.values(), collections.Counter())
    print(f"{'plans of':<28} {'plans':>6} {'said':>6}   {'unified-planning':<24} {'aries-val':<24}")
    for kind, row in [*table.items(), ("all", total)]:
        told = ["/".join(str(row[validator, said]) for said in ("accepts", "refuses", "no answer")) for validator in VALIDATORS]
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
