//! Is a text of SPARQL nested too deeply to be read?
//!
//! In: the text. Out: a refusal where its reading or evaluation, both of which recur into what is nested, might exhaust
//! the stack of the thread and with it end the whole process. Not here: is it SPARQL at all? That is the parser's.

use std::iter::Peekable;
use std::str::CharIndices;

use super::KnowledgeError;

/// Brackets inside brackets.
const DEEPEST: usize = 100;
/// Operators in one expression or path, and patterns of one group: each stands inside the next.
const LONGEST: usize = 500;
/// Words before a pattern that takes all before it into itself.
const PATTERNS: [&str; 9] = [
    "UNION", "OPTIONAL", "MINUS", "FILTER", "BIND", "GRAPH", "SERVICE", "VALUES", "LATERAL",
];

/// What stands between two brackets, so far.
#[derive(Default)]
struct Level {
    operators: usize,
    patterns: usize,
    /// Rows of values, which hold no operators: only signs of numbers.
    is_data: bool,
    /// `VALUES` or `DATA` was read, and the next brace opens such rows.
    announces_data: bool,
}

/// Refuses what is nested deeper than anybody writes it.
pub(super) fn check(text: &str) -> Result<(), KnowledgeError> {
    let mut levels = vec![Level::default()];
    let mut before = ' ';
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let after = rest.peek().map_or(' ', |(_, next)| *next);
        if c.is_alphanumeric() || matches!(c, '_' | ':' | '@') {
            let word = taken_word(c, &mut rest).to_ascii_uppercase();
            before = 'a';
            if let Some(level) = levels.last_mut() {
                level.patterns += usize::from(PATTERNS.contains(&word.as_str()));
                level.announces_data |= matches!(word.as_str(), "VALUES" | "DATA");
            }
        } else {
            match c {
                '#' => while rest.next_if(|(_, next)| *next != '\n').is_some() {},
                '"' | '\'' => skip_string(text, at, c, &mut rest),
                '<' if skip_iri(text, at, &mut rest) => {}
                '<' if after == '<' => {
                    rest.next();
                    levels.push(Level::default());
                }
                '>' if after == '>' && levels.len() > 1 => {
                    rest.next();
                    levels.pop();
                }
                '(' | '[' | '{' => {
                    let level = opened(c, levels.last_mut());
                    levels.push(level);
                }
                ')' | ']' | '}' => closed(c, &mut levels),
                '.' if after.is_ascii_digit() && before == 'a' => {}
                '.' | ',' | ';' => separated(c, &mut levels),
                '+' | '-' | '*' | '/' | '|' | '&' | '^' | '!' | '=' | '<' | '>' => {
                    if let Some(level) = levels.last_mut().filter(|level| !level.is_data) {
                        level.operators += 1;
                    }
                }
                _ => {}
            }
            before = c;
        }
        let longest = levels.last().map_or(0, |it| it.operators.max(it.patterns));
        if levels.len() > DEEPEST || longest > LONGEST {
            return Err(KnowledgeError::Syntax(format!(
                "nested deeper than can be read: at most {DEEPEST} brackets stand inside each other, and at most \
                 {LONGEST} operators or patterns beside each other; ask in several questions"
            )));
        }
    }
    Ok(())
}

/// The level that a bracket opens.
fn opened(bracket: char, outer: Option<&mut Level>) -> Level {
    let is_data = outer.is_some_and(|outer| {
        let is_announced = bracket == '{' && std::mem::take(&mut outer.announces_data);
        outer.is_data || is_announced
    });
    Level {
        is_data,
        ..Level::default()
    }
}

/// A group that ends is a pattern of the one around it.
fn closed(bracket: char, levels: &mut Vec<Level>) {
    if levels.len() > 1 {
        levels.pop();
    }
    if let Some(level) = levels.last_mut()
        && bracket == '}'
        && !level.is_data
    {
        level.patterns += 1;
    }
}

/// An expression or a path ends; one with operators is a pattern of its own. Updates are told apart by semicolons.
fn separated(separator: char, levels: &mut [Level]) {
    let is_outermost = levels.len() == 1;
    if let Some(level) = levels.last_mut() {
        level.patterns += usize::from(level.operators > 0);
        level.operators = 0;
        if is_outermost && separator == ';' {
            *level = Level::default();
        }
    }
}

/// A keyword, a number or a name; behind a colon hyphens and dots belong to it.
fn taken_word(first: char, rest: &mut Peekable<CharIndices<'_>>) -> String {
    let mut word = String::from(first);
    let mut is_prefixed = matches!(first, ':' | '@');
    while let Some((_, next)) = rest.next_if(|(_, next)| {
        next.is_alphanumeric() || matches!(next, '_' | ':') || (is_prefixed && *next == '-')
    }) {
        is_prefixed |= next == ':';
        word.push(next);
    }
    word
}

