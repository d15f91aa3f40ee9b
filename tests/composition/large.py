#!/usr/bin/env python3
"""Makes up a large composition task in the format of the Web Service Challenge, of the kind of its own sets.

    large.py OUT [--seed N] [--services N] [--concepts N] [--parents N] [--layers N] [--width N] [--unsolvable]
             [--disagree] [--dense] [--flat FOLDER]

In: sizes and a seed. Out: OUT/taxonomy.xml, services.xml and problem.xml. Ways to the goal are laid out layer by layer;
what each of their services gives, others give too: in part, two together, several at once, or for more. The rest of the
services stand about, some within reach. With --unsolvable something that every way needs comes from nowhere. With
--disagree a way of fewer services takes more layers. With --dense nearly everything is within reach and of use. --flat writes the same task once more with every concept's
generalisations spelled out and no taxonomy, for readers to whom a concept has one parent.
"""
import argparse
import random

import generate
from convert import Task


def taxonomy(chance, concepts, parents):
    """Concepts, each below earlier ones: one of them, or up to `parents`."""
    names = [f"c{number}" for number in range(concepts)]
    above = {name: set() for name in names}
    for number, name in enumerate(names):
        if number > 3:
            count = 1 if parents == 1 or chance.random() < 0.7 else chance.randint(2, parents)
            above[name] = set(chance.sample(names[:number], min(number, count)))
    return above


