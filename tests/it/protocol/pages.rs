//! Pages by index (RFC 7644 section 3.4.2.4).

use std::collections::BTreeSet;

use rstest::rstest;

use super::{assert_error, client, get, ids, private};
use crate::support;

fn total() -> usize {
    support::tree_options().users
}

#[test]
fn pages_give_everyone_once() {
    for count in [1_000, 333, 100] {
        let mut seen: Vec<String> = Vec::new();
        for start in (1..=total()).step_by(count) {
            let list = get(&format!("/Users?startIndex={start}&count={count}&attributes=id"));
            assert_eq!(list["totalResults"], total());
            assert_eq!(list["startIndex"], start);
            assert_eq!(list["itemsPerPage"], ids(&list).len());
            assert_eq!(ids(&list).len(), count.min(total() + 1 - start));
            seen.extend(ids(&list));
        }
        assert_eq!(seen.len(), total());
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), total());
    }
}

/// Groups, managers and versions too, though a page finds them for all its people at once.
#[test]
fn a_page_shows_everyone_as_they_are_alone() {
    let mut kinds = BTreeSet::new();
    for start in [1, 401, 951] {
        let page = super::resources(&get(&format!("/Users?startIndex={start}&count=50")));
        assert_eq!(page.len(), 50);
        for user in page {
            assert_eq!(user, get(&format!("/Users/{}", user["id"].as_str().unwrap())));
            kinds.extend(user["groups"].as_array().map(Vec::len));
        }
    }
    assert!(kinds.len() > 2, "people in few groups and in many: {kinds:?}");
    for group in super::resources(&get("/Groups?count=50")) {
        assert_eq!(group, get(&format!("/Groups/{}", group["id"].as_str().unwrap())));
    }
}

/// Where a page stands doesn't depend on which were read before.
#[test]
fn pages_can_be_read_in_any_order() {
    let page = |start: usize| ids(&get(&format!("/Users?startIndex={start}&count=50&attributes=id")));
    let forwards: Vec<_> = (0..6).map(|place| page(place * 50 + 1)).collect();
    let backwards: Vec<_> = (0..6).rev().map(|place| page(place * 50 + 1)).collect();
    assert_eq!(forwards, backwards.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(page(26), [&forwards[0][25..], &forwards[1][..25]].concat());
}

#[rstest]
#[case("", 100, 1)]
#[case("count=0", 0, 1)]
#[case("count=-5", 0, 1)]
#[case("startIndex=0&count=3", 3, 1)]
#[case("startIndex=-7&count=3", 3, 1)]
#[case("startIndex=999&count=10", 2, 999)]
#[case("startIndex=1001&count=10", 0, 1001)]
#[case("startIndex=99999999&count=10", 0, 99_999_999)]
#[case("count=100000", 1000, 1)]
#[case("count=99999999999999999999999", 1000, 1)]
#[case("COUNT=2&STARTINDEX=3", 2, 3)]
#[case("count=2&unknown=parameter&other", 2, 1)]
fn counts_and_places(#[case] query: &str, #[case] expected: usize, #[case] start: u64) {
    let list = get(&format!("/Users?{query}&attributes=id"));
    assert_eq!(list["schemas"], serde_json::json!([super::LIST]));
    assert_eq!(list["totalResults"], total(), "{query}");
    assert_eq!(ids(&list).len(), expected, "{query}");
    assert_eq!(list["itemsPerPage"], expected, "{query}");
    assert_eq!(list["startIndex"], start, "{query}");
}

#[test]
fn the_same_for_filters() {
    let list = get("/Users?filter=title%20pr&count=0");
    let all = usize::try_from(list["totalResults"].as_u64().unwrap()).unwrap();
    assert!(ids(&list).is_empty() && all > 100);
    let mut seen = BTreeSet::new();
    for start in (1..=all).step_by(100) {
        let list = get(&format!("/Users?filter=title%20pr&count=100&startIndex={start}&attributes=id"));
        assert_eq!(list["totalResults"], all);
        assert!(ids(&list).into_iter().all(|id| seen.insert(id)));
    }
    assert_eq!(seen.len(), all);
    let none = get("/Users?filter=userName%20eq%20%22nobody%22");
    assert_eq!((&none["totalResults"], ids(&none).len()), (&serde_json::json!(0), 0));
}

#[rstest]
#[case("startIndex=abc")]
#[case("startIndex=1.5")]
#[case("startIndex=")]
#[case("count=abc")]
#[case("count=1e3")]
#[case("count=%00")]
fn what_is_no_number_is_refused(#[case] query: &str) {
    assert_error(&client().get(&format!("/Users?{query}")), 400, Some("invalidValue"), query);
}

/// The directory changes between pages: nobody who stays is lost or comes twice, and who is gone when a page is fetched is left
/// out. (Pages read in order come from one open search, which may have read who goes a moment before.)
#[test]
fn pages_over_a_directory_that_changes() {
    let (slapd, suffix, bridge) = private();
    let page = |start: usize| {
        let reply = bridge.client().get(&format!("/Users?startIndex={start}&count=5&attributes=userName"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let bind = slapd.bind_dn_of(&suffix);
    let first = page(1);
    assert_eq!(first["totalResults"], 20);
    let fourth = ids(&page(16));
    let found = slapd.ldapsearch_as(&bind, &suffix, &format!("(entryUUID={})", fourth[1]), &["1.1"]).unwrap();
    let dn = found.lines().next().unwrap();
    slapd.ldapmodify_as(&bind, &format!("{dn}\nchangetype: delete\n")).unwrap();
    let new = format!("dn: uid=newcomer,ou=people,{suffix}\nobjectClass: inetOrgPerson\nuid: newcomer\ncn: n\nsn: n\n");
    slapd.ldapmodify_as(&bind, &new).unwrap();
    let mut seen = ids(&first);
    for start in [16, 11, 6] {
        seen.extend(ids(&page(start)));
    }
    assert_eq!(seen.len(), 19, "who went is left out, everyone else comes once");
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 19);
    assert!(!seen.contains(&fourth[1]));
    // A new beginning sees what is there now.
    let again = page(1);
    assert_eq!(again["totalResults"], 20);
    let filter = bridge.client().get("/Users?filter=userName%20eq%20%22newcomer%22").json();
    assert_eq!(filter["totalResults"], 1);
}
