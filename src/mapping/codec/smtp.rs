//! `smtp`: mail addresses among others in Active Directory's proxyAddresses, `SMTP:` before the primary one.

use std::borrow::Cow;
use std::sync::Arc;

use super::info::CodecInfo;
use super::prefix::behind;
use super::{Codec, Leaf, Unencodable};
use crate::diagnostics::Report;
use crate::diagnostics::toml::{Key, Kind, Node, Table};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Smtp {
    /// `true`: the primary address alone; `false`: the others alone.
    pub(super) primary: Option<bool>,
}

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "smtp",
    doc: "Mail addresses in `proxyAddresses`: `SMTP:` stands before the primary one, `smtp:` before others. What has another prefix \
          (X500:, SIP:) is read as absent.",
    types: &[AttributeKind::String],
    parameters: &[Key::new(
        "only",
        Kind::OneOf(&["all", "primary", "other"]),
        "Which addresses are meant; two slots can so tell them apart.",
    )
    .default(r#""all""#)],
    example: r#"emails = [{ type = "work", primary = true, take = "one", value = { ldap = "proxyAddresses", codec = "smtp", only = "primary" } }]"#,
    build,
};

#[allow(clippy::unnecessary_wraps, reason = "as every codec's")]
fn build(table: &Table, _report: &mut Report) -> Option<Arc<dyn Codec>> {
    let primary = match table.get("only").and_then(Node::as_str) {
        Some("primary") => Some(true),
        Some("other") => Some(false),
        _ => None,
    };
    Some(Arc::new(Smtp { primary }))
}

impl Codec for Smtp {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let (prefix, address) = std::str::from_utf8(stored).ok()?.split_at_checked(5)?;
        let ours =
            prefix.eq_ignore_ascii_case("smtp:") && self.primary.is_none_or(|primary| primary == (prefix == "SMTP:"));
        (ours && !address.is_empty()).then_some(Atom::Text(Cow::Borrowed(address)))
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let prefix = if self.primary == Some(true) { "SMTP:" } else { "smtp:" };
        match value.as_text() {
            Some(text) if !text.is_empty() => Ok(format!("{prefix}{text}").into_bytes()),
            _ => Err(Unencodable("the value is not a mail address".into())),
        }
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        if leaf.rules.equality.is_none_or(|rule| !rule.ignores_case()) {
            return leaf.some("the directory tells SMTP: and smtp: apart");
        }
        // Stored in any case, found in any case; what is compared with caseExact is looked at again.
        behind("smtp:", op, &Leaf { case_exact: false, ..*leaf })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    #[test]
    fn capitals_mean_primary() {
        assert_eq!(
            Smtp { primary: Some(true) }.decode(b"SMTP:a@example.com"),
            Some(Atom::Text("a@example.com".into()))
        );
        assert_eq!(Smtp { primary: Some(true) }.decode(b"smtp:a@example.com"), None);
        assert_eq!(
            Smtp { primary: Some(false) }.decode(b"smtp:a@example.com"),
            Some(Atom::Text("a@example.com".into()))
        );
        assert_eq!(Smtp { primary: None }.decode(b"X500:/o=x"), None);
    }

    proptest! {
        #[test]
        fn bounds_enclose(
            op in laws::text_op(laws::text()),
            stored in proptest::collection::vec(("SMTP:|smtp:|sip:", laws::text()), 1..3),
            primary: Option<bool>,
            case_exact: bool,
        ) {
            let stored: Vec<_> = stored.into_iter().map(|(prefix, text)| format!("{prefix}{text}")).collect();
            for attribute in ["cn", "loginShell"] {
                laws::bounds_enclose(&Smtp { primary }, &op, &Attribute::named(attribute).case_exact(case_exact), &stored);
            }
        }
    }
}
