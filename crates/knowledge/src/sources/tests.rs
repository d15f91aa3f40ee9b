//! Places of statements against the parser's own order, and places of characters inside literals.

use proptest::prelude::*;

use super::*;
use crate::vocabulary::VOCABULARY;

fn loaded(text: &str, format: Format) -> (Terms, Read) {
    let mut terms = Terms::new();
    let read = read(&Source::new("t", text, format), 0, &mut terms);
    match read {
        Ok(read) => (terms, read),
        Err(finding) => panic!("{finding}\n{text}"),
    }
}

/// The token that starts at a statement's part.
fn token(text: &str, offset: u32) -> &str {
    let rest = &text[offset as usize..];
    let end = rest
        .find(|c: char| c.is_whitespace() || ";,".contains(c))
        .unwrap_or(rest.len());
    &rest[..end]
}

/// Every statement's parts must start where a spelling of its terms stands.
fn assert_places(text: &str, format: Format) {
    let (terms, read) = loaded(text, format);
    let places = statement_places(text);
    assert_eq!(
        places.len(),
        read.statements.len(),
        "number of statements in\n{text}"
    );
    for (statement, place) in read.statements.iter().zip(&places) {
        let [s, p, o] = statement.triple;
        for (term, offset) in [(s, place.subject), (o, place.object)] {
            let token = token(text, offset);
            let name = terms.text(term);
            let fits = match terms.kind(term) {
                crate::terms::TermKind::Blank => {
                    token.starts_with(['[', '(', '_'])
                        || token.starts_with("<<")
                        || !token.is_empty()
                }
                crate::terms::TermKind::Triple => true,
                crate::terms::TermKind::Iri if token.contains('\\') => true,
                crate::terms::TermKind::Iri => {
                    name.ends_with(
                        token
                            .trim_matches(['<', '>', '.', ')', ']'])
                            .rsplit(':')
                            .next()
                            .unwrap_or(""),
                    ) || name.ends_with("nil")
                }
                _ => {
                    token.starts_with(['"', '\''])
                        || name.starts_with(token.trim_end_matches(['.', ']', ')', '}']))
                }
            };
            assert!(fits, "`{name}` is not at `{token}` in\n{text}");
        }
        let token = token(text, place.predicate);
        let list = VOCABULARY.contains(&terms.text(p))
            && (terms.text(p).ends_with("first") || terms.text(p).ends_with("rest"))
            || terms.text(p).ends_with("reifies");
        let local = token
            .trim_matches(['<', '>'])
            .rsplit([':', '#'])
            .next()
            .unwrap_or("");
        assert!(
            list || token == "a" || terms.text(p).ends_with(local),
            "`{}` is not at `{token}` in\n{text}",
            terms.text(p)
        );
    }
}

#[test]
fn statements_are_found_in_the_parsers_order() {
    let head = "@prefix e: <urn:e:> . # a comment with \"quotes\" and <brackets>\nPREFIX f: <urn:f:>\n@base <http://b/> .\n";
    for body in [
        "e:a e:p e:b , e:c ; e:q \"x;y\" , 'z' ; a e:T .",
        "e:a e:p [ e:q e:b ; e:r [ e:s 1.5 ] ] , e:d .",
        "[] e:p e:a . [ e:p e:a ] . [ e:p e:a ] e:q e:b .",
        "e:a e:p ( e:b \"c\" ( 1 2 ) [ e:q () ] ) ; e:q () .",
        "( e:a e:b ) e:p e:c . () e:p e:c .",
        "e:a e:p \"\"\"long \"quoted\" \\\" text # no comment\nsecond line\"\"\"@en , 'it''s' ."
            .replace("'it''s'", "\"its\"")
            .as_str(),
        "e:a e:p \"1\"^^e:int , \"2\" ^^ <urn:int> ; ; e:q true , -1.5e3 , .5 ; .",
        "<x> <#y> <../z> . e:a.b e:p.q e:c\\,d . _:x e:p _:y.z .",
        "<< e:a e:p e:b >> e:q e:c . e:a e:p e:b {| e:q e:c |} . e:a e:p e:d ~ e:r {| e:q e:c |} , e:f ~ .",
        "e:a e:p <<( e:b e:q e:c )>> .",
        "",
    ] {
        assert_places(&format!("{head}{body}"), Format::Turtle);
    }
    for body in [
        "e:g { e:a e:p e:b . e:c e:p [ e:q e:d ] } e:a e:p e:b . GRAPH <g> { e:a e:p \"x\" ; e:q e:b . } { e:a e:p e:c }",
        "_:g { } [] { e:a e:p e:b } e:a e:p e:b .",
    ] {
        assert_places(&format!("{head}{body}"), Format::TriG);
    }
    assert_places(
        "<urn:a> <urn:p> \"x\"@en <urn:g> .\n<urn:a> <urn:p> _:b .\n# end\n",
        Format::NQuads,
    );
    assert_places("<urn:a> <urn:p> \"x\\\"y\" .\n", Format::NTriples);
}

