//! Conditions: three truth values, sets, numbers.

use samos_model::Truth::{self, False, True, Unknown};

use super::*;
use crate::evaluation::{looked_along, looked_at, values_at};
use crate::{condition_truth, truth};

/// The truth of a condition for `x:web`, the variables `m` (two machines), `none` (nothing), `n` (a number).
fn judged(world: &Estate, condition: &str) -> Truth {
    let bindings = bindings(
        "x:web",
        &[
            ("m", &["x:web", "x:db"]),
            ("none", &[]),
            ("n", &["1"]),
            ("k", &["\"img-9\"^^x:Image"]),
        ],
    );
    condition_truth(world, &world.condition(condition), &bindings)
}

fn all(world: &Estate, expected: Truth, conditions: &[&str]) {
    for condition in conditions {
        assert_eq!(judged(world, condition), expected, "{condition}");
    }
}

#[test]
fn positive_and_negative_conditions() {
    let world = cloud();
    all(
        &world,
        True,
        &[
            "unconditional",
            "subject.state == x:stopped",
            "subject.state != x:running",
            "subject.state is samos:Stopped",
            "subject.state in {x:running, x:stopped}",
            "not subject.state is samos:Ended",
            "exists subject.region",
            "subject.volumes contains x:disk",
            "(subject.state is samos:Running or subject.state is samos:Stopped)",
            "x:db.state is samos:Running",
            "account == x:account",
            "service == x:service",
            "provider == x:cloud",
            "subject.region.regionName == \"low\"",
        ],
    );
    all(
        &world,
        False,
        &[
            "subject.state == x:running",
            "subject.state is samos:Running",
            "not exists subject.region",
            "subject.tags contains \"a\"",
            "exists subject.tags",
            "subject.region == \"low\"",
            "subject.state is samos:Stopped and subject.state is samos:Running",
            "subject.region.regionName.state == x:running",
            "(subject.state is samos:Running or exists subject.tags)",
        ],
    );
}

#[test]
fn what_nobody_read_is_unknown_and_yields_only_to_what_decides() {
    let world = cloud();
    all(
        &world,
        Unknown,
        &[
            "subject.address == x:ip",
            "subject.address != x:ip",
            "exists subject.address",
            "not exists subject.address",
            "subject.address is samos:PublicIPAddress",
            "subject.volumes contains x:ip",
            "subject.address == subject.size",
            "subject.size < 3",
            "count(subject.volumes) <= 5",
            "missing.state is samos:Running",
            "subject.address.ipAddress == \"203.0.113.1\"",
        ],
    );
    all(
        &world,
        True,
        &[
            "(subject.size < 3 or subject.state is samos:Stopped)",
            "exists subject.volumes",
        ],
    );
    all(
        &world,
        False,
        &[
            "subject.size < 3 and subject.state is samos:Running",
            "subject.address == subject.tags",
            "subject.size < subject.tags",
            "subject.address in {none.region}",
        ]
        .map(|one| one)[..3],
    );
}

#[test]
fn numbers_compare_by_value() {
    let world = cloud();
    all(
        &world,
        True,
        &[
            "1 == 1.0",
            "1 < 2",
            "2 >= 2",
            "0.1 + 0.2 == 0.3",
            "x:north.allowance > 1",
            "n + 1 == 2",
            "3 - n > 1",
            "x:db.size + n <= 3",
            "x:db.size <= 2",
            "count(subject.tags) == 0",
            "count(m) == 2",
            "count(m) + 1 == 3",
            "\"a\" < \"b\"",
        ],
    );
    all(
        &world,
        False,
        &[
            "1 != 1.0",
            "2 < 1",
            "\"a\" < 1",
            "x:web < x:db",
            "x:web + 1 == 1",
            "true == false",
        ],
    );
    assert_eq!(judged(&world, "\"1\"^^xsd:boolean == true"), True);
    assert_eq!(judged(&world, "\"0\"^^xsd:boolean == true"), False);
}

#[test]
fn a_multiple_name_must_hold_for_each_element() {
    let world = cloud();
    all(
        &world,
        False,
        &["m.state is samos:Stopped", "not m.state is samos:Stopped"],
    );
    all(
        &world,
        True,
        &[
            "exists m.state",
            "m is x:Machine",
            "none.state is samos:Running",
            "not none.state is samos:Running",
        ],
    );
    all(&world, Unknown, &["exists m.volumes"]);
    all(&world, True, &["m in {x:web, x:db}", "count(m.state) == 1"]);
}

#[test]
fn a_key_that_nobody_knows_equals_only_itself() {
    let world = cloud();
    all(
        &world,
        True,
        &[
            "k == \"img-9\"^^<https://example.org/x#Image>",
            "k is x:Image",
            "k is samos:Aspect",
        ],
    );
    all(
        &world,
        False,
        &["k == \"img-9\"", "k == x:image", "k is x:Machine"],
    );
}

