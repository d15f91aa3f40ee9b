#!/usr/bin/env python3
"""Makes up a composition task in the format of the Web Service Challenge.

    generate.py OUT [--seed N] [--concepts N] [--services N] [--wanted N] [--unproven]

In: sizes and a seed. Out: OUT/taxonomy.xml, services.xml and problem.xml, and OUT/expected.json with the optima, found
by trying every set of services (so keep the sizes small, or say --unproven). A concept may have two parents; a service
says what it costs and how long it takes.
"""
import argparse
import itertools
import json
import random
from pathlib import Path
from xml.sax.saxutils import quoteattr

from convert import Task


def make(seed, concepts=30, services=14, wanted=3):
    """A task; the same seed makes the same one. Services build on what the ones before them yield, so that chains
    grow; a few jump ahead but ask for more, so that fewest services and fewest rounds need not be the same plan."""
    chance = random.Random(seed)
    names = [f"c{number}" for number in range(concepts)]
    parents = {}
    for number, name in enumerate(names):
        parents[name] = set(chance.sample(names[:number], min(number, chance.choice([0, 0, 1, 1, 2]))))
    task = Task(parents, {}, sorted(chance.sample(names, 2)), [])
    at_hand = list(task.given)
    for number in range(services):
        is_jump = chance.random() < 0.3
        pool = sorted(set(task.given if is_jump else names if chance.random() < 0.15 else at_hand[-5:]))
        inputs = chance.sample(pool, min(len(pool), chance.randint(1, 3)))
        # An input may be any concept above the one at hand: a kind of it will do.
        inputs = sorted({chance.choice(sorted(task.at_or_above(concept))) for concept in inputs})
        outputs = sorted(chance.sample(names, chance.randint(1, 2)))
        task.services[f"s{number}"] = (inputs, outputs)
        at_hand.extend(outputs)
    late = sorted(set(at_hand[-6:]))
    task.wanted = sorted(chance.sample(late, min(wanted, len(late))))
    shuffled = list(task.services.items())
    chance.shuffle(shuffled)
    task.services = dict(shuffled)
    # What jumps is dear and slow now and then, so that the cheapest, the soonest and the fewest need not be the same.
    for name in task.services:
        task.takes[name] = (f"{chance.choice([0, 1, 1, 2, 5, 12])}.5", str(chance.choice([1, 1, 2, 3, 10])))
    return task


def rounds(task, chosen):
    """In how many rounds these services, each as soon as it can, yield what is wanted; None if never or if one of
    them cannot run."""
    have = set().union(*(task.at_or_above(concept) for concept in task.given))
    left, count = set(chosen), 0
    while not have.issuperset(task.wanted):
        now = [name for name in left if have.issuperset(task.services[name][0])]
        if not now:
            return None
        left.difference_update(now)
        for name in now:
            for concept in task.services[name][1]:
                have |= task.at_or_above(concept)
        count += 1
    return None if left else count


def makespan(task, chosen):
    """When these services, each as soon as it can, have all ended."""
    have = {concept: 0 for given in task.given for concept in task.at_or_above(given)}
    ends = {}
    while True:
        before = dict(have)
        for name in chosen:
            inputs, outputs = task.services[name]
            if all(concept in have for concept in inputs):
                begin = max((have[concept] for concept in inputs), default=0)
                ends[name] = end = begin + int(task.takes[name][1])
                for output in outputs:
                    for concept in task.at_or_above(output):
                        have[concept] = min(end, have.get(concept, end))
        if have == before:
            return max(ends.values(), default=0)


def price(task, chosen):
    """What these services cost together."""
    return sum(float(task.takes[name][0]) for name in chosen)


def optima(task):
    """By exhaustion: (operations, layers) of the plan that is best by operations, and of the one best by layers; the
    least cost with the operations it takes, the least makespan with the same; and every trade-off between layers and
    operations."""
    found, cheapest, soonest = [], [], []
    for size in range(len(task.services) + 1):
        for chosen in itertools.combinations(task.services, size):
            layers = rounds(task, chosen)
            if layers is not None:
                found.append((size, layers))
                cheapest.append((price(task, chosen), size))
                soonest.append((makespan(task, chosen), size))
    if not found:
        return None
    by_layers = min(found, key=lambda plan: (plan[1], plan[0]))
    front, fewest = [], None
    for size, layers in sorted(found, key=lambda plan: (plan[1], plan[0])):
        if fewest is None or size < fewest:
            front.append((size, layers))
            fewest = size
    return {
        "operations": min(found),
        "layers": by_layers,
        "cost": min(cheapest),
        "makespan": min(soonest),
        "pareto": front,
    }


def write(task, out):
    """Writes the three files; a concept with two parents stands under both."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    children = {}
    for concept, above in task.parents.items():
        for parent in sorted(above) or [None]:
            children.setdefault(parent, []).append(concept)
    placed = set()

    def concept_element(name):
        # Only the first place shows the instance and the children: elsewhere the name says which concept it is.
        if name in placed:
            return f"<concept name={quoteattr(name)}/>"
        placed.add(name)
        inner = "".join(concept_element(child) for child in children.get(name, []))
        return f"<concept name={quoteattr(name)}><instance name={quoteattr('i-' + name)}/>{inner}</concept>"

    def instances(tag, concepts):
        return f"<{tag}>" + "".join(f"<instance name={quoteattr('i-' + name)}/>" for name in concepts) + f"</{tag}>"

    def takes(name):
        if name not in task.takes:
            return ""
        cost, duration = task.takes[name]
        return f' cost="{cost}" duration="{duration}"'

    taxonomy = "".join(concept_element(name) for name in children[None])
    (out / "taxonomy.xml").write_text(f"<taxonomy>{taxonomy}</taxonomy>\n")
    services = "".join(
        f"<service name={quoteattr(name)}{takes(name)}>"
        f"{instances('inputs', inputs)}{instances('outputs', outputs)}</service>\n"
        for name, (inputs, outputs) in task.services.items()
    )
    (out / "services.xml").write_text(f"<services>\n{services}</services>\n")
    asked = instances("provided", task.given) + instances("wanted", task.wanted)
    (out / "problem.xml").write_text(f"<problem><task>{asked}</task></problem>\n")


def main():
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("out")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--concepts", type=int, default=30)
    words.add_argument("--services", type=int, default=14)
    words.add_argument("--wanted", type=int, default=3)
    words.add_argument("--unproven", action="store_true")
    words = words.parse_args()
    task = make(words.seed, words.concepts, words.services, words.wanted)
    write(task, words.out)
    if not words.unproven:
        (Path(words.out) / "expected.json").write_text(json.dumps(optima(task)) + "\n")


if __name__ == "__main__":
    main()
