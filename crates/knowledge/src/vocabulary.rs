//! The words of RDF, RDFS, OWL, SHACL, PROV and samos that code asks for by name, with fixed numbers.
//!
//! The order of the list is the numbering: [`Terms::new`](crate::terms::Terms::new) stores it first.

use crate::terms::TermId;

/// Datatype IRIs as text.
pub(crate) mod xsd {
    pub(crate) use samos_model::vocabulary::xsd::{NAMESPACE, STRING};
}

/// The namespace of RDF.
pub(crate) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
/// The namespace of RDF Schema.
pub(crate) const RDFS: &str = "http://www.w3.org/2000/01/rdf-schema#";
/// The namespace of OWL.
pub(crate) const OWL: &str = "http://www.w3.org/2002/07/owl#";
/// The namespace of PROV-O.
pub(crate) const PROV: &str = "http://www.w3.org/ns/prov#";
/// The namespace of SHACL.
pub(crate) const SH: &str = "http://www.w3.org/ns/shacl#";

macro_rules! words {
    ($($namespace:literal { $($name:ident = $local:literal),* $(,)? })*) => {
        /// The IRIs, in the order of their numbers.
        pub(crate) const VOCABULARY: &[&str] = &[$($(concat!($namespace, $local)),*),*];

        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "only the discriminants are used, as numbers")]
        #[repr(u32)]
        enum Number { $($($name),*),* }

        $($(
            #[allow(dead_code, reason = "the list is kept whole per namespace")]
            pub(crate) const $name: TermId = TermId(Number::$name as u32);
        )*)*
    };
}

