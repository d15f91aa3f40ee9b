//! One request to an API, and what came back: all that a driver sees.
//!
//! Calls are plain values: they can be shown before they are sent, kept in a journal, and compared. They name a service,
//! never an address, and carry no secret: where the service is and who asks is the driver's to know.
//! Not here: protocols, signatures, retries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One request to an API, neutral enough for any driver of its kind to send.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Call {
    /// An operation of a vendor's model: the model says how it travels.
    Model {
        /// The service's name in the vendor's models, such as `ec2`.
        service: String,
        /// The operation's name in the model, such as `StartInstances`.
        operation: String,
        /// The input, by the model's member names.
        input: Value,
        /// The region to ask, where it is not the account's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
    /// A plain HTTP request.
    Http {
        /// The service's key in the account's catalogue or endpoints, such as `compute`.
        service: String,
        /// `GET`, `POST` …
        method: String,
        /// The path below the service's endpoint, percent-encoded.
        path: String,
        /// The query, not encoded.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        query: Vec<(String, String)>,
        /// Headers of this request; authentication is the driver's.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, String)>,
        /// The body, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Body>,
        /// The region to ask, where it is not the account's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
    /// A function of libvirt.
    Libvirt {
        /// Its name in the C library, such as `virDomainCreate`.
        function: String,
        /// Its arguments by name.
        arguments: Map<String, Value>,
    },
    /// One line to a command socket, such as HAProxy's.
    Socket {
        /// The line, without its end.
        command: String,
    },
}

/// What an HTTP request carries.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// A JSON document.
    Json(Value),
    /// Fields of a form, not encoded.
    Form(Vec<(String, String)>),
    /// An XML document.
    Xml(String),
    /// Text.
    Text(String),
}

/// What came back, parsed. JMESPath looks at `document`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status; what speaks no HTTP says 200 for an answer and 500 for an error.
    pub status: u16,
    /// Headers, by lower-case name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The content as JSON: a model's output by its member names, a JSON body, an XML body by element names, or text.
    pub document: Value,
    /// The error that it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
}

/// An error as the API words it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ApiError {
    /// The API's code, such as `IncorrectInstanceState`; the status in digits where it gives none.
    pub code: String,
    /// The API's sentence.
    pub message: String,
    /// All else that it gives, by name.
    #[serde(default)]
    pub fields: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reads_back_as_it_was_written() {
        let call = Call::Http {
            service: "compute".into(),
            method: "POST".into(),
            path: "/servers/1/action".into(),
            query: vec![("all".into(), "1".into())],
            headers: Vec::new(),
            body: Some(Body::Json(serde_json::json!({"reboot": {"type": "SOFT"}}))),
            region: None,
        };
        let text = serde_json::to_string(&call).unwrap();
        assert_eq!(
            text,
            r#"{"kind":"http","service":"compute","method":"POST","path":"/servers/1/action","query":[["all","1"]],"body":{"json":{"reboot":{"type":"SOFT"}}}}"#
        );
        assert_eq!(serde_json::from_str::<Call>(&text).unwrap(), call);
    }
}
