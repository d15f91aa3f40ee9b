//! Prints an estate as Turtle in the authoring format, so that the same world can be loaded by `knowledge`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use samos_model::text::{print_condition, print_effects, print_outcomes, print_parameters, quoted};
use samos_model::vocabulary::xsd;
use samos_model::{Category, Iri, Kind, Literal, Operation, Value, World};

use super::entailment::is_framework;
use super::names::{FIXED, namespace, prefix_of};
use super::{Estate, Facet, Written, asserted_facts, provider_in, short};

impl Estate {
    /// The world in the authoring format, without the framework. What [`Estate::partial`] and [`Estate::observed`]
    /// say has no notation in a file and is left out.
    #[must_use = "reading has no other effect"]
    pub fn to_turtle(&self) -> String {
        let mut out = String::new();
        self.print(&mut out);
        out
    }

    fn print(&self, out: &mut String) {
        self.print_prefixes(out);
        self.print_classes(out);
        self.print_properties(out);
        self.print_entities(out);
        for written in &self.operations {
            self.print_operation(out, written);
        }
    }

    fn print_prefixes(&self, out: &mut String) {
        for (prefix, namespace) in FIXED {
            line(out, &format!("@prefix {prefix}: <{namespace}> ."));
        }
        line(out, "@prefix sh: <http://www.w3.org/ns/shacl#> .");
        let named = (self.classes.keys())
            .chain(self.properties.keys())
            .chain(self.entities.keys())
            .chain(self.datatypes.keys())
            .chain(self.operations.iter().map(|written| &written.iri));
        let prefixes: BTreeSet<&str> = named.filter_map(prefix_of).collect();
        for prefix in prefixes {
            let namespace = namespace(prefix);
            let ontology = namespace.trim_end_matches('#');
            line(out, &format!("@prefix {prefix}: <{namespace}> ."));
            line(
                out,
                &format!(
                    "<{ontology}> a owl:Ontology ; sh:declare [ sh:prefix \"{prefix}\" ; sh:namespace \"{namespace}\"^^xsd:anyURI ] ."
                ),
            );
        }
    }

    fn print_classes(&self, out: &mut String) {
        for (class, parents) in &self.classes {
            if is_framework(class) {
                continue;
            }
            line(out, &format!("{} a owl:Class .", short(class)));
            for parent in parents {
                triple(out, class, "rdfs:subClassOf", &short(parent));
            }
        }
        for (left, right) in &self.equivalent_classes {
            triple(out, left, "owl:equivalentClass", &short(right));
        }
        for class in self.shared.iter().filter(|class| !is_framework(class)) {
            triple(out, class, "samos:shared", "true");
        }
        for (class, key) in self.keys.iter().filter(|(class, _)| !is_framework(class)) {
            triple(out, class, "samos:key", &short(key));
        }
        for (datatype, (base, facet)) in &self.datatypes {
            let base = short(base);
            let restriction = match facet {
                Facet::Any => String::new(),
                Facet::OneOf(allowed) => {
                    let members: Vec<_> = allowed.iter().map(|text| format!("{text:?}")).collect();
                    format!(
                        " ; owl:equivalentClass [ a rdfs:Datatype ; owl:oneOf ( {} ) ]",
                        members.join(" ")
                    )
                }
                Facet::Between(least, most) => format!(
                    " ; owl:equivalentClass [ a rdfs:Datatype ; owl:onDatatype {base} ; owl:withRestrictions ( [ xsd:minInclusive {least} ] [ xsd:maxInclusive {most} ] ) ]"
                ),
            };
            line(
                out,
                &format!(
                    "{} a rdfs:Datatype ; rdfs:subClassOf {base}{restriction} .",
                    short(datatype)
                ),
            );
        }
    }

