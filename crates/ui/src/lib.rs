//! The web interface as files inside the binary.
//!
//! In: a path as a browser asks for it. Out: the bytes with their media type and a tag that changes with them. Where
//! `cargo xtask ui` has not built `web/` there is nothing, and [`is_built`] says so. Not here: serving, and building.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "web/dist/"]
#[allow_missing = true]
struct Built;

/// The page that all addresses of the interface show.
pub const PAGE: &str = "index.html";

/// One file of the interface.
#[derive(Clone, Debug)]
pub struct Asset {
    /// What it holds.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub mime: &'static str,
    /// In quotes, as the header `ETag` wants it.
    pub etag: String,
    /// Does its name change with its content, so that it can be kept for ever?
    pub is_immutable: bool,
}

/// The file at a path, with or without a slash before it; the empty path is the page.
#[must_use = "reading has no other effect"]
pub fn asset(path: &str) -> Option<Asset> {
    let path = match path.trim_start_matches('/') {
        "" => PAGE,
        other => other,
    };
    let EmbeddedFile { data, metadata } = Built::get(path)?;
    Some(Asset {
        bytes: data,
        mime: media_type(path),
        etag: format!("\"{}\"", short(&metadata.sha256_hash())),
        is_immutable: path.starts_with("assets/"),
    })
}

/// Was the interface there when this was compiled?
#[must_use = "reading has no other effect"]
pub fn is_built() -> bool {
    Built::get(PAGE).is_some()
}

/// Names the build, so that an old interface can be seen; `None` where there is none.
#[must_use = "reading has no other effect"]
pub fn build_id() -> Option<String> {
    // The page names all files by their content, so its own digest stands for all.
    Built::get(PAGE).map(|page| short(&page.metadata.sha256_hash()))
}

fn short(digest: &[u8; 32]) -> String {
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With and without a build the answers agree with each other.
    #[test]
    fn the_page_is_there_exactly_where_it_is_built() {
        assert_eq!(is_built(), asset("/").is_some());
        assert_eq!(is_built(), build_id().is_some());
        assert!(asset("/no/such/file.js").is_none());
        assert!(asset("../Cargo.toml").is_none());
        if let Some(page) = asset("") {
            assert_eq!(page.mime, "text/html; charset=utf-8");
            assert!(!page.is_immutable, "the page itself is asked for again");
            let text = String::from_utf8_lossy(&page.bytes).into_owned();
            let script = text
                .split('"')
                .find(|part| part.ends_with(".js"))
                .expect("the page has a script");
            let script = asset(script).expect("what the page names is there");
            assert!(script.is_immutable);
            assert_eq!(script.mime, "text/javascript; charset=utf-8");
        }
    }
}
