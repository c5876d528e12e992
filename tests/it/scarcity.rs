//! Where there are fewer connections for long searches than there are readers, nobody waits for another one's next page.

use std::time::Duration;

use scimfront::clock::{Clock as _, SystemClock};
use serde_json::Value;

use super::support::bridge::{Bridge, BridgeOptions};
use super::support::shared;

/// Every first page leaves its search open for the next one, and needs a second search to count.
#[test]
fn more_readers_than_connections_all_get_their_pages() {
    let bridge = Bridge::start_with(shared(), &BridgeOptions::openldap(shared().suffix()), "streams = 1\n");
    let begun = SystemClock.now();
    let page = |query: &str| {
        let reply = bridge.client().get(&format!("/Users?attributes=userName&count=5&{query}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let names = |page: &Value| -> Vec<String> {
        page["Resources"].as_array().unwrap().iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(names(&page("startIndex=1")).len(), 5));
        }
    });
    // Readers that take turns lose their open searches to each other, and nothing of their lists.
    let (mut one, mut other) = (page("cursor="), page("cursor=&filter=userName%20pr"));
    let mut seen = [names(&one), names(&other)];
    for _ in 0..3 {
        for (reader, filter, mine) in [(&mut one, "", 0), (&mut other, "&filter=userName%20pr", 1)] {
            *reader = page(&format!("cursor={}{filter}", reader["nextCursor"].as_str().unwrap()));
            seen[mine].extend(names(reader));
        }
    }
    for names in &mut seen {
        assert_eq!(names.len(), 20);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 20);
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
