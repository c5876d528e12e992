use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn written<T: Serialize>(value: &T) -> String {
    let mut out = b"before ".to_vec();
    write(value, &mut out).unwrap();
    String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
}

#[derive(Serialize)]
enum Kind {
    Plain,
    Held(Vec<u8>),
    Several(u8, u8),
    Named { value: u8 },
}

#[derive(Serialize)]
struct Everything {
    text: &'static str,
    letter: char,
    none: Option<u8>,
    some: Option<i128>,
    pair: (f32, f64),
    unit: (),
    kinds: [Kind; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u8>,
    map: BTreeMap<String, bool>,
}

#[test]
fn everything_is_written_as_serde_json_does() {
    let value = Everything {
        text: "a \"b\"\n",
        letter: '"',
        none: None,
        some: Some(-3),
        pair: (f32::NAN, 1.5e300),
        unit: (),
        kinds: [Kind::Plain, Kind::Held(vec![1, 255])],
        left_out: None,
        map: [("x\\".to_owned(), true), (String::new(), false)].into(),
    };
    assert_eq!(written(&value), serde_json::to_string(&value).unwrap());
}

#[test]
fn what_is_no_json_is_refused() {
    assert!(write(&BTreeMap::from([(1, 2)]), &mut Vec::new()).is_err());
    assert!(write(&BTreeMap::from([(Some("a"), 2), (None, 3)]), &mut Vec::new()).is_err());
    assert!(write(&Kind::Several(1, 2), &mut Vec::new()).is_err());
    assert!(write(&Kind::Named { value: 1 }, &mut Vec::new()).is_err());
}

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
                assert_eq!(written(&text), serde_json::to_string(&text).unwrap());
            }
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~]{0,20}",
        "\\PC{0,12}",
        proptest::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter)
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_written_as_serde_json_does(value in any_value()) {
        prop_assert_eq!(written(&value), serde_json::to_string(&value).unwrap());
    }
}
