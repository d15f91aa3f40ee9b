//! Codes of loading, validating and interpreting knowledge.

super::codes! {
    SYNTAX = "K0101", "the file is not well formed", "The RDF parser cannot read the file at this place. Nothing of the file was loaded; correct it there and load it again.";
    UNKNOWN_FORMAT = "K0102", "unknown file format", "The file's name does not end in .ttl, .nt, .trig, .nq, .rdf, .owl, .xml, .jsonld or .json, so its notation is not known. Rename it or say the format.";
    UNREADABLE = "K0103", "the file cannot be read", "The file does not exist, may not be read, or is not UTF-8.";
    UNKNOWN_NAME = "K0201", "unknown name", "A name in a namespace that a loaded ontology declares is defined nowhere. Often a typing error; the help names the nearest one.";
    UNKNOWN_PREFIX = "K0202", "unknown prefix", "A prefix in a specification's text is not declared. Text inside literals uses the prefixes of `sh:declare` on an owl:Ontology, not those of `@prefix`.";
    UNKNOWN_CLASS = "K0203", "unknown class", "The type of a parameter or outcome, or the class after `is`, is neither a declared class nor a datatype.";
    UNKNOWN_PROPERTY = "K0204", "unknown property", "What stands before the dot has no property of that name: none is declared whose domain includes its type.";
    AMBIGUOUS_PROPERTY = "K0205", "ambiguous property", "Several properties of that local name apply to what stands before the dot. Write the one that is meant with its prefix.";
    UNKNOWN_INDIVIDUAL = "K0206", "unknown individual", "A named individual in a specification's text is stated nowhere.";
    UNKNOWN_ROOT = "K0207", "unknown start of a path", "A path starts with `subject`, `account`, `service`, `provider`, a parameter, an outcome, or a prefixed name.";
    NO_SUBJECT = "K0301", "operation without a subject", "An operation is offered by the class of subjects it is asked of: `Class samos:hasSIR operation` for one that reads, `samos:hasSMR` for one that changes.";
    TWO_KINDS = "K0302", "operation that both reads and changes", "The same operation is linked by samos:hasSIR and by samos:hasSMR. It is an information request or a manipulation request, never both.";
    TWO_SUBJECTS = "K0303", "one operation for two subject types", "The same operation for another subject type is another individual: give the overload its own IRI.";
    NOT_LINKED = "K0304", "specification of a link that is not stated", "The owl:Axiom annotates a link between class and operation that no triple states, so the operation is not offered.";
    NO_CATEGORY = "K0305", "operation without a category", "Each operation belongs to a category: samos:IaaS, samos:PaaS, samos:SaaS or samos:Common, given by samos:category on the axiom.";
    NOT_ORDERED = "K0306", "order comparison of what has no order", "`<`, `<=`, `>` and `>=` compare single numbers, dates or times: every property of the path must be functional and the last one must hold an ordered datatype.";
    SEVERAL_VALUES = "K0307", "several values for one place", "A functional property holds one value, but the right side may give several.";
    UNKNOWN_OUTCOME = "K0308", "unknown outcome", "`create` names an outcome of the same operation.";
    READER_CHANGES = "K0309", "information request with effects", "An operation linked by samos:hasSIR reads; its postcondition must be empty. Link it by samos:hasSMR if it changes something.";
    BAD_NUMBER = "K0310", "not a number", "samos:cost and samos:duration hold one non-negative number.";
    NAMED_TWICE = "K0311", "name used twice", "Two parameters or outcomes of one operation have the same name, or one has the name of a fixed start of paths.";
    RULED_PROPERTY = "K0312", "effect on a property that rules read", "Inside a plan effects are carried through inverse, equivalent, super-property, domain and range only. Other rules that read this property (chains, restrictions, transitivity, keys) are applied to live facts alone, so a plan may miss what they give.";
    DOES_NOT_FIT = "K0313", "value that does not fit", "A default, a compared or an assigned value is not of the type that stands on the other side.";
    NO_PLACE = "K0314", "effect without a property", "An effect changes a property of something: the path on its left has at least one dot.";
    SPECIFIED_TWICE = "K0315", "element given twice", "Precondition, postcondition, category, cost and duration of an operation are given once.";
    MISPLACED = "K0316", "element on the wrong node", "Elements of a specification stand on the owl:Axiom that annotates the link, not on the operation.";
    CYCLE = "K0401", "cycle of sub-classes or sub-properties", "Members of the cycle are equivalent to each other. Say so with owl:equivalentClass if that is meant.";
    INCONSISTENT = "K0402", "contradiction", "Statements that cannot all be true were loaded. The message names the rule and the statements.";
    FUNCTIONAL_CLASH = "K0403", "two values of a functional property", "A functional property holds at most one value, and two different ones are stated.";
    KEY_CLASH = "K0404", "two entities with the same key", "A key is unique within an account, and everywhere for a shared class.";
    SHAPE = "K0501", "a shape is not met", "A SHACL shape of the framework or of a loaded file says how things of this kind are described.";
    SHAPE_UNSUPPORTED = "K0502", "shape with an unknown part", "This part of SHACL is not supported, so the shape was not checked in full.";
    CONTRADICTORY_FORMAT = "K0601", "contradictory format", "No value can pass this datatype's facets.";
    BAD_LITERAL = "K0602", "literal outside its datatype", "The characters of a literal are not those of a value of its datatype.";
    BAD_QUERY = "K0701", "query cannot be read", "The text is not SPARQL 1.1. The message names the place.";
    QUERY_FAILED = "K0702", "query cannot be answered", "The query is well formed, but evaluating it failed.";
}
