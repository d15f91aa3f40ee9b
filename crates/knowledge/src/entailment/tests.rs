//! The closure against a naive fixpoint over plain sets, on random ontologies with facts.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::vocabulary as v;

type Set = BTreeSet<Triple>;

/// Terms `0..` of a small universe: individuals, classes, properties, restrictions.
fn universe() -> (Terms, Vec<TermId>) {
    let mut terms = Terms::new();
    let names = (0..24).map(|n| terms.iri(&format!("urn:t{n}"))).collect();
    (terms, names)
}

const INDIVIDUALS: usize = 6;
const CLASSES: usize = 5;
const PROPERTIES: usize = 4;

/// What one random axiom or fact says, as picks that are folded into range.
#[derive(Clone, Debug)]
struct Pick {
    kind: u8,
    a: usize,
    b: usize,
    c: usize,
}

fn pick() -> impl Strategy<Value = Pick> {
    (0u8..40, 0usize..64, 0usize..64, 0usize..64).prop_map(|(kind, a, b, c)| Pick { kind, a, b, c })
}

fn triples_of(pick: &Pick, number: usize, terms: &mut Terms, names: &[TermId]) -> Vec<Triple> {
    let individual = |n: usize| names[n % INDIVIDUALS];
    let class = |n: usize| names[INDIVIDUALS + n % CLASSES];
    let property = |n: usize| names[INDIVIDUALS + CLASSES + n % PROPERTIES];
    let restriction = |n: usize| names[INDIVIDUALS + CLASSES + PROPERTIES + n % 3];
    let Pick { kind, a, b, c } = *pick;
    let mut list = |members: [TermId; 2]| {
        let nodes = [
            terms.blank(&format!("l{number}a")),
            terms.blank(&format!("l{number}b")),
        ];
        let cells = vec![
            [nodes[0], v::RDF_FIRST, members[0]],
            [nodes[0], v::RDF_REST, nodes[1]],
            [nodes[1], v::RDF_FIRST, members[1]],
            [nodes[1], v::RDF_REST, v::RDF_NIL],
        ];
        (nodes[0], cells)
    };
    match kind {
        0..=9 => vec![[individual(a), property(b), individual(c)]],
        10..=15 => vec![[individual(a), v::RDF_TYPE, class(b)]],
        16..=18 => vec![[class(a), v::RDFS_SUB_CLASS_OF, class(b)]],
        19 => vec![[class(a), v::OWL_EQUIVALENT_CLASS, class(b)]],
        20 | 21 => vec![[property(a), v::RDFS_SUB_PROPERTY_OF, property(b)]],
        22 => vec![[property(a), v::OWL_EQUIVALENT_PROPERTY, property(b)]],
        23 => vec![[property(a), v::OWL_INVERSE_OF, property(b)]],
        24 => vec![[property(a), v::RDFS_DOMAIN, class(b)]],
        25 => vec![[property(a), v::RDFS_RANGE, class(b)]],
        26 => vec![[property(a), v::RDF_TYPE, v::OWL_SYMMETRIC]],
        27 => vec![[property(a), v::RDF_TYPE, v::OWL_TRANSITIVE]],
        28 => vec![[property(a), v::RDF_TYPE, v::OWL_FUNCTIONAL]],
        29 => vec![[property(a), v::RDF_TYPE, v::OWL_INVERSE_FUNCTIONAL]],
        30 => vec![[individual(a), v::OWL_SAME_AS, individual(b)]],
        31 => vec![
            [restriction(a), v::OWL_ON_PROPERTY, property(b)],
            [restriction(a), v::OWL_SOME_VALUES_FROM, class(c)],
        ],
        32 => vec![
            [restriction(a), v::OWL_ON_PROPERTY, property(b)],
            [restriction(a), v::OWL_ALL_VALUES_FROM, class(c)],
        ],
        33 => vec![
            [restriction(a), v::OWL_ON_PROPERTY, property(b)],
            [restriction(a), v::OWL_HAS_VALUE, individual(c)],
        ],
        34 => vec![[class(a), v::RDFS_SUB_CLASS_OF, restriction(b)]],
        35 => vec![[class(a), v::OWL_EQUIVALENT_CLASS, restriction(b)]],
        36 | 37 => {
            let (head, mut cells) = list([class(b), class(c)]);
            cells.push([
                class(a),
                if kind == 36 {
                    v::OWL_INTERSECTION_OF
                } else {
                    v::OWL_UNION_OF
                },
                head,
            ]);
            cells
        }
        38 => {
            let (head, mut cells) = list([property(b), property(c)]);
            cells.push([property(a), v::OWL_PROPERTY_CHAIN, head]);
            cells
        }
        _ => {
            let (head, mut cells) = list([individual(b), individual(c)]);
            cells.push([class(a), v::OWL_ONE_OF, head]);
            cells
        }
    }
}

