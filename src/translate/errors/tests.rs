//! Every row of the table, by answers that servers give.

use std::collections::BTreeSet;

use rstest::rstest;

use super::table::{self, ROWS};
use super::verdict::WriteKind::{self, Change, Create, Delete, Members, Password, Rename};
use super::{Verdict, of_write};
use crate::ldap::result::{LdapResult, ResultCode};

/// A result, the write that it answers, and what is made of it: status and keyword, or `again`, `away`, `fault`.
type Example = (u32, &'static str, WriteKind, &'static str);

const EXAMPLES: &[Example] = &[
    // Passwords.
    (19, "Password is too long for policy", Password, "400 invalidValue"),
    (19, "invalid password syntax - password must be at least 8 characters long", Change, "400 invalidValue"),
    (
        19,
        "0000052D: Constraint violation - check_password_restrictions: the password is too short.",
        Create,
        "400 invalidValue",
    ),
    (19, "Password is in history of old passwords", Password, "400 invalidValue"),
    (19, "Password is not being changed from existing value", Password, "400 invalidValue"),
    (
        19,
        "0000052D: Constraint violation - check_password_restrictions: the password was already used (in history)!",
        Password,
        "400 invalidValue",
    ),
    (19, "Password is too young to change", Password, "400 invalidValue"),
    (19, "within password minimum age", Password, "400 invalidValue"),
    (19, "Password policy only allows one password value", Change, "400 invalidValue"),
    (19, "Password fails quality checking policy", Password, "400 invalidValue"),
    (53, "0000052D: the password does not meet the complexity criteria!", Password, "400 invalidValue"),
    (19, "invalid password syntax: passwords with storage scheme are pre-hashed", Create, "400 invalidValue"),
    (53, "User passwords may not be provided in pre-hashed form", Create, "400 invalidValue"),
    (50, "Operations are restricted to bind/unbind/abandon/StartTLS/modify password", Change, "away"),
    (50, "User alteration of password is not allowed", Password, "403"),
    (50, "Must supply old password to be changed as well as new one", Password, "403"),
    (53, "unwilling to verify old password", Password, "403"),
    // Active Directory and Samba.
    (50, "00002098: SecErr: DSID-03150E49, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0", Change, "403"),
    (53, "00000005: SecErr: DSID-031A11ED, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0", Change, "403"),
    (53, "0000001F: SvcErr: DSID-031A126C, problem 5003 (WILL_NOT_PERFORM), data 0", Password, "fault"),
    (53, "00002077: SvcErr: DSID-031903AE, problem 5003 (WILL_NOT_PERFORM), data 0", Create, "fault"),
    (
        16,
        "00000057: LdapErr: DSID-0C090C3E, comment: Error in attribute conversion operation, data 0, v2580",
        Change,
        "fault",
    ),
    (19, "0000052D: AtrErr: DSID-03191083, #1:", Password, "400 invalidValue"),
    (19, "00000056: AtrErr: DSID-03190FB2, #1:", Password, "400 invalidValue"),
    (
        1,
        "000004DC: LdapErr: DSID-0C0907C2, comment: In order to perform this operation a successful bind must be completed",
        Change,
        "away",
    ),
    (53, "0000051C: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0", Change, "400 invalidValue"),
    (53, "0000216D: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0", Create, "403"),
    (53, "00000523: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0", Create, "400 invalidValue"),
    (68, "00000524: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0", Create, "409 uniqueness"),
    (68, "00002071: UpdErr: DSID-0305038D, problem 6005 (ENTRY_EXISTS), data 0", Rename, "409 uniqueness"),
    (68, "00000562: UpdErr: DSID-031A11F5, problem 6005 (ENTRY_EXISTS), data 0", Members, "again"),
    (53, "00000561: SvcErr: DSID-031A11F5, problem 5003 (WILL_NOT_PERFORM), data 0", Members, "again"),
    (
        32,
        "00000525: NameErr: DSID-031A11A0, problem 2001 (NO_OBJECT), data 0, best match of: 'DC=x'",
        Members,
        "400 invalidValue",
    ),
    (32, "0000208D: NameErr: DSID-03100238, problem 2001 (NO_OBJECT), data 0, best match of: 'DC=x'", Create, "fault"),
    (32, "0000208D: NameErr: DSID-03100238, problem 2001 (NO_OBJECT), data 0, best match of: 'DC=x'", Members, "again"),
    (32, "00002030: NameErr: DSID-031522C9, problem 2001 (NO_OBJECT), data 0, best match of: 'DC=x'", Delete, "404"),
    (80, "00002089: UpdErr: DSID-03050F41, problem 6004 (CANT_ON_NON_LEAF), data 0", Create, "fault"),
    (
        19,
        "000020B5: AtrErr: DSID-03152BE6, #1: problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 7b (manager)",
        Change,
        "400 invalidValue",
    ),
    (
        19,
        "000021C8: AtrErr: DSID-03200BD3, #1: problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 90290 (userPrincipalName)",
        Create,
        "409 uniqueness",
    ),
    (19, "0000202F: samldb: userPrincipalName is already in use", Create, "409 uniqueness"),
    (19, "0000202F: AtrErr: DSID-03050733, #1:", Change, "400 invalidValue"),
    (
        19,
        "00002082: AtrErr: DSID-03151904, #1: problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 4 (sn):len 130",
        Change,
        "400 invalidValue",
    ),
    (19, "00002081: AtrErr: DSID-0319037D, #1: problem 1005 (CONSTRAINT_ATT_TYPE)", Change, "400 invalidValue"),
    (20, "0000200D: AtrErr: DSID-031516F1, #1: problem 1006 (ATT_OR_VALUE_EXISTS)", Change, "400 invalidValue"),
    (16, "0000200A: AtrErr: problem 1001 (NO_ATTRIBUTE_OR_VAL)", Members, "again"),
    (16, "0000200A: AtrErr: problem 1001 (NO_ATTRIBUTE_OR_VAL)", Change, "400 noTarget"),
    (20, "00002083: AtrErr: DSID-03151830, #1: problem 1006 (ATT_OR_VALUE_EXISTS)", Change, "again"),
    (21, "0000200B: AtrErr: DSID-0319037D, #1: problem 1005 (CONSTRAINT_ATT_TYPE)", Change, "400 invalidValue"),
    (17, "0000200C: AtrErr: problem 1002 (UNDEFINED_ATT_TYPE)", Change, "fault"),
    (51, "0000200E: SvcErr: DSID-031A0FC0, problem 5001 (BUSY), data 0", Change, "away"),
    (65, "00002014: UpdErr: DSID-03151D2C, problem 6002 (OBJ_CLASS_VIOLATION), data 0", Create, "400 invalidValue"),
    (66, "00002015: UpdErr: DSID-031A1236, problem 6003 (CANT_ON_NON_LEAF), data 0", Delete, "409"),
    (67, "00002016: UpdErr: DSID-03151D2C, problem 6004 (CANT_ON_RDN), data 0", Change, "400 mutability"),
    (69, "00002017: UpdErr: DSID-03151D2C, problem 6006 (CANT_MOD_OBJ_CLASS), data 0", Change, "400 mutability"),
    (71, "00002018: UpdErr: problem 6007 (AFFECTS_MULTIPLE_DSAS), data 0", Rename, "501"),
    (11, "00002024: SvcErr: DSID-02050ABF, problem 5008 (ADMIN_LIMIT_EXCEEDED), data 0", Members, "413"),
    (53, "0000209A: SvcErr: DSID-031A1021, problem 5003 (WILL_NOT_PERFORM), data 0", Change, "400 mutability"),
    (53, "00002035: attribute memberOf is a linked attribute, which can't be modified", Change, "400 mutability"),
    (53, "00002035: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0", Change, "403"),
    (80, "00002095: SvcErr: problem 5012 (DIR_ERROR), data 0", Change, "fault"),
    // Result codes.
    (0, "", Change, "fault"),
    (5, "", Change, "fault"),
    (6, "", Change, "fault"),
    (1, "", Change, "fault"),
    (2, "unsupported extended operation", Password, "fault"),
    (3, "", Change, "away"),
    (4, "", Delete, "413"),
    (11, "", Members, "413"),
    (70, "", Members, "413"),
    (7, "", Change, "fault"),
    (8, "modifications require authentication", Change, "fault"),
    (13, "TLS confidentiality required", Change, "fault"),
    (14, "", Change, "fault"),
    (10, "", Change, "away"),
    (12, "critical extension is not recognized", Change, "fault"),
    (16, "modify/delete: member: no such value", Members, "again"),
    (16, "modify/delete: mail: no such value", Change, "400 noTarget"),
    (17, "exNothing: attribute type undefined", Change, "fault"),
    (18, "modify/delete: postalAddress: no equality matching rule", Change, "fault"),
    (19, "The value is not 7-bit clean: \u{e9}t\u{e9}", Create, "400 invalidValue"),
    (19, "non-unique attributes found with (|(mail=a@example.com))", Change, "409 uniqueness"),
    (19, "some attributes not unique", Create, "409 uniqueness"),
    (19, "Another entry with the same attribute value already exists (attribute: \"uid\")", Create, "409 uniqueness"),
    (19, "entryUUID: no user modification allowed", Create, "400 mutability"),
    (19, "displayName: multiple values provided", Change, "400 invalidValue"),
    (19, "modify breaks constraint on mail", Change, "400 invalidValue"),
    (20, "modify/add: member: value #0 already exists", Members, "again"),
    (20, "mail: value #1 provided more than once", Change, "400 invalidValue"),
    (20, "", Create, "400 invalidValue"),
    (20, "modify/add: mail: value #0 already exists", Change, "again"),
    (21, "mail: value #0 invalid per syntax", Change, "400 invalidValue"),
    (34, "invalid DN", Create, "400 invalidValue"),
    (32, "", Create, "fault"),
    (32, "new superior object does not exist", Rename, "fault"),
    (32, "", Rename, "404"),
    (32, "", Change, "404"),
    (33, "", Change, "fault"),
    (36, "", Change, "fault"),
    (54, "", Change, "fault"),
    (48, "", Change, "away"),
    (49, "", Change, "away"),
    (50, "no write access to parent", Create, "403"),
    (51, "", Change, "away"),
    (52, "", Change, "away"),
    (53, "operation restricted", Change, "away"),
    (53, "shadow context; no update referral", Change, "away"),
    (53, "", Change, "403"),
    (60, "", Change, "fault"),
    (61, "", Change, "fault"),
    (76, "", Change, "fault"),
    (64, "naming attribute 'uid' is not present in entry", Create, "400 invalidValue"),
    (65, "invalid structural object class chain (inetOrgPerson/account)", Create, "fault"),
    (65, "object class 'person' requires attribute 'sn'", Create, "400 invalidValue"),
    (65, "missing attribute \"sn\" required by object class \"person\"", Change, "400 invalidValue"),
    (65, "attribute 'uidNumber' not allowed", Change, "400 invalidValue"),
    (65, "", Members, "400 invalidValue"),
    (65, "attribute 'displayName' cannot have multiple values", Change, "400 invalidValue"),
    (65, "", Change, "400 invalidValue"),
    (66, "subordinate objects must be deleted first", Delete, "409"),
    (67, "", Change, "400 mutability"),
    (68, "", Members, "again"),
    (68, "", Create, "409 uniqueness"),
    (68, "", Rename, "409 uniqueness"),
    (69, "", Change, "400 mutability"),
    (71, "", Rename, "501"),
    (80, "internal error", Change, "fault"),
    (81, "", Change, "away"),
    (85, "", Change, "away"),
    (91, "", Change, "away"),
    (82, "", Change, "fault"),
    (83, "", Change, "fault"),
    (84, "", Change, "fault"),
    (113, "", Change, "away"),
    (118, "", Change, "fault"),
    (119, "", Change, "fault"),
    (120, "", Change, "fault"),
    (121, "", Change, "fault"),
    (122, "unique_search failed", Change, "again"),
    (122, "", Change, "412"),
    (123, "", Change, "403"),
    (4096, "", Change, "fault"),
    (16654, "", Change, "fault"),
    (16672, "", Change, "fault"),
    (16673, "", Change, "fault"),
    (9999, "", Change, "fault"),
];

fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Error(error) => match error.scim_type {
            Some(scim_type) => format!("{} {}", error.status, scim_type.keyword()),
            None => error.status.to_string(),
        },
        Verdict::Again => "again".to_owned(),
        Verdict::Unavailable { .. } => "away".to_owned(),
        Verdict::Internal { .. } => "fault".to_owned(),
    }
}

fn result(code: u32, text: &str) -> LdapResult {
    LdapResult::new(ResultCode(code), "", text)
}

#[test]
fn answers_mean_what_the_table_says() {
    for (code, text, kind, expected) in EXAMPLES {
        let verdict = of_write(*kind, &result(*code, text), &|_| None);
        assert_eq!(shown(&verdict), *expected, "{code} {text:?} {kind:?}");
    }
}

#[test]
fn every_row_is_met_by_an_example() {
    let met: BTreeSet<_> =
        EXAMPLES.iter().filter_map(|(code, text, kind, _)| table::row(*kind, &result(*code, text))).collect();
    let missed: Vec<_> = (0..ROWS.len()).filter(|place| !met.contains(place)).map(|place| &ROWS[place]).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn every_code_that_has_a_name_has_a_row() {
    for code in (0..=20_000).filter(|code| ResultCode(*code).name().is_some()) {
        assert!(table::row(Change, &result(code, "")).is_some(), "{code}");
    }
}

#[rstest]
#[case("Password is too short for policy", "too short")]
#[case("Password is in history of old passwords", "used before")]
#[case("Password is too young to change", "changed too short a time ago")]
#[case("Password fails quality checking policy", "good enough")]
fn the_rule_that_was_broken_is_told(#[case] text: &str, #[case] detail: &str) {
    let Verdict::Error(error) = of_write(Password, &result(19, text), &|_| None) else { panic!() };
    assert!(error.detail.contains(detail), "{error}");
}

#[test]
fn nothing_of_a_servers_text_is_passed_on() {
    for (code, text, kind, _) in EXAMPLES {
        let secret = format!("{text} uid=hidden,dc=example,dc=com hidden@example.com");
        let verdict = of_write(*kind, &LdapResult::new(ResultCode(*code), "ou=hidden", &secret), &|_| None);
        assert!(!format!("{verdict:?}").contains("hidden"), "{verdict:?}");
    }
}

#[test]
fn the_attribute_is_named_as_the_client_knows_it() {
    let name_of = |attribute: &str| (attribute == "mail").then(|| "emails".to_owned());
    let text = "non-unique attributes found with (|(mail=a@example.com))";
    let Verdict::Error(error) = of_write(Create, &result(19, text), &name_of) else { panic!() };
    assert_eq!(error.detail, "emails: the value is in use already");
}
