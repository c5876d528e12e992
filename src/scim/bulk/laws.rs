//! What holds for every request, whatever refers to what and whatever fails.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{ENDPOINTS, Provider};

/// An operation: its method, whether it fails, and what it refers to.
type Sketch = (u8, bool, BTreeSet<usize>);

fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    (1usize..10).prop_flat_map(|size| {
        // One more than there is, so that some refer to nothing.
        let refers = proptest::collection::btree_set(0..=size, 0..3);
        proptest::collection::vec((0u8..5, proptest::bool::weighted(0.2), refers), size)
    })
}

fn operation(place: usize, (method, fails, refers): &Sketch) -> Value {
    let members: Vec<_> = refers.iter().map(|place| json!({ "value": format!("bulkId:b{place}") })).collect();
    let name = format!("{}{place}", if *fails { "bad" } else { "good" });
    let endpoint = format!("/{}", ENDPOINTS[place % 2]);
    match method {
        0..=2 => json!({ "method": "POST", "path": endpoint, "bulkId": format!("b{place}"),
                         "data": { "name": name, "members": members } }),
        3 => json!({ "method": "PATCH", "path": "/Groups/1",
                     "data": { "Operations": [{ "op": "add", "path": name, "value": members }] } }),
        _ => json!({ "method": "PUT", "path": format!("/Users/{place}"), "data": { "members": members } }),
    }
}

proptest! {
    #[test]
    fn every_operation_has_one_result_and_every_reference_an_end(sketches in sketches()) {
        let operations: Vec<_> =
            sketches.iter().enumerate().map(|(place, sketch)| operation(place, sketch)).collect();
        let mut provider = Provider::default();
        provider.resources.insert("Groups/1".into(), json!({}));
        let results = provider.carry_out(&json!({ "Operations": operations }));

        prop_assert_eq!(results.len(), operations.len());
        for (result, operation) in results.iter().zip(&operations) {
            prop_assert_eq!((&result["method"], &result["bulkId"]), (&operation["method"], &operation["bulkId"]));
        }
        // Nothing is written that refers to what isn't known, and everything once at most.
        let written = json!(provider.resources).to_string();
        prop_assert!(!written.contains("bulkId:"), "{}", written);
        let done = provider.batches.concat();
        let posts: BTreeSet<_> = done.iter().filter(|line| line.starts_with("POST")).collect();
        prop_assert_eq!(posts.len(), done.iter().filter(|line| line.starts_with("POST")).count());

        let made = |place: usize| {
            sketches.get(place).is_some_and(|(method, ..)| *method <= 2) && results[place]["location"].is_string()
        };
        for (place, (method, fails, refers)) in sketches.iter().enumerate() {
            let result = &results[place];
            let succeeded = result["status"].as_str().unwrap() < "300";
            let all_made = refers.iter().all(|place| made(*place));
            // An operation succeeds if and only if nothing is wrong with it and all that it refers to is there.
            prop_assert_eq!(succeeded, all_made && (!fails || *method > 3), "{} {}", place, result);
            if !succeeded && *method <= 2 && refers.iter().any(|place| sketches.get(*place).is_none_or(|sketch| sketch.0 > 2)) {
                prop_assert_eq!(result["status"].as_str(), Some("400"));
            }
            if succeeded && *method <= 2 {
                let at = result["location"].as_str().unwrap().trim_start_matches("https://example.com/");
                let members = provider.resources[at]["members"].as_array().map_or(0, Vec::len);
                prop_assert_eq!(members, refers.len());
            }
        }
    }
}
