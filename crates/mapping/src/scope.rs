//! What a template's path leads to: by types when a mapping is validated, by facts when a request is rendered.
//!
//! In: a hole, an operation, and for facts a request against the [`World`]. Out: a type, or values. A property is named
//! by its local name: of those in the file's namespaces whose domain the type falls under, the most specific is meant.
//! Not here: what becomes of the values.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::operation::DefaultValue;
use samos_model::vocabulary::{samos, xsd};
use samos_model::{Iri, Literal, Name, Operation, Request, Value, World};

use crate::template::{Hole, HoleRoot, Step};

/// Prefixes of a mapping file.
pub(crate) type Prefixes = BTreeMap<String, String>;

/// What a path leads to, by types.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Typed {
    /// The class or datatype; `None` where only facts would tell.
    pub(crate) of_type: Option<Iri>,
    /// May there be several?
    pub(crate) multiple: bool,
    /// Does it depend on a parameter that may be left out?
    pub(crate) optional: bool,
}

/// Why a path leads nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PathProblem {
    /// The operation has no such parameter.
    Parameter(String),
    /// Things of the type have no such property; or several could be meant.
    Property {
        name: String,
        of_type: Iri,
        several: Vec<Iri>,
    },
    /// The class has no key.
    NoKey(Iri),
    /// A thing where a text or number should be.
    Thing(Iri),
    /// That root has no meaning here.
    Root(String),
}

/// The full name of a prefixed one.
pub(crate) fn expand(prefixes: &Prefixes, name: &str) -> Option<Iri> {
    let (prefix, local) = name.split_once(':')?;
    let namespace = prefixes.get(prefix).map(String::as_str).or(match prefix {
        "samos" => Some(samos::NAMESPACE),
        "xsd" => Some(xsd::NAMESPACE),
        _ => None,
    })?;
    Some(Iri::from(format!("{namespace}{local}")))
}

/// The property of that name that things of a type have.
pub(crate) fn property(
    world: &dyn World,
    prefixes: &Prefixes,
    of_type: &Iri,
    name: &str,
    inverse: bool,
) -> Result<Iri, PathProblem> {
    let candidates: BTreeSet<Iri> = if name.contains(':') {
        expand(prefixes, name).into_iter().collect()
    } else {
        prefixes
            .values()
            .map(String::as_str)
            .chain([samos::NAMESPACE])
            .map(|namespace| Iri::from(format!("{namespace}{name}")))
            .collect()
    };
    let side = |schema: &samos_model::world::Property| {
        if inverse {
            schema.ranges.clone()
        } else {
            schema.domains.clone()
        }
    };
    let fitting: Vec<(Iri, BTreeSet<Iri>)> = candidates
        .into_iter()
        .filter_map(|iri| {
            let sides = side(world.property(&iri)?);
            sides
                .iter()
                .all(|class| world.is_subtype(of_type, class))
                .then_some((iri, sides))
        })
        .collect();
    let shadowed = |iri: &Iri, sides: &BTreeSet<Iri>| {
        fitting.iter().any(|(other, others)| {
            other != iri
                && (world
                    .property(other)
                    .is_some_and(|schema| schema.supers.contains(iri))
                    || narrower(world, others, sides))
        })
    };
    let mut meant: Vec<Iri> = fitting
        .iter()
        .filter(|(iri, sides)| !shadowed(iri, sides))
        .map(|(iri, _)| iri.clone())
        .collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(one), true) => Ok(one),
        (last, _) => {
            meant.extend(last);
            Err(PathProblem::Property {
                name: name.to_owned(),
                of_type: of_type.clone(),
                several: meant,
            })
        }
    }
}

/// The most specific of a property's ranges (or domains, going backwards).
pub(crate) fn target(world: &dyn World, property: &Iri, inverse: bool) -> Option<Iri> {
    let schema = world.property(property)?;
    let classes = if inverse {
        &schema.domains
    } else {
        &schema.ranges
    };
    classes
        .iter()
        .find(|class| classes.iter().all(|other| world.is_subtype(class, other)))
        .or_else(|| classes.iter().next())
        .cloned()
}

fn narrower(world: &dyn World, these: &BTreeSet<Iri>, those: &BTreeSet<Iri>) -> bool {
    !these.is_empty()
        && those.iter().all(|that| {
            these
                .iter()
                .any(|this| world.is_subtype(this, that) && !world.is_subtype(that, this))
        })
}

