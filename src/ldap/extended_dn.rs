//! DNs as Active Directory sends them with the extended-DN control (MS-ADTS section 3.1.1.3.4.1.5): the entry's identity in
//! front of its name, `<GUID=…>;<SID=…>;CN=…`. What an entry is called may change; its GUID stays.

/// A DN with what comes with it. Texts are kept as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedDn<'a> {
    /// The objectGUID in its text form.
    pub guid: Option<&'a str>,
    /// The objectSid in its text form; only accounts and groups have one.
    pub sid: Option<&'a str>,
    /// The plain DN.
    pub dn: &'a str,
}

impl<'a> ExtendedDn<'a> {
    /// Takes a DN apart; one that nothing comes with is a plain DN.
    pub fn of(text: &'a str) -> Self {
        let mut found = Self { guid: None, sid: None, dn: text };
        while let Some((name, value, rest)) = component(found.dn) {
            // Other components say nothing that is needed here.
            if name.eq_ignore_ascii_case("GUID") {
                found.guid = Some(value);
            } else if name.eq_ignore_ascii_case("SID") {
                found.sid = Some(value);
            }
            found.dn = rest;
        }
        found
    }

    /// The entry's name in a request: by its GUID where that is known, which a rename doesn't change.
    pub fn base(&self) -> String {
        self.guid.map_or_else(|| self.dn.to_owned(), by_guid)
    }
}

/// The DN that names an entry of Active Directory by its objectGUID in text form.
pub fn by_guid(guid: &str) -> String {
    format!("<GUID={guid}>")
}

/// The component at the start of a text, and what follows it: `;` and more, or nothing. No DN starts with `<`.
fn component(text: &str) -> Option<(&str, &str, &str)> {
    let (inner, rest) = text.strip_prefix('<')?.split_once('>')?;
    let (name, value) = inner.split_once('=')?;
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(';')? };
    Some((name, value, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const GUID: &str = "d0550ba9-5f6f-4f3e-9d2d-0c7a1f5e8f10";

    #[rstest]
    #[case(
        "<GUID=d0550ba9-5f6f-4f3e-9d2d-0c7a1f5e8f10>;<SID=S-1-5-21-1-2-3-1104>;CN=a,DC=b",
        Some(GUID),
        Some("S-1-5-21-1-2-3-1104"),
        "CN=a,DC=b"
    )]
    #[case("<GUID=d0550ba9-5f6f-4f3e-9d2d-0c7a1f5e8f10>;OU=a;b,DC=c", Some(GUID), None, "OU=a;b,DC=c")]
    #[case("<guid=d0550ba9-5f6f-4f3e-9d2d-0c7a1f5e8f10>", Some(GUID), None, "")]
    #[case("<WKGUID=aa,DC=b>;CN=a", None, None, "CN=a")]
    #[case("CN=\\<a\\>,DC=b", None, None, "CN=\\<a\\>,DC=b")]
    #[case("<GUID=1", None, None, "<GUID=1")]
    #[case("<GUID=1>CN=a", None, None, "<GUID=1>CN=a")]
    #[case("", None, None, "")]
    fn what_comes_with_a_dn_is_taken_apart(
        #[case] text: &str,
        #[case] guid: Option<&str>,
        #[case] sid: Option<&str>,
        #[case] dn: &str,
    ) {
        assert_eq!(ExtendedDn::of(text), ExtendedDn { guid, sid, dn });
    }

    #[test]
    fn an_entry_is_named_by_its_guid_where_that_is_known() {
        assert_eq!(ExtendedDn::of("<GUID=1>;CN=a").base(), "<GUID=1>");
        assert_eq!(ExtendedDn::of("CN=a").base(), "CN=a");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[<>GUID=;,a]{0,20}") {
            let found = ExtendedDn::of(&text);
            prop_assert!(text.ends_with(found.dn));
        }
    }
}