#[test]
fn a_character_inside_a_literal_is_found_in_the_file() {
    let text = "@prefix e: <urn:e:> .\ne:a e:p \"same\" ; e:q \"same\" .\ne:b e:p \"\"\"first \\\"é\\\"\n\tsecond\\u0041 end\"\"\" .\n";
    let (terms, read) = loaded(text, Format::Turtle);
    let place = |index: u32, inside: usize| {
        let literal = terms.text(read.statements[index as usize].triple[2]);
        let place = read.source.place_inside(index, literal, inside).unwrap();
        (place.line, place.column)
    };
    assert_eq!(place(0, 0), (2, 10));
    assert_eq!(place(1, 2), (2, 25), "the second of two equal literals");
    let literal = terms.text(read.statements[2].triple[2]);
    assert_eq!(
        place(2, literal.find('é').unwrap()),
        (3, 20),
        "after an escape"
    );
    assert_eq!(
        place(2, literal.find("second").unwrap()),
        (4, 2),
        "on the next line"
    );
    assert_eq!(
        place(2, literal.find(" end").unwrap()),
        (4, 14),
        "after a long escape"
    );
    assert_eq!(place(2, literal.len()), (4, 18), "the closing quotes");
}

#[test]
fn literals_of_xml_and_json_are_found_with_their_escapes() {
    let xml = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:e=\"urn:e:\">\n<rdf:Description rdf:about=\"urn:a\">\n<e:p>a &lt; b</e:p>\n</rdf:Description></rdf:RDF>";
    let (terms, read) = loaded(xml, Format::RdfXml);
    let literal = terms.text(read.statements[0].triple[2]);
    let place = read
        .source
        .place_inside(0, literal, literal.find('b').unwrap())
        .unwrap();
    assert_eq!((place.line, place.column), (3, 13));
    let json = "{\"@id\": \"urn:a\",\n \"urn:p\": \"say \\\"x\\\" now\"}";
    let (terms, read) = loaded(json, Format::JsonLd);
    let literal = terms.text(read.statements[0].triple[2]);
    let place = read
        .source
        .place_inside(0, literal, literal.find("now").unwrap())
        .unwrap();
    assert_eq!((place.line, place.column), (2, 22));
}

#[test]
fn a_broken_file_is_refused_at_its_place() {
    for (text, format, line, column, about) in [
        (
            "@prefix e: <urn:e:> .\ne:a e:p \"x\"\n   e:q \"y\" .",
            Format::Turtle,
            3,
            4,
            "dot",
        ),
        (
            "@prefix e: <urn:e:> .\ne:a f:p e:b .",
            Format::Turtle,
            2,
            5,
            "prefix",
        ),
        ("e:a", Format::Turtle, 1, 1, "prefix"),
        ("<urn:a> <urn:p> .", Format::NTriples, 1, 17, ""),
        ("{\"@id\": }", Format::JsonLd, 1, 9, ""),
        ("<rdf:RDF", Format::RdfXml, 1, 1, ""),
    ] {
        let finding = match read(&Source::new("broken", text, format), 0, &mut Terms::new()) {
            Err(finding) => finding,
            Ok(_) => panic!("{text} was read"),
        };
        let place = finding.place.clone().unwrap();
        assert_eq!((place.line, place.column), (line, column), "{finding}");
        assert!(
            finding.message.contains(about) || finding.help.contains(about),
            "{finding}"
        );
        assert!(!finding.help.is_empty());
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in ".{0,200}", format in 0usize..6) {
        let format = [Format::Turtle, Format::NTriples, Format::TriG, Format::NQuads, Format::RdfXml, Format::JsonLd][format];
        let _ = read(&Source::new("t", text.as_str(), format), 0, &mut Terms::new());
        let _ = statement_places(&text);
    }

    #[test]
    fn no_mutation_of_a_real_file_makes_the_readers_panic(at in 0usize..4000, len in 0usize..12, put in "[ -~\n\"<>\\[\\](){}é]{0,6}") {
        let real = "@prefix e: <urn:e:> .\ne:a e:p \"x\" , \"\"\"long\"\"\"@en ; e:q [ e:r ( 1 2.5 e:b ) ] .\n[] a e:T ; e:s '''q''' .\n";
        let mut chars: Vec<char> = real.chars().collect();
        let at = at % chars.len();
        let end = (at + len).min(chars.len());
        chars.splice(at..end, put.chars());
        let text: String = chars.into_iter().collect();
        let parsed = read(&Source::new("t", text.as_str(), Format::Turtle), 0, &mut Terms::new());
        let places = statement_places(&text);
        if let Ok(parsed) = parsed {
            prop_assert_eq!(parsed.statements.len(), places.len(), "{}", text);
        }
    }

    #[test]
    fn nested_turtle_is_followed(tree in prop::collection::vec(0u8..8, 0..30)) {
        // A random but well-formed document out of a stack of openings and closings.
        let mut text = String::from("@prefix e: <urn:e:> .\ne:a e:p ");
        let mut open: Vec<char> = Vec::new();
        let mut needs_object = true;
        for step in tree {
            match step {
                0 | 1 if needs_object => { text.push_str("[ e:q "); open.push(']'); }
                2 if needs_object => { text.push_str("( "); open.push(')'); }
                3 if needs_object => { text.push_str("\"li;t.\"@en "); needs_object = open.last() == Some(&')'); }
                4 if needs_object => { text.push_str("e:x "); needs_object = open.last() == Some(&')'); }
                5 if !needs_object => { text.push_str(", "); needs_object = true; }
                6 if !needs_object => { text.push_str("; e:r "); needs_object = true; }
                7 if !open.is_empty() && (!needs_object || open.last() == Some(&')')) => {
                    text.push(open.pop().unwrap_or(' '));
                    text.push(' ');
                    needs_object = open.last() == Some(&')');
                }
                _ => {}
            }
        }
        loop {
            if needs_object && open.last() != Some(&')') { text.push_str("1 "); }
            match open.pop() {
                Some(close) => { text.push(close); text.push(' '); needs_object = open.last() == Some(&')'); }
                None => break,
            }
        }
        text.push('.');
        assert_places(&text, Format::Turtle);
    }
}
