//! What reads what somebody else wrote survives it: every text of our own, and each of them damaged at random.
//!
//! A quick look on every commit; `cargo xtask test --long fuzz` looks for minutes, guided by what is reached.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what fails here fails a test"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use samos_parsers::{PARSERS, Parser};
use samos_reference::worlds::Random;

/// How many damaged texts each parser gets.
const DAMAGED: usize = 150;
/// Where the damage comes from.
const SEED: u64 = 20_261_122;

#[test]
fn our_own_texts_are_read() {
    for parser in PARSERS {
        let seeds = (parser.seeds)();
        let read = seeds.iter().filter(|seed| survived(parser, seed)).count();
        println!("{}: {read} of {} texts", parser.name, seeds.len());
        assert!(
            read > 3 && read * 4 >= seeds.len(),
            "{}: of {} texts only {read} are of their kind",
            parser.name,
            seeds.len()
        );
    }
}

#[test]
fn damaged_texts_do_no_harm() {
    println!("seed {SEED}");
    for parser in PARSERS {
        let mut random = Random::new(SEED);
        let seeds = (parser.seeds)();
        for _ in 0..DAMAGED {
            let other = random.pick(&seeds).unwrap().clone();
            let mut text = random.pick(&seeds).unwrap().clone();
            for _ in 0..=random.below(4) {
                damage(&mut text, &other, &mut random);
            }
            survived(parser, &text);
        }
    }
}

/// Was it a text of the parser's kind? Fails, with the text, where the parser panics.
fn survived(parser: &Parser, text: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| (parser.read)(text))).unwrap_or_else(|_| {
        panic!(
            "{} panics over: {}",
            parser.name,
            String::from_utf8_lossy(text).escape_debug()
        )
    })
}

/// Cuts out, doubles, overwrites or takes from the other text.
fn damage(text: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let from = random.below(text.len() + 1);
    let to = (from + random.below(30)).min(text.len());
    match random.below(5) {
        0 => drop(text.drain(from..to)),
        1 => {
            let piece = text[from..to].to_vec();
            let at = random.below(text.len() + 1);
            text.splice(at..at, piece);
        }
        2 => {
            let odd: [&[u8]; 8] = [
                b"(",
                b"]",
                b"\"",
                b"99999999999999999999",
                b"\\u",
                b"-",
                "\u{1F600}".as_bytes(),
                b"\0",
            ];
            text.splice(from..to, odd[random.below(odd.len())].iter().copied());
        }
        3 => {
            let begin = random.below(other.len() + 1);
            let end = (begin + random.below(60)).min(other.len());
            text.splice(from..to, other[begin..end].iter().copied());
        }
        _ => text.truncate(from),
    }
}
