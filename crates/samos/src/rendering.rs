//! The call that a request becomes, and the very request that its account's driver would send; nothing is sent.
//!
//! In: an operation, a subject, arguments, and a library where several serve the operation. Out: one call for each request
//! that the library needs, and where an account stands for the subject, address, headers and body. Who asks is hidden unless
//! it is asked for. Not here: sending; only to sign, one may have to sign in.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use samos_drivers::Preview;
use samos_mapping::Call;
use samos_model::Finding;
use secrecy::ExposeSecret as _;

use crate::clouds::Shown;
use crate::samos::not_supported;
use crate::{Error, Samos};

/// What stands where a secret is.
const HIDDEN: &str = "[hidden]";

/// How a request is shown.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// The library, where it is not the account's, or the one that is preferred.
    pub library: Option<String>,
    /// With what proves who asks.
    pub signed: bool,
    /// With secrets in full.
    pub secrets: bool,
}

/// What would be sent.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Rendered {
    /// The call.
    #[serde(flatten)]
    pub call: RenderedCall,
    /// How it would leave; none where no account stands for the subject, or only who signs in learns where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RenderedRequest>,
}

/// A call, and what it is for.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RenderedCall {
    /// This carries the request out.
    Call(Call),
    /// First this; the call itself needs the answer.
    Lookup(Call),
}

/// A request to the letter.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct RenderedRequest {
    /// The account in whose name it is.
    pub account: String,
    /// `GET`, `POST` …; what speaks no HTTP has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The whole address, or the socket.
    pub address: String,
    /// The headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// How the body is written: `text` or `base64`.
    pub encoding: &'static str,
}

impl Samos {
    /// The calls that carry a request out, in order.
    ///
    /// # Errors
    /// When a name is not known, an argument is missing, no library serves the operation, or what a call needs is not known.
    pub fn rendered(
        &self,
        operation: &str,
        subject: &str,
        arguments: &[impl AsRef<str>],
        options: &RenderOptions,
    ) -> Result<Vec<Rendered>, Error> {
        let (request, _) = self.request(operation, subject, arguments)?;
        let mappings = self.mappings()?;
        let world = self.world();
        let account = self.clouds.as_ref();
        let account = account.and_then(|clouds| clouds.showing(world, &request));
        if account.is_none() && options.signed {
            return Err(not_supported(
                format!(
                    "no account stands for `{}`",
                    world.compact(&request.subject)
                ),
                "`samos accounts add` adds one; leave out --sign to see the call",
            ));
        }
        let library = options.library.as_deref();
        let library = library.or(account.as_ref().and_then(Shown::library));
        let mut rendered = Vec::new();
        for one in mappings.split(&request, library) {
            let first = mappings.lookup(world, &one, library).map_err(unrendered)?;
            let call = match first {
                Some(call) => RenderedCall::Lookup(call),
                None => {
                    let call = mappings.render(world, &one, None, library);
                    RenderedCall::Call(call.map_err(unrendered)?)
                }
            };
            let (RenderedCall::Call(sent) | RenderedCall::Lookup(sent)) = &call;
            let request = match &account {
                Some(account) if library == account.library() => {
                    let preview = account.preview(sent, options.signed)?;
                    preview.map(|preview| shown(account, preview, options.secrets))
                }
                _ => None,
            };
            rendered.push(Rendered { call, request });
        }
        Ok(rendered)
    }
}

fn shown(account: &Shown<'_>, preview: Preview, secrets: bool) -> RenderedRequest {
    let redacted = |text: &str| match secrets {
        true => text.to_owned(),
        false => account.redact(text),
    };
    let headers = preview.headers.into_iter().map(|header| {
        let value = match header.is_secret && !secrets {
            true => HIDDEN.to_owned(),
            false => redacted(header.value.expose_secret()),
        };
        (header.name, value)
    });
    let headers = headers.collect();
    let (body, encoding) = match String::from_utf8(preview.body) {
        Ok(text) => (redacted(&text), "text"),
        Err(bytes) => (BASE64_STANDARD.encode(bytes.as_bytes()), "base64"),
    };
    RenderedRequest {
        account: account.name().to_owned(),
        method: preview.method,
        address: redacted(&preview.address),
        headers,
        body,
        encoding,
    }
}

fn unrendered(error: samos_mapping::Error) -> Error {
    Finding::error(error.code(), error.to_string(), error.help()).into()
}