/// Follows a hole's path by types. `each` is the hole whose elements the enclosing `$each` takes.
pub(crate) fn follow_types(
    world: &dyn World,
    prefixes: &Prefixes,
    operation: &Operation,
    hole: &Hole,
    each: Option<&Typed>,
) -> Result<Typed, PathProblem> {
    let one = |of_type: Option<Iri>| Typed {
        of_type,
        multiple: false,
        optional: hole.optional,
    };
    let mut at = match &hole.root {
        HoleRoot::Subject => one(Some(operation.subject.clone())),
        HoleRoot::Service if world.is_subtype(&operation.subject, &Iri::from(samos::SERVICE)) => {
            one(Some(operation.subject.clone()))
        }
        HoleRoot::Account | HoleRoot::Service | HoleRoot::Provider => one(None),
        HoleRoot::Argument(name) => {
            let parameter = operation
                .parameter(name.as_str())
                .ok_or_else(|| PathProblem::Parameter(name.to_string()))?;
            Typed {
                of_type: Some(parameter.of_type.clone()),
                multiple: parameter.multiple,
                optional: hole.optional || !parameter.mandatory && parameter.default.is_none(),
            }
        }
        HoleRoot::Token => Typed {
            optional: true,
            ..one(Some(Iri::from(xsd::STRING)))
        },
        HoleRoot::Key | HoleRoot::Found(_) => one(Some(Iri::from(xsd::STRING))),
        HoleRoot::Each => each
            .cloned()
            .map(|each| Typed {
                multiple: false,
                ..each
            })
            .ok_or_else(|| PathProblem::Root("each".to_owned()))?,
    };
    for step in &hole.steps {
        let Some(of_type) = at.of_type.clone() else {
            return Ok(at);
        };
        match step {
            Step::Key => {
                let key = world
                    .key_of(&of_type)
                    .ok_or_else(|| PathProblem::NoKey(of_type.clone()))?;
                at.of_type = target(world, &key, false).or(Some(Iri::from(xsd::STRING)));
            }
            Step::Property(name) => {
                let property = property(world, prefixes, &of_type, name, false)?;
                at.multiple |= world
                    .property(&property)
                    .is_some_and(|schema| !schema.functional);
                at.of_type = target(world, &property, false);
            }
            Step::Inverse(name) => {
                let property = property(world, prefixes, &of_type, name, true)?;
                at.of_type = target(world, &property, true);
            }
        }
    }
    Ok(at)
}

/// The facts that templates are filled from.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub(crate) world: &'a dyn World,
    pub(crate) prefixes: &'a Prefixes,
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a Request,
    pub(crate) token: Option<&'a str>,
    /// The element of the enclosing `$each`, and its type.
    pub(crate) each: Option<(Value, Iri)>,
    /// The key that an outcome was read with.
    pub(crate) key: Option<&'a str>,
    /// What the entry's lookup found.
    pub(crate) found: BTreeMap<String, String>,
    /// The parameter of which one value is taken at a time.
    pub(crate) single: Option<&'a Name>,
}

/// The values at a path, and whether there may be several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stands {
    pub(crate) values: Vec<Value>,
    pub(crate) multiple: bool,
    /// Nothing stands there, and that is no fault: an optional parameter without a value.
    pub(crate) left_out: bool,
    /// Their type.
    pub(crate) of_type: Option<Iri>,
}

