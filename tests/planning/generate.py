#!/usr/bin/env python3
"""Problems of the domains beside this file, at any size, from a seed.

    generate.py DOMAIN SIZE [--seed N] --out FILE        DOMAIN is a file of domains/ without its ending
"""
import argparse
import random
from pathlib import Path


def names(stem, count):
    """stem1 … stemN."""
    return [f"{stem}{number}" for number in range(1, count + 1)]


def freight(size, chance):
    towns, parcels = names("town", 1 + size // 2), names("parcel", size * 2)
    depots = {town: [f"{town}-{word}" for word in ("north", "south")] for town in towns}
    fields = {town: f"{town}-field" for town in towns}
    planes = names("plane", 1 + size // 6)
    sites = [site for town in towns for site in (*depots[town], fields[town])]
    objects = [(towns, "town"), (parcels, "parcel"), (planes, "plane"), (list(fields.values()), "airfield"),
               ([depot for town in towns for depot in depots[town]], "depot"), ([f"lorry-{town}" for town in towns], "lorry")]
    init = [f"(within {site} {town})" for town in towns for site in (*depots[town], fields[town])]
    init += [f"(stands lorry-{town} {chance.choice(depots[town])})" for town in towns]
    init += [f"(stands {plane} {chance.choice(list(fields.values()))})" for plane in planes]
    init += [f"(lies {parcel} {chance.choice(sites)})" for parcel in parcels]
    return objects, init, [f"(lies {parcel} {chance.choice(sites)})" for parcel in parcels], None


def grabber(size, chance):
    rooms, balls, hands = ["kitchen", "hall"], names("ball", size * 2), ["left", "right"]
    init = [f"(room {one})" for one in rooms] + [f"(ball {one})" for one in balls] + [f"(hand {one})" for one in hands]
    init += [f"(empty {one})" for one in hands] + ["(robot-in kitchen)"] + [f"(ball-in {one} kitchen)" for one in balls]
    return [(rooms + balls + hands, None)], init, [f"(ball-in {one} hall)" for one in balls], None


def elevator(size, chance):
    storeys, guests = names("s", size * 2), names("guest", size)
    init = [f"(higher {low} {high})" for at, low in enumerate(storeys) for high in storeys[at + 1:]] + ["(lift-at s1)"]
    for guest in guests:
        start, end = chance.sample(storeys, 2)
        init += [f"(starts {guest} {start})", f"(wants {guest} {end})"]
    return [(storeys, "storey"), (guests, "guest")], init, [f"(arrived {guest})" for guest in guests], None


def orbiter(size, chance):
    probes, cameras = names("probe", 1 + size // 4), names("camera", 1 + size // 2)
    stars, filters = names("star", 3 + size), names("filter", 2 + size // 6)
    init = [f"(has-power {probe})" for probe in probes] + [f"(faces {probe} {chance.choice(stars)})" for probe in probes]
    for number, camera in enumerate(cameras):
        init.append(f"(carries {probes[number % len(probes)]} {camera})")
        init.append(f"(tuned-by {camera} {chance.choice(stars[:3])})")
        init += [f"(offers {camera} {one})" for one in {filters[number % len(filters)], chance.choice(filters)}]
    offered = sorted({line.split()[2].strip(")") for line in init if line.startswith("(offers")})
    goal = [f"(pictured {star} {chance.choice(offered)})" for star in stars[3:]]
    return [(probes, "probe"), (cameras, "camera"), (stars, "star"), (filters, "filter")], sorted(init), goal, None


def graph(places, chance, more):
    """A connected graph: each place with an earlier one, and some more."""
    pairs = {(place, chance.choice(places[:at])) for at, place in enumerate(places) if at}
    pairs |= {tuple(chance.sample(places, 2)) for _ in range(more)}
    return sorted({pair for one, other in pairs for pair in ((one, other), (other, one))})


def chauffeur(size, chance):
    places, boxes = names("place", 3 + size), names("box", size * 2)
    vans, people = names("van", 2 + size // 4), names("person", 2 + size // 4)
    init = [f"(road {one} {other})" for one, other in graph(places, chance, size)]
    init += [f"(path {one} {other})" for one, other in graph(places, chance, size)]
    init += [f"(at {thing} {chance.choice(places)})" for thing in vans + people + boxes] + [f"(idle {van})" for van in vans]
    goal = [f"(at {thing} {chance.choice(places)})" for thing in boxes + vans[:1] + people[:1]]
    return [(places, "place"), (boxes, "box"), (vans, "van"), (people, "person")], init, goal, None


def airline(size, chance):
    cities, planes, people, levels = names("city", 3 + size), names("plane", 1 + size // 3), names("traveller", size * 2), names("level", 7)
    init = [f"(succ {less} {more})" for less, more in zip(levels, levels[1:])]
    init += [f"(at {one} {chance.choice(cities)})" for one in planes + people] + [f"(fuel {plane} {chance.choice(levels)})" for plane in planes]
    goal = [f"(at {one} {chance.choice(cities)})" for one in people + planes[:1]]
    return [(cities, "city"), (planes, "plane"), (people, "traveller"), (levels, "level")], init, goal, None


def haulage(size, chance):
    places, bundles, vehicles, rooms = names("place", 4 + size * 2), names("bundle", size), names("vehicle", 2 + size // 5), names("room", 4)
    roads = graph(places, chance, size)
    lengths = {}
    for one, other in roads:
        lengths[one, other] = lengths.get((other, one)) or chance.choice([5, 10, 20, 35, 50])
    init = ["(= (total-cost) 0)"] + [f"(one-less {less} {more})" for less, more in zip(rooms, rooms[1:])]
    init += [f"(linked {one} {other})" for one, other in roads] + [f"(= (distance {one} {other}) {length})" for (one, other), length in lengths.items()]
    init += [f"(at {thing} {chance.choice(places)})" for thing in vehicles + bundles] + [f"(free {one} {chance.choice(rooms[2:])})" for one in vehicles]
    goal = [f"(at {bundle} {chance.choice(places)})" for bundle in bundles]
    return [(places, "place"), (bundles, "bundle"), (vehicles, "vehicle"), (rooms, "room-left")], init, goal, "(:metric minimize (total-cost))"


def canteen(size, chance):
    pupils, breads, fillings = names("pupil", size), names("bread", size), names("filling", size)
    trays, snacks, tables = names("tray", 1 + size // 5), names("snack", size + size // 3), names("table", 3)
    allergic = [pupil for pupil in pupils if chance.random() < 0.4]
    init = [f"(unmade {one})" for one in snacks] + [f"(tray-at {one} kitchen)" for one in trays]
    init += [f"(bread-here {one})" for one in breads] + [f"(filling-here {one})" for one in fillings]
    init += [f"(plain-bread {one})" for one in chance.sample(breads, len(allergic))]
    init += [f"(plain-filling {one})" for one in chance.sample(fillings, len(allergic))]
    init += [f"(sits {one} {chance.choice(tables)})" for one in pupils] + [f"(allergic {one})" for one in allergic]
    objects = [(pupils, "pupil"), (breads, "bread"), (fillings, "filling"), (trays, "tray"), (snacks, "snack"), (tables, "table")]
    return objects, init, [f"(fed {one})" for one in pupils], None


KINDS = {kind.__name__: kind for kind in (freight, grabber, elevator, orbiter, chauffeur, airline, haulage, canteen)}


def problem(domain, size, seed):
    """The text of a problem."""
    objects, init, goal, metric = KINDS[domain](size, random.Random(f"{domain} {size} {seed}"))
    lines = [f"; {domain}, size {size}, seed {seed}", f"(define (problem {domain}-{size}-{seed})", f"  (:domain {domain})", "  (:objects"]
    lines += ["    " + " ".join(several) + (f" - {kind}" if kind else "") for several, kind in objects]
    lines += ["  )", "  (:init", *(f"    {fact}" for fact in init), "  )", "  (:goal (and", *(f"    {fact}" for fact in goal), "  ))"]
    return "\n".join([*lines, *([f"  {metric}"] if metric else []), ")", ""])


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("domain", choices=sorted(KINDS))
    asked.add_argument("size", type=int)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--out", type=Path, required=True)
    asked = asked.parse_args()
    asked.out.write_text(problem(asked.domain, asked.size, asked.seed))


if __name__ == "__main__":
    main()
