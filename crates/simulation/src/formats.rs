//! Values that pass their formats: identifiers, addresses, numbers, made up by counting or by chance.

use regex_syntax::hir::{Class, Hir, HirKind};
use samos_model::vocabulary::xsd;
use samos_model::world::World;
use samos_model::{Iri, Literal};

use crate::chance::Chance;

/// A repetition without an end is repeated this often beyond its least.
const BEYOND_LEAST: u32 = 3;

/// A literal of a datatype that passes its facets where one can be made up; `n` counts what was made before, `hint`
/// names what it is for.
pub(crate) fn literal(
    world: &dyn World,
    datatype: &Iri,
    hint: &Iri,
    n: u64,
    now: &str,
    chance: &mut Chance,
) -> Literal {
    let candidates = candidates(world, datatype, hint, n, now, chance);
    let passing = candidates
        .iter()
        .map(|text| Literal::new(text.as_str(), datatype.clone()))
        .find(|literal| world.check_literal(literal, datatype).is_ok());
    passing.unwrap_or_else(|| {
        Literal::new(
            format!("{}-{n}", hint.local().to_lowercase()),
            datatype.clone(),
        )
    })
}

fn candidates(
    world: &dyn World,
    datatype: &Iri,
    hint: &Iri,
    n: u64,
    now: &str,
    chance: &mut Chance,
) -> Vec<String> {
    let is = |of: &str| world.is_subtype(datatype, &Iri::from(of)) || datatype.as_str() == of;
    let mut texts = Vec::new();
    if is(xsd::BOOLEAN) {
        texts.push("false".to_owned());
    }
    if is(xsd::DATE_TIME) {
        texts.push(now.to_owned());
    }
    if is(xsd::ANY_URI) {
        texts.push(format!("https://simulated.example/{}/{n}", hint.local()));
    }
    let numeric = xsd::NUMERIC.iter().any(|numeric| is(numeric));
    if numeric {
        texts.extend([20, 1, 0, 8, 80, 443, 1024].map(|number: i64| number.to_string()));
    }
    let name = hint.local().to_lowercase();
    if !numeric && (name.contains("address") || name.ends_with("ip")) {
        texts.push(address(n));
    }
    // What a text that surely does not pass is answered with tells what would pass.
    let improbable = Literal::new("\u{1}", datatype.clone());
    if let Err(problem) = world.check_literal(&improbable, datatype) {
        if let Some(allowed) = problem.expected.strip_prefix("one of ") {
            let allowed = allowed
                .split(", ")
                .map(|one| one.split("^^").next().unwrap_or(one).trim_matches('"'));
            texts.extend(allowed.map(str::to_owned));
        }
        if let Some(pattern) = between_backticks(&problem.expected) {
            texts.extend(matching(pattern, chance));
        }
    }
    texts.push(format!("{name}-{n}"));
    texts.extend([n.to_string(), "1".to_owned()]);
    texts
}

/// Addresses set aside for documentation and benchmarks, so that none belongs to anybody.
fn address(n: u64) -> String {
    let host = n % 254 + 1;
    match n / 254 {
        0 => format!("203.0.113.{host}"),
        1 => format!("198.51.100.{host}"),
        2 => format!("192.0.2.{host}"),
        block => format!("198.{}.{}.{host}", 18 + (block / 256) % 2, block % 256),
    }
}

fn between_backticks(text: &str) -> Option<&str> {
    let (_, after) = text.split_once('`')?;
    after.rsplit_once('`').map(|(inside, _)| inside)
}

/// A text that matches a pattern, where the pattern is one that can be followed.
fn matching(pattern: &str, chance: &mut Chance) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    follow(&hir, chance, &mut text);
    Some(text)
}

fn follow(hir: &Hir, chance: &mut Chance, text: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(one_of(class, chance)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = match repetition.max {
                None => repetition.min.saturating_add(BEYOND_LEAST).min(most),
                Some(_) => repetition.min,
            };
            for _ in 0..times {
                follow(&repetition.sub, chance, text);
            }
        }
        HirKind::Capture(capture) => follow(&capture.sub, chance, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| follow(part, chance, text)),
        HirKind::Alternation(ways) => {
            if let Some(first) = ways.first() {
                follow(first, chance, text);
            }
        }
    }
}

/// A plain character of a class, else its first.
fn one_of(class: &Class, chance: &mut Chance) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|range| (u32::from(range.start()), u32::from(range.end())))
            .collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|range| (u32::from(range.start()), u32::from(range.end())))
            .collect(),
    };
    let plain: Vec<char> = ('0'..='9')
        .chain('a'..='z')
        .chain('A'..='Z')
        .filter(|c| {
            ranges
                .iter()
                .any(|(start, end)| (*start..=*end).contains(&u32::from(*c)))
        })
        .collect();
    chance
        .pick(&plain)
        .copied()
        .or_else(|| ranges.first().and_then(|(start, _)| char::from_u32(*start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_text_matches_its_pattern() {
        let mut chance = Chance::new(7);
        let id = matching("i-([0-9a-f]{8}|[0-9a-f]{17})", &mut chance).unwrap();
        assert_eq!(id.len(), 10, "{id}");
        assert!(
            id.strip_prefix("i-")
                .unwrap()
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit())
        );
        let name = matching("[a-z]{2}(-[a-z]+)+-[0-9]", &mut chance).unwrap();
        assert!(name.split('-').count() > 2, "{name}");
        assert_eq!(between_backticks("text that matches `a|b`"), Some("a|b"));
        assert_eq!(
            (address(0), address(254)),
            ("203.0.113.1".to_owned(), "198.51.100.1".to_owned())
        );
    }
}
