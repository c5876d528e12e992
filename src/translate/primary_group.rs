//! Active Directory's primary groups: a user holds the last part of the group's SID in primaryGroupID, and neither `member` of the group
//! nor `memberOf` of the user says so (MS-ADTS section 3.1.1.6).

use crate::ldap::{AttributeDescription, Subschema};
use crate::mapping::model::{Reference, ReferenceForm};

/// Where an entry says what its primary group is.
#[derive(Debug, Clone)]
pub struct PrimaryGroup {
    /// The attribute that holds the group's SID, as it holds the user's.
    pub sid: AttributeDescription,
    /// The attribute of the user that holds the last part of it.
    pub key: AttributeDescription,
}

impl PrimaryGroup {
    /// What `references` say of primary groups, where the directory knows those.
    pub fn among(references: &[Reference], schema: &Subschema) -> Option<Self> {
        let knows = |attribute: &AttributeDescription| schema.attribute(attribute.type_name()).is_some();
        references.iter().find_map(|reference| match &reference.form {
            ReferenceForm::PrimaryGroup(key) if knows(key) && knows(&reference.attribute) => {
                Some(Self { sid: reference.attribute.clone(), key: key.clone() })
            }
            _ => None,
        })
    }
}

/// The SID of the group whose last part a user with the SID `own` holds as `key`: they are of one domain.
pub fn group(own: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let relative: u32 = std::str::from_utf8(key).ok()?.parse().ok()?;
    relative_of(own)?;
    let (domain, _) = own.split_last_chunk::<4>()?;
    Some([domain, &relative.to_le_bytes()].concat())
}

/// What users hold whose primary group has the SID `sid`.
pub fn key(sid: &[u8]) -> Option<Vec<u8>> {
    relative_of(sid).map(|relative| relative.to_string().into_bytes())
}

/// The search for those users, as an LDAP URL (RFC 4516).
pub fn members(key_attribute: &AttributeDescription, sid: &[u8]) -> Option<Vec<u8>> {
    let relative = relative_of(sid)?;
    Some(format!("ldap:///??sub?({key_attribute}={relative})").into_bytes())
}

/// The last part of a SID (MS-DTYP section 2.4.2).
fn relative_of(sid: &[u8]) -> Option<u32> {
    let (&[1, count, ..], parts) = sid.split_first_chunk::<8>()? else { return None };
    if count == 0 || parts.len() != usize::from(count) * 4 {
        return None;
    }
    parts.last_chunk::<4>().map(|last| u32::from_le_bytes(*last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x50, 4, 0, 0];
    const GROUP: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 0, 0];

    #[test]
    fn a_user_and_its_group_find_each_other() {
        assert_eq!(group(USER, b"513").as_deref(), Some(GROUP));
        assert_eq!(key(GROUP).as_deref(), Some(&b"513"[..]));
        let key: AttributeDescription = "primaryGroupID".parse().unwrap();
        assert_eq!(members(&key, GROUP).as_deref(), Some(&b"ldap:///??sub?(primaryGroupID=513)"[..]));
    }

    #[test]
    fn what_is_no_sid_has_no_group() {
        for sid in [&b""[..], b"x", &USER[..15], &[1, 0, 0, 0, 0, 0, 0, 5], &[2, 1, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0]] {
            assert_eq!((group(sid, b"513"), self::key(sid)), (None, None), "{sid:?}");
        }
        assert_eq!(group(USER, b"-1"), None);
    }
}
