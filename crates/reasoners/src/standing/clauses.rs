//! What has to be true of a subject before an operation can run, taken apart into clauses that operations share.
//!
//! In: operations. Out: [`Clause`]s, each one conjunct of a precondition or one effect whose place has to be known, with
//! what its names are bound to and the trails along which it looks. A conjunct that sees its subject only through one
//! other thing (its account, the one value of a property) is the same conjunct asked of that thing: it is judged once
//! there, however many subjects see it.
//! Not here: what a clause is worth. The verifiers say that, as they say it for a request.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::operation::DefaultValue;
use samos_model::vocabulary::samos;
use samos_model::{Atom, Conjunct, Iri, Name, Operation, Path, Root, Term, Truth, Value, World};
use samos_verifiers::evaluation::{names_in, paths_in};
use samos_verifiers::{Bindings, Manner, effects, parameters, truth};

use super::members::{Members, Truths};

/// What is asked of a subject.
#[derive(Clone, Debug)]
enum Asked {
    /// Does it hold?
    Conjunct(Conjunct),
    /// Is it known where that effect of that operation changes something?
    Told(Iri, usize),
}

/// One thing that is asked of subjects. See the module's text.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    asked: Asked,
    bindings: Bindings,
    /// The operation whose defaults are looked up by their key, in each account anew.
    looked_up: Option<Iri>,
    /// Does it name a parameter that is still to be given?
    pub(super) waits: bool,
    /// Where it looks.
    pub(super) trails: Vec<Trail>,
    /// The place of the window through which alone it sees its subject, and that of the clause it is there.
    pub(super) through: Option<(usize, usize)>,
    /// Is it the same for every subject?
    pub(super) is_same_for_all: bool,
    /// What it is worth for every subject, where that is the same.
    pub(super) common: Truth,
    /// Those it was asked of.
    pub(super) judged: Members,
    /// What it is worth for each of these that it does not see through a window.
    pub(super) truths: Truths,
}

/// Where a trail starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// At the subject.
    Subject,
    /// At what a property of the subject's holds: its account, service or provider.
    Holder(Iri),
    /// At these, whatever the subject is.
    Fixed(Vec<Iri>),
}

/// A path along which a clause looks.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    pub(super) start: Start,
    pub(super) properties: Vec<Iri>,
    /// Is what stands at its end asked what it is?
    pub(super) asks_type: bool,
}

/// Through what a clause may see its subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Window {
    /// Its account.
    Account,
    /// Its service.
    Service,
    /// Its provider.
    Provider,
    /// The one value of that property.
    Property(Iri),
}

/// An operation, as far as it is asked about.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) operation: Iri,
    /// The place of those that accept its subjects.
    pub(super) accepting: usize,
    /// Parameters that must be given, and have no default.
    pub(super) parameters: Vec<Name>,
    /// The clause of each conjunct of the precondition.
    pub(super) conjuncts: Vec<usize>,
    /// Effects whose place has to be known, and the clause of each.
    pub(super) effects: Vec<(usize, usize)>,
}

/// A conjunct, and what each name in it is bound to.
type Key = (Conjunct, Vec<(Name, Option<Vec<Value>>)>);

impl Window {
    /// The property that it shows.
    pub(super) fn property(&self) -> Iri {
        match self {
            Self::Account => Iri::from(samos::ACCOUNT),
            Self::Service => Iri::from(samos::SERVICE_OF),
            Self::Provider => Iri::from(samos::PROVIDER),
            Self::Property(property) => property.clone(),
        }
    }
}

/// Clauses in the making.
pub(super) struct Clauses<'w> {
    world: &'w dyn World,
    pub(super) all: Vec<Clause>,
    pub(super) windows: Vec<Window>,
    known: BTreeMap<Key, usize>,
}

