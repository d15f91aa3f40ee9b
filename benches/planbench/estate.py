#!/usr/bin/env python3
"""The estate of a multi-cloud planning problem (typed STRIPS) as a samos world, and a plan replayed in the original.

    estate.py convert FOLDER OUT     reads FOLDER/domain.pddl and problem.pddl; writes OUT/estate.ttl (facts, and the
                                     operations beyond the 20 of domain.ttl) and OUT/goal.txt
    estate.py replay FOLDER PLAN     executes a plan (JSON) as actions of domain.pddl; prints how many, or what is wrong
"""
import json
import re
import sys
from pathlib import Path

NAMESPACE = "https://example.org/estate#"
CLASSES = {
    "provider": "Site", "vm": "Machine", "image": "Image", "ip": "Address",
    "volume": "Volume", "lb": "Balancer", "db": "Database", "snapshot": "Snapshot",
}
# A predicate over one thing is a value of one of its properties …
VALUES = {
    "compute": ("offersCompute", "true"), "balancing": ("offersBalancing", "true"), "databases": ("offersDatabases", "true"),
    "vm-absent": ("machinePhase", "e:absent"), "vm-stopped": ("machinePhase", "e:stopped"),
    "vm-running": ("machinePhase", "e:running"), "vm-terminated": ("machinePhase", "e:terminated"),
    "out-of-rotation": ("outOfRotation", "true"), "ip-free": ("addressPhase", "e:available"),
    "vol-absent": ("volumePhase", "e:absent"), "vol-available": ("volumePhase", "e:available"),
    "lb-absent": ("balancerPhase", "e:absent"), "lb-active": ("balancerPhase", "e:active"),
    "db-absent": ("databasePhase", "e:absent"), "db-available": ("databasePhase", "e:available"),
    "db-stopped": ("databasePhase", "e:stopped"), "snap-absent": ("snapshotPhase", "e:absent"),
}
# … and one over two is a property between them: its name, and whether it holds one value.
LINKS = {
    "peered": ("peers", False), "image-at": ("copiedTo", False), "wants-image": ("wantsImage", True),
    "vm-on": ("machineSite", True), "has-ip": ("address", True), "ip-of": ("addressSite", True),
    "vol-on": ("volumeSite", True), "attached": ("attachedTo", True), "lb-on": ("balancerSite", True),
    "node-of": ("nodes", False), "db-on": ("databaseSite", True), "snap-of": ("snapshotOf", True),
    "replica": ("replicaOf", False), "app-on": ("serves", False),
}
# Predicates that say what another property's absence says already.
IMPLIED = {"no-ip"}
# The parameters of each operation in the order of its action; the subject is always the first.
PARAMETERS = {
    "register-image": ("from", "to"), "create-vm": ("site", "image"), "start-vm": (), "stop-vm": (),
    "terminate-vm": ("site",), "allocate-ip": ("site", "address"), "release-ip": ("address",),
    "create-volume": ("site",), "attach-volume": ("machine", "site"), "detach-volume": ("machine",),
    "delete-volume": ("site",), "create-lb": ("site",), "add-node": ("machine", "address"),
    "remove-node": ("machine",), "create-db": ("site",), "start-db": (), "stop-db": (),
    "snapshot-db": ("snapshot",), "restore-db": ("snapshot", "original", "site"), "connect-app": ("database", "address"),
}


def parse(path):
    """A PDDL file as nested lists."""
    words = re.findall(r"[()]|[^\s()]+", re.sub(r";[^\n]*", "", Path(path).read_text()))
    stack = [[]]
    for word in words:
        if word == "(":
            stack.append([])
        elif word == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word)
    return stack[0][0]


def section(tree, name):
    """What stands in a section such as `:init`."""
    return next(part[1:] for part in tree if isinstance(part, list) and part[0] == name)


def typed(words):
    """`a b - t` as (a, t), (b, t)."""
    waiting = []
    words = iter(words)
    for word in words:
        if word == "-":
            kind = next(words)
            yield from ((name, kind) for name in waiting)
            waiting = []
        else:
            waiting.append(word)


def actions(tree):
    """Each action: its typed variables, its condition, its effects."""
    for part in tree:
        if isinstance(part, list) and part[0] == ":action":
            fields = dict(zip(part[2::2], part[3::2]))
            yield part[1], list(typed(fields[":parameters"])), fields[":precondition"][1:], fields[":effect"][1:]


