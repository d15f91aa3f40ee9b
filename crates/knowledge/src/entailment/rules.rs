//! Applying the rules: a queue of statements, each joined with everything known so far.
//!
//! Whenever a statement enters the store it is queued once; taken from the queue, it is tried as each premise of
//! each rule while the other premises are looked up. So every pair of premises meets when the later one is taken.

use std::sync::Arc;

use super::reason::{Clash, Reason, Rule};
use super::schema::{ClassRule, PropertyRules, Schema, is_axiom, pairs};
use super::{Closure, Hierarchy};
use crate::index::Triple;
use crate::terms::{TermId, Terms};
use crate::vocabulary as v;

/// One run of the rules over a closure.
pub(super) struct Run<'a> {
    closure: &'a mut Closure,
    terms: &'a Terms,
    schema: Arc<Schema>,
    queue: Vec<Triple>,
    /// Did an axiom appear that the schema does not know yet?
    schema_grew: bool,
    /// Instead of adding what the rules give, collect what was given from this premise.
    tracing: Option<(Triple, Vec<Triple>)>,
}

impl Closure {
    /// Applies everything to everything until nothing is added.
    pub(super) fn saturate(&mut self, terms: &Terms) {
        loop {
            let mut run = Run::new(self, terms);
            run.merge_stated();
            run.read_schema();
            run.schema_grew = false;
            run.derive_schema();
            let everything = run.closure.facts.clone();
            for triple in everything.iter() {
                // What was renamed meanwhile is in the queue under its new name.
                if run.closure.canonical(triple) == triple {
                    run.take(triple);
                    run.drain();
                }
            }
            run.check_differences();
            if !run.schema_grew {
                return;
            }
        }
    }