impl<'w> Clauses<'w> {
    pub(super) fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            all: Vec::new(),
            windows: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// Takes an operation apart.
    pub(super) fn offer(&mut self, operation: &Operation, accepting: usize) -> Offer {
        // Without arguments at hand only a default that is looked up depends on who asks.
        let nobody = &operation.iri;
        let bound = parameters::bind(self.world, operation, nobody, &[], Manner::Request);
        let mut bindings = Bindings::new(operation, nobody, &bound.arguments);
        bindings.subject = None;
        let looked_up = looked_up(self.world, operation);
        let conjuncts = operation.precondition.conjuncts.iter();
        let conjuncts = conjuncts
            .map(|conjunct| {
                let names = names_in(conjunct);
                if names.is_disjoint(&looked_up) {
                    return self.conjunct(conjunct, &bindings);
                }
                let waits = waits(&names, &bindings);
                let asked = Asked::Conjunct(conjunct.clone());
                self.add(asked, &bindings, waits, Some(&operation.iri))
            })
            .collect();
        let mut effects = Vec::new();
        for (place, effect) in operation.postcondition.iter().enumerate() {
            let names = effects::names_in(effect);
            let unbound = |name: &Name| {
                operation.parameter(name.as_str()).is_some() && bindings.values_of(name).is_none()
            };
            let paths = effects::places_in(effect);
            let is_plain = |path: &Path| path.root == Root::Subject && path.properties.is_empty();
            // Where the subject itself is changed is always known.
            if names.iter().any(unbound) || (!paths.is_empty() && paths.iter().all(is_plain)) {
                continue;
            }
            let looked_up = (!names.is_disjoint(&looked_up)).then_some(&operation.iri);
            let asked = Asked::Told(operation.iri.clone(), place);
            effects.push((place, self.add(asked, &bindings, false, looked_up)));
        }
        Offer {
            operation: operation.iri.clone(),
            accepting,
            parameters: bound
                .findings
                .into_iter()
                .filter_map(|(name, _)| name)
                .collect(),
            conjuncts,
            effects,
        }
    }

    /// The clause of a conjunct, which others may have as well.
    fn conjunct(&mut self, conjunct: &Conjunct, bindings: &Bindings) -> usize {
        let names = names_in(conjunct);
        let waits = waits(&names, bindings);
        let bound = names.into_iter().map(|name| {
            let values = bindings.values_of(&name).map(<[Value]>::to_vec);
            (name, values)
        });
        let key = (conjunct.clone(), bound.collect());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let at = self.add(Asked::Conjunct(conjunct.clone()), bindings, waits, None);
        self.known.insert(key, at);
        if let Some((window, inner)) = seen_through(conjunct) {
            let inner = self.conjunct(&inner, bindings);
            let place = self.windows.iter().position(|known| *known == window);
            let place = place.unwrap_or_else(|| {
                self.windows.push(window);
                self.windows.len() - 1
            });
            if let Some(clause) = self.all.get_mut(at) {
                clause.through = Some((place, inner));
            }
        }
        at
    }

    fn add(
        &mut self,
        asked: Asked,
        bindings: &Bindings,
        waits: bool,
        looked_up: Option<&Iri>,
    ) -> usize {
        let paths: Vec<(Path, bool)> = match &asked {
            Asked::Conjunct(conjunct) => paths_in(conjunct)
                .into_iter()
                .map(|(path, is_asked)| (path.clone(), is_asked))
                .collect(),
            Asked::Told(operation, place) => {
                let effects = self
                    .world
                    .operation(operation)
                    .map(|one| &one.postcondition);
                let effect = effects.and_then(|effects| effects.get(*place));
                let places = effect.map(effects::places_in).unwrap_or_default();
                places.into_iter().map(|path| (path, false)).collect()
            }
        };
        let is_fixed = |root: &Root| matches!(root, Root::Individual(_) | Root::Variable(_));
        let mut trails = Vec::new();
        for (path, asks_type) in &paths {
            self.follow(path, *asks_type, bindings, &mut trails);
        }
        self.all.push(Clause {
            bindings: bindings.clone(),
            looked_up: looked_up.cloned(),
            waits,
            trails,
            through: None,
            is_same_for_all: looked_up.is_none()
                && paths.iter().all(|(path, _)| is_fixed(&path.root)),
            common: Truth::Unknown,
            judged: Members::default(),
            truths: Truths::default(),
            asked,
        });
        self.all.len() - 1
    }

    /// The trails of a path.
    fn follow(&self, path: &Path, asks_type: bool, bindings: &Bindings, trails: &mut Vec<Trail>) {
        let mut add = |start, properties: &[Iri], asks_type| {
            trails.push(Trail {
                start,
                properties: properties.to_vec(),
                asks_type,
            });
        };
        let properties = path.properties.as_slice();
        let mut held = |property: &str| {
            let property = Iri::from(property);
            add(Start::Subject, std::slice::from_ref(&property), false);
            add(Start::Holder(property), properties, asks_type);
        };
        match &path.root {
            Root::Subject => add(Start::Subject, properties, asks_type),
            Root::Account => held(samos::ACCOUNT),
            Root::Service => held(samos::SERVICE_OF),
            Root::Provider => held(samos::PROVIDER),
            Root::Individual(individual) => {
                let individual = self.world.canonical(individual);
                add(Start::Fixed(vec![individual]), properties, asks_type);
            }
            Root::Variable(name) => {
                let values = bindings.values_of(name).unwrap_or_default().iter();
                let entities: Vec<Iri> = values.filter_map(Value::as_entity).cloned().collect();
                if !entities.is_empty() {
                    add(Start::Fixed(entities), properties, asks_type);
                }
            }
        }
    }
}

