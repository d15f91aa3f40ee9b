//! What each subject is seen through: its account, its service, the one value of a property.
//!
//! In: a window and subjects. Out: the one thing that stands there, by number. Where there is none, or several, or where it
//! is not known whether there are more, a clause is judged for the subject itself.

use samos_model::{Iri, Value, World};

use super::clauses::Window;
use super::members::Members;
use super::things::Things;

/// Nobody looked yet.
const UNSEEN: u32 = u32::MAX;
/// Not exactly one.
const NOT_ONE: u32 = u32::MAX - 1;

/// A window with what is behind it for each subject.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) window: Window,
    /// The clauses that see their subject through it.
    pub(super) clauses: Vec<usize>,
    seen: Vec<u32>,
    /// Subjects of which something is behind it, but not exactly one thing.
    pub(super) several: Members,
}

impl View {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            clauses: Vec::new(),
            seen: Vec::new(),
            several: Members::default(),
        }
    }

    /// The one thing behind it.
    pub(super) fn at(&self, subject: u32) -> Option<u32> {
        self.raw(subject).filter(|seen| *seen < NOT_ONE)
    }

    /// Did somebody look already?
    pub(super) fn is_seen(&self, subject: u32) -> bool {
        self.raw(subject).is_some_and(|seen| seen != UNSEEN)
    }

    fn raw(&self, subject: u32) -> Option<u32> {
        self.seen.get(usize::try_from(subject).ok()?).copied()
    }

    /// Looks (again); tells whether what is there is another thing than before.
    pub(super) fn look(&mut self, world: &dyn World, things: &mut Things, subject: u32) -> bool {
        let Some(name) = things.name(subject).cloned() else {
            return false;
        };
        let (one, is_several) = self.behind(world, &name);
        let seen = one.map_or(NOT_ONE, |one| things.number(&one));
        let at = usize::try_from(subject).unwrap_or(usize::MAX);
        if self.seen.len() <= at {
            self.seen.resize(at + 1, UNSEEN);
        }
        let before = self
            .seen
            .get_mut(at)
            .map(|slot| std::mem::replace(slot, seen));
        // Which of several there are may have changed, too.
        self.several.set(subject, is_several)
            || is_several
            || before != Some(seen)
            || seen == NOT_ONE
    }

    fn behind(&self, world: &dyn World, subject: &Iri) -> (Option<Iri>, bool) {
        let property = match &self.window {
            Window::Account => return (world.account_of(subject), false),
            Window::Service => return (world.service_of(subject), false),
            Window::Provider => return (world.provider_of(subject), false),
            Window::Property(property) => property,
        };
        let values = world.values(subject, property);
        let mut members = values.members.iter();
        match (values.complete, members.next(), members.next()) {
            (true, Some(Value::Entity(one)), None) => (Some(one.clone()), false),
            (_, first, _) => (None, first.is_some()),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.seen.capacity() * size_of::<u32>() + self.several.bytes()
    }
}
