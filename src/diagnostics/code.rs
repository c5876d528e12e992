//! The stable names of findings.

/// A rule that a file can break: a stable id, a short title and a paragraph that says why it is a rule and what to do.
///
/// Codes are declared with [`diagnostic_codes!`](crate::diagnostics::diagnostic_codes) next to the code that reports them.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable id, a letter for the family and three digits: `M012`.
    pub id: &'static str,
    /// A few words, without the particulars of one finding.
    pub title: &'static str,
    /// What the rule is for and how to follow it, in a sentence or more.
    pub explanation: &'static str,
}

/// Declares a family of [`Code`]s as statics, and `ALL`, the list of them in order.
///
/// ```
/// mod codes {
///     scimfront::diagnostics::diagnostic_codes! {
///         EMPTY_NAME = "X001", "a name is empty", "Names label logs and metrics: give every table one.";
///     }
/// }
/// assert_eq!(codes::ALL[0].id, codes::EMPTY_NAME.id);
/// ```
#[macro_export]
macro_rules! diagnostic_codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal;)+) => {
        $(
            #[allow(unreachable_pub, reason = "a family may be private to its module")]
            #[doc = concat!($id, ": ", $title, ". ", $explanation)]
            pub static $name: $crate::diagnostics::Code =
                $crate::diagnostics::Code { id: $id, title: $title, explanation: $explanation };
        )+
        #[allow(unreachable_pub, dead_code, reason = "a family may be private to its module, or a test's")]
        /// Every code of this family, in order.
        pub static ALL: &[&$crate::diagnostics::Code] = &[$(&$name),+];
    };
}

pub use diagnostic_codes;

/// The first id that stands twice in `codes`; a family's test asserts that there is none.
pub fn duplicate_id(codes: &[&'static Code]) -> Option<&'static str> {
    codes.iter().enumerate().find(|(i, code)| codes[..*i].iter().any(|c| c.id == code.id)).map(|(_, code)| code.id)
}

/// A table in Markdown that explains `codes`, for references.
pub fn codes_markdown(codes: &[&'static Code]) -> String {
    let row = |code: &&Code| {
        let cells = [code.id, code.title, code.explanation].map(|cell| cell.replace('|', "\\|"));
        format!("| `{}` | {} | {} |\n", cells[0], cells[1], cells[2])
    };
    let rows: String = codes.iter().map(row).collect();
    format!("| Code | What | Why, and what to do |\n|---|---|---|\n{rows}")
}

#[cfg(test)]
mod tests {
    use super::*;

    diagnostic_codes! {
        ONE = "X001", "one", "The first.";
        TWO = "X002", "two", "The second.";
    }

    #[test]
    fn a_repeated_id_is_found() {
        assert_eq!(duplicate_id(ALL), None);
        assert!(codes_markdown(ALL).ends_with("| `X002` | two | The second. |\n"));
        assert_eq!(duplicate_id(&[&ONE, &TWO, &ONE]), Some("X001"));
    }
}
