//! Reading one specification: the annotations of its axioms, parsed, resolved and checked.

use samos_model::finding::{Finding, Severity, nearest};
use samos_model::name::Name;
use samos_model::operation::{Category, DefaultValue, Kind, Outcome, Parameter, Reads};
use samos_model::text::{
    Condition, Effect, RawName, Resolve as _, Span, TextError, parse_condition, parse_effects,
    parse_outcomes, parse_parameters,
};
use samos_model::value::Literal;

use super::checks::Checks;
use super::lexicon::Lexicon;
use super::path::{NameProblem, Scope, Variable};
use crate::codes;
use crate::ledger::Statement;
use crate::sources::Part;
use crate::terms::TermId;
use crate::vocabulary as v;

/// The elements of one operation.
#[derive(Default)]
pub(super) struct Elements {
    pub(super) category: Option<Category>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) precondition: Condition,
    pub(super) postcondition: Vec<Effect>,
    pub(super) cost: Option<f64>,
    pub(super) duration_s: Option<f64>,
}

/// A literal that holds part of a specification.
#[derive(Clone, Copy)]
struct Text<'a> {
    statement: Statement,
    text: &'a str,
}

struct Reader<'a> {
    scope: Scope<'a>,
    nodes: &'a [TermId],
    operation: String,
    findings: &'a mut Vec<Finding>,
}

impl Elements {
    /// Reads what the axioms' nodes say; what is wrong goes into the findings.
    pub(super) fn read(
        lexicon: &Lexicon<'_>,
        operation: TermId,
        subject: TermId,
        kind: Kind,
        nodes: &[TermId],
        findings: &mut Vec<Finding>,
    ) -> Self {
        let scope = Scope {
            lexicon,
            subject,
            variables: std::collections::BTreeMap::new(),
        };
        let mut reader = Reader {
            scope,
            nodes,
            operation: lexicon.short(operation),
            findings,
        };
        reader.report_misplaced(operation);
        let category = reader.category(operation);
        let parameters = reader.parameters();
        let (outcomes, reads) = reader.outcomes();
        let outcomes = reader.reads(outcomes, reads);
        let precondition = reader.precondition();
        let postcondition = reader.postcondition(kind, &outcomes);
        let cost = reader.number(v::SAMOS_COST, "cost");
        let duration_s = reader.number(v::SAMOS_DURATION, "duration");
        Self {
            category,
            parameters,
            outcomes,
            precondition,
            postcondition,
            cost,
            duration_s,
        }
    }
}

impl<'a> Reader<'a> {
    fn statements(&self, predicate: TermId) -> Vec<Statement> {
        let mut all: Vec<Statement> = self
            .nodes
            .iter()
            .flat_map(|node| self.scope.lexicon.store.stated_objects(*node, predicate))
            .collect();
        all.sort_by_key(|statement| statement.origin);
        all
    }

