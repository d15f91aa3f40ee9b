//! Answers that come in pages.
//!
//! In: how an interface pages, a call and its answer. Out: the call for the next page, and all pages as one answer.
//! Not here: sending.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Answer, Call};
use crate::expression::Query;

/// How an interface pages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// The members of the answer that are lists of which each page holds a part.
    pub items: Vec<String>,
    /// JMESPath to the token of the next page; null or empty after the last.
    #[serde(default)]
    pub output: Option<String>,
    /// The member (or query parameter) that takes the token.
    #[serde(default)]
    pub input: Option<String>,
    /// JMESPath to whether there is more, where a token alone does not tell.
    #[serde(default)]
    pub more: Option<String>,
    /// JMESPath to the address of the next page.
    #[serde(default)]
    pub link: Option<String>,
    /// The member (or query parameter) that says how large a page is.
    #[serde(default)]
    pub limit: Option<String>,
}

/// The call for the page after this answer, if there is one.
///
/// # Errors
/// The answer holds what is no token and no address, or the same token as before.
pub(crate) fn next(paging: &Paging, call: &Call, answer: &Answer) -> Result<Option<Call>, String> {
    let select = |path: &String| Query::compile(path)?.select(&answer.document);
    if let Some(more) = &paging.more
        && !select(more)?.as_bool().unwrap_or(false)
    {
        return Ok(None);
    }
    let mut next = call.clone();
    if let Some(link) = &paging.link {
        return match select(link)? {
            Value::Null => Ok(None),
            Value::String(address) => {
                let (_, query) = address.split_once('?').unwrap_or((&address, ""));
                let Call::Http { query: pairs, .. } = &mut next else {
                    return Err("only HTTP has addresses of next pages".to_owned());
                };
                *pairs = query
                    .split('&')
                    .filter(|pair| !pair.is_empty())
                    .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                    .map(|(name, value)| (decode(name), decode(value)))
                    .collect();
                advance(call, next)
            }
            other => Err(format!("the address of the next page is `{other}`")),
        };
    }
    let (Some(output), Some(input)) = (&paging.output, &paging.input) else {
        return Ok(None);
    };
    let token = match select(output)? {
        Value::Null => return Ok(None),
        Value::String(token) if token.is_empty() => return Ok(None),
        token => token,
    };
    match &mut next {
        Call::Model { input: members, .. } => match members {
            Value::Object(members) => {
                members.insert(input.clone(), token);
            }
            other => *other = serde_json::json!({ input: token }),
        },
        Call::Http { query, .. } => {
            query.retain(|(name, _)| name != input);
            query.push((input.clone(), crate::shape::plain(&token)));
        }
        Call::Libvirt { .. } | Call::Socket { .. } => return Ok(None),
    }
    advance(call, next)
}

/// A next page that is the page before would be asked for forever.
fn advance(before: &Call, next: Call) -> Result<Option<Call>, String> {
    if *before == next {
        return Err("the next page is the same as this one".to_owned());
    }
    Ok(Some(next))
}

/// All pages as one answer: the lists joined, all else as the first page has it.
pub(crate) fn join(paging: &Paging, pages: Vec<Answer>) -> Option<Answer> {
    let mut pages = pages.into_iter();
    let mut joined = pages.next()?;
    for page in pages {
        if page.error.is_some() || page.status >= 400 {
            return Some(page);
        }
        for item in &paging.items {
            let more = page.document.get(item).and_then(Value::as_array);
            match (joined.document.get_mut(item), more) {
                (Some(Value::Array(list)), Some(more)) => list.extend(more.iter().cloned()),
                (None, Some(more)) => {
                    if let Value::Object(members) = &mut joined.document {
                        members.insert(item.clone(), Value::Array(more.clone()));
                    }
                }
                _ => {}
            }
        }
    }
    Some(joined)
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let pair = [rest.next(), rest.next()];
                let value = pair.iter().try_fold(0_u8, |value, digit| {
                    let digit = digit.and_then(|digit| char::from(digit).to_digit(16))?;
                    Some(
                        value
                            .wrapping_mul(16)
                            .wrapping_add(u8::try_from(digit).ok()?),
                    )
                });
                match value {
                    Some(value) => bytes.push(value),
                    None => {
                        bytes.push(b'%');
                        bytes.extend(pair.into_iter().flatten());
                    }
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn http(query: &[(&str, &str)]) -> Call {
        Call::Http {
            service: "compute".into(),
            method: "GET".into(),
            path: "/servers".into(),
            query: query
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            headers: Vec::new(),
            body: None,
            region: None,
        }
    }

    fn answer(document: Value) -> Answer {
        Answer {
            status: 200,
            document,
            ..Answer::default()
        }
    }

    #[test]
    fn pages_follow_one_another_by_token_and_are_joined() {
        let paging: Paging = serde_json::from_value(
            json!({"items": ["Reservations"], "output": "NextToken", "input": "NextToken"}),
        )
        .unwrap();
        let call = Call::Model {
            service: "ec2".into(),
            operation: "DescribeInstances".into(),
            input: json!({}),
            region: None,
        };
        let first = answer(json!({"Reservations": [1], "NextToken": "t"}));
        let Some(Call::Model { input, .. }) = next(&paging, &call, &first).unwrap() else {
            panic!("there is a next page");
        };
        assert_eq!(input, json!({"NextToken": "t"}));
        let last = answer(json!({"Reservations": [2], "NextToken": ""}));
        assert_eq!(next(&paging, &call, &last).unwrap(), None);
        let joined = join(&paging, vec![first, last]).unwrap();
        assert_eq!(joined.document.get("Reservations"), Some(&json!([1, 2])));
    }

    #[test]
    fn pages_follow_one_another_by_address_and_never_in_a_circle() {
        let paging: Paging = serde_json::from_value(
            json!({"items": ["servers"], "link": "servers_links[?rel=='next'].href | [0]"}),
        )
        .unwrap();
        let page = answer(json!({"servers": [], "servers_links":
            [{"rel": "next", "href": "http://h/v2/servers?marker=a%20b&limit=2"}]}));
        let next_call = next(&paging, &http(&[]), &page).unwrap();
        let expected = http(&[("marker", "a b"), ("limit", "2")]);
        assert_eq!(next_call, Some(expected.clone()));
        assert!(next(&paging, &expected, &page).is_err());
    }
}
