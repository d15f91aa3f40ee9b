//! The recursive-descent parser of the compact text.

use crate::codes;
use crate::name::Name;
use crate::operation::{DefaultValue, Outcome, Parameter, Reads};
use crate::value::Literal;

use super::lexer::{Notation, Token, is_name_start, tokens};
use super::name::{RawName, Span, Spelling};
use super::{Atom, Comparison, Condition, Conjunct, Effect, Path, Root, Sign, Term};

/// Nesting beyond this is refused, so that no text can exhaust the stack.
const DEEPEST: usize = 64;

/// Why a text could not be read.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct TextError {
    /// The stable code.
    pub code: &'static str,
    /// Where in the text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl TextError {
    pub(super) fn new(
        code: &'static str,
        span: Span,
        message: String,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            span,
            message,
            help: help.into(),
        }
    }
}

/// Parses a precondition; the empty text is `unconditional`.
///
/// # Errors
/// When the text is not a condition.
pub fn parse_condition(text: &str) -> Result<Condition<RawName>, TextError> {
    let mut parser = Parser::new(text, Notation::Formula)?;
    if parser.is_done() {
        return Ok(Condition::default());
    }
    let condition = parser.condition()?;
    parser.finish("`and` joins conditions").map(|()| condition)
}

/// Parses a postcondition; the empty text changes nothing.
///
/// # Errors
/// When the text is not a conjunction of effects.
pub fn parse_effects(text: &str) -> Result<Vec<Effect<RawName>>, TextError> {
    let mut parser = Parser::new(text, Notation::Formula)?;
    let mut effects = Vec::new();
    if parser.is_done() || parser.take_word("unconditional") {
        return parser
            .finish("`unconditional` stands alone")
            .map(|()| effects);
    }
    effects.push(parser.effect()?);
    while parser.take_word("and") {
        effects.push(parser.effect()?);
    }
    parser.finish("`and` joins effects").map(|()| effects)
}

/// Parses a path such as `subject.state` or `ec2:web-1.publicAddress`.
///
/// # Errors
/// When the text is not a path.
pub fn parse_path(text: &str) -> Result<Path<RawName>, TextError> {
    let mut parser = Parser::new(text, Notation::Formula)?;
    let path = parser.path()?;
    parser
        .finish("a path is names joined by dots")
        .map(|()| path)
}

/// Parses a term such as `80`, `ec2:running` or `count(service.instances) + 1`.
///
/// # Errors
/// When the text is not a term.
pub fn parse_term(text: &str) -> Result<Term<RawName>, TextError> {
    let mut parser = Parser::new(text, Notation::Formula)?;
    let term = parser.term()?;
    parser.finish("a term is one value or a sum").map(|()| term)
}

/// Parses a list of parameters in the notation of the paper's table 2.
///
/// # Errors
/// When the text is not such a list.
pub fn parse_parameters(text: &str) -> Result<Vec<Parameter<RawName>>, TextError> {
    let mut parser = Parser::new(text, Notation::Elements)?;
    let mut parameters = Vec::new();
    while !parser.is_done() {
        parameters.push(parser.parameter()?);
        if !parser.take_sign(",") {
            break;
        }
    }
    parser
        .finish("a comma parts parameters")
        .map(|()| parameters)
}

