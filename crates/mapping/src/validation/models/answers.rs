//! Where outcomes are looked for, against what the vendor's model says that an answer holds.
//!
//! An expression is followed by shapes instead of values. What a function or literal gives is anything; a member that the model
//! does not have is told.

use jmespath::ast::Ast;
use samos_model::codes::mapping as codes;
use samos_model::finding::nearest;

use super::{Check, MemberShape};
use crate::entry::{FactShape, Found, RequestKind, RequestShape};
use crate::expression::Query;
use crate::paging::Paging;

impl Check<'_> {
    /// All expressions of the entry. With alternatives, what one of them has is enough.
    pub(super) fn answers(&mut self) {
        let entry = self.entry;
        let outputs = self.outputs(&entry.requests);
        for (_, _, outcome) in &entry.outcomes {
            let Found::Path(path) = &outcome.found else {
                continue;
            };
            let found = self.found(path, &outputs);
            let items: Vec<MemberShape> = found.into_iter().map(item).collect();
            for (member, _) in &outcome.filter {
                self.told(&items, |shape| field(shape, member));
            }
            let facts = outcome.facts.iter().filter_map(|(_, fact)| match fact {
                FactShape::Path(path) => Some(path),
                FactShape::Filled(_) => None,
            });
            for path in outcome.key.iter().chain(facts) {
                self.found(path, &items);
            }
        }
        let Some(lookup) = &entry.lookup else {
            return;
        };
        let outputs = self.outputs(&lookup.requests);
        for value in lookup.values.values() {
            let found = self.found(&value.path, &outputs);
            let items: Vec<MemberShape> = found.into_iter().map(item).collect();
            for (member, _) in &value.filter {
                self.told(&items, |shape| field(shape, member));
            }
            if let Some(path) = &value.key {
                self.found(path, &items);
            }
        }
    }

    /// What a listing's pages are told apart by.
    pub(super) fn paging(
        &mut self,
        paging: &Paging,
        input: &MemberShape,
        output: Option<&MemberShape>,
    ) {
        let outputs: Vec<MemberShape> = output.cloned().into_iter().collect();
        let told = [&paging.output, &paging.more, &paging.link];
        for path in paging.items.iter().chain(told.into_iter().flatten()) {
            // What is no expression was told when the file was read.
            if let Ok(query) = Query::compile(path) {
                self.found(&query, &outputs);
            }
        }
        for member in paging.input.iter().chain(&paging.limit) {
            self.told(std::slice::from_ref(input), |shape| field(shape, member));
        }
    }

    /// What may be answered to requests, where the model says.
    fn outputs(&self, requests: &[RequestShape]) -> Vec<MemberShape> {
        let outputs = requests.iter().filter_map(|shape| match &shape.kind {
            RequestKind::Model { operation, .. } => self.models.output(&shape.service, operation),
            _ => None,
        });
        outputs.collect()
    }

    /// What an expression finds in one of these.
    fn found(&mut self, query: &Query, within: &[MemberShape]) -> Vec<MemberShape> {
        self.told(within, |shape| follow(query.ast(), shape))
    }

    fn told(
        &mut self,
        within: &[MemberShape],
        find: impl Fn(&MemberShape) -> Result<MemberShape, Missing>,
    ) -> Vec<MemberShape> {
        let (mut found, mut missing) = (Vec::new(), None);
        for shape in within {
            match find(shape) {
                Ok(shape) => found.push(shape),
                Err(member) => missing = missing.or(Some(member)),
            }
        }
        if let (true, Some(Missing { name, known })) = (found.is_empty(), missing) {
            let help = match nearest(&name, known.iter().map(String::as_str)) {
                Some(known) => format!("Did you mean `{known}`?"),
                None => "Look the answer up in the vendor's model.".to_owned(),
            };
            let message = format!(
                "an answer to `{}` has no `{name}` there",
                self.entry.operation.local()
            );
            self.report(codes::MEMBER_UNKNOWN, &name, message, help);
        }
        found
    }
}

/// A member that is not in the model.
struct Missing {
    name: String,
    known: Vec<String>,
}

/// One of several.
fn item(shape: MemberShape) -> MemberShape {
    match shape {
        MemberShape::List(item) => *item,
        other => other,
    }
}

fn list(shape: MemberShape) -> MemberShape {
    MemberShape::List(Box::new(shape))
}

fn field(shape: &MemberShape, name: &str) -> Result<MemberShape, Missing> {
    let known = match shape {
        MemberShape::Any | MemberShape::Map => return Ok(MemberShape::Any),
        MemberShape::Structure(members) => members.as_slice(),
        _ => &[],
    };
    let mut members = known.iter();
    let found = members.find(|(its, ..)| its == name);
    found
        .map(|(_, _, shape)| shape.clone())
        .ok_or_else(|| Missing {
            name: name.to_owned(),
            known: known.iter().map(|(name, ..)| name.clone()).collect(),
        })
}

/// What an expression leads to.
fn follow(ast: &Ast, shape: &MemberShape) -> Result<MemberShape, Missing> {
    let anything = |of: &[&Ast]| {
        for ast in of {
            follow(ast, shape)?;
        }
        Ok(MemberShape::Any)
    };
    match ast {
        Ast::Identity { .. } | Ast::Slice { .. } => Ok(shape.clone()),
        Ast::Field { name, .. } => field(shape, name),
        Ast::Index { .. } => Ok(item(shape.clone())),
        // What an expression is applied to, its function decides.
        Ast::Literal { .. } | Ast::Expref { .. } => Ok(MemberShape::Any),
        Ast::Subexpr { lhs, rhs, .. } => follow(rhs, &follow(lhs, shape)?),
        Ast::Projection { lhs, rhs, .. } => Ok(list(follow(rhs, &item(follow(lhs, shape)?))?)),
        Ast::ObjectValues { node, .. } | Ast::Not { node, .. } => anything(&[node]),
        Ast::Flatten { node, .. } => Ok(match follow(node, shape)? {
            // One level of lists in lists is taken away.
            MemberShape::List(inner) => match *inner {
                MemberShape::List(inner) => MemberShape::List(inner),
                other => list(other),
            },
            other => other,
        }),
        Ast::Condition {
            predicate, then, ..
        } => {
            follow(predicate, shape)?;
            follow(then, shape)
        }
        Ast::Or { lhs, rhs, .. } => follow(lhs, shape).or(follow(rhs, shape)),
        Ast::And { lhs, rhs, .. } | Ast::Comparison { lhs, rhs, .. } => anything(&[lhs, rhs]),
        Ast::Function { args, .. } => anything(&args.iter().collect::<Vec<_>>()),
        Ast::MultiList { elements, .. } => anything(&elements.iter().collect::<Vec<_>>()),
        Ast::MultiHash { elements, .. } => {
            let values: Vec<&Ast> = elements.iter().map(|pair| &pair.value).collect();
            anything(&values)
        }
    }
}
