//! Why a text is no distinguished name.

/// A text that is no distinguished name (RFC 4514), with the place where it stops being one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {offset} of the DN")]
pub struct InvalidDn {
    /// The offset in bytes into the text.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}