def side_operation(name, variables):
    """An operation that touches nothing a goal needs."""
    subject, *others = [kind for _, kind in variables]
    state = {"vm": "machinePhase == e:running", "volume": "volumePhase == e:available", "ip": "addressPhase == e:available"}
    words = [f"other{number}" for number, _ in enumerate(others, 1)]
    parameters = ", ".join(f"[({word}: e:{CLASSES[kind]})]" for word, kind in zip(words, others))
    conditions = [f"subject.{state[subject]}", *(f"{word}.{state[kind]}" for word, kind in zip(words, others))]
    mark = "mark" + re.sub(r"\W", "", name)
    effects = " and ".join(f"subject.{mark} += {word}" for word in words) or f"subject.{mark} = true"
    kind, values = ("Object", "samos:Entity") if others else ("Datatype", "xsd:boolean")
    yield f"e:{mark} a owl:{kind}Property{'' if others else ' , owl:FunctionalProperty'} ; samos:closed true ; "
    yield f"rdfs:domain e:{CLASSES[subject]} ; rdfs:range {values} .\n"
    yield f"e:{name} a samos:Operation .\ne:{CLASSES[subject]} samos:hasSMR e:{name} .\n"
    yield f"[] a owl:Axiom ; owl:annotatedSource e:{CLASSES[subject]} ; owl:annotatedProperty samos:hasSMR ; "
    yield f"owl:annotatedTarget e:{name} ; samos:category samos:IaaS ;\n"
    if parameters:
        yield f'   samos:parameter "{parameters}" ;\n'
    yield f'   samos:precondition "{" and ".join(conditions)}" ;\n   samos:postcondition "{effects}" .\n'


def turtle(domain, problem):
    """The facts of the problem, and operations that domain.ttl does not have."""
    yield f"@prefix e: <{NAMESPACE}> .\n@prefix samos: <https://w3id.org/samos#> .\n"
    yield "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    yield "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n\n"
    for name, variables, _, _ in actions(domain):
        if name not in PARAMETERS:
            yield from side_operation(name, variables)
    facts = {name: [f"a e:{CLASSES[kind]}", "samos:provider e:estate"] for name, kind in typed(section(problem, ":objects"))}
    for predicate, *names in section(problem, ":init"):
        if predicate in VALUES:
            said, value = VALUES[predicate]
            facts[names[0]].append(f"e:{said} {value}")
        elif predicate in LINKS:
            facts[names[0]].append(f"e:{LINKS[predicate][0]} e:{names[1]}")
        elif predicate not in IMPLIED:
            sys.exit(f"predicate {predicate} has no property")
    # What an effect on a phase implies has to be stated where the start has it by another predicate.
    for predicate, *names in section(problem, ":init"):
        if predicate == "has-ip":
            facts[names[1]].append("e:addressPhase e:taken")
    for name, said in facts.items():
        yield f"e:{name} " + " ; ".join(said) + " .\n"


def goal(problem):
    """The goal as a condition."""
    for predicate, *names in section(problem, ":goal")[0][1:]:
        if predicate in VALUES:
            said, value = VALUES[predicate]
            yield f"e:{names[0]}.{said} == {value}"
        else:
            said, is_single = LINKS[predicate]
            yield f"e:{names[0]}.{said} {'==' if is_single else 'contains'} e:{names[1]}"


def convert(folder, out):
    """Writes the world and its goal."""
    domain, problem = parse(folder / "domain.pddl"), parse(folder / "problem.pddl")
    out.mkdir(parents=True, exist_ok=True)
    (out / "estate.ttl").write_text("".join(turtle(domain, problem)))
    (out / "goal.txt").write_text(" and ".join(goal(problem)) + "\n")


def replay(folder, plan):
    """Executes a plan in the original domain: the number of its actions, or what is wrong."""
    domain, problem = parse(folder / "domain.pddl"), parse(folder / "problem.pddl")
    known = {name: (variables, condition, effects) for name, variables, condition, effects in actions(domain)}
    state = {tuple(fact) for fact in section(problem, ":init")}
    local = lambda value: value["entity"].removeprefix(NAMESPACE)
    steps = sorted(plan["steps"], key=lambda step: (step["layer"], step["id"]))
    for step in steps:
        name = step["operation"].removeprefix(NAMESPACE)
        variables, condition, effects = known[name]
        values = [local(step["subject"]), *(local(step["arguments"][word]) for word in PARAMETERS[name])]
        bound = dict(zip((variable for variable, _ in variables), values))
        ground = lambda fact: tuple(bound.get(word, word) for word in fact)
        unmet = [fact for fact in map(ground, condition) if fact not in state]
        if unmet:
            return f"step {step['id']} {name} {values}: {unmet} is not so"
        state -= {ground(effect[1]) for effect in effects if effect[0] == "not"}
        state |= {ground(effect) for effect in effects if effect[0] != "not"}
    missed = [fact for fact in map(tuple, section(problem, ":goal")[0][1:]) if fact not in state]
    return f"the goal's {missed} is not reached" if missed else len(steps)


def main():
    """The command line."""
    match sys.argv[1:]:
        case ["convert", folder, out]:
            convert(Path(folder), Path(out))
        case ["replay", folder, plan]:
            found = replay(Path(folder), json.loads(Path(plan).read_text()))
            print(found)
            sys.exit(0 if isinstance(found, int) else 1)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
