//! JMESPath with a few functions that answers of clouds call for.
//!
//! In: an expression, a document. Out: what it selects. Beyond the standard: `first_match(text, pattern)` is the first group of
//! a regular expression, or null; `table(text)` reads rows under a line of names that begins with `#`; `lines(text)` and
//! `split(text, separator)` cut a text; `entries(object)` are its members as `name=value`. All are total: what has no answer is null.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{Context, Expression, Rcvar, Runtime, Variable};
use serde_json::Value;

/// A pattern of an expression, compiled once: there are as many as mappings have.
fn compiled(pattern: &str) -> Option<regex::Regex> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Option<regex::Regex>>>> =
        LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if !known.contains_key(pattern) {
        known.insert(pattern.to_owned(), regex::Regex::new(pattern).ok());
    }
    known.get(pattern).cloned().flatten()
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    register(&mut runtime, "first_match", 2, |arguments| {
        let [text, pattern] = arguments else {
            return Value::Null;
        };
        compiled(pattern)
            .and_then(|pattern| {
                let found = pattern.captures(text)?;
                let group = found.get(1).or_else(|| found.get(0))?;
                Some(Value::from(group.as_str()))
            })
            .unwrap_or(Value::Null)
    });
    register(&mut runtime, "split", 2, |arguments| match arguments {
        [text, separator] => text
            .split(separator.as_str())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into(),
        _ => Value::Null,
    });
    register(&mut runtime, "lines", 1, |arguments| {
        arguments
            .iter()
            .flat_map(|text| text.lines())
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into()
    });
    register(&mut runtime, "table", 1, |arguments| {
        table(arguments.first().map_or("", String::as_str)).into()
    });
    let entries = |arguments: &[Rcvar], _: &mut Context<'_>| {
        let members = arguments.first().and_then(|it| it.as_object());
        let value = members.map_or(Value::Null, |members| {
            let text = |value: &Rcvar| match value.as_string() {
                Some(text) => text.clone(),
                None => value.to_string(),
            };
            members
                .iter()
                .map(|(name, value)| Value::from(format!("{name}={}", text(value))))
                .collect::<Vec<_>>()
                .into()
        });
        Variable::from_serializable(value).map(Rcvar::new)
    };
    let object = ArgumentType::Union(vec![ArgumentType::Object, ArgumentType::Null]);
    let signature = Signature::new(vec![object], None);
    runtime.register_function(
        "entries",
        Box::new(CustomFunction::new(signature, Box::new(entries))),
    );
    runtime
});

fn register(
    runtime: &mut Runtime,
    name: &str,
    arity: usize,
    function: impl Fn(&[String]) -> Value + Send + Sync + 'static,
) {
    // Null in, null out: an answer may lack what the function is asked about.
    let input = ArgumentType::Union(vec![ArgumentType::String, ArgumentType::Null]);
    let signature = Signature::new(vec![input; arity], None);
    let call = move |arguments: &[Rcvar], _: &mut Context<'_>| {
        let texts: Option<Vec<String>> = arguments
            .iter()
            .map(|argument| argument.as_string().cloned())
            .collect();
        let value = texts.map_or(Value::Null, |texts| function(&texts));
        Variable::from_serializable(value).map(Rcvar::new)
    };
    runtime.register_function(
        name,
        Box::new(CustomFunction::new(signature, Box::new(call))),
    );
}

/// Rows of words under a line of names: comma-separated when that line is, else by spaces.
fn table(text: &str) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    let mut cut: fn(&str) -> Vec<&str> = |line| line.split_whitespace().collect();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix('#') {
            if head.contains(',') {
                cut = |line| line.split(',').collect();
            }
            names = cut(head.trim());
        } else if !names.is_empty() && !line.trim().is_empty() {
            let cells = names
                .iter()
                .zip(cut(line))
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, cell)| ((*name).to_owned(), Value::from(cell)));
            rows.push(Value::Object(cells.collect()));
        }
    }
    rows
}

/// A compiled expression.
#[derive(Clone)]
pub(crate) struct Query(Expression<'static>);

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.as_str())
    }
}

impl Query {
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        RUNTIME.compile(text).map(Self).map_err(|error| {
            let reason = error.to_string();
            reason
                .lines()
                .next()
                .unwrap_or("no JMESPath expression")
                .to_owned()
        })
    }

    /// What it is made of.
    pub(crate) fn ast(&self) -> &jmespath::ast::Ast {
        self.0.as_ast()
    }

    /// What it selects.
    pub(crate) fn select(&self, document: &Value) -> Result<Value, String> {
        let found = self.0.search(document).map_err(|error| {
            error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned()
        })?;
        serde_json::to_value(&*found).map_err(|error| error.to_string())
    }

    /// What it selects, as a list: nothing for null.
    pub(crate) fn items(&self, document: &Value) -> Result<Vec<Value>, String> {
        Ok(match self.select(document)? {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            other => vec![other],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_cut_and_read_as_tables() {
        let query = Query::compile("table(@)[?srv_name=='web1'].srv_addr | [0]").unwrap();
        let text = "1\n# be_name srv_name srv_addr\nweb web1 127.0.0.1\nweb web2 127.0.0.2\n";
        assert_eq!(query.select(&json!(text)).unwrap(), json!("127.0.0.1"));
        let query = Query::compile("table(@)[].weight").unwrap();
        let text = "# pxname,svname,weight,\nweb,web1,100,\n";
        assert_eq!(query.select(&json!(text)).unwrap(), json!(["100"]));
        let query = Query::compile("first_match(zone, '^(.+[0-9])[a-z]$')").unwrap();
        assert_eq!(
            query.select(&json!({"zone": "us-east-1a"})).unwrap(),
            json!("us-east-1")
        );
        assert_eq!(query.select(&json!({})).unwrap(), json!(null));
    }
}
