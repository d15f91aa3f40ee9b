//! Codes of the verifiers.

super::codes! {
    UNKNOWN_OPERATION = "V0101", "no such operation", "The request names an operation that no loaded ontology describes. `samos get operations` lists those that there are.";
    UNKNOWN_SUBJECT = "V0102", "no such subject", "The request is asked of something that the world has no facts about. `samos get instances` and `samos get aspects` list what is known; reading the service's listing may find it.";
    SUBJECT_TYPE = "V0103", "subject of another type", "The operation is offered on another type of subject. The same operation on another type of subject is an operation of its own.";
    SUBJECT_PROVIDER = "V0104", "subject of another provider", "An operation applies only to subjects of its own provider, even where types are equivalent: else one cloud would be asked to change what is another's.";
    UNKNOWN_PARAMETER = "V0111", "no such parameter", "An argument names a parameter that the operation does not have. The message offers the nearest name, and `samos explain` lists all.";
    MISSING_PARAMETER = "V0112", "mandatory parameter missing", "A parameter in square brackets has no value and no default. The options name what fits: values at hand, known entities, operations that give one.";
    TOO_MANY_VALUES = "V0113", "several values for one", "A parameter that takes one value was given several. Parameters in angle brackets take several.";
    WRONG_TYPE = "V0114", "value of another type", "A value's type is neither the parameter's, nor equivalent to it, nor below it.";
    MAY_FIT = "V0115", "value may fit", "A value's type is above the parameter's, so that it may be of the right type but is not known to be. It is offered, and never used without the user's word: state its type as a fact, or read it.";
    WRONG_FORMAT = "V0116", "value in another format", "The characters of a value do not pass the datatype's pattern, range or enumeration.";
    UNKNOWN_VALUE = "V0117", "no such entity", "An argument names an entity that the world has no facts about, and the parameter's class has no key by which a new one could be written.";
    UNPLACED_VALUE = "V0118", "value for no parameter", "An argument without a name fits no free parameter of the operation, or fits several equally well. Name the parameter.";
    CONDITION_FALSE = "V0121", "precondition not met", "A part of the precondition is false by the facts named. The options name operations that make it true.";
    CONDITION_UNKNOWN = "V0122", "precondition not known", "A part of the precondition depends on facts that nobody has read. The options name the information requests that read them. Unknown is not false.";
    CONDITION_WAITS = "V0123", "precondition waits for a parameter", "A part of the precondition speaks of a parameter that has no valid value yet, so it cannot be told.";
    EFFECT_UNKNOWN = "V0124", "target of an effect not known", "An effect changes something of an entity that is itself read at a path, and what stands there is not known. It must be known before the operation may run.";
}
