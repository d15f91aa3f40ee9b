//! Codes of mappings: their files, how they hold against specifications, rendering and reading.

super::codes! {
    FILE_MALFORMED = "A0101", "mapping file cannot be read", "The file is not YAML, or not of the shape that `mappings/mapping.schema.json` describes. The place is where reading stopped.";
    TEMPLATE_MALFORMED = "A0102", "template cannot be read", "Between braces stands a path such as `{subject.key}` or `{arguments.port}`. Double a brace that is meant as such.";
    EXPRESSION_MALFORMED = "A0103", "expression is no JMESPath", "Where an answer is read, an expression is JMESPath, with the additions that `mappings/README.md` lists.";
    NAME_UNKNOWN = "A0104", "name is not defined in the file", "A request, a confirmation or a prefix is used that the file does not define.";
    MAPPED_TWICE = "A0105", "operation is mapped twice in one library", "One library serves an operation in one way. Remove one entry, or give one another library.";
    OPERATION_UNKNOWN = "A0201", "operation is not specified", "The mapping names an operation that no loaded ontology has. Load its ontology, or write its name as there.";
    PARAMETER_UNKNOWN = "A0202", "parameter is not specified", "A template names a parameter that the operation does not have.";
    PARAMETER_NOT_PLACED = "A0203", "parameter is placed nowhere", "The operation has a parameter of which nothing in the request depends. Place it, or say under `ignore` that the interface has no place for it.";
    OUTCOME_UNKNOWN = "A0204", "outcome is not specified", "The mapping says where an outcome is found that the operation does not have.";
    OUTCOME_NOT_FOUND = "A0205", "outcome is found nowhere", "The operation has an outcome, and the mapping does not say where the answer holds it.";
    PATH_UNKNOWN = "A0206", "path leads nowhere", "A template follows a property that things of that type do not have, or that several could be meant by.";
    TYPE_UNFIT = "A0207", "type does not fit", "What stands at the path is no text or number (a thing: take its `key`), or a class has no key by which an answer could name its members.";
    STATE_UNKNOWN = "A0208", "word is none of the type's", "A word that the mapping translates to or expects is neither the key of an individual of that class nor a value of that datatype.";
    ERROR_NOT_CLASSED = "A0209", "error is not classed", "The interface can answer with an error for which neither the entry nor its library says what kind it is.";
    CONFIRMATION_UNFIT = "A0210", "confirmation cannot be made", "A confirmation polls an operation that reads, of the subject, of an argument or of what was created.";
    MEMBER_UNKNOWN = "A0301", "not in the vendor's model", "The vendor's model has no such operation or member, so the request could not be made.";
    MEMBER_MISSING = "A0302", "required by the vendor's model", "The vendor's model requires a member that the mapping leaves out.";
    NOT_MAPPED = "A0401", "operation is not mapped", "No loaded mapping says how the operation becomes a request. `samos get operations` shows which are mapped; `mappings/README.md` how to map one.";
    NOT_FILLED = "A0402", "template cannot be filled", "The request needs a fact that is not known. Read it first (`samos check` names the operation that does), or give it as an argument.";
    VALUE_UNSAFE = "A0403", "value cannot stand there", "The value holds characters that would change the request's meaning where it is to stand, such as a line end in a command.";
    ANSWER_UNEXPECTED = "A0501", "answer is of another shape", "The answer is not what the mapping expects. Compare it with the mapping; `samos conform` shows where an endpoint departs.";
}