/// Parses a list of outcomes.
///
/// # Errors
/// When the text is not such a list.
pub fn parse_outcomes(text: &str) -> Result<Vec<Outcome<RawName>>, TextError> {
    let mut parser = Parser::new(text, Notation::Elements)?;
    let mut outcomes = Vec::new();
    while !parser.is_done() {
        outcomes.push(parser.outcome()?);
        if !parser.take_sign(",") {
            break;
        }
    }
    parser.finish("a comma parts outcomes").map(|()| outcomes)
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn new(text: &str, notation: Notation) -> Result<Self, TextError> {
        Ok(Self {
            tokens: tokens(text, notation)?,
            at: 0,
            end: text.len(),
            depth: 0,
        })
    }

    fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn finish(&self, help: &str) -> Result<(), TextError> {
        if self.is_done() {
            Ok(())
        } else {
            Err(self.unexpected("the end", help))
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(
            Span {
                start: self.end,
                end: self.end,
            },
            |(_, span)| *span,
        )
    }

    fn unexpected(&self, expected: &str, help: &str) -> TextError {
        let found = match self.peek() {
            None => "the text ends".to_owned(),
            Some(Token::Name(name)) => format!("found `{name}`"),
            Some(Token::Literal(literal)) => format!("found `{literal}`"),
            Some(Token::Sign(sign)) => format!("found `{sign}`"),
        };
        TextError::new(
            codes::text::UNEXPECTED,
            self.span(),
            format!("expected {expected}, but {found}"),
            help,
        )
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(here);
        here
    }

    fn expect_sign(&mut self, sign: &str, help: &str) -> Result<(), TextError> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{sign}`"), help))
        }
    }

    fn is_word(&self, offset: usize, word: &str) -> bool {
        matches!(self.tokens.get(self.at + offset), Some((Token::Name(Spelling::Bare(found)), _)) if found == word)
    }

    fn is_sign(&self, offset: usize, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + offset), Some((Token::Sign(found), _)) if *found == sign)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let here = self.is_word(0, word);
        self.at += usize::from(here);
        here
    }

    /// Does a path follow at that offset? Then a keyword before it is a keyword; else it is a name that looks like one.
    fn path_follows(&self, offset: usize) -> bool {
        matches!(self.tokens.get(self.at + offset), Some((Token::Name(_), _)))
            && !["is", "in", "contains", "and", "or"]
                .iter()
                .any(|word| self.is_word(offset, word))
    }

    fn name(&mut self, expected: &str, help: &str) -> Result<RawName, TextError> {
        let Some((Token::Name(spelling), span)) = self.tokens.get(self.at) else {
            return Err(self.unexpected(expected, help));
        };
        let name = RawName {
            spelling: spelling.clone(),
            span: *span,
        };
        self.at += 1;
        Ok(name)
    }

    fn bare(&mut self, expected: &str, help: &str) -> Result<Name, TextError> {
        let Some(Token::Name(Spelling::Bare(name))) = self.peek() else {
            return Err(self.unexpected(expected, help));
        };
        let name = Name::from(name.as_str());
        self.at += 1;
        Ok(name)
    }

    fn condition(&mut self) -> Result<Condition<RawName>, TextError> {
        if self.is_word(0, "unconditional") && !self.is_sign(1, ".") {
            self.at += 1;
            return Ok(Condition::default());
        }
        let mut conjuncts = vec![self.conjunct()?];
        while self.take_word("and") {
            conjuncts.push(self.conjunct()?);
        }
        Ok(Condition { conjuncts })
    }

    fn conjunct(&mut self) -> Result<Conjunct<RawName>, TextError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(TextError::new(
                codes::text::TOO_DEEP,
                self.span(),
                format!("nested deeper than {DEEPEST}"),
                "flatten the condition; a conjunction needs no brackets",
            ));
        }
        let conjunct = self.conjunct_at_depth();
        self.depth -= 1;
        conjunct
    }

    fn conjunct_at_depth(&mut self) -> Result<Conjunct<RawName>, TextError> {
        let starts_conjunct = self.path_follows(1) || self.is_sign(1, "(");
        if self.is_word(0, "not") && starts_conjunct {
            self.at += 1;
            return Ok(Conjunct::Not(Box::new(self.conjunct()?)));
        }
        if self.is_word(0, "not")
            && matches!(self.tokens.get(self.at + 1), Some((Token::Literal(_), _)))
        {
            self.at += 1;
            return Ok(Conjunct::Not(Box::new(self.conjunct()?)));
        }
        if self.is_word(0, "exists") && self.path_follows(1) {
            self.at += 1;
            return Ok(Conjunct::Exists { path: self.path()? });
        }
        if self.take_sign("(") {
            let mut alternatives = vec![self.condition()?];
            while self.take_word("or") {
                alternatives.push(self.condition()?);
            }
            self.expect_sign(
                ")",
                "close the bracket; inside, `or` parts alternatives and `and` joins conditions",
            )?;
            return Ok(Conjunct::Either(alternatives));
        }
        let left = self.term()?;
        if let Some(Atom::Path(path)) = left.as_atom() {
            let path = path.clone();
            if self.take_word("is") {
                return Ok(Conjunct::Is {
                    path,
                    of_type: self.name("a class", "write `path is Class`")?,
                });
            }
            if self.take_word("in") {
                return Ok(Conjunct::In {
                    path,
                    values: self.value_set()?,
                });
            }
            if self.take_word("contains") {
                return Ok(Conjunct::Contains {
                    path,
                    value: self.value()?,
                });
            }
        }
        let comparison = self.comparison()?;
        Ok(Conjunct::Compare {
            left,
            comparison,
            right: self.term()?,
        })
    }

    fn comparison(&mut self) -> Result<Comparison, TextError> {
        let found = match self.peek() {
            Some(Token::Sign(sign)) => *sign,
            _ => "",
        };
        let comparison = match found {
            "==" => Comparison::Equal,
            "!=" => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            ">=" => Comparison::AtLeast,
            _ => {
                let help = "compare with `==`, `!=`, `<`, `<=`, `>` or `>=`, or write `is`, `in` or `contains`";
                return Err(self.unexpected("a comparison such as `==`", help));
            }
        };
        self.at += 1;
        Ok(comparison)
    }

    fn value_set(&mut self) -> Result<Vec<Atom<RawName>>, TextError> {
        self.expect_sign("{", "write `path in {a, b}`")?;
        let mut values = vec![self.value()?];
        while self.take_sign(",") {
            values.push(self.value()?);
        }
        self.expect_sign("}", "close the set of values with `}`")
            .map(|()| values)
    }

    fn term(&mut self) -> Result<Term<RawName>, TextError> {
        let mut term = Term::from(self.atom()?);
        loop {
            let sign = if self.take_sign("+") {
                Sign::Plus
            } else if self.take_sign("-") {
                Sign::Minus
            } else {
                return Ok(term);
            };
            let atom = self.atom()?;
            term.rest.push((sign, atom));
        }
    }

    fn atom(&mut self) -> Result<Atom<RawName>, TextError> {
        if self.is_word(0, "count") && self.is_sign(1, "(") {
            self.at += 2;
            let path = self.path()?;
            return self
                .expect_sign(")", "write `count(path)`")
                .map(|()| Atom::Count(path));
        }
        self.value()
    }

    fn value(&mut self) -> Result<Atom<RawName>, TextError> {
        if let Some(Token::Literal(literal)) = self.peek() {
            let literal: Literal = literal.clone();
            self.at += 1;
            return Ok(Atom::Literal(literal));
        }
        self.path().map(Atom::Path)
    }

    fn path(&mut self) -> Result<Path<RawName>, TextError> {
        let help =
            "a value is a number, a \"string\", `prefix:name`, or a path such as `subject.state`";
        let name = self.name("a value or a path", help)?;
        let root = match &name.spelling {
            Spelling::Bare(word) => match word.as_str() {
                "subject" => Root::Subject,
                "account" => Root::Account,
                "service" => Root::Service,
                "provider" => Root::Provider,
                other => Root::Variable(Name::from(other)),
            },
            Spelling::Prefixed(..) | Spelling::Bracketed(_) => Root::Individual(name),
        };
        let mut properties = Vec::new();
        while self.take_sign(".") {
            properties.push(self.name("a property", "a dot is followed by a property's name")?);
        }
        Ok(Path { root, properties })
    }

    fn effect(&mut self) -> Result<Effect<RawName>, TextError> {
        if self.path_follows(1) {
            if self.take_word("clear") {
                return Ok(Effect::Clear(self.path()?));
            }
            if self.take_word("renew") {
                return Ok(Effect::Renew(self.path()?));
            }
            if self.take_word("delete") {
                return Ok(Effect::Delete(self.path()?));
            }
            if self.take_word("create") {
                let outcome = self.bare(
                    "an outcome's name",
                    "write `create outcome` or `create outcome * count`",
                )?;
                let count = if self.take_sign("*") {
                    Some(self.term()?)
                } else {
                    None
                };
                return Ok(Effect::Create { outcome, count });
            }
        }
        let path = self.path()?;
        let help = "an effect is `path = value`, `+=`, `-=`, `clear path`, `renew path`, `create outcome` or `delete path`";
        if self.take_sign("=") || self.take_sign("==") {
            Ok(Effect::Set {
                path,
                value: self.term()?,
            })
        } else if self.take_sign("+=") {
            Ok(Effect::Add {
                path,
                value: self.term()?,
            })
        } else if self.take_sign("-=") {
            Ok(Effect::Remove {
                path,
                value: self.term()?,
            })
        } else {
            Err(self.unexpected("`=`, `+=` or `-=`", help))
        }
    }

    fn parameter(&mut self) -> Result<Parameter<RawName>, TextError> {
        let mandatory = self.take_sign("[");
        let (name, of_type, multiple, default) = self.element(true)?;
        if mandatory {
            self.expect_sign(
                "]",
                "a mandatory parameter is `[(name: Type)]` or `[<name: Type>]`",
            )?;
        }
        Ok(Parameter {
            name,
            of_type,
            mandatory,
            multiple,
            default,
        })
    }

    fn outcome(&mut self) -> Result<Outcome<RawName>, TextError> {
        let (name, of_type, multiple, _) = self.element(false)?;
        let reads = if self.take_word("reads") {
            let some = self.is_word(0, "some") && self.path_follows(1) && self.take_word("some");
            Some(Reads {
                path: self.path()?,
                some,
            })
        } else {
            None
        };
        Ok(Outcome {
            name,
            of_type,
            multiple,
            reads,
        })
    }

    /// `(name: Type)` or `<name: Type>`, with `= default` where allowed.
    #[allow(
        clippy::type_complexity,
        reason = "the four parts of an element are used once, by the two callers"
    )]
    fn element(
        &mut self,
        with_default: bool,
    ) -> Result<(Name, RawName, bool, Option<DefaultValue<RawName>>), TextError> {
        let single = "a single one is `(name: Type)`, a multiple one `<name: Type>`";
        let multiple = self.take_sign("<");
        if !multiple {
            self.expect_sign("(", single)?;
        }
        let name = self.element_name(single)?;
        let (name, of_type) = match name {
            (name, Some(of_type)) => (name, of_type),
            (name, None) => {
                self.expect_sign(":", single)?;
                (name, self.name("a type", single)?)
            }
        };
        let mut default = None;
        if with_default && self.take_sign("=") {
            default = Some(if let Some(Token::Literal(literal)) = self.peek() {
                let literal = literal.clone();
                self.at += 1;
                DefaultValue::Literal(literal)
            } else {
                DefaultValue::Individual(
                    self.name("a default", "a default is a literal or an individual")?,
                )
            });
        }
        let close = if multiple { ">" } else { ")" };
        self.expect_sign(
            close,
            &format!(
                "what opens with `{}` closes with `{close}`",
                if multiple { "<" } else { "(" }
            ),
        )?;
        Ok((name, of_type, multiple, default))
    }

    /// An element's name; `name:Type` written without a space is one token, a prefixed name, and is taken apart here.
    fn element_name(&mut self, help: &str) -> Result<(Name, Option<RawName>), TextError> {
        if let Some((Token::Name(Spelling::Prefixed(name, of_type)), span)) =
            self.tokens.get(self.at)
        {
            // What stands behind the colon was read as the end of a name; here it begins one.
            let is_name = of_type.starts_with(is_name_start);
            if !is_name || matches!(of_type.as_str(), "true" | "false") {
                return Err(self.unexpected("a type", help));
            }
            let start = span.end - of_type.len();
            let glued = (
                Name::from(name.as_str()),
                of_type.clone(),
                Span {
                    start,
                    end: span.end,
                },
            );
            self.at += 1;
            let (name, word, span) = glued;
            // `name:ec2:Type`: the token holds `name:ec2`, and `:Type` follows.
            if self.take_sign(":") {
                let local = self.name("a type", help)?;
                let Spelling::Bare(own) = &local.spelling else {
                    self.at -= 1;
                    return Err(self.unexpected("the local name of a type", help));
                };
                let spelling = Spelling::Prefixed(word, own.clone());
                return Ok((
                    name,
                    Some(RawName {
                        spelling,
                        span: Span {
                            start: span.start,
                            end: local.span.end,
                        },
                    }),
                ));
            }
            return Ok((
                name,
                Some(RawName {
                    spelling: Spelling::Bare(word),
                    span,
                }),
            ));
        }
        self.bare("a name", help).map(|name| (name, None))
    }
}
