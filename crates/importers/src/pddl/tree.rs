//! The brackets of a PDDL file, with the place of each word.
//!
//! In: text. Out: one tree. PDDL knows no case, so words are lower case from here on; comments are gone.

use samos_model::codes::import as codes;
use samos_model::{Finding, Place};

/// A bracket nested deeper than this is no formula that anyone wrote.
const DEEPEST: usize = 200;

/// A word or a bracket.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) node: Node,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// What stands there.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Word(String),
    List(Vec<Tree>),
}

impl Tree {
    /// The word, if it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.node {
            Node::Word(word) => Some(word),
            Node::List(_) => None,
        }
    }

    /// What the bracket holds, if it is one.
    pub(super) fn list(&self) -> Option<&[Tree]> {
        match &self.node {
            Node::Word(_) => None,
            Node::List(parts) => Some(parts),
        }
    }

    /// The first word of a bracket, and what follows it.
    pub(super) fn headed(&self) -> Option<(&str, &[Tree])> {
        let (head, rest) = self.list()?.split_first()?;
        Some((head.word()?, rest))
    }

    /// Where it stands in a file.
    pub(super) fn place(&self, file: &str) -> Place {
        Place {
            file: file.to_owned(),
            line: self.line,
            column: self.column,
        }
    }

    /// It in a few words, for a message.
    pub(super) fn shown(&self) -> String {
        match &self.node {
            Node::Word(word) => word.clone(),
            Node::List(parts) => match parts.first().and_then(Tree::word) {
                Some(head) if parts.len() > 1 => format!("({head} …)"),
                Some(head) => format!("({head})"),
                None => "(…)".to_owned(),
            },
        }
    }
}

/// Reads the one bracket that a file consists of.
pub(super) fn read(text: &str, file: &str) -> Result<Tree, Finding> {
    let broken = |line: u32, column: u32, message: &str| {
        let place = Place {
            file: file.to_owned(),
            line,
            column,
        };
        Finding::error(codes::BRACKETS, message, "a file of PDDL is one bracket that starts with `define`; each opening bracket has its closing one").at(place)
    };
    let mut open: Vec<Tree> = Vec::new();
    let mut done: Option<Tree> = None;
    let mut words = Words::new(text);
    while let Some((word, line, column)) = words.next() {
        if done.is_some() {
            return Err(broken(line, column, "something follows the last bracket"));
        }
        let finished = match word {
            "(" => {
                if open.len() >= DEEPEST {
                    return Err(broken(line, column, "brackets are nested too deeply"));
                }
                open.push(Tree {
                    node: Node::List(Vec::new()),
                    line,
                    column,
                });
                continue;
            }
            ")" => open
                .pop()
                .ok_or_else(|| broken(line, column, "this bracket closes nothing"))?,
            word => Tree {
                node: Node::Word(word.to_lowercase()),
                line,
                column,
            },
        };
        match open.last_mut() {
            Some(Tree {
                node: Node::List(parts),
                ..
            }) => parts.push(finished),
            _ if finished.list().is_some() => done = Some(finished),
            _ => {
                return Err(broken(
                    line,
                    column,
                    "a word stands outside of all brackets",
                ));
            }
        }
    }
    match (open.pop(), done) {
        (Some(unclosed), _) => Err(broken(
            unclosed.line,
            unclosed.column,
            "this bracket is not closed",
        )),
        (None, Some(tree)) => Ok(tree),
        (None, None) => Err(broken(1, 1, "the file is empty")),
    }
}

/// Cuts text into brackets and words.
struct Words<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.trim_start_matches('\u{feff}'),
            at: 0,
            line: 1,
            column: 1,
        }
    }

    fn step(&mut self, c: char) {
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
    }

    fn next(&mut self) -> Option<(&'a str, u32, u32)> {
        let mut in_comment = false;
        loop {
            let c = self.text.get(self.at..)?.chars().next()?;
            if c == ';' {
                in_comment = true;
            } else if c == '\n' {
                in_comment = false;
            } else if !in_comment && !c.is_whitespace() {
                break;
            }
            self.step(c);
        }
        let (start, line, column) = (self.at, self.line, self.column);
        while let Some(c) = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            let is_bracket = matches!(c, '(' | ')');
            if c.is_whitespace() || c == ';' || (is_bracket && self.at > start) {
                break;
            }
            self.step(c);
            if is_bracket {
                break;
            }
        }
        Some((self.text.get(start..self.at)?, line, column))
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_file_is_one_bracket() {
        let tree = read("(Define (a B) ; c (\n (d))\r\n", "x").expect("a tree");
        let (head, rest) = tree.headed().expect("a head");
        assert_eq!((head, rest.len()), ("define", 2));
        assert_eq!(
            rest.first()
                .and_then(|part| part.headed())
                .expect("(a b)")
                .1[0]
                .word(),
            Some("b")
        );
        assert_eq!((rest[1].line, rest[1].column), (2, 2));
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, line, column) in [
            ("(a\n (b)", 1, 1),
            ("(a))", 1, 4),
            ("(a) b", 1, 5),
            ("", 1, 1),
            ("b", 1, 1),
        ] {
            let place = read(text, "f").expect_err(text).place.expect("a place");
            assert_eq!((place.line, place.column), (line, column), "{text}");
        }
    }
}
