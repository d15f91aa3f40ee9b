//! Where each statement of a Turtle, TriG, N-Triples or N-Quads text stands.
//!
//! In: a text that the RDF parser has already accepted. Out: for each statement, in the very order in which that
//! parser gives them, the bytes at which its subject, predicate and object start. Terms are not resolved here; a test
//! holds the number and order of statements against the parser's.

/// Deeper nesting of brackets is not followed.
const DEEPEST: usize = 400;

/// Byte offsets of a statement's parts. For a blank node in brackets, that of the bracket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StatementPlace {
    pub(crate) subject: u32,
    pub(crate) predicate: u32,
    pub(crate) object: u32,
}

/// The places of all statements, as far as the text can be followed.
pub(crate) fn statement_places(text: &str) -> Vec<StatementPlace> {
    let mut walker = Walker {
        text,
        at: 0,
        depth: 0,
        done: 0,
        places: Vec::new(),
    };
    walker.document();
    // What one token completes, the parser gives last first.
    let mut ordered = Vec::with_capacity(walker.places.len());
    for group in walker.places.chunk_by(|left, right| left.0 == right.0) {
        ordered.extend(group.iter().rev().map(|(_, place)| *place));
    }
    ordered
}

struct Walker<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// The token that completed the last term: for a string, the one after it, which shows that it has no suffix.
    done: usize,
    /// With the token that completed each.
    places: Vec<(usize, StatementPlace)>,
}

/// The walk ends early where the text is not as expected.
type Walk<T = ()> = Option<T>;

