//! Which of the forms that an answer can have is accepted.

use axum::http::StatusCode;
use samos::AnswerFormat;
use samos::model::codes::serving;

use crate::problem::Problem;

/// A form that an answer can have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    /// As it is said in the answer.
    pub(super) media_type: &'static str,
    /// Names under which it is also asked for.
    aliases: &'static [&'static str],
    pub(super) format: AnswerFormat,
}

const fn offer(
    media_type: &'static str,
    aliases: &'static [&'static str],
    format: AnswerFormat,
) -> Offer {
    Offer {
        media_type,
        aliases,
        format,
    }
}

/// The forms of rows, the preferred one first.
pub(super) const ROWS: &[Offer] = &[
    offer(
        "application/sparql-results+json",
        &["application/json"],
        AnswerFormat::Json,
    ),
    offer(
        "application/sparql-results+xml",
        &["application/xml", "text/xml"],
        AnswerFormat::Xml,
    ),
    offer("text/csv; charset=utf-8", &[], AnswerFormat::Csv),
    offer(
        "text/tab-separated-values; charset=utf-8",
        &[],
        AnswerFormat::Tsv,
    ),
];

/// The forms of a truth value.
pub(super) const BOOLEANS: &[Offer] = ROWS;

/// The forms of a graph, the preferred one first.
pub(super) const GRAPHS: &[Offer] = &[
    offer(
        "text/turtle; charset=utf-8",
        &["application/x-turtle", "application/turtle"],
        AnswerFormat::Turtle,
    ),
    offer(
        "application/n-triples",
        &["text/plain"],
        AnswerFormat::NTriples,
    ),
    offer(
        "application/rdf+xml",
        &["application/xml", "text/xml"],
        AnswerFormat::RdfXml,
    ),
    offer(
        "application/ld+json",
        &["application/json"],
        AnswerFormat::JsonLd,
    ),
];

/// The offer that is accepted most.
pub(super) fn choose(
    accept: Option<&str>,
    offers: &'static [Offer],
) -> Result<&'static Offer, Problem> {
    let accept = accept.unwrap_or("*/*");
    let ranges: Vec<(&str, f32)> = accept.split(',').filter_map(range).collect();
    let best = offers
        .iter()
        .enumerate()
        .filter_map(|(at, offer)| Some((quality(offer, &ranges)?, at, offer)))
        .filter(|(quality, ..)| *quality > 0.0)
        .max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(&left.1)));
    best.map(|(.., offer)| offer).ok_or_else(|| {
        let all: Vec<&str> = offers.iter().map(|offer| name(offer.media_type)).collect();
        Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            serving::NOT_ACCEPTABLE,
            format!("`{accept}` names no form that this answer has"),
            format!("accept {}", all.join(", ")),
        )
    })
}

/// Without parameters.
fn name(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or(media_type).trim()
}

/// One range of `Accept` with its weight.
fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((
        range,
        weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0),
    ))
}

/// How much an offer is accepted: by the range that says most about it.
fn quality(offer: &Offer, ranges: &[(&str, f32)]) -> Option<f32> {
    let names = std::iter::once(name(offer.media_type)).chain(offer.aliases.iter().copied());
    names
        .filter_map(|name| {
            let matching = ranges.iter().filter_map(|(range, weight)| {
                let range = range.to_ascii_lowercase();
                let how = if range == name {
                    2
                } else if range == "*/*" {
                    0
                } else if range
                    .strip_suffix('*')
                    .is_some_and(|start| name.starts_with(start))
                {
                    1
                } else {
                    return None;
                };
                Some((how, *weight))
            });
            matching.max_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)))
        })
        .max_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)))
        .map(|(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::{GRAPHS, ROWS, choose};
    use samos::AnswerFormat;

    #[test]
    fn the_form_accepted_most_is_taken_and_ours_where_all_are_alike() {
        for (accept, expected) in [
            (None, AnswerFormat::Json),
            (Some("*/*"), AnswerFormat::Json),
            (Some("text/csv"), AnswerFormat::Csv),
            (Some("text/*"), AnswerFormat::Xml),
            (
                Some("application/sparql-results+xml;q=0.9, text/csv;q=0.5"),
                AnswerFormat::Xml,
            ),
            (
                Some("application/sparql-results+json;q=0.1, */*;q=0.5"),
                AnswerFormat::Xml,
            ),
            (Some("application/json"), AnswerFormat::Json),
        ] {
            assert_eq!(choose(accept, ROWS).unwrap().format, expected, "{accept:?}");
        }
        assert_eq!(
            choose(Some("application/rdf+xml"), GRAPHS).unwrap().format,
            AnswerFormat::RdfXml
        );
        let problem = choose(Some("image/png"), ROWS).unwrap_err();
        assert_eq!(problem.status, 406);
        assert!(choose(Some("text/csv;q=0"), ROWS).is_err());
    }
}