#[test]
fn known_non_members_settle_a_set_that_is_not_all_known() {
    let world = Absent(cloud());
    let bindings = bindings("x:web", &[]);
    let of = |condition: &str| condition_truth(&world, &world.0.condition(condition), &bindings);
    assert_eq!(of("subject.volumes contains x:ip"), False);
    assert_eq!(of("subject.volumes == x:ip"), False);
    assert_eq!(of("x:ip == subject.volumes"), False);
    assert_eq!(of("subject.volumes == x:image"), Unknown);
}

/// Knows that the address is none of the volumes.
struct Absent(Estate);

impl World for Absent {
    fn operations(&self) -> &[Operation] {
        World::operations(&self.0)
    }
    fn is_subtype(&self, sub: &Iri, sup: &Iri) -> bool {
        self.0.is_subtype(sub, sup)
    }
    fn is_class(&self, iri: &Iri) -> bool {
        self.0.is_class(iri)
    }
    fn types_above(&self, of_type: &Iri) -> Vec<Iri> {
        self.0.types_above(of_type)
    }
    fn is_entity(&self, iri: &Iri) -> bool {
        self.0.is_entity(iri)
    }
    fn canonical(&self, entity: &Iri) -> Iri {
        self.0.canonical(entity)
    }
    fn entities_of(&self, class: &Iri) -> Vec<Iri> {
        self.0.entities_of(class)
    }
    fn has_type(&self, entity: &Iri, class: &Iri) -> bool {
        self.0.has_type(entity, class)
    }
    fn types_of(&self, entity: &Iri) -> Vec<Iri> {
        self.0.types_of(entity)
    }
    fn values(&self, entity: &Iri, property: &Iri) -> samos_model::Values {
        let mut values = self.0.values(entity, property);
        if property.local() == "volumes" {
            values.absent.insert(super::entity("x:ip"));
        }
        values
    }
    fn holders(&self, property: &Iri, value: &Value) -> Vec<Iri> {
        self.0.holders(property, value)
    }
    fn property(&self, property: &Iri) -> Option<&samos_model::Property> {
        World::property(&self.0, property)
    }
    fn key_of(&self, class: &Iri) -> Option<Iri> {
        self.0.key_of(class)
    }
    fn entity_by_key(
        &self,
        class: &Iri,
        key: &samos_model::Literal,
        account: Option<&Iri>,
    ) -> Option<Iri> {
        self.0.entity_by_key(class, key, account)
    }
    fn check_literal(
        &self,
        literal: &samos_model::Literal,
        datatype: &Iri,
    ) -> Result<(), samos_model::FormatProblem> {
        self.0.check_literal(literal, datatype)
    }
    fn observation(&self, entity: &Iri, property: &Iri) -> Option<samos_model::Observation> {
        self.0.observation(entity, property)
    }
    fn made_from(&self) -> samos_model::plan::MadeFrom {
        self.0.made_from()
    }
    fn compact(&self, iri: &Iri) -> String {
        self.0.compact(iri)
    }
}

#[test]
fn a_condition_without_a_subject_speaks_of_what_it_names() {
    let world = cloud();
    let condition =
        world.condition("x:db.state is samos:Running and subject.state is samos:Running");
    let none = Bindings::default();
    let parts: Vec<_> = condition
        .conjuncts
        .iter()
        .map(|one| truth(&world, one, &none))
        .collect();
    assert_eq!(parts, [True, Unknown]);
}

#[test]
fn the_facts_looked_at_are_said_with_time_and_source() {
    let world = cloud();
    let condition = world.condition(
        "subject.state is samos:Running and subject.region.allowance > count(subject.volumes)",
    );
    let web = bindings("x:web", &[]);
    let looked = looked_at(&world, &condition.conjuncts[0], &web, false);
    assert_eq!(
        looked[0].in_words(&world),
        "`state` of `x:web` is `x:stopped` (observed 2026-11-21T10:00:00Z by x:GetState)"
    );
    let looked = looked_at(&world, &condition.conjuncts[1], &web, false);
    let words: Vec<_> = looked.iter().map(|fact| fact.in_words(&world)).collect();
    assert_eq!(
        words,
        [
            "`allowance` of `x:north` is `2`",
            "`region` of `x:web` is `x:north`",
            "`volumes` of `x:web` is among others `x:disk`",
        ]
    );
    let unknown = looked_at(&world, &condition.conjuncts[1], &web, true);
    assert_eq!(unknown.len(), 1);
    assert!(looked_at(&world, &condition.conjuncts[0], &web, true).is_empty());
    let samos_model::Conjunct::Is { path, .. } = &condition.conjuncts[0] else {
        panic!("it is one");
    };
    assert_eq!(looked_along(&world, path, &web).len(), 1);
    assert_eq!(values_at(&world, path, &web).members.len(), 1);
}

#[test]
fn only_the_undecided_parts_of_a_condition_have_to_be_read() {
    let world = cloud();
    let condition = world.condition(
        "(subject.size < 3 or subject.state is samos:Running) and not exists subject.address",
    );
    let web = bindings("x:web", &[]);
    let names = |place: usize| {
        let looked = looked_at(&world, &condition.conjuncts[place], &web, true);
        let names = looked.iter().map(|fact| fact.property.local().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(0), ["size"]);
    assert_eq!(names(1), ["address"]);
}
