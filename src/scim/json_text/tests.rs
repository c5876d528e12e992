use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case('\u{1f}', false)]
#[case(' ', true)]
#[case('!', true)]
#[case('"', false)]
#[case('#', true)]
#[case('[', true)]
#[case('\\', false)]
#[case(']', true)]
#[case('\0', false)]
#[case('\u{7f}', true)]
#[case('ÿ', true)]
#[case('\u{80}', true)]
#[case('𝄞', true)]
fn what_must_be_escaped_is_found_wherever_it_stands(#[case] c: char, #[case] expected: bool) {
    for length in 0..20 {
        for filler in ['a', ' ', '\u{7f}', 'é'] {
            for place in 0..=length {
                let filled = |count| std::iter::repeat_n(filler, count);
                let text: String = filled(place).chain([c]).chain(filled(length - place)).collect();
                assert_eq!(is_plain(&text), expected, "{text:?}");
                assert_eq!(serde_json::to_string(&text).unwrap() == format!("\"{text}\""), expected, "{text:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_plain_is_written_as_it_is(text in any::<String>()) {
        let written = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(is_plain(&text), written.len() == text.len() + 2);
    }
}
