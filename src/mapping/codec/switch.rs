//! `switch`: true or false by whether an attribute holds one of some values.

use std::sync::Arc;

use super::finite::{Listed, Question, boolean, none_of, one_of};
use super::info::{CodecInfo, refuse, required};
use super::{Codec, Leaf, Unencodable};
use crate::diagnostics::Report;
use crate::diagnostics::toml::{Key, Kind, Node, Table, Value};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Switch {
    off: Vec<Listed>,
    /// Where none are listed, every value that isn't off is on.
    on: Option<Vec<Listed>>,
    absent: Option<bool>,
}

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "switch",
    doc: "True or false by whether the attribute holds one of some values. A value that is a time is compared as one, other text \
          without regard to case.",
    types: &[AttributeKind::Boolean],
    parameters: &[
        Key::new("off", Kind::Texts, "The value or values that mean `false`.").example(r#""000001010000Z""#),
        Key::new(
            "on",
            Kind::Texts,
            "The value or values that mean `true`; any but `off`'s unless given. The first one is written.",
        ),
        Key::new("absent", Kind::OneOf(&["on", "off", "unset"]), "What it means that the attribute is absent.")
            .default(r#""on""#),
        Key::new("case_exact", Kind::Bool, "Whether upper and lower case of the values differ.").default("false"),
    ],
    example: r#"active = { ldap = "pwdAccountLockedTime", codec = "switch", off = "000001010000Z" }"#,
    build,
};

fn build(table: &Table, report: &mut Report) -> Option<Arc<dyn Codec>> {
    let case_exact = table.get("case_exact").and_then(Node::as_bool).unwrap_or(false);
    let off = required(table, INFO.name, "off", report)?;
    let off = listed(off, case_exact, report)?;
    let on = match table.get("on") {
        Some(node) => Some(listed(node, case_exact, report)?),
        None => None,
    };
    let absent = match table.get("absent").and_then(Node::as_str) {
        Some("off") => Some(false),
        Some("unset") => None,
        _ => Some(true),
    };
    Some(Arc::new(Switch { off, on, absent }))
}

fn listed(node: &Node, case_exact: bool, report: &mut Report) -> Option<Vec<Listed>> {
    if !matches!(node.value, Value::Text(_) | Value::List(_)) {
        return None; // its type was reported
    }
    let texts = node.strings(report);
    if texts.is_empty() || texts.iter().any(|(text, _)| text.is_empty()) {
        report.push(refuse(node, format!("`{}` lists no value", node.key)).help("a directory holds no empty values"));
        return None;
    }
    Some(texts.into_iter().map(|(text, _)| Listed::new(text, case_exact)).collect())
}

impl Switch {
    /// Off with one of `off`, on with any other value and without one.
    #[cfg(test)]
    fn off_with(off: &[&str]) -> Self {
        Self { off: off.iter().map(|text| Listed::new(text, false)).collect(), on: None, absent: Some(true) }
    }
}

impl Codec for Switch {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        if self.off.iter().any(|value| value.is(stored)) {
            return Some(Atom::Bool(false));
        }
        match &self.on {
            Some(on) if !on.iter().any(|value| value.is(stored)) => None,
            _ => Some(Atom::Bool(true)),
        }
    }

    /// Where `true` is the attribute's absence, there is no value for it; writing then removes the attribute.
    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let listed = match value {
            Atom::Bool(true) => self.on.as_ref().and_then(|on| on.first()),
            Atom::Bool(false) => self.off.first(),
            _ => return Err(Unencodable("the value is neither true nor false".into())),
        };
        listed
            .map(|value| value.octets().to_vec())
            .ok_or_else(|| Unencodable("no value stands for it, but absence does".into()))
    }

    fn absent(&self) -> Option<Atom<'static>> {
        self.absent.map(Atom::Bool)
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        match (boolean(op), &self.on) {
            (None, _) => Bounds::none(),
            (Some(Question::Present), None) => leaf.any(),
            (Some(Question::Present), Some(on)) => one_of(self.off.iter().chain(on), leaf),
            (Some(Question::Is(false)), _) => one_of(&self.off, leaf),
            (Some(Question::Is(true)), None) => none_of(&self.off, leaf),
            (Some(Question::Is(true)), Some(on)) => one_of(on, leaf),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ldap::Filter;
    use crate::mapping::codec::laws::{self, Attribute};
    use crate::scim::filter::typed::Operand;

    const LOCKED: &str = "000001010000Z";

    #[test]
    fn locked_for_ever_is_off_in_each_form() {
        let switch = Switch::off_with(&[LOCKED]);
        for stored in [LOCKED, "00000101000000Z", "0000010100Z"] {
            assert_eq!(switch.decode(stored.as_bytes()), Some(Atom::Bool(false)));
        }
        assert_eq!(switch.decode(b"20260101000000Z"), Some(Atom::Bool(true)));
        assert_eq!(switch.absent(), Some(Atom::Bool(true)));
    }

    #[test]
    fn exact_on_the_lock() {
        let locked = Attribute::named("pwdAccountLockedTime");
        let switch = Switch::off_with(&[LOCKED]);
        let off = locked.bounds(&switch, &Op::Eq(Operand::Bool(false)));
        assert_eq!((off.upper.to_string().as_str(), off.is_exact()), ("(pwdAccountLockedTime=000001010000Z)", true));
        assert!(locked.bounds(&switch, &Op::Eq(Operand::Bool(true))).is_exact());
        assert_ne!(locked.bounds(&switch, &Op::Eq(Operand::Bool(true))).upper, Filter::True);
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![Just(Op::Present), any::<bool>().prop_map(|value| Op::Eq(Operand::Bool(value)))]
    }

    proptest! {
        #[test]
        fn bounds_enclose_times(op in op(), stored in "000001010000Z|00000101000000Z|20260101000000Z|2026010100.5Z") {
            laws::bounds_enclose(&Switch::off_with(&[LOCKED]), &op, &Attribute::named("pwdAccountLockedTime"), &[stored]);
        }

        #[test]
        fn bounds_enclose_text(
            op in op(),
            values in proptest::collection::vec("/sbin/nologin|/SBIN/nologin|/bin/false|/bin/sh| /bin/false|TRUE|true", 1..3),
            with_on: bool,
            case_exact: bool,
        ) {
            let listed = |texts: &[&str]| texts.iter().map(|text| Listed::new(text, case_exact)).collect::<Vec<_>>();
            let switch = Switch {
                off: listed(&["/sbin/nologin", "/bin/false"]),
                on: with_on.then(|| listed(&["/bin/sh"])),
                absent: None,
            };
            for attribute in ["loginShell", "cn", "mail", "jpegPhoto", "telephoneNumber"] {
                laws::bounds_enclose(&switch, &op, &Attribute::named(attribute), &values);
            }
            laws::bounds_enclose(&switch, &op, &Attribute::named("displayName"), &values[..1]);
        }
    }
}
