//! LDAP URLs (RFC 4516), as far as they describe a search: `ldap:///base??scope?filter`.

use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::{AttributeDescription, Filter, Scope, filter_parse};

/// The search that an LDAP URL describes. Host and attributes are not kept: the search is done in the directory at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapUrl {
    /// The base object's DN.
    pub base: String,
    /// How far below it.
    pub scope: Scope,
    /// Which entries.
    pub filter: Filter,
}

/// Why a text is no LDAP URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an LDAP URL (RFC 4516): {0}")]
pub struct InvalidLdapUrl(&'static str);

impl FromStr for LdapUrl {
    type Err = InvalidLdapUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("ldaps://")).map(|_| &text[8..]);
        let rest =
            rest.or_else(|| text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("ldap://")).map(|_| &text[7..]));
        let rest = rest.ok_or(InvalidLdapUrl("the scheme is not ldap"))?;
        let (_, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut parts = path.split('?').map(decode);
        let base = parts.next().unwrap_or_else(|| Ok(String::new()))?;
        let _attributes = parts.next().transpose()?;
        let scope = match parts.next().transpose()?.as_deref() {
            None | Some("" | "base") => Scope::Base,
            Some("one") => Scope::One,
            Some("sub") => Scope::Subtree,
            Some(_) => return Err(InvalidLdapUrl("the scope is none of base, one, sub")),
        };
        let filter = match parts.next().transpose()?.filter(|filter| !filter.is_empty()) {
            Some(filter) => filter_parse::parse(&filter).map_err(|_| InvalidLdapUrl("the filter can't be read"))?,
            None => Filter::Present(
                "objectClass"
                    .parse::<AttributeDescription>()
                    .map_err(|_| InvalidLdapUrl("the filter can't be read"))?,
            ),
        };
        Ok(Self { base, scope, filter })
    }
}

fn decode(part: &str) -> Result<String, InvalidLdapUrl> {
    percent_decode_str(part).decode_utf8().map(Into::into).map_err(|_| InvalidLdapUrl("it isn't UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_is_read_and_defaults_are_the_standards() {
        let url: LdapUrl = "ldap:///ou=people,dc=example,dc=com??sub?(title=Engineer%20I)".parse().unwrap();
        assert_eq!((url.base.as_str(), url.scope), ("ou=people,dc=example,dc=com", Scope::Subtree));
        assert_eq!(url.filter.to_string(), "(title=Engineer I)");
        let url: LdapUrl = "LDAP://ldap.example.com/dc=example".parse().unwrap();
        assert_eq!((url.scope, url.filter.to_string().as_str()), (Scope::Base, "(objectClass=*)"));
        assert!("http://example.com/".parse::<LdapUrl>().is_err());
        assert!("ldap:///dc=example??sub?(broken".parse::<LdapUrl>().is_err());
    }
}
