//! Random small worlds and questions about them, each from one number.
//!
//! In: a seed. Out: an [`Estate`] that reads like a cloud or two (states, quotas, sets, creation, unknown facts,
//! equivalences, inverses, optional and multiple parameters), and questions that fit it. The same seed gives the same
//! world for ever on one version of this file. Deliberately small: brute force must end in milliseconds.

mod operations;
mod questions;

use std::collections::BTreeSet;

use samos_model::{Iri, World};

use crate::Estate;
use crate::estate::{iri, many, one};

pub use questions::{Question, question};

/// A small generator of random numbers (`SplitMix64`), so that a seed means the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x005A_4005)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below the bound; zero when the bound is.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let drawn = self.next().checked_rem(bound).unwrap_or(0);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several; `None` only of nothing.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let place = self.below(from.len());
        from.get(place)
    }

    /// One of several texts; the empty text of none.
    pub fn text<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.pick(from).copied().unwrap_or("")
    }
}

/// What a random world holds, by short names.
#[derive(Clone, Debug)]
pub struct RandomWorld {
    /// The number it came from.
    pub seed: u64,
    /// The world.
    pub estate: Estate,
    /// The prefixes of its providers.
    pub providers: Vec<&'static str>,
    /// Per provider: its instances.
    pub instances: Vec<(&'static str, Vec<String>)>,
    /// Per provider: its addresses.
    pub addresses: Vec<(&'static str, Vec<String>)>,
}

/// The world of that seed.
#[must_use = "this makes a value and changes nothing"]
pub fn world(seed: u64) -> RandomWorld {
    let mut random = Random::new(seed);
    let providers: Vec<&'static str> = if random.chance(45) {
        vec!["x", "y"]
    } else {
        vec!["x"]
    };
    let mut made = RandomWorld {
        seed,
        estate: Estate::new(),
        providers: providers.clone(),
        instances: Vec::new(),
        addresses: Vec::new(),
    };
    // Drawn apart, so that worlds without passing states are what they were before there were any.
    let mut passing = Random::new(seed ^ 0x0BEC_03E5);
    let passes = passing.chance(75);
    for provider in &providers {
        schema(&mut made, provider, &mut random);
        let mut passing = passes.then_some(&mut passing);
        if let Some(random) = &mut passing {
            passing_states(&mut made, provider, random);
        }
        entities(&mut made, provider, &mut random, passing.as_deref_mut());
        operations::add(&mut made, provider, &mut random, passing);
    }
    if providers.len() == 2 {
        relate(&mut made, &mut random);
    }
    made
}

impl RandomWorld {
    fn grow(&mut self, grow: impl FnOnce(Estate) -> Estate) {
        let estate = std::mem::take(&mut self.estate);
        self.estate = grow(estate);
    }

    /// The properties its providers have, and those of the framework that they touch.
    #[must_use = "reading has no other effect"]
    pub fn properties(&self) -> BTreeSet<Iri> {
        let mut all: BTreeSet<Iri> = [
            "provider", "service", "account", "state", "uses", "excludes", "name",
        ]
        .into_iter()
        .map(|local| iri(&named("samos", local)))
        .collect();
        for p in &self.providers {
            let own = [
                "state",
                "instances",
                "quota",
                "pool",
                "size",
                "address",
                "holder",
                "nodes",
                "blocked",
                "mainNodes",
            ];
            let declared = own.into_iter().map(|local| iri(&named(p, local)));
            all.extend(
                declared.filter(|property| {
                    samos_model::World::property(&self.estate, property).is_some()
                }),
            );
        }
        all
    }