    fn texts(&self, predicate: TermId) -> Vec<Text<'a>> {
        let terms = &self.scope.lexicon.store.terms;
        self.statements(predicate)
            .into_iter()
            .map(|statement| Text {
                statement,
                text: terms.text(statement.triple[2]),
            })
            .collect()
    }

    fn report(&mut self, finding: Finding, statement: Statement, inside: usize) {
        let finding = match self.scope.lexicon.store.place_inside(statement, inside) {
            Some(place) => finding.at(place),
            None => finding,
        };
        self.findings.push(finding);
    }

    fn report_text(&mut self, error: &TextError, text: Text<'_>) {
        let finding = Finding::error(error.code, error.message.clone(), error.help.clone());
        self.report(finding, text.statement, error.span.start);
    }

    fn report_name(&mut self, problem: NameProblem, statement: Statement) {
        let finding = Finding::error(problem.code, problem.message, problem.help);
        self.report(finding, statement, problem.span.start);
    }

    fn report_misplaced(&mut self, operation: TermId) {
        let store = self.scope.lexicon.store;
        for element in [
            v::SAMOS_PARAMETER,
            v::SAMOS_OUTCOME,
            v::SAMOS_PRECONDITION,
            v::SAMOS_POSTCONDITION,
        ] {
            for statement in store.stated_objects(operation, element) {
                let message = format!(
                    "an element of `{}` stands on the operation itself",
                    self.operation
                );
                let help = "move it to the owl:Axiom that annotates the link";
                let finding = Finding::error(codes::MISPLACED, message, help);
                self.findings
                    .push(store.at(finding, Some(statement), Part::Predicate));
            }
        }
    }

    /// The only value of an element that is given once.
    fn once(&mut self, predicate: TermId, name: &str) -> Option<Statement> {
        let all = self.statements(predicate);
        for more in all.iter().skip(1) {
            let message = format!("`{}` has more than one {name}", self.operation);
            let finding = Finding::error(
                codes::SPECIFIED_TWICE,
                message,
                "join them with `and`, or take one out",
            );
            let finding = self
                .scope
                .lexicon
                .store
                .at(finding, Some(*more), Part::Object);
            self.findings.push(finding);
        }
        all.first().copied()
    }

    fn category(&mut self, operation: TermId) -> Option<Category> {
        let store = self.scope.lexicon.store;
        let of = |term: TermId| match term {
            v::SAMOS_IAAS | v::SAMOS_IAAS_OPERATION => Some(Category::IaaS),
            v::SAMOS_PAAS | v::SAMOS_PAAS_OPERATION => Some(Category::PaaS),
            v::SAMOS_SAAS | v::SAMOS_SAAS_OPERATION => Some(Category::SaaS),
            v::SAMOS_COMMON | v::SAMOS_COMMON_OPERATION => Some(Category::Common),
            _ => None,
        };
        if let Some(statement) = self.once(v::SAMOS_CATEGORY, "category") {
            let given = statement.triple[2];
            let category = of(given);
            if category.is_none() {
                let message = format!("`{}` is not a category", self.scope.lexicon.short(given));
                let finding = Finding::error(
                    codes::NO_CATEGORY,
                    message,
                    "write samos:IaaS, samos:PaaS, samos:SaaS or samos:Common",
                );
                self.findings
                    .push(store.at(finding, Some(statement), Part::Object));
            }
            return category;
        }
        let by_type = store.closure.types(operation).into_iter().find_map(of);
        if by_type.is_none() {
            let message = format!("`{}` has no category", self.operation);
            let finding = Finding::error(
                codes::NO_CATEGORY,
                message,
                "add `samos:category samos:IaaS`, PaaS, SaaS or Common to its axiom",
            );
            let place = self
                .nodes
                .first()
                .and_then(|node| store.first_about(*node))
                .or_else(|| store.first_about(operation));
            self.findings.push(store.at(finding, place, Part::Subject));
        }
        by_type
    }

    fn declare(&mut self, name: &Name, of_type: samos_model::Iri, multiple: bool, text: Text<'_>) {
        let taken = self.scope.variables.contains_key(name);
        if taken || ["subject", "account", "service", "provider"].contains(&name.as_str()) {
            let message = format!("the name `{name}` is used twice in `{}`", self.operation);
            let finding = Finding::error(
                codes::NAMED_TWICE,
                message,
                "give each parameter and outcome a name of its own",
            );
            // The last place where the name is followed by its type is the second use.
            let at = word_at(text.text, name.as_str(), usize::MAX).unwrap_or(0);
            self.report(finding, text.statement, at);
        }
        self.scope
            .variables
            .insert(name.clone(), Variable { of_type, multiple });
    }

    fn type_of(&mut self, raw: &RawName, statement: Statement) -> Option<samos_model::Iri> {
        match self.scope.type_name(raw) {
            Ok(iri) => Some(iri),
            Err(problem) => {
                self.report_name(problem, statement);
                None
            }
        }
    }

    fn parameters(&mut self) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for text in self.texts(v::SAMOS_PARAMETER) {
            let parsed = match parse_parameters(text.text) {
                Ok(parsed) => parsed,
                Err(error) => {
                    self.report_text(&error, text);
                    continue;
                }
            };
            for raw in parsed {
                let Some(of_type) = self.type_of(&raw.of_type, text.statement) else {
                    continue;
                };
                self.declare(&raw.name, of_type.clone(), raw.multiple, text);
                let default = raw
                    .default
                    .as_ref()
                    .and_then(|default| self.default(default, &of_type, &raw.of_type, text));
                parameters.push(Parameter {
                    name: raw.name,
                    of_type,
                    mandatory: raw.mandatory,
                    multiple: raw.multiple,
                    default,
                });
            }
        }
        parameters
    }

    /// A default, in the parameter's own datatype.
    fn default(
        &mut self,
        raw: &DefaultValue<RawName>,
        of_type: &samos_model::Iri,
        type_name: &RawName,
        text: Text<'_>,
    ) -> Option<DefaultValue> {
        match raw {
            DefaultValue::Individual(name) => match self.scope.individual(name) {
                Ok(iri) => Some(DefaultValue::Individual(iri)),
                Err(problem) => {
                    self.report_name(problem, text.statement);
                    None
                }
            },
            DefaultValue::Literal(literal)
                if self.scope.lexicon.datatypes.has(of_type.as_str()) =>
            {
                if let Err(problem) = self
                    .scope
                    .lexicon
                    .datatypes
                    .check(literal, of_type.as_str())
                {
                    let finding = Finding::error(
                        codes::DOES_NOT_FIT,
                        format!("the default does not fit: {}", problem.message),
                        format!("give {}", problem.expected),
                    );
                    let after = text.text.get(type_name.span.end..).unwrap_or("");
                    let skipped = after.len() - after.trim_start_matches([' ', '=']).len();
                    self.report(finding, text.statement, type_name.span.end + skipped);
                }
                Some(DefaultValue::Literal(Literal::new(
                    literal.lexical.clone(),
                    of_type.clone(),
                )))
            }
            DefaultValue::Literal(literal) => Some(DefaultValue::Literal(literal.clone())),
        }
    }

    #[allow(
        clippy::type_complexity,
        reason = "the second part waits for all outcomes' names and is used once, by the caller"
    )]
    fn outcomes(&mut self) -> (Vec<Outcome>, Vec<(usize, Reads<RawName>, Text<'a>)>) {
        let mut outcomes = Vec::new();
        let mut reads = Vec::new();
        for text in self.texts(v::SAMOS_OUTCOME) {
            let parsed = match parse_outcomes(text.text) {
                Ok(parsed) => parsed,
                Err(error) => {
                    self.report_text(&error, text);
                    continue;
                }
            };
            for raw in parsed {
                let Some(of_type) = self.type_of(&raw.of_type, text.statement) else {
                    continue;
                };
                self.declare(&raw.name, of_type.clone(), raw.multiple, text);
                reads.extend(raw.reads.map(|read| (outcomes.len(), read, text)));
                outcomes.push(Outcome {
                    name: raw.name,
                    of_type,
                    multiple: raw.multiple,
                    reads: None,
                });
            }
        }
        (outcomes, reads)
    }

    fn reads(
        &mut self,
        mut outcomes: Vec<Outcome>,
        reads: Vec<(usize, Reads<RawName>, Text<'a>)>,
    ) -> Vec<Outcome> {
        for (at, raw, text) in reads {
            let checks = Checks::new(&self.scope, text.text);
            match checks.read_path(&raw.path) {
                Ok(path) => {
                    if let Some(outcome) = outcomes.get_mut(at) {
                        outcome.reads = Some(Reads {
                            path,
                            some: raw.some,
                        });
                    }
                }
                Err(problem) => self.report_name(problem, text.statement),
            }
        }
        outcomes
    }

    fn precondition(&mut self) -> Condition {
        let Some(statement) = self.once(v::SAMOS_PRECONDITION, "precondition") else {
            return Condition::default();
        };
        let text = Text {
            statement,
            text: self.scope.lexicon.store.terms.text(statement.triple[2]),
        };
        let raw = match parse_condition(text.text) {
            Ok(raw) => raw,
            Err(error) => {
                self.report_text(&error, text);
                return Condition::default();
            }
        };
        let mut checks = Checks::new(&self.scope, text.text);
        let condition = checks.condition(&raw);
        let problems = checks.into_problems();
        self.report_all(problems, statement);
        condition
    }

    fn report_all(&mut self, problems: Vec<(Severity, NameProblem)>, statement: Statement) {
        for (severity, problem) in problems {
            let finding = Finding {
                severity,
                ..Finding::error(problem.code, problem.message, problem.help)
            };
            self.report(finding, statement, problem.span.start);
        }
    }

    fn postcondition(&mut self, kind: Kind, outcomes: &[Outcome]) -> Vec<Effect> {
        let Some(statement) = self.once(v::SAMOS_POSTCONDITION, "postcondition") else {
            return Vec::new();
        };
        let text = Text {
            statement,
            text: self.scope.lexicon.store.terms.text(statement.triple[2]),
        };
        let raw = match parse_effects(text.text) {
            Ok(raw) => raw,
            Err(error) => {
                self.report_text(&error, text);
                return Vec::new();
            }
        };
        if kind == Kind::Information && !raw.is_empty() {
            let message = format!(
                "`{}` is an information request but changes something",
                self.operation
            );
            let finding = Finding::error(
                codes::READER_CHANGES,
                message,
                "link it by samos:hasSMR, or take the postcondition out",
            );
            self.report(finding, statement, 0);
        }
        let mut checks = Checks::new(&self.scope, text.text);
        let effects = checks.effects(&raw);
        let mut problems = checks.into_problems();
        for effect in &raw {
            if let Effect::Create { outcome, .. } = effect
                && !outcomes.iter().any(|known| known.name == *outcome)
            {
                let help = match nearest(
                    outcome.as_str(),
                    outcomes.iter().map(|known| known.name.as_str()),
                ) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("declare it: samos:outcome \"({outcome}: Type)\""),
                };
                let start = word_at(text.text, outcome.as_str(), 0).unwrap_or(0);
                let problem = NameProblem::new(
                    codes::UNKNOWN_OUTCOME,
                    Span { start, end: start },
                    format!("`create` names no outcome: `{outcome}`"),
                    help,
                );
                problems.push((Severity::Error, problem));
            }
        }
        self.report_all(problems, statement);
        effects
    }

    fn number(&mut self, predicate: TermId, name: &str) -> Option<f64> {
        let statement = self.once(predicate, name)?;
        let text = self.scope.lexicon.store.terms.text(statement.triple[2]);
        let number = text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite() && *number >= 0.0);
        if number.is_none() {
            let message = format!("`{text}` is not a {name}");
            let finding = Finding::error(
                codes::BAD_NUMBER,
                message,
                "write a number that is not negative, such as 2.5",
            );
            self.findings.push(
                self.scope
                    .lexicon
                    .store
                    .at(finding, Some(statement), Part::Object),
            );
        }
        number
    }
}

/// Where a word stands by itself: the first place from `from` on, or the last one when `from` is the end.
pub(super) fn word_at(text: &str, word: &str, from: usize) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == ':';
    let alone = |at: usize| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|after| after.chars().next());
        !before.is_some_and(|c| is_part(c) || c == '.')
            && !after.is_some_and(|c| is_part(c) && c != ':')
    };
    let mut places = text
        .match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| alone(*at));
    if from == usize::MAX {
        places.last()
    } else {
        places.find(|at| *at >= from)
    }
}
