//! Binary values in JSON (RFC 7643 section 2.3.6).

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// The octets of base64 or base64url, padded or not; `None` when it is neither.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// Octets as padded base64, as they are served.
pub fn encode(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("+/8=", Some(vec![0xfb, 0xff]))]
    #[case("+/8", Some(vec![0xfb, 0xff]))]
    #[case("-_8", Some(vec![0xfb, 0xff]))]
    #[case("", Some(vec![]))]
    #[case("no base64", None)]
    #[case("é", None)]
    fn either_alphabet_with_or_without_padding(#[case] text: &str, #[case] octets: Option<Vec<u8>>) {
        assert_eq!(decode(text), octets);
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(octets: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&octets)), Some(octets));
        }
    }
}
