//! Codes of execution and simulation.

super::codes! {
    PLAN_USED = "S4001", "plan was already used", "A plan runs once: its steps are bound to the state it was made for. Look at its run, resume that, or ask the same question again with `samos plan --from PLAN`.";
    PLAN_STALE = "S4002", "plan is stale", "The ontology, the mapping or the facts have changed since the plan was made, so its proof no longer stands. Ask the same question again with `samos plan --from PLAN`.";
    PLAN_EDITED = "X0101", "plan was changed after it was made", "The plan's fingerprint does not match its content. A plan cannot be edited by hand: state what is wanted and plan again.";
    PLAN_MALFORMED = "X0102", "plan does not hang together", "The plan names a step, an outcome, an operation or a path that does not exist, or its edges form a circle. Run `samos verify PLAN` for the details.";
    PLAN_HAS_GIVENS = "X0103", "plan rests on a thing that is only given by type", "A value was given by its type alone, which suffices to plan but not to act. Plan again with the value itself.";
    NOT_APPROVED = "X0104", "not approved", "The run changes something and waits for approval of exactly that number of manipulations. Approve with `--approve N`.";
    WRONG_MOMENT = "X0105", "not possible in this state of the run", "What was asked (approve, resume, decide, undo) does not fit the state the run is in. Look at it with `samos show RUN`.";
    VALUE_MISSING = "X0201", "no value to pass on", "An earlier step returned nothing, or too many values, where a later one needs exactly one. Look at what it returned in `samos show RUN`, then plan again.";
    PRECONDITION_FAILED = "X0202", "precondition no longer holds", "Looking again before the step showed that a condition which was true or assumed when the plan was made is false now. Nothing was sent. Plan again from today's facts.";
    SUBJECT_GONE = "X0203", "subject is gone", "The thing the step is about exists no more. Plan again from today's facts.";
    POSTCONDITION_NOT_REACHED = "X0204", "postcondition not reached in time", "The provider took the request, but the state it should lead to was not observed before the deadline. Resume to look again, or undo.";
    REFUSED = "X0205", "provider refused", "The provider answered with an error that will not pass by itself, or did so more often than retries are allowed. The class and the provider's words are in the run.";
    UNDECIDED = "X0206", "nobody knows whether the step took effect", "The answer was lost, and what can be observed does not tell whether the request took effect, so it is not sent again. Look again with `samos resume RUN`, or decide by hand.";
    RUN_DEADLINE = "X0207", "deadline of the run passed", "The run took longer than allowed; what was under way was brought to an end and nothing new was begun. Resume or undo it.";
    CANCELLED = "X0208", "cancelled", "The run was cancelled; what was under way was brought to an end and nothing new was begun. Resume or undo it.";
    UNDO_INCOMPLETE = "X0209", "undo is not complete", "A step could not be taken back; what stays changed is listed in the receipt.";
    EFFECT_WILL_NOT_COME = "X0210", "effect will not come", "The provider took the request, but what is read of it since says that it failed: its mapping names that word as a failure, so it is not waited for any longer. Look at the thing itself, then resume to look again, or undo.";
    REST_SPOILED = "X0211", "rest of the plan is spoiled", "What was read on the way shows that a later step, or the goal, needs something that does not hold any more, and that no step still to come sees to it. Nothing new was begun. Plan again from the state reached, which `--on-failure replan` does by itself; resume to go on all the same, as far as it goes.";
    JOURNAL_CORRUPT = "X0301", "journal is corrupt", "A record of the run's journal does not match its checksum, or one is missing. Nothing was done. Restore the file from a copy; do not remove records, as what was already sent would be sent again.";
    JOURNAL_IN_USE = "X0302", "run is being executed by another", "Another process that is alive executes the run; one run has one executor. Wait for it to end, or end it.";
    JOURNAL_FAILED = "X0303", "journal cannot be written", "The run's journal could not be opened or written (disk full, permissions). Nothing is sent that was not journalled first: resume when the cause is removed.";
    NO_PROGRESS = "X0304", "run makes no progress", "The host has nothing left to do although the run has not ended. This is a fault of the program; the journal allows to resume.";
    RUN_TAKEN_OVER = "X0305", "run was taken over", "Another process took the run over while this one was executing it. What this one would have written since is refused, and it sends nothing more.";
    JOURNAL_FULL = "X0306", "no room for the journal", "The disk, or the size allowed to the journal, is full. What was not written was not acted upon. Make room, then resume the run.";
    RUN_UNKNOWN = "X0307", "run is not in the journal", "The journal holds no run of that name. `samos runs` lists those of this world.";
    STATE_UNREADABLE = "X0401", "simulated state cannot be read", "The saved state of the simulation does not fit this version or this world. Remove it to start from the world's own facts.";
}