impl<'a> Walker<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
        }
    }

    /// Does this sign come next? The space before it is skipped.
    fn sees(&mut self, sign: &str) -> bool {
        self.skip_space();
        self.rest().starts_with(sign)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let seen = self.sees(sign);
        if seen {
            self.done = self.at;
            self.at += sign.len();
        }
        seen
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let found = self
            .rest()
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word));
        let ends = self
            .rest()
            .get(word.len()..)
            .and_then(|rest| rest.chars().next())
            .is_none_or(|c| c.is_whitespace() || "<{#\"'".contains(c));
        if found && ends {
            self.at += word.len();
        }
        found && ends
    }

    fn emit(&mut self, subject: usize, predicate: usize, object: usize) {
        let place = StatementPlace {
            subject: subject as u32,
            predicate: predicate as u32,
            object: object as u32,
        };
        self.places.push((self.done, place));
    }

    fn document(&mut self) -> Walk {
        loop {
            self.skip_space();
            if self.rest().is_empty() {
                return None;
            }
            let directives = [
                ("@prefix", true),
                ("@base", true),
                ("@version", true),
                ("prefix", false),
                ("base", false),
                ("version", false),
            ];
            if let Some((_, dotted)) = directives
                .iter()
                .copied()
                .find(|(word, _)| self.takes_word(word))
            {
                while !self.sees("<") && !self.sees("\"") && !self.sees("'") {
                    self.word()?;
                }
                self.term()?;
                if dotted && !self.takes(".") {
                    return None;
                }
                continue;
            }
            if self.takes_word("graph") {
                if self.takes("[") {
                    self.takes("]")
                } else {
                    self.term().is_some()
                };
                self.graph()?;
                continue;
            }
            if self.sees("{") {
                self.graph()?;
                continue;
            }
            let start = self.at;
            if self.takes("[") && self.takes("]") && self.sees("{") {
                self.graph()?;
                continue;
            }
            self.at = start;
            if !self.sees("[") && !self.sees("(") && !self.sees("<<") {
                self.term()?;
                if self.sees("{") {
                    self.graph()?;
                    continue;
                }
                self.at = start;
            }
            self.triples()?;
            if !self.takes(".") {
                return None;
            }
        }
    }

    fn graph(&mut self) -> Walk {
        if !self.takes("{") {
            return None;
        }
        while !self.takes("}") {
            self.triples()?;
            if !self.takes(".") && !self.sees("}") {
                return None;
            }
        }
        Some(())
    }

    fn triples(&mut self) -> Walk {
        self.skip_space();
        let subject = self.at;
        let alone = self.sees("[") || self.sees("<<");
        self.node(true)?;
        if alone && (self.sees(".") || self.sees("}")) {
            return Some(());
        }
        self.predicates(subject)
    }

    fn predicates(&mut self, subject: usize) -> Walk {
        loop {
            self.skip_space();
            let predicate = self.at;
            self.term()?;
            loop {
                self.object(subject, predicate)?;
                self.annotations(subject, predicate)?;
                if !self.takes(",") {
                    break;
                }
            }
            let mut goes_on = false;
            while self.takes(";") {
                goes_on = true;
            }
            if !goes_on
                || [".", "]", "}", "|}"].iter().any(|end| self.sees(end))
                || self.rest().is_empty()
            {
                break;
            }
        }
        // N-Quads: a graph's name may follow the object.
        if self.sees("<") || self.sees("_:") {
            self.term()?;
        }
        Some(())
    }

    /// `~ reifier` and `{| … |}` after an object.
    fn annotations(&mut self, subject: usize, predicate: usize) -> Walk {
        let mut reifier = None;
        loop {
            if self.takes("~") {
                self.skip_space();
                let named = self.at;
                let ends = ["{|", ",", ";", ".", "]", "}", "~", "|}"];
                if ends.iter().any(|end| self.sees(end)) {
                    self.done = self.at;
                } else {
                    self.term()?;
                }
                self.emit(named, predicate, subject);
                reifier = Some(named);
            } else if self.takes("{|") {
                let about = reifier.unwrap_or(self.done);
                if reifier.is_none() {
                    self.emit(about, predicate, subject);
                }
                self.predicates(about)?;
                if !self.takes("|}") {
                    return None;
                }
            } else {
                return Some(());
            }
        }
    }

    fn object(&mut self, subject: usize, predicate: usize) -> Walk {
        self.skip_space();
        let object = self.at;
        if self.takes("(") {
            self.skip_space();
            self.done = self.at;
            self.emit(subject, predicate, object);
            return self.collection();
        }
        self.node(false)?;
        self.emit(subject, predicate, object);
        Some(())
    }

    /// A subject, or an object that is not a collection: what is nested in it is emitted first.
    fn node(&mut self, is_subject: bool) -> Walk {
        self.skip_space();
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let start = self.at;
        if self.takes("<<(") {
            self.node(true)?;
            self.term()?;
            self.node(true)?;
            if !self.takes(")>>") {
                return None;
            }
        } else if self.takes("<<") {
            self.node(true)?;
            self.term()?;
            self.node(true)?;
            if self.takes("~") && !self.sees(">>") {
                self.term()?;
            } else {
                self.skip_space();
                self.done = self.at;
            }
            self.emit(start, start, start);
            if !self.takes(">>") {
                return None;
            }
        } else if self.takes("[") {
            if !self.takes("]") {
                self.predicates(start)?;
                if !self.takes("]") {
                    return None;
                }
            }
        } else if is_subject && self.takes("(") {
            self.collection()?;
        } else {
            self.term()?;
        }
        self.depth -= 1;
        Some(())
    }

    /// The inside of a collection after `(`: `first` and `rest` statements in turn.
    fn collection(&mut self) -> Walk {
        if self.takes(")") {
            return Some(());
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        loop {
            self.skip_space();
            let member = self.at;
            self.object(member, member)?;
            self.skip_space();
            let next = self.at;
            self.done = next;
            self.emit(member, member, next);
            if self.takes(")") {
                self.depth -= 1;
                return Some(());
            }
        }
    }

    /// An IRI, a prefixed name, a blank node's label, a literal with what belongs to it, or a keyword.
    fn term(&mut self) -> Walk {
        self.skip_space();
        self.done = self.at;
        match self.rest().chars().next()? {
            '<' => {
                self.at += self.rest().find('>')? + 1;
                Some(())
            }
            '"' | '\'' => self.string(),
            _ => self.word(),
        }
    }

    fn string(&mut self) -> Walk {
        let rest = self.rest();
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quote| rest.starts_with(quote))?;
        let mut at = quote.len();
        loop {
            let left = rest.get(at..)?;
            if left.starts_with(quote) {
                // In a long string, quotes before the closing three belong to it.
                let extra = left.len() - left.trim_start_matches(quote.chars().next()?).len();
                at += if quote.len() == 3 { extra.max(3) } else { 1 };
                break;
            }
            let c = left.chars().next()?;
            at += if c == '\\' {
                1 + left.get(1..)?.chars().next()?.len_utf8()
            } else {
                c.len_utf8()
            };
        }
        self.at += at;
        if self.rest().starts_with('@') {
            self.done = self.at;
            self.at += 1;
            let rest = self.rest();
            self.at += rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                .unwrap_or(rest.len());
        } else {
            let before = self.at;
            if self.takes("^^") {
                return self.term();
            }
            self.done = self.at;
            self.at = before;
        }
        Some(())
    }

    fn word(&mut self) -> Walk {
        self.skip_space();
        self.done = self.at;
        let rest = self.rest();
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        let local = rest.find(':').map_or(rest.len(), |colon| colon + 1);
        let (mut end, mut kept, mut escaped) = (0, 0, false);
        for c in rest.chars() {
            let ends = c.is_whitespace()
                || ";,[](){}<>\"'#^|".contains(c)
                || (c == '~' && end > 0)
                // A local name starts with neither, so after `e:` a number follows.
                || (!is_number && (c == '+' || ("-.".contains(c) && end == local)));
            if !escaped && ends {
                break;
            }
            end += c.len_utf8();
            if escaped || c != '.' {
                kept = end;
            }
            escaped = !escaped && c == '\\';
        }
        self.at += kept;
        (kept > 0).then_some(())
    }
}