fn graph(picks: &[Pick]) -> (Terms, Vec<Vec<Triple>>) {
    let (mut terms, names) = universe();
    let groups = picks
        .iter()
        .enumerate()
        .map(|(number, pick)| triples_of(pick, number, &mut terms, &names))
        .collect();
    (terms, groups)
}

/// All members of a list in a plain set.
fn members(set: &Set, head: TermId) -> Vec<TermId> {
    let mut all = Vec::new();
    let mut node = head;
    while let Some(first) = set.iter().find(|t| t[0] == node && t[1] == v::RDF_FIRST) {
        all.push(first[2]);
        node = set
            .iter()
            .find(|t| t[0] == node && t[1] == v::RDF_REST)
            .map_or(v::RDF_NIL, |t| t[2]);
    }
    all
}

/// Everything, by trying every rule on everything until nothing is new.
fn naive(stated: &[Triple]) -> Set {
    let mut set: Set = stated.iter().copied().collect();
    loop {
        let mut new: Set = Set::new();
        let with = |p: TermId| set.iter().filter(move |t| t[1] == p);
        let is = |s: TermId, c: TermId| set.contains(&[s, v::RDF_TYPE, c]);
        // Names of the same thing.
        for t in with(v::OWL_SAME_AS) {
            new.insert([t[2], v::OWL_SAME_AS, t[0]]);
            for other in &set {
                for at in 0..3 {
                    if other[at] == t[0] && t[0] != t[2] {
                        let mut copy = *other;
                        copy[at] = t[2];
                        new.insert(copy);
                    }
                }
            }
        }
        // Hierarchies.
        for (under, alike) in [
            (v::RDFS_SUB_CLASS_OF, v::OWL_EQUIVALENT_CLASS),
            (v::RDFS_SUB_PROPERTY_OF, v::OWL_EQUIVALENT_PROPERTY),
        ] {
            for t in with(alike) {
                new.insert([t[0], under, t[2]]);
                new.insert([t[2], under, t[0]]);
            }
            for t in with(under) {
                if set.contains(&[t[2], under, t[0]]) {
                    new.insert([t[0], alike, t[2]]);
                }
                new.extend(
                    with(under)
                        .filter(|u| u[0] == t[2])
                        .map(|u| [t[0], under, u[2]]),
                );
            }
        }
        for t in with(v::OWL_INTERSECTION_OF) {
            let parts = members(&set, t[2]);
            new.extend(parts.iter().map(|part| [t[0], v::RDFS_SUB_CLASS_OF, *part]));
            let subjects: BTreeSet<TermId> = with(v::RDF_TYPE).map(|u| u[0]).collect();
            new.extend(
                subjects
                    .into_iter()
                    .filter(|s| parts.iter().all(|part| is(*s, *part)))
                    .map(|s| [s, v::RDF_TYPE, t[0]]),
            );
        }
        for t in with(v::OWL_UNION_OF) {
            new.extend(
                members(&set, t[2])
                    .into_iter()
                    .map(|part| [part, v::RDFS_SUB_CLASS_OF, t[0]]),
            );
        }
        for t in with(v::OWL_ONE_OF) {
            new.extend(
                members(&set, t[2])
                    .into_iter()
                    .map(|member| [member, v::RDF_TYPE, t[0]]),
            );
        }
        // Restrictions among themselves.
        for r in with(v::OWL_ON_PROPERTY) {
            for q in with(v::OWL_ON_PROPERTY) {
                let narrower = r[2] == q[2] || set.contains(&[r[2], v::RDFS_SUB_PROPERTY_OF, q[2]]);
                let under =
                    |a: TermId, b: TermId| a == b || set.contains(&[a, v::RDFS_SUB_CLASS_OF, b]);
                for (by, wide_to_narrow) in [
                    (v::OWL_SOME_VALUES_FROM, false),
                    (v::OWL_ALL_VALUES_FROM, true),
                ] {
                    for x in with(by).filter(|x| x[0] == r[0]) {
                        for y in with(by).filter(|y| y[0] == q[0]) {
                            if narrower && !wide_to_narrow && under(x[2], y[2]) {
                                new.insert([r[0], v::RDFS_SUB_CLASS_OF, q[0]]);
                            }
                            if narrower && wide_to_narrow && under(y[2], x[2]) {
                                new.insert([q[0], v::RDFS_SUB_CLASS_OF, r[0]]);
                            }
                        }
                    }
                }
                for x in with(v::OWL_HAS_VALUE).filter(|x| x[0] == r[0]) {
                    if narrower && set.contains(&[q[0], v::OWL_HAS_VALUE, x[2]]) {
                        new.insert([r[0], v::RDFS_SUB_CLASS_OF, q[0]]);
                    }
                }
            }
        }
        // Facts.
        for t in &set {
            let [s, p, o] = *t;
            if p == v::RDF_TYPE {
                new.extend(
                    with(v::RDFS_SUB_CLASS_OF)
                        .filter(|u| u[0] == o)
                        .map(|u| [s, v::RDF_TYPE, u[2]]),
                );
            }
            new.extend(
                with(v::RDFS_SUB_PROPERTY_OF)
                    .filter(|u| u[0] == p)
                    .map(|u| [s, u[2], o]),
            );
            new.extend(
                with(v::RDFS_DOMAIN)
                    .filter(|u| u[0] == p)
                    .map(|u| [s, v::RDF_TYPE, u[2]]),
            );
            new.extend(
                with(v::RDFS_RANGE)
                    .filter(|u| u[0] == p)
                    .map(|u| [o, v::RDF_TYPE, u[2]]),
            );
            new.extend(
                with(v::OWL_INVERSE_OF)
                    .filter(|u| u[0] == p)
                    .map(|u| [o, u[2], s]),
            );
            new.extend(
                with(v::OWL_INVERSE_OF)
                    .filter(|u| u[2] == p)
                    .map(|u| [o, u[0], s]),
            );
            if is(p, v::OWL_SYMMETRIC) {
                new.insert([o, p, s]);
            }
            if is(p, v::OWL_TRANSITIVE) {
                new.extend(with(p).filter(|u| u[0] == o).map(|u| [s, p, u[2]]));
            }
            if is(p, v::OWL_FUNCTIONAL) {
                new.extend(
                    with(p)
                        .filter(|u| u[0] == s)
                        .map(|u| [o, v::OWL_SAME_AS, u[2]]),
                );
            }
            if is(p, v::OWL_INVERSE_FUNCTIONAL) {
                new.extend(
                    with(p)
                        .filter(|u| u[2] == o)
                        .map(|u| [s, v::OWL_SAME_AS, u[0]]),
                );
            }
            for r in with(v::OWL_ON_PROPERTY).filter(|r| r[2] == p) {
                if with(v::OWL_SOME_VALUES_FROM).any(|u| u[0] == r[0] && is(o, u[2]))
                    || set.contains(&[r[0], v::OWL_HAS_VALUE, o])
                {
                    new.insert([s, v::RDF_TYPE, r[0]]);
                }
                if is(s, r[0]) {
                    new.extend(
                        with(v::OWL_ALL_VALUES_FROM)
                            .filter(|u| u[0] == r[0])
                            .map(|u| [o, v::RDF_TYPE, u[2]]),
                    );
                }
            }
            for chain in with(v::OWL_PROPERTY_CHAIN) {
                let parts = members(&set, chain[2]);
                if parts.first() == Some(&p) {
                    new.extend(
                        with(parts[1])
                            .filter(|u| u[0] == o)
                            .map(|u| [s, chain[0], u[2]]),
                    );
                }
            }
        }
        for r in with(v::OWL_ON_PROPERTY) {
            for u in with(v::OWL_HAS_VALUE).filter(|u| u[0] == r[0]) {
                new.extend(
                    with(v::RDF_TYPE)
                        .filter(|t| t[2] == r[0])
                        .map(|t| [t[0], r[2], u[2]]),
                );
            }
        }
        // What is under itself or the same as itself says nothing.
        let empty = [
            v::RDFS_SUB_CLASS_OF,
            v::RDFS_SUB_PROPERTY_OF,
            v::OWL_EQUIVALENT_CLASS,
            v::OWL_EQUIVALENT_PROPERTY,
            v::OWL_SAME_AS,
        ];
        new.retain(|t| !(t[0] == t[2] && empty.contains(&t[1])));
        let before = set.len();
        set.extend(new);
        if set.len() == before {
            return set;
        }
    }
}

