#!/usr/bin/env python3
"""Small random planning tasks: our least cost and fewest operations beside those that Fast Downward proves.

    tasks.py --samos BINARY [--tasks N] [--first SEED]

Where it proves that there is no plan, we must have none and say that the search was complete. Prints the seed of what
differs, and 'N passed, N failed'.
"""
import argparse
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

TYPES = ("box", "room")
SEARCH = "astar(lmcut())"
UNSOLVABLE = (10, 11, 12)


def make(seed):
    """The texts of a domain and its problem, with costs and without. Actions that undo, conditions that something is
    not so, actions that cost nothing, and goals out of reach all occur."""
    chance = random.Random(f"task {seed}")
    predicates = [(f"p{number}", tuple(chance.choice(TYPES) for _ in range(chance.choice([0, 1, 1, 2])))) for number in range(chance.randint(2, 4))]
    objects = [(f"{kind}{number}", kind) for kind in TYPES for number in range(1, chance.randint(1, 3) + 1)]

    def atom(terms):
        fitting = [(name, kinds) for name, kinds in predicates if all(any(own == kind for _, own in terms) for kind in kinds)]
        if not fitting:
            return None
        name, kinds = chance.choice(fitting)
        return "(" + " ".join([name, *(chance.choice([term for term, own in terms if own == kind]) for kind in kinds)]) + ")"

    def atoms(terms, most):
        return sorted({one for one in (atom(terms) for _ in range(chance.randint(1, most))) if one})

    actions = []
    for number in range(chance.randint(2, 5)):
        terms = [(f"?x{place}", chance.choice(TYPES)) for place in range(chance.randint(0, 2))]
        named = terms + (objects[:1] if chance.random() < 0.2 else [])
        needs = atoms(named, 2) if chance.random() < 0.85 else []
        lacks = [one for one in atoms(named, 1) if one not in needs] if chance.random() < 0.3 else []
        adds = atoms(named, 2)
        gone = [one for one in atoms(named, 2) if one not in adds] if chance.random() < 0.6 else []
        if not adds and not gone:
            continue
        typed = " ".join(f"{term} - {kind}" for term, kind in terms)
        conditions = " ".join([*needs, *(f"(not {one})" for one in lacks)])
        effects = " ".join([*adds, *(f"(not {one})" for one in gone), f"(increase (total-cost) {chance.choice([0, 1, 1, 2, 3, 7])})"])
        actions.append(f"  (:action a{number}\n    :parameters ({typed})\n    :precondition (and {conditions})\n    :effect (and {effects}))")
    declared = "\n    ".join("(" + " ".join([name, *(f"?x{place} - {kind}" for place, kind in enumerate(kinds))]) + ")" for name, kinds in predicates)
    constants = " ".join(f"{name} - {kind}" for name, kind in objects[:1])
    domain = (f"(define (domain d{seed})\n  (:requirements :strips :typing :negative-preconditions :action-costs)\n  (:types {' '.join(TYPES)})\n"
              f"  (:constants {constants})\n  (:predicates\n    {declared})\n  (:functions (total-cost) - number)\n" + "\n".join(actions) + ")\n")
    init, goal = atoms(objects, 4), atoms(objects, 3)
    others = " ".join(f"{name} - {kind}" for name, kind in objects[1:])
    head = f"(define (problem t{seed})\n  (:domain d{seed})\n  (:objects {others})\n  (:init {' '.join(init)} (= (total-cost) 0))\n  (:goal (and {' '.join(goal)}))"
    return domain, head + "\n  (:metric minimize (total-cost)))\n", head + ")\n"


def write(seed, folder):
    """Writes the three files."""
    for name, text in zip(("domain", "problem", "plain"), make(seed)):
        (folder / f"{name}.pddl").write_text(text)


def planner():
    """Where Fast Downward's package keeps its driver."""
    return Path(importlib.util.find_spec("up_fast_downward").origin).with_name("downward") / "fast-downward.py"


def least(folder, problem):
    """The least cost that Fast Downward proves; none where it proves that there is no plan."""
    plan = folder / "proven.plan"
    plan.unlink(missing_ok=True)
    words = [sys.executable, planner(), "--plan-file", plan, "--sas-file", folder / "out.sas", folder / "domain.pddl", folder / problem, "--search", SEARCH]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if ended.returncode in UNSOLVABLE:
        return None
    if ended.returncode:
        raise RuntimeError(f"Fast Downward ends with {ended.returncode}: {(ended.stdout + ended.stderr)[-300:]}")
    return int(plan.read_text().rsplit("; cost = ", 1)[1].split()[0])


def samos(binary, *words):
    """A command's exit code and JSON; a signal is a fault of ours."""
    command = [binary, *map(str, words), "-o", "json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if ended.returncode < 0 or ended.returncode > 127:
        raise RuntimeError(f"samos ends by signal {ended.returncode}: {ended.stderr[-300:]}")
    try:
        return ended.returncode, json.loads(ended.stdout)
    except ValueError:
        return ended.returncode, {"said": (ended.stdout + ended.stderr)[-400:]}


def compare(binary, folder, seed):
    """What differs between us and Fast Downward, or nothing; and whether there is a plan."""
    write(seed, folder)
    code, said = samos(binary, "import", "pddl", folder / "domain.pddl", folder / "problem.pddl", "--out", folder)
    if code:
        return f"not imported: {said}", False
    has_plan = False
    for objective, problem, where in (("cost", "problem.pddl", "price"), ("operations", "plain.pddl", "operations")):
        proven = least(folder, problem)
        has_plan |= proven is not None
        code, answer = samos(binary, "plan", "--world", folder / "world.ttl", "--goal", said["goal"], "--minimize", objective)
        if "plans" not in answer:
            return f"{objective}: exit {code}, {answer}", has_plan
        if not answer["search"]["complete"]:
            return f"{objective}: the search is not complete: {answer['search']}", has_plan
        ours = answer["plans"][0]["cost"][where] or 0 if answer["plans"] else None
        if ours != proven:
            return f"{objective}: ours takes {ours}, Fast Downward's {proven}", has_plan
    return None, has_plan


def main():
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--samos", required=True)
    words.add_argument("--tasks", type=int, default=40)
    words.add_argument("--first", type=int, default=1)
    words = words.parse_args()
    passed = failed = solvable = 0
    for seed in range(words.first, words.first + words.tasks):
        with tempfile.TemporaryDirectory() as folder:
            wrong, has_plan = compare(words.samos, Path(folder), seed)
        passed += not wrong
        failed += bool(wrong)
        solvable += has_plan
        if wrong:
            print(f"seed {seed}: {wrong}", flush=True)
    print(f"random tasks: {words.tasks}, {solvable} of them solvable")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
