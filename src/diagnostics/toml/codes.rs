//! What can be wrong with any TOML file, whatever its keys mean.

crate::diagnostics::diagnostic_codes! {
    SYNTAX = "T001", "not TOML", "The file isn't valid TOML. Strings need quotes, and a table or key may be given once only.";
    UNKNOWN_KEY = "T002", "unknown key", "No key of this name exists here. Keys are spelled exactly as in the reference; an \
        unknown one is an error, because a setting that is silently ignored is worse than one that is refused.";
    WRONG_TYPE = "T003", "wrong type", "The value is of another type than the key takes, such as a number without quotes where a \
        string is expected.";
    NOT_A_CHOICE = "T004", "not one of the choices", "The key takes one of a few words, spelled as in the reference.";
    MISSING_KEY = "T005", "missing key", "A key that has no default must be given.";
    BAD_UNIT = "T006", "not a duration or size", "A duration is a number with a unit in a string: `\"250ms\"`, `\"5s\"`, `\"2m\"`, \
        `\"1h\"`, `\"7d\"`. A size is a number of bytes, or a string with a unit: `\"64KiB\"`, `\"1MiB\"`, `\"2GiB\"`.";
    OUT_OF_RANGE = "T007", "out of range", "The number is smaller or larger than what the key takes.";
}