impl Clause {
    /// Is a default in it looked up in each account?
    pub(super) fn is_looked_up(&self) -> bool {
        self.looked_up.is_some()
    }

    /// What it is worth for a subject now.
    pub(super) fn truth(&mut self, world: &dyn World, subject: &Iri) -> Truth {
        let looked_up = self.looked_up.as_ref().and_then(|one| world.operation(one));
        if let Some(operation) = looked_up {
            let bound = parameters::bind(world, operation, subject, &[], Manner::Request);
            self.bindings = Bindings::new(operation, subject, &bound.arguments);
        } else {
            self.bindings.subject = Some(subject.clone());
        }
        self.worth(world)
    }

    /// What it is worth for whomever.
    pub(super) fn worth(&self, world: &dyn World) -> Truth {
        match &self.asked {
            Asked::Conjunct(conjunct) => truth(world, conjunct, &self.bindings),
            Asked::Told(operation, place) => {
                let Some(operation) = world.operation(operation) else {
                    return Truth::Unknown;
                };
                let is_told = operation.postcondition.get(*place).is_none_or(|effect| {
                    effects::is_told(world, operation, effect, &self.bindings)
                });
                match is_told {
                    true => Truth::True,
                    false => Truth::Unknown,
                }
            }
        }
    }
}

/// Does it name something that is still to be given?
fn waits(names: &BTreeSet<Name>, bindings: &Bindings) -> bool {
    names.iter().any(|name| bindings.values_of(name).is_none())
}

/// The parameters whose default is the key of an individual: which one that is depends on the account.
fn looked_up(world: &dyn World, operation: &Operation) -> BTreeSet<Name> {
    let parameters = operation.parameters.iter();
    let looked_up = parameters.filter(|parameter| match &parameter.default {
        Some(DefaultValue::Literal(literal)) => {
            world.is_class(&parameter.of_type) || world.is_class(&literal.datatype)
        }
        Some(DefaultValue::Individual(_)) | None => false,
    });
    looked_up.map(|parameter| parameter.name.clone()).collect()
}

/// The one thing through which a conjunct sees its subject, and the conjunct that it is there.
fn seen_through(conjunct: &Conjunct) -> Option<(Window, Conjunct)> {
    let paths = paths_in(conjunct);
    let mut windows = paths.iter().filter_map(|(path, _)| match &path.root {
        Root::Individual(_) | Root::Variable(_) => None,
        Root::Account => Some(Some(Window::Account)),
        Root::Service => Some(Some(Window::Service)),
        Root::Provider => Some(Some(Window::Provider)),
        Root::Subject => Some(match path.properties.as_slice() {
            [first, _, ..] => Some(Window::Property(first.clone())),
            _ => None,
        }),
    });
    let window = windows.next()??;
    if !windows.all(|other| other.as_ref() == Some(&window)) {
        return None;
    }
    let mut inner = conjunct.clone();
    let steps = usize::from(matches!(window, Window::Property(_)));
    for_each_path(&mut inner, &mut |path| {
        if !matches!(path.root, Root::Individual(_) | Root::Variable(_)) {
            path.root = Root::Subject;
            path.properties.drain(..steps.min(path.properties.len()));
        }
    });
    Some((window, inner))
}

/// Changes every path of a conjunct.
fn for_each_path(conjunct: &mut Conjunct, then: &mut dyn FnMut(&mut Path)) {
    let atom = |atom: &mut Atom, then: &mut dyn FnMut(&mut Path)| match atom {
        Atom::Literal(_) => {}
        Atom::Path(path) | Atom::Count(path) => then(path),
    };
    let term = |term: &mut Term, then: &mut dyn FnMut(&mut Path)| {
        atom(&mut term.first, then);
        for (_, one) in &mut term.rest {
            atom(one, then);
        }
    };
    match conjunct {
        Conjunct::Compare { left, right, .. } => {
            term(left, then);
            term(right, then);
        }
        Conjunct::Is { path, .. } | Conjunct::Exists { path } => then(path),
        Conjunct::In { path, values } => {
            then(path);
            values.iter_mut().for_each(|one| atom(one, then));
        }
        Conjunct::Contains { path, value } => {
            then(path);
            atom(value, then);
        }
        Conjunct::Not(inner) => for_each_path(inner, then),
        Conjunct::Either(alternatives) => {
            for alternative in alternatives {
                for inner in &mut alternative.conjuncts {
                    for_each_path(inner, then);
                }
            }
        }
    }
}