impl Scope<'_> {
    /// Follows a hole's path by facts.
    pub(crate) fn follow(&self, hole: &Hole) -> Result<Stands, PathProblem> {
        let mut at = self.start(hole)?;
        for step in &hole.steps {
            if at.values.is_empty() {
                break;
            }
            at = self.step(at, step)?;
        }
        Ok(at)
    }

    fn start(&self, hole: &Hole) -> Result<Stands, PathProblem> {
        let subject = &self.request.subject;
        let one = |entity: Option<Iri>, of_type: Option<Iri>| Stands {
            values: entity.map(Value::Entity).into_iter().collect(),
            multiple: false,
            left_out: false,
            of_type,
        };
        let text = |text: Option<&str>| Stands {
            values: text
                .map(|text| Value::Literal(Literal::string(text)))
                .into_iter()
                .collect(),
            multiple: false,
            left_out: text.is_none(),
            of_type: Some(Iri::from(xsd::STRING)),
        };
        Ok(match &hole.root {
            HoleRoot::Subject => one(Some(subject.clone()), Some(self.operation.subject.clone())),
            HoleRoot::Account => one(self.world.account_of(subject), None),
            HoleRoot::Service => one(self.world.service_of(subject), None),
            HoleRoot::Provider => one(self.world.provider_of(subject), None),
            HoleRoot::Argument(name) => {
                let parameter = self
                    .operation
                    .parameter(name.as_str())
                    .ok_or_else(|| PathProblem::Parameter(name.to_string()))?;
                let values = match self.request.arguments.get(name) {
                    Some(values) if !values.is_empty() => values.clone(),
                    _ => parameter.default.iter().map(default_value).collect(),
                };
                Stands {
                    left_out: values.is_empty() && !parameter.mandatory,
                    values,
                    multiple: parameter.multiple && self.single != Some(name),
                    of_type: Some(parameter.of_type.clone()),
                }
            }
            HoleRoot::Token => text(self.token),
            HoleRoot::Key => text(self.key),
            HoleRoot::Found(name) => Stands {
                left_out: false,
                ..text(self.found.get(name).map(String::as_str))
            },
            HoleRoot::Each => match &self.each {
                Some((value, of_type)) => Stands {
                    values: vec![value.clone()],
                    multiple: false,
                    left_out: false,
                    of_type: Some(of_type.clone()),
                },
                None => return Err(PathProblem::Root("each".to_owned())),
            },
        })
    }

    fn step(&self, at: Stands, step: &Step) -> Result<Stands, PathProblem> {
        let mut next = Stands {
            values: Vec::new(),
            multiple: at.multiple,
            left_out: false,
            of_type: None,
        };
        for value in &at.values {
            let of_type = match (&at.of_type, value) {
                (Some(of_type), _) => of_type.clone(),
                (None, Value::Literal(literal)) => literal.datatype.clone(),
                (None, Value::Entity(entity)) => self.own_type(entity, step),
            };
            self.step_from(value, &of_type, step, &mut next)?;
        }
        Ok(next)
    }

    /// Where types do not tell what a thing is, its own do: one that has what the step asks for.
    fn own_type(&self, entity: &Iri, step: &Step) -> Iri {
        let types = self.world.types_of(entity);
        let able = types.iter().find(|of_type| match step {
            Step::Key => self.world.key_of(of_type).is_some(),
            Step::Property(name) => {
                property(self.world, self.prefixes, of_type, name, false).is_ok()
            }
            Step::Inverse(name) => property(self.world, self.prefixes, of_type, name, true).is_ok(),
        });
        able.or(types.first())
            .cloned()
            .unwrap_or_else(|| Iri::from(samos::ASPECT))
    }

    fn step_from(
        &self,
        value: &Value,
        of_type: &Iri,
        step: &Step,
        next: &mut Stands,
    ) -> Result<(), PathProblem> {
        match (step, value) {
            // A literal of a class is the key of one that nobody knows yet.
            (Step::Key, Value::Literal(literal)) => {
                next.values
                    .push(Value::Literal(Literal::string(literal.lexical.clone())));
            }
            (Step::Key, Value::Entity(entity)) => {
                let key = self
                    .world
                    .key_of(of_type)
                    .ok_or_else(|| PathProblem::NoKey(of_type.clone()))?;
                next.of_type = target(self.world, &key, false);
                next.values
                    .extend(self.world.values(entity, &key).members.into_iter().take(1));
            }
            (Step::Property(name), Value::Entity(entity)) => {
                let property = property(self.world, self.prefixes, of_type, name, false)?;
                next.of_type = target(self.world, &property, false);
                next.multiple |= self
                    .world
                    .property(&property)
                    .is_some_and(|schema| !schema.functional);
                next.values
                    .extend(self.world.values(entity, &property).members);
            }
            (Step::Inverse(name), Value::Entity(_)) => {
                let property = property(self.world, self.prefixes, of_type, name, true)?;
                next.of_type = target(self.world, &property, true);
                let holders = self.world.holders(&property, value);
                next.values
                    .extend(holders.into_iter().take(1).map(Value::Entity));
            }
            // Of such a one nothing else is known, so nothing stands there.
            (Step::Property(name), Value::Literal(_)) if self.world.is_class(of_type) => {
                let property = property(self.world, self.prefixes, of_type, name, false)?;
                next.of_type = target(self.world, &property, false);
            }
            (Step::Inverse(name), Value::Literal(_)) if self.world.is_class(of_type) => {
                let property = property(self.world, self.prefixes, of_type, name, true)?;
                next.of_type = target(self.world, &property, true);
            }
            (_, Value::Literal(literal)) => {
                return Err(PathProblem::Thing(literal.datatype.clone()));
            }
        }
        Ok(())
    }
}

fn default_value(default: &DefaultValue) -> Value {
    match default {
        DefaultValue::Literal(literal) => Value::Literal(literal.clone()),
        DefaultValue::Individual(iri) => Value::Entity(iri.clone()),
    }
}