    /// Adds facts about entities and what follows from them.
    pub(super) fn insert_facts(&mut self, asserted: &[Triple], terms: &Terms) {
        let mut run = Run::new(self, terms);
        for stated in asserted {
            let triple = run.closure.canonical(*stated);
            if stated[1] == v::OWL_SAME_AS {
                run.merge(stated[0], stated[2], Rule::SameAs, &[]);
            } else if run.closure.facts.insert(triple) {
                run.queue.push(triple);
            }
        }
        run.drain();
        run.check_differences();
        if run.schema_grew {
            self.saturate(terms);
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(closure: &'a mut Closure, terms: &'a Terms) -> Self {
        let schema = Arc::clone(&closure.schema);
        Self {
            closure,
            terms,
            schema,
            queue: Vec::new(),
            schema_grew: false,
            tracing: None,
        }
    }

    /// Takes these, and all that follows.
    pub(super) fn take_all(&mut self, triples: Vec<Triple>) {
        for triple in triples {
            self.take(triple);
            self.drain();
        }
        self.check_differences();
    }

    /// Did an axiom appear that the schema does not know yet?
    pub(super) fn has_new_axioms(&self) -> bool {
        self.schema_grew
    }

    /// The stored statements whose recorded reason names this one, or a membership that this one implies.
    pub(super) fn given_from(mut self, premise: Triple) -> Vec<Triple> {
        self.tracing = Some((premise, Vec::new()));
        self.take(premise);
        self.tracing.map(|(_, found)| found).unwrap_or_default()
    }

    /// While tracing: notes the statement if it was given from the traced premise.
    fn trace(&mut self, triple: Triple) -> bool {
        let Some((premise, found)) = &mut self.tracing else {
            return false;
        };
        let rests = |used: &Triple| {
            used == premise
                || (premise[1] == v::RDF_TYPE
                    && used[..2] == premise[..2]
                    && self.closure.classes.is_under(premise[2], used[2]))
        };
        if let Some(reason) = self.closure.reasons.get(triple)
            && reason.premises.iter().any(rests)
        {
            found.push(triple);
        }
        true
    }

    fn drain(&mut self) {
        while let Some(triple) = self.queue.pop() {
            self.take(triple);
        }
    }

    fn is_literal(&self, term: TermId) -> bool {
        Closure::is_literal(self.terms, term)
    }

    fn reason(&mut self, rule: Rule, premises: &[Triple]) -> Reason {
        self.closure.next_rank += 1;
        Reason {
            rule,
            premises: premises.into(),
            rank: self.closure.next_rank,
        }
    }

    fn add(&mut self, triple: Triple, rule: Rule, premises: &[Triple]) {
        let triple = self.closure.canonical(triple);
        if self.trace(triple) {
            return;
        }
        if self.is_literal(triple[0]) || self.closure.facts.contains(triple) {
            return;
        }
        if triple[1] == v::OWL_SAME_AS {
            return self.merge(triple[0], triple[2], rule, premises);
        }
        let reason = self.reason(rule, premises);
        self.closure.facts.insert(triple);
        self.closure.reasons.insert(triple, reason);
        self.schema_grew |= is_axiom(triple);
        self.queue.push(triple);
    }

    fn add_type(&mut self, entity: TermId, class: TermId, rule: Rule, premises: &[Triple]) {
        if self.trace([self.closure.same.of(entity), v::RDF_TYPE, class]) {
            return;
        }
        if !self.is_literal(entity) && !self.closure.has_type(self.closure.same.of(entity), class) {
            self.add([entity, v::RDF_TYPE, class], rule, premises);
        }
    }

    fn clash(&mut self, rule: Rule, premises: Vec<Triple>) {
        if self.tracing.is_some() {
            return;
        }
        let clash = Clash { rule, premises };
        if !self.closure.clashes.contains(&clash) {
            Arc::make_mut(&mut self.closure.clashes).insert(clash);
        }
    }

    /// Makes two names one; what was said under the younger moves to the older.
    fn merge(&mut self, left: TermId, right: TermId, rule: Rule, premises: &[Triple]) {
        if left == right || self.is_literal(left) || self.is_literal(right) {
            return;
        }
        let link = [left, v::OWL_SAME_AS, right];
        if self.closure.same.of(left) == self.closure.same.of(right) {
            return;
        }
        if !premises.is_empty() {
            let reason = self.reason(rule, premises);
            self.closure.reasons.insert(link, reason);
        }
        let Some((winner, loser)) = Arc::make_mut(&mut self.closure.same).merge(left, right) else {
            return;
        };
        let facts = &self.closure.facts;
        let mut moved: Vec<Triple> = facts.matching(Some(loser), None, None).collect();
        moved.extend(facts.matching(None, None, Some(loser)));
        moved.extend(facts.matching(None, Some(loser), None));
        moved.sort_unstable();
        moved.dedup();
        for old in moved {
            self.closure.facts.remove(old);
            let new = self.closure.canonical(old);
            self.schema_grew |= is_axiom(new) || new[1] == winner;
            if new[1] == v::OWL_SAME_AS && new[0] == new[2] {
                continue;
            }
            if !self.closure.facts.contains(new) {
                let reason = self.reason(Rule::SameAs, &[old, [loser, v::OWL_SAME_AS, winner]]);
                self.closure.facts.insert(new);
                self.closure.reasons.insert(new, reason);
                self.queue.push(new);
            }
        }
    }

    /// Merges what is said to be the same before anything else, so that most names are settled early.
    fn merge_stated(&mut self) {
        let stated: Vec<Triple> = self
            .closure
            .facts
            .matching(None, Some(v::OWL_SAME_AS), None)
            .collect();
        for [left, _, right] in stated {
            self.merge(left, right, Rule::SameAs, &[]);
        }
        self.queue.clear();
    }

    fn read_schema(&mut self) {
        let terms = self.terms;
        let number = |literal: TermId| terms.text(literal).trim().parse().ok();
        self.closure.schema = Arc::new(Schema::new(&self.closure.facts, &number));
        self.schema = Arc::clone(&self.closure.schema);
    }

    fn edge(
        &mut self,
        hierarchy: &mut Hierarchy,
        edge: Triple,
        rule: Rule,
        premise: &[Triple],
    ) -> bool {
        let [below, _, above] = edge;
        if !hierarchy.record(below, above) {
            return false;
        }
        if !self.closure.facts.contains(edge) {
            let reason = self.reason(rule, premise);
            self.closure.facts.insert(edge);
            self.closure.reasons.insert(edge, reason);
        }
        true
    }

    /// Builds both hierarchies and closes them under the rules about axioms.
    fn derive_schema(&mut self) {
        let schema = Arc::clone(&self.schema);
        let (mut classes, mut properties) = (Hierarchy::default(), Hierarchy::default());
        let facts = self.closure.facts.clone();
        for [below, _, above] in facts.matching(None, Some(v::RDFS_SUB_CLASS_OF), None) {
            classes.record(below, above);
        }
        for [below, _, above] in facts.matching(None, Some(v::RDFS_SUB_PROPERTY_OF), None) {
            properties.record(below, above);
        }
        let both = [
            (
                v::OWL_EQUIVALENT_CLASS,
                v::RDFS_SUB_CLASS_OF,
                Rule::EquivalentClass,
            ),
            (
                v::OWL_EQUIVALENT_PROPERTY,
                v::RDFS_SUB_PROPERTY_OF,
                Rule::EquivalentProperty,
            ),
        ];
        for (predicate, below, rule) in both {
            for axiom @ [left, _, right] in facts.matching(None, Some(predicate), None) {
                let hierarchy = if below == v::RDFS_SUB_CLASS_OF {
                    &mut classes
                } else {
                    &mut properties
                };
                self.edge(hierarchy, [left, below, right], rule, &[axiom]);
                self.edge(hierarchy, [right, below, left], rule, &[axiom]);
            }
        }
        for all in &schema.intersections {
            for part in &all.members {
                self.edge(
                    &mut classes,
                    [all.of, v::RDFS_SUB_CLASS_OF, *part],
                    Rule::IntersectionAbove,
                    &[all.axiom],
                );
            }
        }
        for all in &schema.unions {
            for part in &all.members {
                self.edge(
                    &mut classes,
                    [*part, v::RDFS_SUB_CLASS_OF, all.of],
                    Rule::UnionAbove,
                    &[all.axiom],
                );
            }
        }
        properties.close();
        classes.close();
        while self.relate_restrictions(&schema, &mut classes, &properties) {
            classes.close();
        }
        self.closure.classes = Arc::new(classes);
        self.closure.properties = Arc::new(properties);
        self.classify_enumerated();
    }

    /// The listed members of an enumeration belong to it, whatever the facts say.
    pub(super) fn classify_enumerated(&mut self) {
        let schema = Arc::clone(&self.schema);
        for all in &schema.enumerations {
            for member in &all.members {
                self.add_type(*member, all.of, Rule::OneOf, &[all.axiom]);
            }
        }
    }

    /// Restrictions with a narrower filler or a narrower property stand below the wider ones.
    fn relate_restrictions(
        &mut self,
        schema: &Schema,
        classes: &mut Hierarchy,
        properties: &Hierarchy,
    ) -> bool {
        let mut restricted: Vec<(TermId, &PropertyRules)> = schema
            .properties
            .iter()
            .map(|(p, rules)| (*p, rules))
            .collect();
        restricted.retain(|(_, rules)| {
            !(rules.some_values.is_empty()
                && rules.all_values.is_empty()
                && rules.has_value.is_empty())
        });
        restricted.sort_unstable_by_key(|(property, _)| *property);
        let mut grew = false;
        for (p, narrow) in &restricted {
            for (q, wide) in &restricted {
                if !properties.is_under(*p, *q) {
                    continue;
                }
                let by = if p == q {
                    Rule::RestrictionsByFiller
                } else {
                    Rule::RestrictionsByProperty
                };
                let narrower = [*p, v::RDFS_SUB_PROPERTY_OF, *q];
                // someValuesFrom grows with property and filler; hasValue is the case of one value.
                let some = narrow
                    .some_values
                    .iter()
                    .flat_map(|l| wide.some_values.iter().map(move |r| (*l, *r)));
                let value = narrow
                    .has_value
                    .iter()
                    .flat_map(|l| wide.has_value.iter().map(move |r| (*l, *r)));
                let value = value.filter(|((_, l), (_, r))| l == r);
                // allValuesFrom shrinks as the property grows.
                let all = wide
                    .all_values
                    .iter()
                    .flat_map(|l| narrow.all_values.iter().map(move |r| (*l, *r)));
                for ((below, filler), (above, other)) in some.chain(value).chain(all) {
                    if below != above
                        && classes.is_under(filler, other)
                        && !classes.is_under(below, above)
                    {
                        let mut premises = Vec::new();
                        premises.extend((p != q).then_some(narrower));
                        premises.extend((filler != other).then_some([
                            filler,
                            v::RDFS_SUB_CLASS_OF,
                            other,
                        ]));
                        grew |=
                            self.edge(classes, [below, v::RDFS_SUB_CLASS_OF, above], by, &premises);
                    }
                }
            }
        }
        grew
    }

    /// Tries a statement as each premise of each rule.
    fn take(&mut self, triple: Triple) {
        let [s, p, o] = triple;
        if p == v::RDF_TYPE {
            return self.take_type(triple);
        }
        if p == v::OWL_SAME_AS {
            return self.merge(s, o, Rule::SameAs, &[]);
        }
        let schema = Arc::clone(&self.schema);
        let properties = Arc::clone(&self.closure.properties);
        for above in properties.directly_above(p) {
            self.add(
                [s, *above, o],
                Rule::SubPropertyOf,
                &[triple, [p, v::RDFS_SUB_PROPERTY_OF, *above]],
            );
        }
        let Some(rules) = schema.property(p) else {
            return;
        };
        for class in &rules.domains {
            self.add_type(
                s,
                *class,
                Rule::Domain,
                &[triple, [p, v::RDFS_DOMAIN, *class]],
            );
        }
        for (other, axiom) in &rules.disjoint {
            if self.closure.facts.contains([s, *other, o]) {
                self.clash(
                    Rule::PropertiesDisjoint,
                    vec![triple, [s, *other, o], *axiom],
                );
            }
        }
        if rules.functional {
            self.identify_values(
                triple,
                Rule::Functional,
                &[[p, v::RDF_TYPE, v::OWL_FUNCTIONAL]],
                None,
            );
        }
        self.take_restricted(triple, rules);
        for (at, place) in &rules.chains {
            self.follow_chain(triple, *at, *place);
        }
        for at in &rules.keys {
            self.compare_keys(s, *at);
        }
        if self.is_literal(o) {
            return self.identify_owners(triple, rules);
        }
        for class in &rules.ranges {
            self.add_type(
                o,
                *class,
                Rule::Range,
                &[triple, [p, v::RDFS_RANGE, *class]],
            );
        }
        for (other, axiom) in &rules.inverses {
            self.add([o, *other, s], Rule::Inverse, &[triple, *axiom]);
        }
        if rules.symmetric {
            self.add(
                [o, p, s],
                Rule::Symmetric,
                &[triple, [p, v::RDF_TYPE, v::OWL_SYMMETRIC]],
            );
        }
        if rules.transitive {
            let axiom = [p, v::RDF_TYPE, v::OWL_TRANSITIVE];
            let onwards: Vec<TermId> = self.closure.facts.objects(o, p).collect();
            for next in onwards {
                self.add(
                    [s, p, next],
                    Rule::Transitive,
                    &[triple, [o, p, next], axiom],
                );
            }
            let backwards: Vec<TermId> = self.closure.facts.subjects(p, s).collect();
            for before in backwards {
                self.add(
                    [before, p, o],
                    Rule::Transitive,
                    &[[before, p, s], triple, axiom],
                );
            }
        }
        if rules.irreflexive && s == o {
            self.clash(
                Rule::Irreflexive,
                vec![triple, [p, v::RDF_TYPE, v::OWL_IRREFLEXIVE]],
            );
        }
        if rules.asymmetric && self.closure.facts.contains([o, p, s]) {
            self.clash(
                Rule::Asymmetric,
                vec![triple, [o, p, s], [p, v::RDF_TYPE, v::OWL_ASYMMETRIC]],
            );
        }
        self.identify_owners(triple, rules);
    }

    fn identify_owners(&mut self, triple: Triple, rules: &PropertyRules) {
        let [s, p, o] = triple;
        if rules.inverse_functional {
            let owners: Vec<TermId> = self
                .closure
                .facts
                .subjects(p, o)
                .filter(|owner| *owner != s)
                .collect();
            for owner in owners {
                let axiom = [p, v::RDF_TYPE, v::OWL_INVERSE_FUNCTIONAL];
                self.add(
                    [owner, v::OWL_SAME_AS, s],
                    Rule::InverseFunctional,
                    &[[owner, p, o], triple, axiom],
                );
            }
        }
    }

    /// The subject may have one value: others are the same, or a contradiction when they are literals.
    fn identify_values(
        &mut self,
        triple: Triple,
        rule: Rule,
        because: &[Triple],
        counted: Option<TermId>,
    ) {
        let [s, p, o] = triple;
        let others: Vec<TermId> = self
            .closure
            .facts
            .objects(s, p)
            .filter(|other| *other != o)
            .collect();
        for other in others {
            if counted.is_some_and(|class| {
                ![o, other]
                    .iter()
                    .all(|value| self.closure.has_type(*value, class))
            }) {
                continue;
            }
            let mut premises = vec![[s, p, o.min(other)], [s, p, o.max(other)]];
            premises.extend_from_slice(because);
            if self.is_literal(o) || self.is_literal(other) {
                if !self.is_same_value(o, other) {
                    self.clash(rule, premises);
                }
            } else {
                self.add([o, v::OWL_SAME_AS, other], rule, &premises);
            }
        }
    }

    fn is_same_value(&self, left: TermId, right: TermId) -> bool {
        let number = |term: TermId| {
            self.terms
                .datatype(term)
                .filter(|datatype| samos_model::vocabulary::xsd::NUMERIC.contains(datatype))?;
            self.terms.text(term).trim().parse::<f64>().ok()
        };
        left == right || matches!((number(left), number(right)), (Some(a), Some(b)) if a == b)
    }

    fn is_of_datatype(&self, value: TermId, datatype: TermId) -> bool {
        self.terms
            .datatype(value)
            .is_some_and(|own| own == self.terms.text(datatype) || datatype == v::RDFS_LITERAL)
    }

    fn take_restricted(&mut self, triple: Triple, rules: &PropertyRules) {
        let [s, p, o] = triple;
        for (restriction, filler) in &rules.some_values {
            if *filler == v::OWL_THING {
                self.add_type(
                    s,
                    *restriction,
                    Rule::SomeValuesFrom,
                    &[triple, [*restriction, v::OWL_ON_PROPERTY, p]],
                );
            } else if self.closure.has_type(o, *filler) || self.is_of_datatype(o, *filler) {
                let premises = [
                    triple,
                    [o, v::RDF_TYPE, *filler],
                    [*restriction, v::OWL_SOME_VALUES_FROM, *filler],
                ];
                self.add_type(s, *restriction, Rule::SomeValuesFrom, &premises);
            }
        }
        for (restriction, filler) in &rules.all_values {
            if self.closure.has_type(s, *restriction) {
                let premises = [
                    triple,
                    [s, v::RDF_TYPE, *restriction],
                    [*restriction, v::OWL_ALL_VALUES_FROM, *filler],
                ];
                self.add_type(o, *filler, Rule::AllValuesFrom, &premises);
            }
        }
        for (restriction, value) in &rules.has_value {
            if *value == o {
                let premises = [triple, [*restriction, v::OWL_HAS_VALUE, *value]];
                self.add_type(s, *restriction, Rule::HasValueClassifies, &premises);
            }
        }
        for (restriction, number, counted) in &rules.at_most {
            if self.closure.has_type(s, *restriction) {
                self.limit(triple, *restriction, *number, *counted);
            }
        }
    }

    fn limit(&mut self, triple: Triple, restriction: TermId, number: u32, counted: Option<TermId>) {
        let [s, p, o] = triple;
        let because = [
            [s, v::RDF_TYPE, restriction],
            [restriction, v::OWL_ON_PROPERTY, p],
        ];
        if number > 0 {
            self.identify_values(triple, Rule::MaxOne, &because, counted);
        } else if counted.is_none_or(|class| self.closure.has_type(o, class)) {
            self.clash(Rule::MaxZero, [vec![triple], because.to_vec()].concat());
        }
    }

    /// The statement is one link of a chain: walks left and right from it.
    fn follow_chain(&mut self, triple: Triple, at: usize, place: usize) {
        let schema = Arc::clone(&self.schema);
        let Some(chain) = schema.chains.get(at) else {
            return;
        };
        let facts = &self.closure.facts;
        let mut walks: Vec<Vec<Triple>> = vec![vec![triple]];
        for part in chain.members.iter().take(place).rev() {
            walks = walks
                .into_iter()
                .flat_map(|walk| {
                    let start = walk.first().map_or(triple[0], |first| first[0]);
                    facts
                        .matching(None, Some(*part), Some(start))
                        .map(move |link| [vec![link], walk.clone()].concat())
                })
                .collect();
        }
        for part in chain.members.iter().skip(place + 1) {
            walks = walks
                .into_iter()
                .flat_map(|walk| {
                    let end = walk.last().map_or(triple[2], |last| last[2]);
                    facts
                        .matching(Some(end), Some(*part), None)
                        .map(move |link| [walk.clone(), vec![link]].concat())
                })
                .collect();
        }
        for mut walk in walks {
            if let (Some(first), Some(last)) = (walk.first().copied(), walk.last().copied()) {
                walk.push(chain.axiom);
                self.add([first[0], chain.of, last[2]], Rule::Chain, &walk);
            }
        }
    }

    fn compare_keys(&mut self, entity: TermId, at: usize) {
        let schema = Arc::clone(&self.schema);
        let Some(key) = schema.keys.get(at).filter(|key| !key.members.is_empty()) else {
            return;
        };
        if !self.closure.has_type(entity, key.of) {
            return;
        }
        let facts = &self.closure.facts;
        let mut alike: Option<Vec<(TermId, Vec<Triple>)>> = None;
        for property in &key.members {
            let mut found: Vec<(TermId, Vec<Triple>)> = Vec::new();
            for value in facts.objects(entity, *property) {
                let sharing = facts
                    .subjects(*property, value)
                    .filter(|other| *other != entity);
                found.extend(sharing.map(|other| {
                    (
                        other,
                        vec![[entity, *property, value], [other, *property, value]],
                    )
                }));
            }
            alike = Some(match alike {
                None => found,
                Some(before) => before
                    .into_iter()
                    .filter_map(|(other, premises)| {
                        let (_, more) = found.iter().find(|(candidate, _)| *candidate == other)?;
                        Some((other, [premises, more.clone()].concat()))
                    })
                    .collect(),
            });
        }
        for (other, mut premises) in alike.unwrap_or_default() {
            if self.closure.has_type(other, key.of) {
                premises.push(key.axiom);
                self.add([entity, v::OWL_SAME_AS, other], Rule::Key, &premises);
            }
        }
    }

    /// A member of a class: fires the rules of that class and of all above it.
    fn take_type(&mut self, triple: Triple) {
        let [entity, _, class] = triple;
        let schema = Arc::clone(&self.schema);
        let classes = Arc::clone(&self.closure.classes);
        for above in classes.above(class) {
            for rule in schema.classes.get(&above).into_iter().flatten() {
                self.take_member(entity, above, *rule);
            }
        }
        if is_axiom(triple) && self.schema.property(entity).is_none() {
            self.schema_grew = true;
        }
    }

    fn take_member(&mut self, entity: TermId, class: TermId, rule: ClassRule) {
        let member = [entity, v::RDF_TYPE, class];
        match rule {
            ClassRule::Filler {
                restriction,
                property,
            } => {
                let owners: Vec<TermId> = self.closure.facts.subjects(property, entity).collect();
                for owner in owners {
                    let premises = [
                        [owner, property, entity],
                        member,
                        [restriction, v::OWL_SOME_VALUES_FROM, class],
                    ];
                    self.add_type(owner, restriction, Rule::SomeValuesFrom, &premises);
                }
            }
            ClassRule::AllValues { property, filler } => {
                let values: Vec<TermId> = self.closure.facts.objects(entity, property).collect();
                for value in values {
                    let premises = [
                        [entity, property, value],
                        member,
                        [class, v::OWL_ALL_VALUES_FROM, filler],
                    ];
                    self.add_type(value, filler, Rule::AllValuesFrom, &premises);
                }
            }
            ClassRule::HasValue { property, value } => {
                self.add(
                    [entity, property, value],
                    Rule::HasValueGives,
                    &[member, [class, v::OWL_HAS_VALUE, value]],
                );
            }
            ClassRule::Part(at) => {
                let schema = Arc::clone(&self.schema);
                if let Some(all) = schema.intersections.get(at)
                    && all
                        .members
                        .iter()
                        .all(|part| self.closure.has_type(entity, *part))
                {
                    let mut premises: Vec<Triple> = all
                        .members
                        .iter()
                        .map(|part| [entity, v::RDF_TYPE, *part])
                        .collect();
                    premises.push(all.axiom);
                    self.add_type(entity, all.of, Rule::Intersection, &premises);
                }
            }
            ClassRule::Excludes { other, rule, axiom } => {
                if self.closure.has_type(entity, other) {
                    let (first, second) = (class.min(other), class.max(other));
                    self.clash(
                        rule,
                        vec![
                            [entity, v::RDF_TYPE, first],
                            [entity, v::RDF_TYPE, second],
                            axiom,
                        ],
                    );
                }
            }
            ClassRule::AtMost {
                property,
                number,
                counted,
            } => {
                let values: Vec<Triple> = self
                    .closure
                    .facts
                    .matching(Some(entity), Some(property), None)
                    .collect();
                for triple in values {
                    self.limit(triple, class, number, counted);
                }
            }
            ClassRule::Key(at) => self.compare_keys(entity, at),
            ClassRule::Nothing => self.clash(Rule::Nothing, vec![member]),
        }
    }

    fn check_differences(&mut self) {
        let facts = self.closure.facts.clone();
        for triple @ [left, _, right] in facts.matching(None, Some(v::OWL_DIFFERENT_FROM), None) {
            if left == right {
                self.clash(Rule::Different, vec![triple]);
            }
        }
        let schema = Arc::clone(&self.schema);
        for all in &schema.different {
            for (left, right) in pairs(&all.members) {
                if self.closure.same.of(left) == self.closure.same.of(right) {
                    self.clash(
                        Rule::Different,
                        vec![[left, v::OWL_SAME_AS, right], all.axiom],
                    );
                }
            }
        }
        for [denial, _, source] in facts.matching(None, Some(v::OWL_SOURCE_INDIVIDUAL), None) {
            let targets = facts
                .objects(denial, v::OWL_TARGET_INDIVIDUAL)
                .chain(facts.objects(denial, v::OWL_TARGET_VALUE));
            let targets: Vec<TermId> = targets.collect();
            for property in facts.objects(denial, v::OWL_ASSERTION_PROPERTY) {
                for target in &targets {
                    if facts.contains([source, property, *target]) {
                        let denied = [denial, v::OWL_ASSERTION_PROPERTY, property];
                        self.clash(
                            Rule::NegativeAssertion,
                            vec![[source, property, *target], denied],
                        );
                    }
                }
            }
        }
    }
}
