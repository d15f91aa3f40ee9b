//! `samos entail --out FILE`: the full closure as N-Triples.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::measure;
use crate::progress;
use crate::session::Session;

/// The arguments of `entail`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where to write; standard output when left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Say how much there was, and what it took.
    #[arg(long, value_enum, value_name = "FORM")]
    stats: Option<Stats>,
}

/// The forms of the statistics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Stats {
    /// `{"triples_in", "triples_out", "cpu_s", "peak_bytes"}` on standard output.
    Json,
}

/// Writes the closure.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let before = measure::cpu_time();
    let samos = session.samos()?;
    let size = match &arguments.out {
        Some(path) => {
            let failed = |error| Failure::file(path, "write", &error);
            let mut out = BufWriter::new(File::create(path).map_err(failed)?);
            let size = progress::during("writing", || samos.entail(&mut out)).map_err(failed)?;
            out.flush().map_err(failed)?;
            size
        }
        None if arguments.stats.is_some() => samos
            .entail(&mut std::io::sink())
            .map_err(|error| Failure::stream(&error))?,
        None => {
            let mut text = Vec::new();
            let size = samos
                .entail(&mut text)
                .map_err(|error| Failure::stream(&error))?;
            session.output.bytes(&text)?;
            size
        }
    };
    if arguments.stats == Some(Stats::Json) {
        session.output.value(&json!({
            "triples_in": size.triples_in,
            "triples_out": size.triples_out,
            "cpu_s": (measure::cpu_time() - before).as_secs_f64(),
            "peak_bytes": measure::peak_bytes().unwrap_or_default(),
        }))?;
    } else if let Some(path) = &arguments.out {
        session.output.say(&format!(
            "{} triples in, {} out: {}",
            size.triples_in,
            size.triples_out,
            path.display()
        ));
    }
    Ok(Exit::Done)
}
