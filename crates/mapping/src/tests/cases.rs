//! Each file in `cases/` is a request and a real answer; what becomes of them is beside it.

use super::*;

fn case(path: &str, text: &str) -> String {
    let case: serde_json::Value = serde_saphyr::from_str(text).unwrap();
    let text = |name: &str| case.get(name).and_then(serde_json::Value::as_str);
    let mappings = mappings();
    let request = request(
        text("operation").expect("operation"),
        text("subject").expect("subject"),
        case.get("arguments").unwrap_or(&serde_json::Value::Null),
    );
    let world = &*WORLD;
    let library = text("library");
    let mut told = serde_json::Map::new();
    let found: Option<Answer> = case
        .get("found")
        .map(|found| serde_json::from_value(found.clone()).unwrap());
    if let Some(call) = mappings.lookup(world, &request, library).unwrap() {
        told.insert("lookup".into(), serde_json::to_value(&call).unwrap());
    }
    let call = match mappings.render_after(world, &request, text("token"), library, found.as_ref())
    {
        Ok(call) => call,
        Err(error) => return format!("{}: {error} ({})", error.code(), error.help()),
    };
    told.insert("call".into(), serde_json::to_value(&call).unwrap());
    let pages = case.get("pages").and_then(serde_json::Value::as_array);
    let answers = pages.into_iter().flatten().chain(case.get("answer"));
    let mut asked = call.clone();
    let mut read = Vec::new();
    for answer in answers {
        let answer: Answer = serde_json::from_value(answer.clone()).expect(path);
        let next = mappings.next_page(&request, &asked, &answer).unwrap();
        read.push(answer);
        if let Some(next) = next {
            told.entry("next")
                .or_insert_with(|| serde_json::json!([]))
                .as_array_mut()
                .unwrap()
                .push(serde_json::to_value(&next).unwrap());
            asked = next;
        }
    }
    if let Some(answer) = mappings.join_pages(&request, &call, read) {
        let outcomes = match mappings.read(world, &request, &call, &answer) {
            Ok(outcomes) => {
                let values: serde_json::Map<String, serde_json::Value> = outcomes
                    .values
                    .iter()
                    .map(|(name, values)| {
                        let values: Vec<String> = values.iter().map(compact).collect();
                        (name.to_string(), values.into())
                    })
                    .collect();
                let described: serde_json::Map<String, serde_json::Value> = outcomes
                    .entities
                    .iter()
                    .map(|it| {
                        let facts = it.facts.iter().map(|(property, value)| {
                            format!("{} {}", world.compact(property), compact(value))
                        });
                        (
                            world.compact(&it.entity),
                            facts.collect::<Vec<String>>().into(),
                        )
                    })
                    .collect();
                serde_json::json!({"values": values, "described": described})
            }
            Err(error @ CallError::Refused { .. }) => error.to_string().into(),
            Err(error @ CallError::Lost { .. }) => error.to_string().into(),
        };
        told.insert("outcomes".into(), outcomes);
    }
    serde_json::to_string_pretty(&told).unwrap()
}

fn compact(value: &Value) -> String {
    match value {
        Value::Entity(entity) => WORLD.compact(entity),
        Value::Literal(literal) => {
            format!(
                "{:?}^^{}",
                &*literal.lexical,
                WORLD.compact(&literal.datatype)
            )
        }
    }
}

#[test]
fn requests_and_answers_are_as_they_were() {
    for (path, text) in files("crates/mapping/src/tests/cases", "yaml") {
        let name = Path::new(&path)
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let told = case(&path, &text);
        insta::with_settings!({snapshot_path => "cases", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, told);
        });
    }
}