fn skip_string(text: &str, at: usize, quote: char, rest: &mut Peekable<CharIndices<'_>>) {
    let long = [quote; 3].iter().collect::<String>();
    let is_long = text.get(at..).is_some_and(|text| text.starts_with(&long));
    if is_long {
        rest.next();
        rest.next();
    }
    let mut quotes = 0;
    while let Some((_, c)) = rest.next() {
        match c {
            '\\' => {
                rest.next();
                quotes = 0;
            }
            c if c == quote => {
                quotes += 1;
                if !is_long || quotes == 3 {
                    return;
                }
            }
            '\n' if !is_long => return,
            _ => quotes = 0,
        }
    }
}

/// Moves behind an IRI, if there is one and not a less-than sign.
fn skip_iri(text: &str, at: usize, rest: &mut Peekable<CharIndices<'_>>) -> bool {
    let inside = text.get(at + 1..).unwrap_or("");
    let is_part = |c: char| c > ' ' && !"<>\"{}|^`\\".contains(c);
    let end = inside.find(|c| !is_part(c)).map(|end| at + 1 + end);
    let Some(end) = end.filter(|end| text.get(*end..).is_some_and(|it| it.starts_with('>'))) else {
        return false;
    };
    while rest.next_if(|(place, _)| *place <= end).is_some() {}
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Knowledge;

    /// What is let through is read and answered on a thread with the small stack of a server's.
    fn answered(text: &str) -> bool {
        let text = text.to_owned();
        let answering = std::thread::Builder::new().stack_size(2 << 20);
        let answering = answering.spawn(move || {
            let is_query = Knowledge::new().query(&text).is_ok();
            is_query || Knowledge::new().update(&text).is_ok()
        });
        answering.unwrap().join().unwrap()
    }

    /// Found with long texts: most of these ended the process.
    #[test]
    fn nothing_exhausts_the_stack() {
        let nested: [fn(usize) -> String; 12] = [
            |n| format!("ASK {}{}", "{".repeat(n), "}".repeat(n)),
            |n| format!("ASK {{ FILTER({}1{}) }}", "(".repeat(n), ")".repeat(n)),
            |n| format!("ASK {{ FILTER({}1) }}", "1+".repeat(n)),
            |n| format!("ASK {{ FILTER({}1) }}", "1.5 * 2.5 -".repeat(n)),
            |n| format!("ASK {{ FILTER({}1) }}", "1 || ".repeat(n)),
            |n| format!("ASK {{ FILTER({}1) }}", "!".repeat(n)),
            |n| format!("ASK {{ ?s <a:b>{} ?o }}", "/<a:b>".repeat(n)),
            |n| format!("ASK {{ ?s <a:b>{} ?o }}", "|^<a:b>*".repeat(n)),
            |n| format!("ASK {{ {} }}", "?s <a:b>* ?o . ".repeat(n)),
            |n| format!("ASK {{ {{}} {} }}", "UNION {}".repeat(n)),
            |n| format!("ASK {{ {} }}", "OPTIONAL { ?s ?p ?o }".repeat(n)),
            |n| format!("INSERT {{}} WHERE {{ {} }}", "{} ".repeat(n)),
        ];
        for text in nested {
            assert!(answered(&text(30)), "{}", text(30));
            assert!(!answered(&text(60_000)), "{}", text(3));
            for n in [90, 240, 480, 600, 3_000] {
                answered(&text(n));
            }
        }
    }

    #[test]
    fn long_texts_that_nest_nothing_are_let_through() {
        for text in [
            format!(
                "INSERT DATA {{ {} }}",
                ":a-b <a:c> -5 , 'a+b'@en-GB . ".repeat(5_000)
            ),
            format!("SELECT * {{ VALUES ?x {{ {} }} }}", "-5 ".repeat(5_000)),
            format!("SELECT * {{ VALUES (?x) {{ {} }} }}", "(-5) ".repeat(5_000)),
            format!("ASK {{ FILTER(1 IN (1{})) }}", ", 2".repeat(5_000)),
            format!("ASK {{ <a:b> <a:c> '''{}''' }}", "(+'\\'' ".repeat(5_000)),
            format!("ASK {{ }} # {}", "{".repeat(5_000)),
            format!(
                "ASK {{ {} }}",
                "<a:b/c*(d+e)> <a:p> \"{{{\" . ".repeat(1_000)
            ),
            "INSERT DATA { <a:b> <a:c> 1 } ; ".repeat(1_000),
        ] {
            assert!(check(&text).is_ok(), "{}", text.get(..60).unwrap());
        }
    }
}