fn all(closure: &Closure) -> Set {
    let mut seen = Set::new();
    for triple in closure.matching(None, None, None) {
        assert!(seen.insert(triple), "{triple:?} is given twice");
    }
    seen
}

/// Without statements that something is under, or the same as, itself: stated ones are kept by one side only.
fn telling(set: Set) -> Set {
    let empty = [
        v::RDFS_SUB_CLASS_OF,
        v::RDFS_SUB_PROPERTY_OF,
        v::OWL_EQUIVALENT_CLASS,
        v::OWL_EQUIVALENT_PROPERTY,
        v::OWL_SAME_AS,
    ];
    set.into_iter()
        .filter(|t| !(t[0] == t[2] && empty.contains(&t[1])))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_closure_is_the_naive_fixpoint(picks in prop::collection::vec(pick(), 0..22)) {
        let (terms, groups) = graph(&picks);
        let stated = groups.concat();
        let closure = Closure::new(stated.clone(), &terms);
        prop_assert_eq!(telling(all(&closure)), telling(naive(&stated)));
    }

    #[test]
    fn adding_piece_by_piece_gives_the_same(picks in prop::collection::vec(pick(), 0..22), cut in 0usize..22) {
        let (terms, groups) = graph(&picks);
        let cut = cut.min(groups.len());
        let mut closure = Closure::new(groups[..cut].concat(), &terms);
        let shared = closure.clone();
        let before = all(&shared);
        for group in &groups[cut..] {
            closure.insert(group, &terms);
        }
        let at_once = Closure::new(groups.concat(), &terms);
        prop_assert_eq!(telling(all(&closure)), telling(all(&at_once)));
        prop_assert_eq!(all(&shared), before, "a clone changed");
    }

    #[test]
    fn patterns_agree_with_the_whole(picks in prop::collection::vec(pick(), 0..16)) {
        let (terms, groups) = graph(&picks);
        let closure = Closure::new(groups.concat(), &terms);
        let whole = all(&closure);
        for &[s, p, o] in &whole {
            for (s, p, o) in [(Some(s), None, None), (None, Some(p), None), (None, None, Some(o)), (Some(s), Some(p), None), (None, Some(p), Some(o)), (Some(s), None, Some(o)), (Some(s), Some(p), Some(o))] {
                let mut found: Vec<Triple> = closure.matching(s, p, o).collect();
                found.sort_unstable();
                let wanted: Vec<Triple> = whole.iter().copied().filter(|t| s.is_none_or(|s| s == t[0]) && p.is_none_or(|p| p == t[1]) && o.is_none_or(|o| o == t[2])).collect();
                prop_assert_eq!(found, wanted);
            }
            prop_assert!(closure.contains([s, p, o]));
        }
    }

    #[test]
    fn taking_facts_back_gives_the_same_as_never_having_had_them(
        picks in prop::collection::vec(pick(), 0..22),
        out in prop::collection::vec(any::<bool>(), 22),
    ) {
        let (terms, groups) = graph(&picks);
        let closure = Closure::new(groups.concat(), &terms);
        let fact = |group: &[Triple]| group.len() == 1 && !is_axiom(group[0]) && group[0][1] != v::OWL_SAME_AS;
        let (gone, kept): (Vec<_>, Vec<_>) = groups.iter().zip(&out).partition(|(group, out)| **out && fact(group));
        let kept: Vec<Triple> = kept.into_iter().flat_map(|(group, _)| group.clone()).collect();
        let gone: Vec<Triple> = gone.into_iter().flat_map(|(group, _)| group.clone()).filter(|triple| !kept.contains(triple)).collect();
        let mut less = closure.clone();
        let before = all(&closure);
        if less.withdraw(&gone, &|triple| kept.contains(&triple), &terms) {
            prop_assert_eq!(telling(all(&less)), telling(all(&Closure::new(kept, &terms))));
        }
        prop_assert_eq!(all(&closure), before, "a clone changed");
    }
}
