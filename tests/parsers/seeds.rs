//! Texts to begin from: what the ontologies, mappings and planning problems of this repository say, in small pieces.

use std::fs;
use std::path::{Path, PathBuf};

use samos_knowledge::{AnswerFormat, Format, Knowledge, Source};

/// Stands between a domain and its problem.
pub(super) const PROBLEM: &str = "\n;; problem\n";

/// No piece of a file is much longer.
const LONGEST: usize = 1_500;

/// Some statements to ask about.
pub(super) const FEW: &str = r#"@prefix : <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a :p :b , "text"@en , 1.5 , "2026-01-02T03:04:05Z"^^xsd:dateTime . :b :p :c ; :q 7 , true . :c :q _:d .
:named { :a :q :c . }"#;

/// Answers of an API that mean something to some mapping, and some that mean nothing.
pub(super) const REPLIES: &[&str] = &[
    r#"{"loadBalancer": {"id": 7, "status": "ACTIVE", "nodes": []}, "loadBalancers": [{"id": 1, "name": "x"}]}"#,
    r#"{"server": {"id": "a", "status": "BUILD"}, "Reservations": [{"Instances": [{"InstanceId": "i-1", "State": {"Name": "running"}}]}], "NextToken": "n"}"#,
    r#"[null, -1, 1e300, "", {"": []}]"#,
    "\"line\\nline\"",
    "null",
];

const QUERIES: &[&str] = &[
    "SELECT ?s ?o WHERE { ?s <https://example.org/p> ?o . FILTER(isIRI(?o) && ?o != ?s) } ORDER BY DESC(?s) LIMIT 3 OFFSET 1",
    "SELECT (COUNT(DISTINCT ?o) AS ?n) (SUM(?o) AS ?t) WHERE { ?s ?p ?o } GROUP BY ?s HAVING (?n > 1)",
    "ASK { <https://example.org/a> (<https://example.org/p>|^<https://example.org/q>)+/<https://example.org/p>* ?x }",
    "CONSTRUCT { ?s <https://example.org/r> [ <https://example.org/v> ?o ] } WHERE { ?s ?p ?o OPTIONAL { ?o ?q ?z } MINUS { ?s a ?t } }",
    "DESCRIBE <https://example.org/a>",
    "SELECT * WHERE { GRAPH ?g { ?s ?p ?o } VALUES ?s { <https://example.org/a> UNDEF } BIND(STRLEN(STR(?o)) * 2.5e0 AS ?l) }",
    "SELECT ?x WHERE { { SELECT (MAX(?o) AS ?x) WHERE { ?s ?p ?o } } UNION { BIND(xsd:dateTime(\"2026-01-02T00:00:00\") - xsd:dayTimeDuration(\"P400D\") AS ?x) } }",
    "SELECT (REGEX(\"aXb\", \"x\", \"i\") AS ?r) (REPLACE(\"abc\", \"(b)\", \"$1$1\") AS ?y) (IF(1 = 1.0, SUBSTR(\"añb\", 2, 9), COALESCE(?u, 1/0)) AS ?z) {}",
    "SELECT (<<( :s :p :o )>> AS ?t) WHERE { FILTER(EXISTS { ?s ?p ?o } && RAND() < 2 && ROUND(-2.5) IN (-2, \"x\"@en)) }",
    "PREFIX : <https://example.org/> INSERT DATA { :n :p 5 , \"e\"@en . GRAPH :g { :n :q _:b } }",
    "DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
    "DELETE WHERE { <https://example.org/b> ?p ?o } ; CLEAR GRAPH <https://example.org/named> ; DROP SILENT ALL",
    "LOAD <https://example.org/file.ttl> ; CREATE GRAPH <https://example.org/g> ; COPY DEFAULT TO <https://example.org/g>",
];

pub(super) fn parameters() -> Vec<Vec<u8>> {
    values_of(&["samos:parameter", "samos:outcome"])
}

pub(super) fn conditions() -> Vec<Vec<u8>> {
    values_of(&["samos:precondition"])
}

pub(super) fn effects() -> Vec<Vec<u8>> {
    values_of(&["samos:postcondition"])
}

pub(super) fn sparql() -> Vec<Vec<u8>> {
    bytes(QUERIES.iter().copied().map(String::from))
}

pub(super) fn turtle() -> Vec<Vec<u8>> {
    let few = std::iter::once(FEW.to_owned());
    bytes(pieces_of_turtle().into_iter().chain(few))
}

