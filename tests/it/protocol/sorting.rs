//! `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3).

use std::thread;

use scimfront::sandbox::{Slapd, SlapdOptions, TreeOptions};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::{ENTERPRISE, assert_error, client, get, ids, resources};
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::watching::{eventually, sample};

/// All users in the order asked for.
fn users(query: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let list = get(&format!("/Users?{query}&count=300&startIndex={}", all.len() + 1));
        let page = resources(&list);
        let done = page.is_empty();
        all.extend(page);
        if done || all.len() as u64 >= list["totalResults"].as_u64().unwrap() {
            return all;
        }
    }
}

/// Text as it is compared where case doesn't matter; the tree has no letter whose small form is several.
fn key(value: &Value) -> Option<String> {
    value.as_str().map(|text| text.nfc().collect::<String>().to_lowercase())
}

fn assert_sorted(users: &[Value], key: impl Fn(&Value) -> Option<String>, descending: bool) {
    let keys: Vec<Option<String>> = users.iter().map(key).collect();
    let in_order = |pair: &[Option<String>]| match (&pair[0], &pair[1], descending) {
        // Absent comes last ascending and first descending.
        (None, second, false) => second.is_none(),
        (Some(_), None, false) | (None, _, true) => true,
        (first, None, true) => first.is_none(),
        (Some(first), Some(second), false) => first <= second,
        (Some(first), Some(second), true) => first >= second,
    };
    for pair in keys.windows(2) {
        assert!(in_order(pair), "{pair:?}");
    }
    assert!(keys.iter().any(Option::is_some));
}

#[test]
fn text_is_sorted_without_regard_to_case() {
    assert_sorted(&users("sortBy=userName"), |user| key(&user["userName"]), false);
    assert_sorted(&users("sortBy=USERNAME&sortOrder=descending"), |user| key(&user["userName"]), true);
    assert_sorted(&users("sortBy=name.familyName"), |user| key(&user["name"]["familyName"]), false);
}

#[test]
fn what_is_absent_comes_last_ascending_and_first_descending() {
    let ascending = users("sortBy=title");
    assert!(ascending.first().unwrap()["title"].is_string() && ascending.last().unwrap()["title"].is_null());
    assert_sorted(&ascending, |user| key(&user["title"]), false);
    let descending = users("sortBy=title&sortOrder=descending");
    assert!(descending.first().unwrap()["title"].is_null() && descending.last().unwrap()["title"].is_string());
    assert_sorted(&descending, |user| key(&user["title"]), true);
}

#[test]
fn extensions_times_and_what_is_not_shown_sort_too() {
    let path = format!("{ENTERPRISE}:employeeNumber");
    assert_sorted(&users(&format!("sortBy={path}")), |user| key(&user[ENTERPRISE]["employeeNumber"]), false);
    assert_sorted(&users("sortBy=meta.created"), |user| key(&user["meta"]["created"]), false);
    let shown = users("sortBy=userName");
    let hidden = users("sortBy=userName&attributes=id");
    let ids = |users: &[Value]| users.iter().map(|user| user["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&shown), ids(&hidden));
}

/// RFC 7644 section 3.4.2.3: of several values the primary one counts, or else the first.
#[test]
fn of_several_values_the_primary_one_counts() {
    let mail = |user: &Value| {
        let mails = user["emails"].as_array().cloned().unwrap_or_default();
        let chosen = mails.iter().find(|mail| mail["primary"] == true).or(mails.first()).cloned();
        chosen.and_then(|mail| key(&mail["value"]))
    };
    assert_sorted(&users("sortBy=emails"), mail, false);
    assert_sorted(&users("sortBy=emails.value&sortOrder=descending"), mail, true);
}

/// Ties are broken in one way for ever, so that pages neither repeat nor lose anyone.
#[test]
fn ties_keep_their_places() {
    let whole = users("sortBy=userType&attributes=userType");
    let mut by_pages = Vec::new();
    for start in (1..=whole.len()).step_by(37) {
        by_pages.extend(ids(&get(&format!("/Users?sortBy=userType&attributes=id&count=37&startIndex={start}"))));
    }
    let whole: Vec<&str> = whole.iter().map(|user| user["id"].as_str().unwrap()).collect();
    assert_eq!(by_pages, whole);
}

#[test]
fn groups_and_references_sort() {
    let groups = resources(&get("/Groups?sortBy=displayName&count=1000"));
    assert_sorted(&groups, |group| key(&group["displayName"]), false);
    let manager = |user: &Value| key(&user[ENTERPRISE]["manager"]["displayName"]);
    assert_sorted(&users(&format!("sortBy={ENTERPRISE}:manager.displayName")), manager, false);
}

/// What a type has no attribute for is absent: of all types, groups come last by `userName`.
#[test]
fn several_types_are_sorted_together() {
    let list = get("/?sortBy=userName&count=1000&startIndex=51");
    assert_eq!(list["totalResults"], 1050);
    assert_eq!(resources(&list).last().unwrap()["meta"]["resourceType"], "Group");
    let first = get("/?sortBy=userName&sortOrder=descending&count=50");
    assert!(resources(&first).iter().all(|one| one["meta"]["resourceType"] == "Group"));
    let names = get("/?sortBy=displayName&count=1000");
    assert_sorted(&resources(&names), |one| key(&one["displayName"]), false);
    assert_error(&client().get("/?sortBy=nothing"), 400, Some("invalidValue"), "at the root");
}

#[test]
fn a_filter_may_be_sorted() {
    let list = get("/Users?filter=title%20pr&sortBy=title&count=1000");
    assert_sorted(&resources(&list), |user| key(&user["title"]), false);
    assert_eq!(list["totalResults"], resources(&list).len());
}

#[test]
fn what_can_not_be_sorted_by_is_refused() {
    let queries =
        ["sortBy=nothing", "sortBy=password", "sortBy=name", "sortBy=%00", "sortBy=userName&sortOrder=sideways"];
    for query in queries {
        assert_error(&client().get(&format!("/Users?{query}")), 400, Some("invalidValue"), query);
    }
}

/// What eight readers wait for at once is read for all of them.
#[test]
fn a_list_that_many_ask_for_is_put_in_order_once() {
    const READERS: u8 = 8;
    let tree = TreeOptions::sized(200, 2);
    let mut slapd = Slapd::start(&SlapdOptions::with_tree(tree.clone())).unwrap();
    let bridge = Bridge::start(&slapd, &BridgeOptions::openldap(&tree.suffix));
    let metric = |name: &str| sample(&bridge.admin().get("/metrics").text(), name).unwrap_or(0.0);
    slapd.suspend().unwrap();
    let totals = thread::scope(|scope| {
        let ask = || bridge.client().get("/Users?sortBy=userName&count=3").json()["totalResults"].clone();
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(ask)).collect();
        eventually("all wait", || metric("scimfront_http_requests_in_flight") >= f64::from(READERS));
        slapd.resume().unwrap();
        readers.into_iter().map(|reader| reader.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(totals, vec![Value::from(tree.users); usize::from(READERS)]);
    let passes = metric("scimfront_scans_total{bridge=\"main\",kind=\"exact\"}");
    assert!((1.0..=3.0).contains(&passes), "{passes} passes");
}
