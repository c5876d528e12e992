//! What a server objects to, as far as a plan can do something about it: values that are there already, or aren't.

use super::operation::Operation;
use crate::ldap::change::{Change, ModificationKind};
use crate::ldap::result::{LdapResult, ResultCode};

/// How Active Directory says that an attribute has one value at most, with attributeOrValueExists.
const SINGLE_VALUE: u32 = 0x200d;

/// How others say it, with objectClassViolation or constraintViolation.
const SECOND_VALUE: [&str; 2] = ["single-valued attribute", "multiple values provided"];

/// How Active Directory says that somebody is a member already, or isn't.
const MEMBERSHIP: [u32; 4] = [0x528, 0x529, 0x561, 0x562];

/// How it says that its schema lacks an attribute, with noSuchAttribute.
const UNKNOWN_ATTRIBUTE: u32 = 0x57;

/// Whether `result` says of a swap that what it takes for granted isn't so: a value that goes is gone, or one stands where none stood.
pub(super) fn says_changed(result: &LdapResult, operation: &Operation) -> bool {
    let detail = result.active_directory().map(|detail| detail.code);
    let words = result.diagnostic.to_ascii_lowercase();
    let second = detail == Some(SINGLE_VALUE) || SECOND_VALUE.iter().any(|said| words.contains(said));
    if second {
        // Several at once are too many whatever was there.
        let steps = match operation.change().map(|change| &change.change) {
            Some(Change::Modify(steps)) => steps.as_slice(),
            _ => &[],
        };
        return steps.iter().all(|step| step.kind == ModificationKind::Delete || step.values.len() < 2);
    }
    (is_plain(result.code) && detail != Some(UNKNOWN_ATTRIBUTE))
        || detail.is_some_and(|code| MEMBERSHIP.contains(&code))
}

/// Whether a server may say by `result` that a value is there already, or isn't (unwillingToPerform and entryAlreadyExists are
/// Active Directory's words for members).
pub(super) fn says_present_or_absent(result: &LdapResult) -> bool {
    let second_of_one = result.active_directory().is_some_and(|detail| detail.code == SINGLE_VALUE);
    let of_members = matches!(result.code, ResultCode::UNWILLING_TO_PERFORM | ResultCode::ENTRY_ALREADY_EXISTS);
    (is_plain(result.code) && !second_of_one) || of_members
}

/// Whether `code` says nothing else than that a value is there already, or isn't.
pub(super) fn is_plain(code: ResultCode) -> bool {
    matches!(code, ResultCode::NO_SUCH_ATTRIBUTE | ResultCode::ATTRIBUTE_OR_VALUE_EXISTS)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::ldap::change::Modification;
    use crate::ldap::plan::EntryChange;

    #[rstest]
    #[case(16, "modify/delete: title: no such value", &["b"], true)]
    #[case(20, "modify/add: mail: value exists", &["b"], true)]
    #[case(20, "0000200D: AtrErr: DSID-03140600, #1", &["b"], true)]
    #[case(20, "0000200D: AtrErr: DSID-03140600, #1", &["b", "c"], false)]
    #[case(65, "single-valued attribute \"info\" has multiple values", &["b"], true)]
    #[case(16, "00000057: LdapErr: DSID-0C090E16, comment: Error in attribute conversion operation", &["b"], false)]
    #[case(53, "00000561: SvcErr: DSID-031A1254, problem 5003", &["b"], true)]
    #[case(53, "0000052D: SvcErr: DSID-031A12D2, problem 5003", &["b"], false)]
    #[case(19, "Password fails quality checking policy", &["b"], false)]
    fn a_swap_fails_where_somebody_was_faster(
        #[case] code: u32,
        #[case] text: &str,
        #[case] added: &[&str],
        #[case] expected: bool,
    ) {
        let values = added.iter().map(|value| value.as_bytes().to_vec()).collect();
        let step = Modification { kind: ModificationKind::Add, attribute: "title".parse().unwrap(), values };
        let operation = EntryChange::modify("cn=a", vec![step]).into();
        assert_eq!(says_changed(&LdapResult::new(ResultCode(code), "", text), &operation), expected);
    }
}
