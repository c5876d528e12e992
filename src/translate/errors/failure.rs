//! What the failure of a whole write plan means.

use super::verdict::{NameOf, Verdict, WriteKind};
use super::write::{of_write, unavailable};
use crate::ldap::change::Change;
use crate::ldap::plan::{Cause, EntryChange, Failure, Operation};
use crate::scim::Error;

/// What it means that a plan whose point was a write of this `kind` failed. What was done and couldn't be taken back is told to
/// the client, in general words.
pub fn of_failure(kind: WriteKind, failure: &Failure, name_of: NameOf<'_>) -> Verdict {
    let verdict = of_cause(kind, &failure.cause, name_of);
    if failure.left.is_empty() {
        return verdict;
    }
    let why = match verdict {
        Verdict::Error(error) => error.detail,
        Verdict::Again => "the resource has changed meanwhile".to_owned(),
        Verdict::Unavailable { why, .. } => why.to_owned(),
        Verdict::Internal { .. } => "the directory refused a part of the request".to_owned(),
    };
    Verdict::Error(Error::unavailable(format!("{why}; what was done before couldn't be taken back: {}", left(failure))))
}

fn of_cause(kind: WriteKind, cause: &Cause, name_of: NameOf<'_>) -> Verdict {
    match cause {
        Cause::Refused(result) => of_write(kind, result, name_of),
        Cause::Stale(_) => Verdict::Again,
        Cause::Unavailable(_) => unavailable("the directory can't be reached, or stays busy"),
        Cause::NotSent(_) => unavailable("the write couldn't be sent"),
        Cause::Unknown(_) => Verdict::Error(Error::unavailable(
            "the directory's answer was lost and what it did isn't known: the request may have been carried out, or may be yet",
        )),
    }
}

/// What was left behind, each kind of operation once.
fn left(failure: &Failure) -> String {
    let mut told: Vec<&str> = Vec::new();
    for words in failure.left.iter().map(words) {
        if !told.contains(&words) {
            told.push(words);
        }
    }
    told.join(", ")
}

fn words(operation: &Operation) -> &'static str {
    match operation {
        Operation::PasswordModify { .. } => "a password was set",
        Operation::Change(change) => of_change(change),
    }
}

fn of_change(change: &EntryChange) -> &'static str {
    match change.change {
        Change::Add(_) => "an entry was added",
        Change::Delete => "an entry was deleted",
        Change::Modify(_) => "values were changed",
        Change::ModifyDn { new_superior: None, .. } => "an entry was renamed",
        Change::ModifyDn { new_superior: Some(_), .. } => "an entry was moved",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::ldap::plan::NewPassword;
    use crate::ldap::result::{LdapResult, ResultCode};
    use crate::scim::error::ScimType;

    fn of(cause: Cause, left: Vec<Operation>) -> Verdict {
        of_failure(WriteKind::Change, &Failure { cause, left }, &|_| None)
    }

    fn refused(code: u32) -> LdapResult {
        LdapResult::new(ResultCode(code), "ou=secret,dc=example,dc=com", "uid=secret,dc=example,dc=com")
    }

    fn status(verdict: &Verdict) -> u16 {
        match verdict {
            Verdict::Error(error) => error.status,
            Verdict::Again => 412,
            Verdict::Unavailable { .. } => 503,
            Verdict::Internal { .. } => 500,
        }
    }

    #[rstest]
    #[case(Cause::Refused(refused(67)), 400)]
    #[case(Cause::Stale(refused(122)), 412)]
    #[case(Cause::Unavailable("ldap://secret".into()), 503)]
    #[case(Cause::NotSent("secret".into()), 503)]
    #[case(Cause::Unknown("secret".into()), 503)]
    fn causes_are_told(#[case] cause: Cause, #[case] expected: u16) {
        let verdict = of(cause, Vec::new());
        assert_eq!(status(&verdict), expected);
        assert!(!format!("{verdict:?}").contains("secret"));
    }

    #[test]
    fn a_cause_keeps_its_keyword_unless_something_was_left() {
        let Verdict::Error(error) = of(Cause::Refused(refused(67)), Vec::new()) else { panic!() };
        assert_eq!(error.scim_type, Some(ScimType::Mutability));
    }

    #[test]
    fn what_was_left_is_told_once_and_without_names() {
        let dn = "uid=secret,dc=example,dc=com";
        let password = Operation::PasswordModify { dn: dn.to_owned(), password: NewPassword::new("secret".into()) };
        let renamed = EntryChange::rename(dn, "uid=secret", None);
        let left = vec![password, renamed.clone().into(), renamed.into(), EntryChange::delete(dn).into()];
        for cause in [
            Cause::Refused(refused(19)),
            Cause::Refused(refused(17)),
            Cause::Stale(refused(122)),
            Cause::Unavailable("secret".to_owned()),
        ] {
            let Verdict::Error(error) = of(cause, left.clone()) else { panic!() };
            assert_eq!((error.status, error.scim_type), (503, None));
            assert!(
                error.detail.ends_with(": a password was set, an entry was renamed, an entry was deleted"),
                "{error}"
            );
            assert!(!error.detail.contains("secret"));
        }
    }
}
