//! The diagnostic texts of Active Directory and Samba: a Win32 code and often a sub-code in front of the prose.

/// A diagnostic text taken apart: `0000208D: NameErr: DSID-03100238, problem 2001 (NO_OBJECT), data 0, best match of: …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdDiagnostic<'a> {
    /// The Win32 error code: what to decide by.
    pub code: u32,
    /// The kind of error, such as `NameErr`.
    pub kind: Option<&'a str>,
    /// The place in Microsoft's source, as hexadecimal digits.
    pub dsid: Option<&'a str>,
    /// What follows `data`: a hexadecimal sub-code, for failed binds a reason.
    pub data: Option<u32>,
}

/// Why a bind was refused (`data` beside result 49).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BindFailure {
    /// No such account (525).
    UnknownUser,
    /// Wrong password or name (52e).
    BadCredentials,
    /// Not at this time (530).
    LogonHours,
    /// Not from this machine (531).
    Workstation,
    /// The password has expired (532).
    PasswordExpired,
    /// The account is disabled (533).
    Disabled,
    /// The account has expired (701).
    AccountExpired,
    /// The password must be changed first (773).
    MustChangePassword,
    /// The account is locked (775).
    Locked,
}

impl<'a> AdDiagnostic<'a> {
    /// Takes a diagnostic text apart; none when it doesn't start with eight hexadecimal digits and a colon.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (code, rest) = text.split_once(':')?;
        if code.len() != 8 || !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let code = u32::from_str_radix(code, 16).ok()?;
        let kind = rest.trim_start().split(':').next().filter(|kind| is_kind(kind));
        Some(Self { code, kind, dsid: after(rest, "DSID-"), data: after(rest, "data ").and_then(hex) })
    }

    /// Why a bind was refused, if the sub-code says so.
    pub fn bind_failure(&self) -> Option<BindFailure> {
        Some(match self.data? {
            0x525 => BindFailure::UnknownUser,
            0x52e => BindFailure::BadCredentials,
            0x530 => BindFailure::LogonHours,
            0x531 => BindFailure::Workstation,
            0x532 => BindFailure::PasswordExpired,
            0x533 => BindFailure::Disabled,
            0x701 => BindFailure::AccountExpired,
            0x773 => BindFailure::MustChangePassword,
            0x775 => BindFailure::Locked,
            _ => return None,
        })
    }
}

fn is_kind(word: &str) -> bool {
    word.ends_with("Err") && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The word behind the first `label`.
fn after<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(label)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}

fn hex(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn takes_microsofts_texts_apart() {
        let text = "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580";
        let diagnostic = AdDiagnostic::parse(text).unwrap();
        assert_eq!(
            diagnostic,
            AdDiagnostic { code: 0x8009_0308, kind: Some("LdapErr"), dsid: Some("0C09044E"), data: Some(0x52e) }
        );
        assert_eq!(diagnostic.bind_failure(), Some(BindFailure::BadCredentials));

        let text = "0000208D: NameErr: DSID-03100238, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'DC=x'\n";
        assert_eq!(AdDiagnostic::parse(text).unwrap().code, 0x208d);
        assert_eq!(AdDiagnostic::parse(text).unwrap().bind_failure(), None);
    }

    #[test]
    fn takes_sambas_texts_apart() {
        let diagnostic =
            AdDiagnostic::parse("0000052D: Constraint violation - check_password_restrictions: too short").unwrap();
        assert_eq!(diagnostic, AdDiagnostic { code: 0x52d, kind: None, dsid: None, data: None });
    }

    #[rstest]
    #[case("")]
    #[case("no such object")]
    #[case("52D: short")]
    #[case("0000052G: x")]
    #[case("0000052D")]
    #[case("+000052D: x")]
    fn leaves_other_texts_alone(#[case] text: &str) {
        assert_eq!(AdDiagnostic::parse(text), None);
    }

    #[rstest]
    #[case("525", BindFailure::UnknownUser)]
    #[case("533", BindFailure::Disabled)]
    #[case("773", BindFailure::MustChangePassword)]
    #[case("775", BindFailure::Locked)]
    fn knows_why_binds_fail(#[case] data: &str, #[case] expected: BindFailure) {
        let text =
            format!("80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {data}, v1db1");
        assert_eq!(AdDiagnostic::parse(&text).unwrap().bind_failure(), Some(expected));
    }
}
