//! Bearer tokens and what is kept of them.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of a token: a generated token has too much entropy to be guessed from it, so no slow hash is needed.
///
/// Displays and parses as 64 hexadecimal digits. Deliberately not `PartialEq`: see [`TokenHash::matches`].
#[derive(Clone)]
pub struct TokenHash([u8; 32]);

/// A text that isn't a SHA-256 in hexadecimal digits. It doesn't repeat the text, which might be a token given by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the SHA-256 of a token as 64 hexadecimal digits")]
pub struct InvalidTokenHash;

impl TokenHash {
    /// What is kept of `token`.
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Whether both are of the same token, in constant time.
    pub fn matches(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl From<[u8; 32]> for TokenHash {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for TokenHash {
    type Err = InvalidTokenHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return Err(InvalidTokenHash);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(hash))
    }
}

fn digit(character: u8) -> Result<u8, InvalidTokenHash> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(InvalidTokenHash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// FIPS 180-4's own example.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_token_is_hashed_with_sha_256() {
        assert_eq!(TokenHash::of(b"abc").to_string(), ABC);
    }

    #[rstest]
    #[case(ABC)]
    #[case(&ABC.to_uppercase())]
    #[case(&format!("{ABC}\n"))]
    fn a_printed_hash_matches_its_token(#[case] text: &str) {
        let hash: TokenHash = text.parse().unwrap();
        assert!(bool::from(hash.matches(&TokenHash::of(b"abc"))));
        assert!(!bool::from(hash.matches(&TokenHash::of(b"abd"))));
    }

    #[rstest]
    #[case("")]
    #[case("abc")]
    #[case(&ABC[1..])]
    #[case(&format!("{ABC}0"))]
    #[case(&ABC.replace('b', "g"))]
    #[case(&"é".repeat(32))]
    fn what_is_no_hash_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<TokenHash>().err(), Some(InvalidTokenHash));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", TokenHash::of(b"abc")), "TokenHash(…)");
    }
}