words! {
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#" {
        RDF_TYPE = "type", RDF_FIRST = "first", RDF_REST = "rest", RDF_NIL = "nil", RDF_PROPERTY = "Property",
    }
    "http://www.w3.org/2000/01/rdf-schema#" {
        RDFS_SUB_CLASS_OF = "subClassOf", RDFS_SUB_PROPERTY_OF = "subPropertyOf", RDFS_DOMAIN = "domain",
        RDFS_RANGE = "range", RDFS_LABEL = "label", RDFS_COMMENT = "comment", RDFS_CLASS = "Class",
        RDFS_DATATYPE = "Datatype", RDFS_RESOURCE = "Resource", RDFS_LITERAL = "Literal",
    }
    "http://www.w3.org/2002/07/owl#" {
        OWL_CLASS = "Class", OWL_THING = "Thing", OWL_NOTHING = "Nothing", OWL_ONTOLOGY = "Ontology",
        OWL_OBJECT_PROPERTY = "ObjectProperty", OWL_DATATYPE_PROPERTY = "DatatypeProperty",
        OWL_ANNOTATION_PROPERTY = "AnnotationProperty", OWL_NAMED_INDIVIDUAL = "NamedIndividual",
        OWL_EQUIVALENT_CLASS = "equivalentClass", OWL_EQUIVALENT_PROPERTY = "equivalentProperty",
        OWL_SAME_AS = "sameAs", OWL_DIFFERENT_FROM = "differentFrom", OWL_INVERSE_OF = "inverseOf",
        OWL_SYMMETRIC = "SymmetricProperty", OWL_ASYMMETRIC = "AsymmetricProperty",
        OWL_TRANSITIVE = "TransitiveProperty", OWL_FUNCTIONAL = "FunctionalProperty",
        OWL_INVERSE_FUNCTIONAL = "InverseFunctionalProperty", OWL_IRREFLEXIVE = "IrreflexiveProperty",
        OWL_REFLEXIVE = "ReflexiveProperty", OWL_RESTRICTION = "Restriction", OWL_ON_PROPERTY = "onProperty",
        OWL_HAS_VALUE = "hasValue", OWL_SOME_VALUES_FROM = "someValuesFrom", OWL_ALL_VALUES_FROM = "allValuesFrom",
        OWL_MAX_CARDINALITY = "maxCardinality", OWL_MAX_QUALIFIED_CARDINALITY = "maxQualifiedCardinality",
        OWL_ON_CLASS = "onClass", OWL_INTERSECTION_OF = "intersectionOf", OWL_UNION_OF = "unionOf",
        OWL_COMPLEMENT_OF = "complementOf", OWL_ONE_OF = "oneOf", OWL_PROPERTY_CHAIN = "propertyChainAxiom",
        OWL_DISJOINT_WITH = "disjointWith", OWL_PROPERTY_DISJOINT_WITH = "propertyDisjointWith",
        OWL_ALL_DISJOINT_CLASSES = "AllDisjointClasses", OWL_ALL_DISJOINT_PROPERTIES = "AllDisjointProperties",
        OWL_ALL_DIFFERENT = "AllDifferent", OWL_MEMBERS = "members", OWL_DISTINCT_MEMBERS = "distinctMembers",
        OWL_HAS_KEY = "hasKey", OWL_AXIOM = "Axiom", OWL_ANNOTATED_SOURCE = "annotatedSource",
        OWL_ANNOTATED_PROPERTY = "annotatedProperty", OWL_ANNOTATED_TARGET = "annotatedTarget",
        OWL_ON_DATATYPE = "onDatatype", OWL_WITH_RESTRICTIONS = "withRestrictions",
        OWL_DISJOINT_UNION_OF = "disjointUnionOf", OWL_SOURCE_INDIVIDUAL = "sourceIndividual",
        OWL_ASSERTION_PROPERTY = "assertionProperty", OWL_TARGET_INDIVIDUAL = "targetIndividual",
        OWL_TARGET_VALUE = "targetValue", OWL_IMPORTS = "imports", OWL_VERSION_INFO = "versionInfo",
    }
    "http://www.w3.org/2001/XMLSchema#" {
        XSD_STRING = "string", XSD_BOOLEAN = "boolean", XSD_INTEGER = "integer", XSD_DECIMAL = "decimal",
        XSD_DATE_TIME = "dateTime", XSD_ANY_URI = "anyURI", XSD_PATTERN = "pattern", XSD_MIN_INCLUSIVE = "minInclusive",
        XSD_MAX_INCLUSIVE = "maxInclusive", XSD_MIN_EXCLUSIVE = "minExclusive", XSD_MAX_EXCLUSIVE = "maxExclusive",
        XSD_LENGTH = "length", XSD_MIN_LENGTH = "minLength", XSD_MAX_LENGTH = "maxLength",
        XSD_TOTAL_DIGITS = "totalDigits", XSD_FRACTION_DIGITS = "fractionDigits",
    }
    "http://www.w3.org/ns/shacl#" {
        SH_DECLARE = "declare", SH_PREFIX = "prefix", SH_NAMESPACE = "namespace", SH_NODE_SHAPE = "NodeShape",
        SH_PROPERTY_SHAPE = "PropertyShape", SH_TARGET_CLASS = "targetClass", SH_TARGET_NODE = "targetNode",
        SH_TARGET_SUBJECTS_OF = "targetSubjectsOf", SH_TARGET_OBJECTS_OF = "targetObjectsOf", SH_PROPERTY = "property",
        SH_PATH = "path", SH_INVERSE_PATH = "inversePath", SH_MIN_COUNT = "minCount", SH_MAX_COUNT = "maxCount",
        SH_DATATYPE = "datatype", SH_CLASS = "class", SH_NODE_KIND = "nodeKind", SH_IN = "in", SH_PATTERN = "pattern",
        SH_FLAGS = "flags", SH_HAS_VALUE = "hasValue", SH_MESSAGE = "message", SH_SEVERITY = "severity",
        SH_IRI = "IRI", SH_LITERAL = "Literal", SH_BLANK_NODE = "BlankNode", SH_BLANK_NODE_OR_IRI = "BlankNodeOrIRI",
        SH_BLANK_NODE_OR_LITERAL = "BlankNodeOrLiteral", SH_IRI_OR_LITERAL = "IRIOrLiteral",
        SH_VIOLATION = "Violation", SH_WARNING = "Warning", SH_INFO = "Info", SH_DEACTIVATED = "deactivated",
        SH_MIN_LENGTH = "minLength", SH_MAX_LENGTH = "maxLength", SH_MIN_INCLUSIVE = "minInclusive",
        SH_MAX_INCLUSIVE = "maxInclusive", SH_MIN_EXCLUSIVE = "minExclusive", SH_MAX_EXCLUSIVE = "maxExclusive",
        SH_OR = "or", SH_AND = "and", SH_NOT = "not", SH_NODE = "node", SH_ALTERNATIVE_PATH = "alternativePath",
        SH_NAME = "name", SH_DESCRIPTION = "description", SH_ORDER = "order",
    }
    "http://www.w3.org/ns/prov#" {
        PROV_GENERATED_AT_TIME = "generatedAtTime", PROV_WAS_ATTRIBUTED_TO = "wasAttributedTo",
        PROV_WAS_GENERATED_BY = "wasGeneratedBy",
    }
    "urn:samos:" {
        ASSERTED_GRAPH = "asserted",
    }
    "https://w3id.org/samos#" {
        SAMOS_HAS_SIR = "hasSIR", SAMOS_HAS_SMR = "hasSMR", SAMOS_OPERATION = "Operation",
        SAMOS_IAAS_OPERATION = "IaaSOperation", SAMOS_PAAS_OPERATION = "PaaSOperation",
        SAMOS_SAAS_OPERATION = "SaaSOperation", SAMOS_COMMON_OPERATION = "CommonOperation",
        SAMOS_INFORMATION_REQUEST = "InformationRequest", SAMOS_MANIPULATION_REQUEST = "ManipulationRequest",
        SAMOS_IAAS = "IaaS", SAMOS_PAAS = "PaaS", SAMOS_SAAS = "SaaS", SAMOS_COMMON = "Common",
        SAMOS_CATEGORY = "category", SAMOS_CATEGORY_CLASS = "Category", SAMOS_PARAMETER = "parameter", SAMOS_OUTCOME = "outcome",
        SAMOS_PRECONDITION = "precondition", SAMOS_POSTCONDITION = "postcondition", SAMOS_COST = "cost",
        SAMOS_DURATION = "duration", SAMOS_PROVIDER = "provider", SAMOS_ACCOUNT = "account", SAMOS_SERVICE = "service",
        SAMOS_NAME = "name", SAMOS_ID = "id", SAMOS_CREATED_AT = "createdAt", SAMOS_KEY = "key", SAMOS_CLOSED = "closed",
        SAMOS_KNOWN_EMPTY = "knownEmpty", SAMOS_BECOMES = "becomes", SAMOS_SHARED = "shared",
        SAMOS_SIMILAR_TO = "similarTo", SAMOS_ENTITY = "Entity", SAMOS_SERVICE_CLASS = "Service",
        SAMOS_SERVICE_INSTANCE = "ServiceInstance", SAMOS_ASPECT = "Aspect", SAMOS_PROVIDER_CLASS = "CloudServiceProvider",
        SAMOS_ACCOUNT_CLASS = "Account", SAMOS_STATE = "State", SAMOS_SUBJECT_TYPE = "subjectType",
        SAMOS_OF_PROVIDER = "ofProvider", SAMOS_HAS_PARAMETER = "hasParameter", SAMOS_HAS_OUTCOME = "hasOutcome",
        SAMOS_TYPE = "type", SAMOS_MANDATORY = "mandatory", SAMOS_MULTIPLE = "multiple", SAMOS_DEFAULT = "default",
        SAMOS_READS_PROPERTY = "readsProperty", SAMOS_REQUIRES = "requires", SAMOS_ON_PATH = "onPath",
        SAMOS_ON_PROPERTY = "onProperty", SAMOS_COMPARISON = "comparison", SAMOS_VALUE = "value", SAMOS_TEXT = "text",
        SAMOS_EFFECTS = "effects", SAMOS_EFFECT = "effect", SAMOS_REQUIRES_STATE = "requiresState",
        SAMOS_LEADS_TO_STATE = "leadsToState", SAMOS_USES = "uses", SAMOS_EXCLUDES = "excludes",
        SAMOS_PARAMETER_CLASS = "Parameter", SAMOS_OUTCOME_CLASS = "Outcome", SAMOS_CONDITION_CLASS = "Condition",
        SAMOS_EFFECT_CLASS = "Effect", SAMOS_DOCUMENTATION = "documentation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Terms;

    #[test]
    fn numbers_and_words_agree() {
        let terms = Terms::new();
        assert_eq!(
            terms.text(RDF_TYPE),
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
        );
        assert_eq!(
            terms.text(SAMOS_DOCUMENTATION),
            "https://w3id.org/samos#documentation"
        );
        assert_eq!(terms.len(), VOCABULARY.len());
    }
}
