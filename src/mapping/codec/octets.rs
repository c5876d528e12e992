//! Codecs that serve a text for stored octets, one text for each: how equality and presence become leaves.

use super::{Codec, Leaf};
use crate::ldap::matching::{MatchingRule, Syntax};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::compare;
use crate::scim::filter::typed::{Op, Operand};

/// The bounds of a codec whose texts stand for octets. `canonical` gives the text that would be served for one that is equal
/// to it where case doesn't matter.
pub(super) fn bounds(codec: &dyn Codec, op: &Op, leaf: &Leaf<'_>, canonical: fn(&str) -> String) -> Bounds {
    let Op::Eq(Operand::Text(value)) = op else {
        return leaf.some(format!("a directory can't compare the octets of {} as text", leaf.attribute));
    };
    let served = if leaf.case_exact { value.clone() } else { canonical(value) };
    let Ok(octets) = codec.encode(&Atom::Text(served.as_str().into())) else { return Bounds::none() };
    let same = codec.decode(&octets).is_some_and(|atom| {
        atom.as_text().is_some_and(|text| compare::fold(text, leaf.case_exact) == compare::fold(value, leaf.case_exact))
    });
    match same {
        false => Bounds::none(),
        true if leaf.compares_by(MatchingRule::OctetString) => Bounds::exact(leaf.equals(octets)),
        true => leaf.without_rule("octet EQUALITY"),
    }
}

/// Presence, where every octets but none at all are served.
pub(super) fn presence(leaf: &Leaf<'_>) -> Bounds {
    match leaf.rules.syntax {
        Some(Syntax::Jpeg | Syntax::Certificate | Syntax::CertificateList | Syntax::CertificatePair) => leaf.any(),
        _ => leaf.some(format!("{} may hold an empty value", leaf.attribute)),
    }
}