pub(super) fn json_ld() -> Vec<Vec<u8>> {
    rewritten(AnswerFormat::JsonLd)
}

pub(super) fn rdf_xml() -> Vec<Vec<u8>> {
    rewritten(AnswerFormat::RdfXml)
}

pub(super) fn pddl() -> Vec<Vec<u8>> {
    let folder = root().join("tests/planning");
    let domains = files(&folder.join("domains"), "pddl");
    let whole = domains.iter().map(|(path, domain)| {
        let problem = folder
            .join("problems")
            .join(path.file_name().unwrap_or_default());
        let problem = fs::read_to_string(problem).unwrap_or_default();
        format!("{domain}{PROBLEM}{problem}")
    });
    bytes(whole)
}

/// The head of each file with a few of its operations, until all had their turn.
pub(super) fn mappings() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (_, text) in files(&root().join("mappings"), "yaml") {
        let Some((head, operations)) = text.split_once("\noperations:\n") else {
            all.push(text);
            continue;
        };
        let begins = |line: &str| line.starts_with("  ") && !line.starts_with("   ");
        for piece in gathered(operations, begins) {
            all.push(format!("{head}\noperations:\n{piece}"));
        }
    }
    bytes(all)
}

/// The two clouds of the paper, with the things of the demo.
pub(super) fn demo() -> Knowledge {
    let ontology = root().join("ontology");
    let mut sources = files(&ontology, "ttl");
    sources.retain(|(path, _)| !path.ends_with("shapes.ttl"));
    sources.extend(files(&ontology, "trig"));
    let mut knowledge = Knowledge::new();
    for (path, text) in sources {
        let name = path.to_string_lossy().into_owned();
        let format = Format::of_file(&name).unwrap_or(Format::Turtle);
        let report = knowledge.load(&Source::new(name, text, format));
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
    knowledge
}

fn rewritten(format: AnswerFormat) -> Vec<Vec<u8>> {
    let written = pieces_of_turtle().into_iter().filter_map(|piece| {
        let mut knowledge = Knowledge::new();
        let loaded = knowledge.load(&Source::new("piece", piece, Format::Turtle));
        (loaded.statements > 0)
            .then(|| knowledge.query_view().graph(None)?.serialize(format).ok())
            .flatten()
    });
    bytes(written)
}

/// Each file's paragraphs by the few, with its prefixes before them.
fn pieces_of_turtle() -> Vec<String> {
    let mut all = Vec::new();
    for (_, text) in files(&root().join("ontology"), "ttl") {
        let (prefixes, rest): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with("@prefix"));
        let begins = |line: &str| !line.starts_with([' ', '#', ']', ')']) && !line.is_empty();
        for piece in gathered(&rest.join("\n"), begins) {
            let used = |prefix: &&&str| {
                let name = prefix.split_whitespace().nth(1);
                name.is_some_and(|name| piece.contains(name))
            };
            let prefixes: Vec<&str> = prefixes.iter().filter(used).copied().collect();
            all.push(format!("{}\n{piece}", prefixes.join("\n")));
        }
    }
    all
}

/// Cut where a new thing begins, once there is enough.
fn gathered(text: &str, begins: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut piece = String::new();
    for line in text.lines() {
        if begins(line) && piece.len() > LONGEST {
            all.push(std::mem::take(&mut piece));
        }
        piece.push_str(line);
        piece.push('\n');
    }
    all.push(piece);
    all
}

/// The texts that stand as values of these properties anywhere in the ontologies.
fn values_of(properties: &[&str]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (_, text) in files(&root().join("ontology"), "ttl") {
        for property in properties {
            for after in text.split(property).skip(1) {
                let value = after.trim_start().strip_prefix('"');
                let value = value.and_then(|value| value.split("\" ").next());
                all.extend(value.map(|value| value.replace("\\\"", "\"")));
            }
        }
    }
    all.sort();
    all.dedup();
    bytes(all)
}

fn bytes(texts: impl IntoIterator<Item = String>) -> Vec<Vec<u8>> {
    texts.into_iter().map(String::into_bytes).collect()
}

/// The files below a folder whose names end so, in order.
fn files(folder: &Path, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|own| own == ending)
                && let Ok(text) = fs::read_to_string(&path)
            {
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The root of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_root = |folder: &&Path| folder.join("ontology/samos.ttl").is_file();
    let root = here.ancestors().find(is_root).unwrap_or(here);
    root.to_owned()
}
