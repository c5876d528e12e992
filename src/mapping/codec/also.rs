//! Values that follow another one: written whenever it is, never read. `also = { mail = "copy" }`.

use std::sync::Arc;

use super::Codec;
use super::country::{CountryName, CountryNumber};
use super::smtp::Smtp;
use super::text::Text;
use crate::ldap::AttributeDescription;

/// An LDAP attribute that is written with another one, for those who look there.
#[derive(Debug, Clone)]
pub struct Also {
    /// The attribute.
    pub attribute: AttributeDescription,
    /// What it holds for the value; stored values that it can't read are nobody's and stay.
    pub codec: Arc<dyn Codec>,
    /// What it holds where there is no value; none: it is absent too.
    pub without: Option<&'static str>,
}

/// The forms in which a value can follow another.
pub const FORMS: &[&str] = &["copy", "smtp-primary", "country-name", "country-number"];

impl Also {
    /// What holds a value in the form of this name, one of [`FORMS`].
    pub fn new(attribute: AttributeDescription, form: &str) -> Option<Self> {
        let (codec, without): (Arc<dyn Codec>, _) = match form {
            "copy" => (Arc::new(Text), None),
            "smtp-primary" => (Arc::new(Smtp { primary: Some(true) }), None),
            "country-name" => (Arc::new(CountryName), None),
            // Zero is how Active Directory says "none".
            "country-number" => (Arc::new(CountryNumber), Some("0")),
            _ => return None,
        };
        Some(Self { attribute, codec, without })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::atom::Atom;

    #[test]
    fn every_form_is_known() {
        let attribute: AttributeDescription = "mail".parse().unwrap();
        assert!(FORMS.iter().all(|form| Also::new(attribute.clone(), form).is_some()));
        assert!(Also::new(attribute.clone(), "backwards").is_none());
        let primary = Also::new(attribute, "smtp-primary").unwrap();
        assert_eq!(primary.codec.encode(&Atom::Text("a@example.com".into())).unwrap(), b"SMTP:a@example.com");
        assert_eq!(primary.codec.decode(b"X500:/o=x"), None);
    }
}
