//! Parameter verification: arguments as a user gives them become values by parameter, or findings.
//!
//! Paper: figure 4 (two sets of pairs: name and type, data and format).
//!
//! In: an operation, its subject, the arguments at hand. Out: a [`Bound`]: values by parameter, every violation at once,
//! and what was left unused. A value goes to the parameter of its name, and one without a name to the parameter whose
//! type it fits best. A type above the parameter's never fits: it is offered, not used.
//! Not here: looking for values that nobody gave.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::verification as codes;
use samos_model::operation::DefaultValue;
use samos_model::plan::PlanValue;
use samos_model::request::{Fit, Way};
use samos_model::{
    Iri, Name, Operation, Parameter, RequestFinding, Supplied, SuppliedValue, Truth, Value, World,
};

use crate::wording;

mod fitting;

pub use fitting::{entity_fit, expected, fits, individual, type_fit};

/// What the arguments are: those of one request, or those at hand for any.
#[derive(Clone, Copy, Debug)]
pub enum Manner<'a> {
    /// Of this request: one that it has no use for is a finding.
    Request,
    /// At hand: one that the operation has no use for is left unused. A name that the operation lacks may mean a
    /// parameter of another operation; these are the types that names have there.
    AtHand(&'a BTreeMap<Name, BTreeSet<Iri>>),
}

/// What binding arguments gives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bound {
    /// Values by parameter; defaults are among them.
    pub arguments: BTreeMap<Name, Vec<Value>>,
    /// What is wrong, in the order of the parameters.
    pub findings: Vec<(Option<Name>, RequestFinding)>,
    /// Arguments at hand that the operation has no use for.
    pub unused: Vec<Supplied>,
}

/// Binds the arguments at hand to the operation's parameters.
#[must_use = "binding has no other effect"]
pub fn bind(
    world: &dyn World,
    operation: &Operation,
    subject: &Iri,
    supplied: &[Supplied],
    manner: Manner<'_>,
) -> Bound {
    let account = world.account_of(subject);
    let mut binding = Binding {
        world,
        operation,
        account: account.as_ref(),
        manner,
        slots: vec![Vec::new(); operation.parameters.len()],
        wrong: BTreeSet::new(),
        findings: Vec::new(),
        unused: Vec::new(),
    };
    let loose = binding.by_name(supplied);
    binding.by_type(loose);
    binding.close()
}

struct Binding<'a> {
    world: &'a dyn World,
    operation: &'a Operation,
    account: Option<&'a Iri>,
    manner: Manner<'a>,
    /// Values by the parameter's place.
    slots: Vec<Vec<Value>>,
    /// Places of parameters that were given something that is no value for them.
    wrong: BTreeSet<usize>,
    /// With the place they sort by.
    findings: Vec<(usize, RequestFinding)>,
    unused: Vec<Supplied>,
}

