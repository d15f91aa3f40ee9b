//! Codes of planning and the reasoners.

super::codes! {
    CONTRADICTORY_CONDITION = "P0101", "condition that can never hold", "Parts of a precondition exclude each other: one property that holds a single value would have to hold two, or a state that is not the one it has to be. The operation could never be carried out. Take one of the parts away, or join them with `or`.";
    IMPOSSIBLE_ALTERNATIVE = "P0102", "alternative that can never hold", "One side of an `or` excludes what the rest of the precondition asks for, so it says nothing. Correct it, or take it away.";
    CONTRADICTORY_EFFECT = "P0103", "two values set at once", "A postcondition sets one property that holds a single value to two different ones. Only one of them can be what the operation leads to.";
    UNKNOWN_STATE = "P0104", "no such state", "A condition asks for a state that no declared value of the property is in, so it can never hold. Declare the value with its state class, or ask for another state.";
    NEVER_APPLICABLE = "P0105", "operation that can never be carried out", "Nothing that is specified or stated ever makes a condition of the operation true, or gives what it takes: no operation leads there or reads it, and no fact says so. Specify what does, or correct the condition.";
    NEVER_LEFT = "P0106", "state that is never left", "Operations lead to this state, but none that may be carried out in it leads out, and it does not pass by itself. Say what it turns into with samos:becomes, specify the operation that ends it, or declare it a samos:Ended state.";
}
