//! The call that a request becomes, without sending it.
//!
//! In: an operation, a subject, arguments, and a library where several serve the operation. Out: one call for each request
//! that the library needs, as its driver would send it. Not here: signing, and sending.

use samos_mapping::{Call, Mappings};
use samos_model::Finding;

use crate::{Error, Samos};

/// What would be sent.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rendered {
    /// This.
    Call(Call),
    /// First this; the call itself needs the answer.
    Lookup(Call),
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
        library: Option<&str>,
    ) -> Result<Vec<Rendered>, Error> {
        let (request, _) = self.request(operation, subject, arguments)?;
        let (mappings, findings) = Mappings::load(samos_mapping::BUILT_IN);
        if !findings.is_empty() {
            return Err(Error::Invalid(findings));
        }
        let world = self.world();
        let mut rendered = Vec::new();
        for one in mappings.split(&request, library) {
            let first = mappings.lookup(world, &one, library).map_err(unrendered)?;
            rendered.push(match first {
                Some(call) => Rendered::Lookup(call),
                None => {
                    let call = mappings.render(world, &one, None, library);
                    Rendered::Call(call.map_err(unrendered)?)
                }
            });
        }
        Ok(rendered)
    }
}

fn unrendered(error: samos_mapping::Error) -> Error {
    Finding::error(error.code(), error.to_string(), error.help()).into()
}