    /// Its Turtle, for a message.
    #[must_use = "reading has no other effect"]
    pub fn describe(&self) -> String {
        format!(
            "seed {}, {} operations\n{}",
            self.seed,
            self.estate.operations().len(),
            self.estate.to_turtle()
        )
    }
}

fn named(prefix: &str, local: &str) -> String {
    format!("{prefix}:{local}")
}

fn schema(made: &mut RandomWorld, p: &str, random: &mut Random) {
    let n = |local: &str| named(p, local);
    let inverse = random.chance(40);
    let single_address = random.chance(60);
    let sub_property = random.chance(35);
    let closed_nodes = random.chance(40);
    let machine = if random.chance(60) {
        "samos:VirtualMachine"
    } else {
        "samos:ServiceInstance"
    };
    made.grow(|estate| {
        let mut estate = estate
            .provider(&n("Cloud"), &n("cloud"))
            .class(&n("Compute"), &[&n("Cloud"), "samos:Service"])
            .class(&n("Instance"), &[&n("Cloud"), machine])
            .class(&n("Large"), &[&n("Instance")])
            .class(&n("Address"), &["samos:Aspect"])
            .class(&n("Image"), &["samos:Aspect"])
            .class(&n("InstanceState"), &["samos:State"])
            .property(
                &n("state"),
                one()
                    .of(&n("Instance"))
                    .to(&n("InstanceState"))
                    .under("samos:state"),
            )
            .property(&n("instances"), many().of(&n("Compute")).to(&n("Instance")))
            .property(
                &n("pool"),
                many().of(&n("Compute")).to(&n("Address")).closed(),
            )
            .property(&n("quota"), one().of(&n("Compute")).to("xsd:integer"))
            .property(&n("size"), one().of(&n("Instance")).to("xsd:integer"));
        let address = if single_address { one() } else { many() };
        let mut address = address.of(&n("Instance")).to(&n("Address"));
        if inverse {
            address = address.inverse(&n("holder"));
        }
        estate = estate
            .property(&n("address"), address)
            .property(&n("holder"), one().of(&n("Address")).to(&n("Instance")));
        let nodes = many().of(&n("Instance")).under("samos:uses");
        let nodes = if closed_nodes { nodes.closed() } else { nodes };
        estate = estate.property(&n("nodes"), nodes.to(&n("Address")));
        let blocked = many()
            .of(&n("Instance"))
            .to(&n("Address"))
            .under("samos:excludes");
        estate = estate.property(&n("blocked"), blocked);
        if sub_property {
            let main = many()
                .of(&n("Instance"))
                .to(&n("Address"))
                .under(&n("nodes"));
            estate = estate.property(&n("mainNodes"), main);
        }
        estate
    });
}

fn entities(
    made: &mut RandomWorld,
    p: &'static str,
    random: &mut Random,
    mut passing: Option<&mut Random>,
) {
    let n = |local: &str| named(p, local);
    made.grow(|mut estate| {
        for (state, class) in [
            ("running", "samos:Running"),
            ("stopped", "samos:Stopped"),
            ("paused", "samos:Suspended"),
        ] {
            estate = estate.entity(&n(state), &[&n("InstanceState"), class]);
        }
        estate = estate.entity(&n("compute"), &[&n("Compute")]);
        if random.chance(70) {
            let quota = (1 + random.below(3)).to_string();
            estate = estate.fact(&n("compute"), &n("quota"), &quota);
        }
        if random.chance(50) {
            estate = estate.entity(&n("image"), &[&n("Image")]);
        }
        estate
    });
    let instances: Vec<String> = (0..=random.below(2))
        .map(|i| n(&format!("web{i}")))
        .collect();
    let addresses: Vec<String> = (0..random.below(3)).map(|i| n(&format!("ip{i}"))).collect();
    made.grow(|mut estate| {
        for address in &addresses {
            estate = estate.entity(address, &[&n("Address")]);
        }
        for instance in &instances {
            let class = if random.chance(25) {
                n("Large")
            } else {
                n("Instance")
            };
            estate =
                estate
                    .entity(instance, &[&class])
                    .fact(instance, "samos:service", &n("compute"));
            let mut state = match random.below(5) {
                0 | 1 => Some("stopped"),
                2 => Some("running"),
                3 => Some("paused"),
                _ => None,
            };
            if let Some(random) = passing.as_deref_mut()
                && random.chance(60)
            {
                state = Some(random.text(&["stopping", "starting", "pausing"]));
            }
            if let Some(state) = state {
                estate = estate.fact(instance, &n("state"), &n(state));
            }
            if random.chance(50) {
                let size = random.below(3).to_string();
                estate = estate.fact(instance, &n("size"), &size);
            }
            match (random.below(4), random.pick(&addresses)) {
                // Where an address has but one holder, two that hold it would be one.
                (0, Some(address)) if is_free(&estate, &n("holder"), address) => {
                    estate = estate.fact(instance, &n("address"), address);
                }
                (1, _) => estate = estate.known_empty(instance, &n("address")),
                _ => {}
            }
            match (random.below(4), random.pick(&addresses)) {
                (0, Some(address)) => estate = estate.fact(instance, &n("nodes"), address),
                (1, _) => estate = estate.known_empty(instance, &n("nodes")),
                _ => {}
            }
        }
        let listed = random.below(4);
        for instance in &instances {
            if listed >= 1 {
                estate = estate.fact(&n("compute"), &n("instances"), instance);
            }
        }
        estate
    });
    made.instances.push((p, instances));
    made.addresses.push((p, addresses));
}

/// May the entity get another holder?
fn is_free(estate: &Estate, holder: &str, address: &str) -> bool {
    World::values(estate, &iri(address), &iri(holder))
        .members
        .is_empty()
}

/// States that pass by themselves.
fn passing_states(made: &mut RandomWorld, p: &'static str, random: &mut Random) {
    let n = |local: &str| named(p, local);
    let last = random.text(&["paused", "stopping", "pausing"]);
    made.grow(|mut estate| {
        for (state, next) in [
            ("stopping", "stopped"),
            ("starting", "running"),
            ("pausing", last),
        ] {
            estate = estate.entity(&n(state), &[&n("InstanceState")]).fact(
                &n(state),
                "samos:becomes",
                &n(next),
            );
        }
        estate
    });
}

/// What two clouds have in common.
fn relate(made: &mut RandomWorld, random: &mut Random) {
    let addresses = random.below(4);
    let images = random.chance(40);
    let states = random.chance(30);
    made.grow(|estate| {
        let estate = match addresses {
            0 => estate.equivalent_classes("x:Address", "y:Address"),
            1 => estate
                .equivalent_classes("x:Address", "samos:PublicIPAddress")
                .equivalent_classes("y:Address", "samos:PublicIPAddress"),
            2 => estate.class("y:Address", &["x:Address"]),
            _ => estate,
        };
        let estate = if images {
            estate.equivalent_classes("x:Image", "y:Image")
        } else {
            estate
        };
        if states {
            estate.equivalent_classes("x:Instance", "y:Instance")
        } else {
            estate
        }
    });
}

#[cfg(test)]
mod tests;
