#!/usr/bin/env python3
"""Turns a composition task in the format of the Web Service Challenge into a samos world.

    convert.py FOLDER OUT

In: FOLDER/taxonomy.xml, services.xml and problem.xml. Out: OUT/world.ttl, and OUT/given.txt and OUT/wanted.txt with
one class a line, for `samos plan --given … --want …`. Services and tasks of that format name instances; what counts is
the concept around each. A concept may stand in several places of the taxonomy: it then has several parents. A service
may say a cost and a duration in seconds, which the format does not know.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

NAMESPACE = "https://example.org/composition#"


@dataclass
class Task:
    """A composition task over concepts."""

    parents: dict[str, set[str]]
    services: dict[str, tuple[list[str], list[str]]]
    given: list[str]
    wanted: list[str]
    # By service: what it costs, and how many seconds it takes.
    takes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def at_or_above(self, concept):
        """The concept and all it is a kind of."""
        found, waiting = set(), [concept]
        while waiting:
            concept = waiting.pop()
            if concept not in found:
                found.add(concept)
                waiting.extend(self.parents[concept])
        return found


def read(folder):
    """Reads the three files of a task."""
    folder = Path(folder)
    parents, concept_of = {}, {}
    waiting = [(ElementTree.parse(folder / "taxonomy.xml").getroot(), None)]
    while waiting:
        element, concept = waiting.pop()
        for child in element:
            name = child.get("name")
            if child.tag == "concept":
                above = parents.setdefault(name, set())
                if concept is not None:
                    above.add(concept)
                waiting.append((child, name))
            elif child.tag == "instance":
                if concept_of.setdefault(name, concept) != concept:
                    sys.exit(f"instance {name} stands under two concepts")

    def concepts(element):
        if element is None:
            return []
        names = [instance.get("name") for instance in element.iter("instance")]
        for name in names:
            if name not in concept_of and name not in parents:
                sys.exit(f"{name} is in no concept of the taxonomy")
        return sorted({concept_of.get(name, name) for name in names})

    services, takes = {}, {}
    for service in ElementTree.parse(folder / "services.xml").getroot().iter("service"):
        services[service.get("name")] = (concepts(service.find("inputs")), concepts(service.find("outputs")))
        if service.get("cost") is not None:
            takes[service.get("name")] = (service.get("cost"), service.get("duration"))
    task = ElementTree.parse(folder / "problem.xml").getroot().find("task")
    return Task(parents, services, concepts(task.find("provided")), concepts(task.find("wanted")), takes)


def term(name):
    """How a name is written, in Turtle and in the compact text inside it."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name)
    return f"t:{name}" if plain else f"<{iri(name)}>"


def iri(name):
    """The IRI of a concept or service; what IRIs do not allow is escaped."""
    return NAMESPACE + re.sub(r"[^A-Za-z0-9._~-]", lambda found: f"%{ord(found[0]):02X}", name)


HEAD = f"""\
@prefix t:     <{NAMESPACE}> .
@prefix samos: <https://w3id.org/samos#> .
@prefix owl:   <http://www.w3.org/2002/07/owl#> .
@prefix rdfs:  <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh:    <http://www.w3.org/ns/shacl#> .
@prefix xsd:   <http://www.w3.org/2001/XMLSchema#> .

<{NAMESPACE[:-1]}> a owl:Ontology ; sh:declare [ sh:prefix "t" ; sh:namespace "{NAMESPACE}"^^xsd:anyURI ] .

# One provider with one service, whose information requests are the services of the task.
t:Market a owl:Class ; rdfs:subClassOf samos:CloudServiceProvider .
t:market a t:Market .
t:Directory a owl:Class ; rdfs:subClassOf t:Market , samos:Service .
t:directory a t:Directory ; samos:provider t:market .

"""


def turtle(task):
    """The world, in the authoring format."""
    yield HEAD
    for concept, parents in task.parents.items():
        above = ", ".join(map(term, sorted(parents))) or "samos:Aspect"
        yield f"{term(concept)} a owl:Class ; rdfs:subClassOf {above} .\n"
    for name, (inputs, outputs) in task.services.items():
        lines = [
            "[] a owl:Axiom ; owl:annotatedSource t:Directory ; owl:annotatedProperty samos:hasSIR",
            f"   owl:annotatedTarget {term(name)} ; samos:category samos:SaaS",
        ]
        if inputs:
            text = ", ".join(f"[(in{number}: {term(concept)})]" for number, concept in enumerate(inputs, 1))
            lines.append(f'   samos:parameter "{text}"')
        if outputs:
            text = ", ".join(f"(out{number}: {term(concept)})" for number, concept in enumerate(outputs, 1))
            lines.append(f'   samos:outcome "{text}"')
        lines.append('   samos:precondition "unconditional"')
        if name in task.takes:
            lines.append("   samos:cost {} ; samos:duration {}".format(*task.takes[name]))
        yield f"\n{term(name)} a samos:Operation .\nt:Directory samos:hasSIR {term(name)} .\n" + " ;\n".join(lines) + " .\n"


def convert(task, out):
    """Writes the world and what to ask of it."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "world.ttl").write_text("".join(turtle(task)))
    (out / "given.txt").write_text("".join(f"{iri(concept)}\n" for concept in task.given))
    (out / "wanted.txt").write_text("".join(f"{iri(concept)}\n" for concept in task.wanted))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    convert(read(sys.argv[1]), sys.argv[2])
