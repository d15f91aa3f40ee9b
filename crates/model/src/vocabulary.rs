//! IRIs of the framework that code must know by name; everything else is knowledge in `ontology/`.

/// Terms of RDF.
pub mod rdf {
    /// `rdf:type`.
    pub const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
}

/// Terms of XML Schema.
pub mod xsd {
    /// The namespace.
    pub const NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema#";
    /// `xsd:string`.
    pub const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
    /// `xsd:boolean`.
    pub const BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
    /// `xsd:integer`.
    pub const INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";
    /// `xsd:decimal`.
    pub const DECIMAL: &str = "http://www.w3.org/2001/XMLSchema#decimal";
    /// `xsd:double`.
    pub const DOUBLE: &str = "http://www.w3.org/2001/XMLSchema#double";
    /// `xsd:dateTime`.
    pub const DATE_TIME: &str = "http://www.w3.org/2001/XMLSchema#dateTime";
    /// `xsd:anyURI`.
    pub const ANY_URI: &str = "http://www.w3.org/2001/XMLSchema#anyURI";
    /// The numeric datatypes, whose literals compare by value.
    pub const NUMERIC: &[&str] = &[
        INTEGER,
        DECIMAL,
        DOUBLE,
        "http://www.w3.org/2001/XMLSchema#float",
        "http://www.w3.org/2001/XMLSchema#int",
        "http://www.w3.org/2001/XMLSchema#long",
        "http://www.w3.org/2001/XMLSchema#short",
        "http://www.w3.org/2001/XMLSchema#byte",
        "http://www.w3.org/2001/XMLSchema#nonNegativeInteger",
        "http://www.w3.org/2001/XMLSchema#positiveInteger",
        "http://www.w3.org/2001/XMLSchema#nonPositiveInteger",
        "http://www.w3.org/2001/XMLSchema#negativeInteger",
        "http://www.w3.org/2001/XMLSchema#unsignedLong",
        "http://www.w3.org/2001/XMLSchema#unsignedInt",
        "http://www.w3.org/2001/XMLSchema#unsignedShort",
        "http://www.w3.org/2001/XMLSchema#unsignedByte",
    ];
}

/// Terms of the samos framework (`ontology/samos.ttl`).
pub mod samos {
    /// The namespace.
    pub const NAMESPACE: &str = "https://w3id.org/samos#";
    /// The service level of entities: one individual per account.
    pub const SERVICE: &str = "https://w3id.org/samos#Service";
    /// The instance level of entities. Paper: CSI.
    pub const SERVICE_INSTANCE: &str = "https://w3id.org/samos#ServiceInstance";
    /// The aspect level of entities. Paper: PSSA.
    pub const ASPECT: &str = "https://w3id.org/samos#Aspect";
    /// The class of provider accounts.
    pub const ACCOUNT_CLASS: &str = "https://w3id.org/samos#Account";
    /// The class above all provider classes. Paper: CSP.
    pub const CLOUD_SERVICE_PROVIDER: &str = "https://w3id.org/samos#CloudServiceProvider";
    /// entity → its provider.
    pub const PROVIDER: &str = "https://w3id.org/samos#provider";
    /// entity → the account that owns it.
    pub const ACCOUNT: &str = "https://w3id.org/samos#account";
    /// entity → its service's individual.
    pub const SERVICE_OF: &str = "https://w3id.org/samos#service";
    /// Super-property of those through which an entity makes use of another.
    pub const USES: &str = "https://w3id.org/samos#uses";
    /// Super-property of those through which an entity keeps another away.
    pub const EXCLUDES: &str = "https://w3id.org/samos#excludes";
    /// passing state → the state it turns into.
    pub const BECOMES: &str = "https://w3id.org/samos#becomes";
    /// Marks a class of `common.ttl` whose members are alike across providers.
    pub const SHARED: &str = "https://w3id.org/samos#shared";
    /// operation → operation: declared equivalent.
    pub const SIMILAR_TO: &str = "https://w3id.org/samos#similarTo";
    /// The states in which a created thing counts as undone.
    pub const ENDED: &str = "https://w3id.org/samos#Ended";
    /// The class of states, above every provider's own.
    pub const STATE: &str = "https://w3id.org/samos#State";
}