class Market:
    """A task that grows."""

    def __init__(self, chance, concepts, parents):
        self.chance = chance
        self.task = Task(taxonomy(chance, concepts, parents), {}, [], [])
        inner = set().union(*self.task.parents.values())
        self.fresh = sorted(set(self.task.parents) - inner, key=lambda name: int(name[1:]))
        chance.shuffle(self.fresh)

    def offer(self, inputs, outputs):
        """One more service."""
        name = f"s{len(self.task.services):05}"
        self.task.services[name] = (sorted(set(inputs)), sorted(set(outputs)))

    def leaves(self, count):
        """Concepts that nothing has used yet; used ones when there are no more."""
        taken, self.fresh = self.fresh[:count], self.fresh[count:]
        return taken + self.chance.sample(sorted(self.task.parents), count - len(taken))

    def kinds(self, concepts):
        """For each, itself or something it is a kind of, not too far above: what everything is asks for nothing."""
        found = []
        for concept in concepts:
            for _ in range(self.chance.choice([0, 0, 0, 1])):
                above = sorted(above for above in self.task.parents[concept] if self.task.parents[above])
                concept = self.chance.choice(above) if above else concept
            found.append(concept)
        return found

    def way(self, layers, width):
        """Services in layers; each builds on the layer before it and on earlier ones. Gives back the last layer's."""
        chance, earlier, before = self.chance, list(self.task.given), list(self.task.given)
        for _ in range(layers):
            now, offers = [], []
            for _ in range(max(1, width + chance.randint(-1, 1))):
                inputs = chance.sample(before, min(len(before), chance.randint(1, 3)))
                inputs += chance.sample(earlier, min(len(earlier), chance.randint(0, 4)))
                outputs = self.leaves(chance.randint(3, 8))
                offers.append((self.kinds(inputs), outputs))
                now += outputs
            for number, (inputs, outputs) in enumerate(offers):
                self.offer(inputs, outputs)
                self.rivals(inputs, outputs, offers[number - 1], earlier)
            earlier += now
            before = now
        return before

    def rivals(self, inputs, outputs, neighbour, earlier):
        """Others that give what a service gives."""
        chance = self.chance
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            some = chance.sample(outputs, chance.randint(1, len(outputs)))
            rest = [output for output in outputs if output not in some]
            more = self.kinds(chance.sample(earlier, min(len(earlier), 2)))
            match chance.randrange(4):
                case 0:
                    self.offer(inputs + more, outputs + self.leaves(1))
                case 1:
                    self.offer(more, some)
                    self.offer(inputs, rest or some)
                case 2:
                    self.offer(inputs + neighbour[0], some + neighbour[1])
                case _:
                    self.offer(inputs[:1] + more, some)

    def bystanders(self, services, is_dense):
        """Services up to that number, a few of them within reach; or nearly all, where they ask for anything at all."""
        chance, names = self.chance, sorted(self.task.parents)
        lowest = sorted(set(names) - set().union(*self.task.parents.values()))
        reached = sorted({output for _, outputs in self.task.services.values() for output in outputs})
        # What nothing gives keeps most of them out.
        missing = set(chance.sample(sorted(set(self.fresh)), len(self.fresh) // 8))
        given = sorted(set(lowest) - missing)
        missing = sorted(missing)
        while len(self.task.services) < services:
            pool = reached if chance.random() < 0.08 else names if is_dense else lowest
            inputs = chance.sample(pool, min(len(pool), chance.randint(1 if is_dense else 3, 9)))
            if not is_dense and missing and chance.random() < 0.8:
                inputs.append(chance.choice(missing))
            outputs = chance.sample(names if is_dense else given, chance.randint(1, 10))
            self.offer(inputs, outputs)


def make(seed, services, concepts, parents=1, layers=8, width=3, unsolvable=False, disagree=False, dense=False):
    """A task; the same words make the same one."""
    chance = random.Random(f"{seed} {services} {concepts} {parents} {layers} {width}")
    market = Market(chance, concepts, parents)
    task = market.task
    task.given = sorted(market.leaves(chance.randint(3, 6)))
    if disagree:
        # Each wanted thing comes soon from several services together, or late from a chain of fewer.
        for _ in range(max(2, width)):
            thing = market.leaves(1)[0]
            parts = [market.leaves(2) for _ in range(layers + 2)]
            for part in parts:
                market.offer(market.kinds(chance.sample(task.given, 2)), part)
            market.offer([part[0] for part in parts], [thing])
            last = market.leaves(1)
            market.offer(market.kinds(chance.sample(task.given, 2)), last)
            for _ in range(layers - 1):
                link = market.leaves(1)
                market.offer(last, link)
                last = link
            market.offer(last, [thing])
            task.wanted.append(thing)
    ends = market.way(layers, width)
    wanted = chance.sample(ends, min(len(ends), chance.randint(1, 4)))
    task.wanted = sorted(set(task.wanted) | set(market.kinds(wanted)))
    market.bystanders(services, dense)
    if unsolvable:
        # All that gives one of the wanted things asks for something that nothing gives.
        lost = task.wanted[0]
        missing = market.leaves(1)[0]
        for name, (inputs, outputs) in task.services.items():
            outputs = [output for output in outputs if missing not in task.at_or_above(output)]
            if any(lost in task.at_or_above(output) for output in outputs):
                inputs = sorted({*inputs, missing})
            task.services[name] = (inputs, outputs)
    shuffled = list(task.services.items())
    chance.shuffle(shuffled)
    task.services = dict(shuffled)
    return task


def flat(task):
    """The same task without kinds: what a service gives is spelled out with all that is more general."""
    spelled = lambda concepts: sorted(set().union(*map(task.at_or_above, concepts)))
    services = {name: (inputs, spelled(outputs)) for name, (inputs, outputs) in task.services.items()}
    return Task({name: set() for name in task.parents}, services, spelled(task.given), task.wanted)


def main():
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("out")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--services", type=int, default=1000)
    words.add_argument("--concepts", type=int, default=3000)
    words.add_argument("--parents", type=int, default=1)
    words.add_argument("--layers", type=int, default=8)
    words.add_argument("--width", type=int, default=3)
    words.add_argument("--unsolvable", action="store_true")
    words.add_argument("--disagree", action="store_true")
    words.add_argument("--dense", action="store_true")
    words.add_argument("--flat")
    words = vars(words.parse_args())
    out, other = words.pop("out"), words.pop("flat")
    task = make(**words)
    generate.write(task, out)
    if other:
        generate.write(flat(task), other)


if __name__ == "__main__":
    main()
