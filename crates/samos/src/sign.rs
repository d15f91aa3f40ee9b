//! What a step does to the world, in one sign: it reads, adds, changes or deletes.

use samos_model::operation::Kind;
use samos_model::plan::Step;
use samos_model::text::{Atom, Effect, Root};
use samos_model::vocabulary::samos;
use samos_model::{Iri, World};

/// The kinds of step a person tells apart before saying yes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sign {
    /// Reads, changes nothing.
    Reads,
    /// Makes something new.
    Adds,
    /// Changes what is there.
    Changes,
    /// Deletes something, or ends it.
    Deletes,
}

/// What a step does, by the effects of its operation. A step whose operation is not loaded counts as a change.
#[must_use = "reading has no other effect"]
pub fn sign_of(step: &Step, world: &dyn World) -> Sign {
    if step.kind == Kind::Information {
        return Sign::Reads;
    }
    let Some(operation) = world.operation(&step.operation) else {
        return Sign::Changes;
    };
    let ended = Iri::from(samos::ENDED);
    let ends = |effect: &Effect| match effect {
        Effect::Delete(_) => true,
        Effect::Set { value, .. } => match value.as_atom() {
            Some(Atom::Path(path)) if path.properties.is_empty() => match &path.root {
                Root::Individual(state) => world.has_type(state, &ended),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    };
    if operation
        .postcondition
        .iter()
        .any(|effect| matches!(effect, Effect::Create { .. }))
    {
        Sign::Adds
    } else if operation.postcondition.iter().any(ends) {
        Sign::Deletes
    } else {
        Sign::Changes
    }
}
