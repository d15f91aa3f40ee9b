//! Codes of the facade and the command line.

super::codes! {
    USAGE = "I0001", "wrong use of the command line", "An argument is missing, or does not go with the others. The message says which; `samos help` and `samos VERB --help` list what there is.";
    FILE = "I0002", "file cannot be read or written", "A file or folder named on the command line, or one of the data directory, cannot be read or written. The message carries the operating system's reason.";
    INTERNAL = "I0003", "fault in samos", "Something happened that must not: a fault in samos itself, never in its input. Report it with the command that shows it.";
    UNKNOWN_FORMAT = "I0004", "format of a file not known", "The format is taken from the extension: .ttl, .trig, .nt, .nq, .rdf, .owl, .xml and .jsonld are read.";
    EMPTY_FOLDER = "I0005", "nothing to load in a folder", "A folder given as a world or to be validated holds no file whose extension says that it is RDF.";
    NOT_SUPPORTED = "I0006", "not offered here", "The combination asked for does not exist: the message says what does.";
    NOT_UTF8 = "I0007", "file is not UTF-8 text", "Ontologies and facts are read as UTF-8. The place is that of the first byte that is not.";
    UNKNOWN_NAME = "I0101", "name not known", "No entity, class, operation or prefix of that name is loaded. Names are written with a declared prefix (`ec2:web-1`), in full (`<https://…>`), or bare where only one thing has that local name.";
    AMBIGUOUS_NAME = "I0102", "name of several things", "A bare name stands for more than one thing. Write it with its prefix.";
    WRONG_KIND = "I0103", "name of another kind of thing", "The name is known, but is not what is needed here: a class where an entity must stand, or the other way round.";
    UNKNOWN_PROPERTY = "I0104", "property not known", "A path in a goal follows a property that nothing declares for what stands before it.";
    NOT_A_PLAN = "I0201", "not a plan", "The file is not a plan as samos writes it: not JSON, fields missing or of the wrong kind, or another version of the format. `samos plan --out FILE` writes one; a saved answer with several plans needs one chosen.";
    UNKNOWN_RUN = "I0203", "run not known", "No run of that name is kept in the data directory for this world. Runs of a world given with --world are kept under that world's digest: name the same world.";
    NEEDS_APPROVAL = "I0204", "approval needed", "Running a plan that changes something needs a yes: type the number of changes when asked, or give it with --approve where there is no terminal.";
    WRONG_APPROVAL = "I0205", "approval of another number of changes", "The number approved is not the number of changes in the plan, so it was not this plan that was approved. Nothing was run.";
    UNCHECKED_PLAN = "I0207", "plan refused by the independent checker", "A reasoner gave a plan that the checker does not accept. Nothing unchecked is shown or run. This is a fault in samos; please report it with the question.";
}