impl<'a> Binding<'a> {
    /// Places what names a parameter and returns what does not.
    fn by_name<'s>(&mut self, supplied: &'s [Supplied]) -> Vec<&'s Supplied> {
        let mut loose = Vec::new();
        for one in supplied {
            let place = one.name.as_ref().and_then(|name| {
                let mut parameters = self.operation.parameters.iter();
                parameters.position(|parameter| parameter.name == *name)
            });
            match (place, &one.name, self.manner) {
                (Some(place), ..) if self.yields_to_another(place, one, supplied) => {
                    self.unused.push(one.clone());
                }
                (Some(place), ..) => self.put(place, &one.value),
                (None, Some(name), Manner::Request) => {
                    let finding = self.unknown_parameter(name);
                    self.findings.push((usize::MAX, finding));
                }
                _ => loose.push(one),
            }
        }
        loose
    }

    /// Among values at hand under one name, one that does not fit yields to one that does: it is another cloud's.
    fn yields_to_another(&self, place: usize, one: &Supplied, supplied: &[Supplied]) -> bool {
        let Some(parameter) = self.operation.parameters.get(place) else {
            return false;
        };
        let fits =
            |one: &Supplied| fitting::read(self.world, parameter, &one.value, self.account).is_ok();
        let same = |other: &&Supplied| other.name == one.name && *other != one;
        matches!(self.manner, Manner::AtHand(_))
            && !fits(one)
            && supplied.iter().filter(same).any(fits)
    }

    fn put(&mut self, place: usize, value: &SuppliedValue) {
        let Some(parameter) = self.operation.parameters.get(place) else {
            return;
        };
        match fitting::read(self.world, parameter, value, self.account) {
            Ok((value, _)) => {
                if let Some(slot) = self.slots.get_mut(place)
                    && !slot.contains(&value)
                {
                    slot.push(value);
                }
            }
            Err(finding) => {
                self.wrong.insert(place);
                self.findings.push((place, *finding));
            }
        }
    }

    /// Places what has no parameter's name: the best fit first; where two parameters fit one value equally well,
    /// neither gets it.
    fn by_type(&mut self, mut loose: Vec<&Supplied>) {
        loop {
            let mut best: Option<(Fit, bool, usize, usize, bool)> = None;
            for (index, one) in loose.iter().enumerate() {
                let places = self.places_for(one);
                let Some(&(fit, optional, place)) = places.first() else {
                    continue;
                };
                let tied = places
                    .get(1)
                    .is_some_and(|next| (next.0, next.1) == (fit, optional));
                let candidate = (fit, optional, index, place, tied);
                if best.is_none_or(|best| (tied, candidate) < (best.4, best)) {
                    best = Some(candidate);
                }
            }
            let Some((_, _, index, place, tied)) = best else {
                break;
            };
            let one = loose.remove(index);
            if tied {
                self.leave(one);
            } else {
                self.put(place, &one.value);
            }
        }
        loose.into_iter().for_each(|one| self.leave(one));
    }

    /// The free parameters that a value fits: best fit first, mandatory before optional, then as declared.
    fn places_for(&self, one: &Supplied) -> Vec<(Fit, bool, usize)> {
        let parameters = self.operation.parameters.iter().enumerate();
        let mut places: Vec<_> = parameters
            .filter(|(place, parameter)| {
                let free = self.slots.get(*place).is_some_and(Vec::is_empty);
                (free || parameter.multiple) && !self.wrong.contains(place)
            })
            .filter_map(|(place, parameter)| {
                let fit = self.fit_by_type(parameter, one)?;
                Some((fit, !parameter.mandatory, place))
            })
            .collect();
        places.sort_unstable();
        places
    }

    fn fit_by_type(&self, parameter: &Parameter, one: &Supplied) -> Option<Fit> {
        let meant = match (self.manner, &one.name) {
            (Manner::AtHand(meanings), Some(name)) => meanings.get(name),
            _ => None,
        };
        let fit = match (&one.value, meant) {
            (SuppliedValue::Text(_), Some(types)) => types
                .iter()
                .filter_map(|of_type| type_fit(self.world, of_type, &parameter.of_type))
                .min()?,
            (SuppliedValue::Text(text), None) => {
                let known = individual(self.world, &parameter.of_type, text, self.account);
                match (known, self.manner) {
                    (Some(entity), _) => entity_fit(self.world, &entity, &parameter.of_type)?,
                    // Bare characters fit many a datatype: only a request of its own means this operation by them.
                    (None, Manner::Request) if !self.world.is_class(&parameter.of_type) => {
                        Fit::Exact
                    }
                    (None, _) => return None,
                }
            }
            (SuppliedValue::Value(value), _) => fits(self.world, parameter, value, self.account)?,
        };
        let readable = fitting::read(self.world, parameter, &one.value, self.account).is_ok();
        (fit != Fit::May && readable).then_some(fit)
    }

    fn leave(&mut self, one: &Supplied) {
        match self.manner {
            Manner::AtHand(_) => self.unused.push(one.clone()),
            Manner::Request => {
                let finding = self.unplaced(one);
                self.findings.push((usize::MAX, finding));
            }
        }
    }

    /// Fills in defaults, and finds what is missing or too many.
    fn close(mut self) -> Bound {
        let mut arguments = BTreeMap::new();
        let slots = std::mem::take(&mut self.slots);
        for ((place, parameter), mut values) in
            self.operation.parameters.iter().enumerate().zip(slots)
        {
            let wrong = self.wrong.contains(&place);
            if values.is_empty() && !wrong {
                if let Some(default) = &parameter.default {
                    values.push(self.default(parameter, default));
                } else if parameter.mandatory {
                    self.findings.push((place, self.missing(parameter)));
                }
            }
            if values.len() > 1 && !parameter.multiple {
                let finding = self.too_many(parameter, &values);
                self.findings.push((place, finding));
            } else if !values.is_empty() && !wrong {
                arguments.insert(parameter.name.clone(), values);
            }
        }
        self.findings.sort_by_key(|(place, _)| *place);
        let parameters = &self.operation.parameters;
        let findings = self.findings.into_iter().map(|(place, finding)| {
            let parameter = parameters.get(place);
            (parameter.map(|parameter| parameter.name.clone()), finding)
        });
        Bound {
            arguments,
            findings: findings.collect(),
            unused: self.unused,
        }
    }

    fn default(&self, parameter: &Parameter, default: &DefaultValue) -> Value {
        let value = match default {
            DefaultValue::Literal(literal) => Value::Literal(literal.clone()),
            DefaultValue::Individual(individual) => Value::Entity(self.world.canonical(individual)),
        };
        let supplied = SuppliedValue::Value(value.clone());
        // A default was checked when its specification was loaded; here it only finds its individual.
        match fitting::read(self.world, parameter, &supplied, self.account) {
            Ok((value, _)) => value,
            Err(_) => value,
        }
    }

    fn unknown_parameter(&self, name: &Name) -> RequestFinding {
        let known = || {
            self.operation
                .parameters
                .iter()
                .map(|one| one.name.as_str())
        };
        let operation = self.world.compact(&self.operation.iri);
        let help = match samos_model::finding::nearest(name.as_str(), known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.operation.parameters.is_empty() => {
                format!("leave it out: `{operation}` has no parameters")
            }
            None => format!(
                "use one of {}",
                known()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        finding(
            codes::UNKNOWN_PARAMETER,
            name.as_str(),
            format!("`{operation}` has no parameter `{name}`"),
            help,
        )
    }

    fn unplaced(&self, one: &Supplied) -> RequestFinding {
        let value = fitting::supplied_text(self.world, &one.value);
        let places = self.places_for(one);
        let names: Vec<_> = places
            .iter()
            .filter_map(|(.., place)| self.operation.parameters.get(*place))
            .map(|parameter| format!("`{}`", parameter.name))
            .collect();
        let (message, help) = if names.is_empty() {
            (
                format!("`{value}` fits no free parameter"),
                "leave it out, or name the parameter that it is for".to_owned(),
            )
        } else {
            (
                format!("`{value}` fits {} equally well", names.join(" and ")),
                "name the parameter that it is for".to_owned(),
            )
        };
        finding(codes::UNPLACED_VALUE, &value, message, help)
    }

    fn missing(&self, parameter: &Parameter) -> RequestFinding {
        let expected = expected(self.world, &parameter.of_type);
        let several = if parameter.multiple {
            " one or more of"
        } else {
            ""
        };
        let mut missing = finding(
            codes::MISSING_PARAMETER,
            parameter.name.as_str(),
            format!(
                "`{}` is missing: `{}`",
                parameter.name,
                self.world.compact(&parameter.of_type)
            ),
            format!("give{several} `{}`: {expected}", parameter.name),
        );
        missing.options.push(Way::Enter { expected });
        missing
    }

    fn too_many(&self, parameter: &Parameter, values: &[Value]) -> RequestFinding {
        let mut too_many = finding(
            codes::TOO_MANY_VALUES,
            parameter.name.as_str(),
            format!(
                "`{}` takes one value and was given {}",
                parameter.name,
                wording::values(self.world, &values.iter().cloned().collect())
            ),
            "give one of them".to_owned(),
        );
        let ways = values.iter().filter_map(|value| {
            let fit = fits(self.world, parameter, value, self.account)?;
            Some(Way::Use {
                value: PlanValue::known(value),
                fit,
                from: "given".to_owned(),
            })
        });
        too_many.options.extend(ways);
        too_many
    }
}

/// A finding about a parameter: not met.
pub(crate) fn finding(
    code: &'static str,
    about: &str,
    message: String,
    help: String,
) -> RequestFinding {
    RequestFinding {
        code: code.into(),
        about: about.to_owned(),
        truth: Truth::False,
        message,
        help,
        options: Vec::new(),
    }
}