    fn print_properties(&self, out: &mut String) {
        for (property, declared) in &self.properties {
            if is_framework(property) {
                continue;
            }
            let object = World::property(self, property).is_none_or(|own| own.object);
            let kind = if object {
                "owl:ObjectProperty"
            } else {
                "owl:DatatypeProperty"
            };
            triple(out, property, "a", kind);
            if declared.functional {
                triple(out, property, "a", "owl:FunctionalProperty");
            }
            if declared.closed {
                triple(out, property, "samos:closed", "true");
            }
            if declared.shared {
                triple(out, property, "samos:shared", "true");
            }
            for (predicate, names) in [
                ("rdfs:domain", &declared.domains),
                ("rdfs:range", &declared.ranges),
                ("rdfs:subPropertyOf", &declared.supers),
                ("owl:equivalentProperty", &declared.equivalents),
                ("owl:inverseOf", &declared.inverses),
            ] {
                for name in names {
                    triple(out, property, predicate, &short(name));
                }
            }
        }
    }

    fn print_entities(&self, out: &mut String) {
        for (entity, classes) in &self.entities {
            for class in classes {
                triple(out, entity, "a", &short(class));
            }
        }
        for (entity, property, value) in asserted_facts(self) {
            triple(out, &entity, &short(&property), &term(&value));
        }
        for (entity, property) in &self.known_empty {
            triple(out, entity, "samos:knownEmpty", &short(property));
        }
        for (left, right) in &self.same {
            triple(out, left, "owl:sameAs", &short(right));
        }
    }

    fn print_operation(&self, out: &mut String, written: &Written) {
        let (link, class) = match written.kind {
            Kind::Information => ("samos:hasSIR", "samos:InformationRequest"),
            Kind::Manipulation => ("samos:hasSMR", "samos:ManipulationRequest"),
        };
        let name = short(&written.iri);
        let subject = short(&written.subject);
        let category = match written.category {
            Category::IaaS => "samos:IaaS",
            Category::PaaS => "samos:PaaS",
            Category::SaaS => "samos:SaaS",
            Category::Common => "samos:Common",
        };
        line(
            out,
            &format!("{name} a samos:Operation , {class} . {subject} {link} {name} ."),
        );
        if let Some(provider) = provider_in(self, &written.iri) {
            triple(out, &written.iri, "samos:provider", &short(&provider));
        }
        for other in &written.similar_to {
            triple(out, &written.iri, "samos:similarTo", &short(other));
        }
        let _ = write!(
            out,
            "[] a owl:Axiom ; owl:annotatedSource {subject} ; owl:annotatedProperty {link} ; owl:annotatedTarget {name} ; samos:category {category}"
        );
        let Some(operation) = self.operation_read(&written.iri) else {
            line(out, " .");
            return;
        };
        for (predicate, text) in [
            ("samos:parameter", print_parameters(&operation.parameters)),
            ("samos:outcome", print_outcomes(&operation.outcomes)),
            (
                "samos:precondition",
                print_condition(&operation.precondition),
            ),
            (
                "samos:postcondition",
                print_effects(&operation.postcondition),
            ),
        ] {
            if !text.is_empty() {
                let _ = write!(out, " ;\n   {predicate} {}", quoted(&text));
            }
        }
        if let Some(cost) = written.cost {
            let _ = write!(out, " ;\n   samos:cost {cost:?}");
        }
        if let Some(duration_s) = written.duration_s {
            let _ = write!(out, " ;\n   samos:duration {duration_s:?}");
        }
        line(out, " .");
    }

    fn operation_read(&self, name: &Iri) -> Option<Operation> {
        let written = self
            .operations
            .iter()
            .find(|written| written.iri == *name)?;
        Some(super::entailment::read_operation(self, written))
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn triple(out: &mut String, subject: &Iri, predicate: &str, object: &str) {
    line(out, &format!("{} {predicate} {object} .", short(subject)));
}

fn term(value: &Value) -> String {
    match value {
        Value::Entity(entity) => short(entity),
        Value::Literal(Literal { lexical, datatype }) if datatype.as_str() == xsd::STRING => {
            quoted(lexical)
        }
        Value::Literal(Literal { lexical, datatype }) => {
            format!("{}^^{}", quoted(lexical), short(datatype))
        }
    }
}
