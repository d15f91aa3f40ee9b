//! The parsers of `tests/parsers` as targets of libFuzzer.
//!
//! In: the fuzzer's arguments, the first of which is the folder of the target's corpus. Out: a crash, where a parser panics.
//! Each target first puts texts of this repository into its corpus, so that none of it is kept beside the files it repeats.

use std::path::Path;

pub use libfuzzer_sys;
use samos_parsers::Parser;
pub use samos_parsers::named;

/// Writes a parser's seeds into the folder that the fuzzer was given.
pub fn sow(parser: &Parser) {
    let Some(folder) = std::env::args().skip(1).find(|word| !word.starts_with('-')) else {
        return;
    };
    let folder = Path::new(&folder);
    if !folder.is_dir() {
        return; // a single input, to be read again
    }
    for (number, seed) in (parser.seeds)().iter().enumerate() {
        let _ = std::fs::write(folder.join(format!("seed-{number:04}")), seed);
    }
}

/// A target that hands what the fuzzer makes up to the parser of that name.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(
            init: $crate::sow($crate::named($name)),
            |input: &[u8]| {
                ($crate::named($name).read)(input);
            }
        );
    };
}
