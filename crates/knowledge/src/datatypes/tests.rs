use super::lexical::{Family, Pattern, check, compare};
use super::*;

#[test]
fn values_are_checked_by_form_and_range() {
    let xsd = |name: &str| format!("http://www.w3.org/2001/XMLSchema#{name}");
    for (text, name, good) in [
        ("80", "integer", true),
        ("8o", "integer", false),
        ("65536", "unsignedShort", false),
        ("-1", "nonNegativeInteger", false),
        ("2025-02-30T00:00:00Z", "dateTime", false),
        ("2025-02-28T00:00:00Z", "dateTime", true),
        ("yes", "boolean", false),
        ("P1D", "duration", true),
        ("P", "duration", false),
        ("18446744073709551616", "unsignedLong", false),
    ] {
        assert_eq!(check(text, &xsd(name)).is_ok(), good, "{text} as {name}");
    }
}

#[test]
fn numbers_compare_by_value() {
    let number = |left, right| compare(left, right, Some(Family::Number));
    assert_eq!(number("1.50", "+01.5"), Some(Ordering::Equal));
    assert_eq!(number("-2", "1"), Some(Ordering::Less));
    assert_eq!(number("-0", "0"), Some(Ordering::Equal));
    assert_eq!(
        number("100000000000000000001", "100000000000000000000"),
        Some(Ordering::Greater)
    );
    assert_eq!(number("1e3", "999.5"), Some(Ordering::Greater));
    assert_eq!(
        compare(
            "2025-01-01T00:00:00+01:00",
            "2024-12-31T23:00:00Z",
            Some(Family::Time)
        ),
        Some(Ordering::Equal)
    );
}

#[test]
fn patterns_of_xml_schema_cover_the_whole_text() {
    let passes = |pattern: &str, text: &str| Pattern::new(pattern).is_match(text);
    assert!(passes("i-([0-9a-f]{8}|[0-9a-f]{17})", "i-0a1b2c3d"));
    assert!(!passes("[a-z]+", "abc1"));
    assert!(passes("[a-z-[aeiou]]+", "xyz"));
    assert!(!passes("[a-z-[aeiou]]+", "xayz"));
    assert!(passes("a$", "a$"));
    assert!(Pattern::new("([a-z").is_malformed());
    // What is too large is a pattern all the same, and rules nothing out.
    let large = Pattern::new(r"(\w{900}){900}");
    assert!(!large.is_malformed() && large.is_match("a"));
}
