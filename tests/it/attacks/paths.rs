//! Paths that mean something else to whoever decodes them once more, or once less.

use rstest::rstest;

use super::patient;
use super::raw::{exchange, statuses};
use crate::support::bridge::{Bridge, TOKEN};

fn get(bridge: &Bridge, target: &str, token: &str) -> (u16, String) {
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    let answer = exchange(bridge, request.as_bytes());
    let statuses = statuses(&answer);
    assert_eq!(statuses.len(), 1, "{target}: {answer}");
    (statuses[0], answer)
}

/// `{}` stands for the id of somebody who is there.
#[rstest]
#[case("/scim/v2/../v2/Users")]
#[case("/scim/v2/Users/../Users/{}")]
#[case("/scim/v2/Users/./{}")]
#[case("/scim/v2/%2e%2e/v2/Users/{}")]
#[case("/scim/v2/Users/%2E%2e/Users/{}")]
#[case("/scim/v2/Users/.%2e/Users/{}")]
#[case("/scim/v2/Users/%252e%252e/Users/{}")]
#[case("//scim/v2/Users/{}")]
#[case("/scim//v2/Users/{}")]
#[case("/scim/v2//Users/{}")]
#[case("/scim/v2/Users//{}")]
#[case("/scim/v2/Users/{}//")]
#[case("/scim%2fv2/Users/{}")]
#[case("/scim/v2%2FUsers%2F{}")]
#[case("/scim/v2/Users%2f{}")]
#[case("/scim/v2/Users/{}%2f")]
#[case("/scim/v2/Users/{}%2f..")]
#[case("/scim/v2\\Users\\{}")]
#[case("/scim/v2/Users%5c{}")]
#[case("/scim/v2/Users/{}%00")]
#[case("/scim/v2/Users/%00{}")]
#[case("/scim/v2/Users/{}%0d%0aX-Injected:%201")]
#[case("/scim/v2/Users/{}%20")]
#[case("/scim/v2/Users/{};a=b")]
#[case("/scim/v2/Users/{}.json")]
#[case("/scim/v2/Users/{}*")]
#[case("/scim/v2/Users/%c0%ae%c0%ae/Users/{}")]
#[case("/scim/v2/Users/%u002e%u002e/{}")]
#[case("/scim/v2/Users/%")]
#[case("/scim/v2/Users/%2")]
#[case("/scim/v2/Users/%ef%bc%8e%ef%bc%8e/{}")]
#[case("/scim/v2/%55sers/%2e")]
#[case("/SCIM/V2/Users/{}")]
#[case("/scim/v2/Users/{}/members")]
#[case("/scim/v2/Groups/{}")]
#[case("/livez")]
#[case("/metrics")]
#[case("/scim/v2/metrics")]
#[case("/")]
#[case("*")]
fn a_trick_finds_nothing(#[case] target: &str) {
    let bridge = patient();
    let everyone = bridge.client().get("/Users?count=1&attributes=userName").json();
    let (id, name) = (&everyone["Resources"][0]["id"], &everyone["Resources"][0]["userName"]);
    let target = target.replace("{}", id.as_str().unwrap());
    let (status, answer) = get(bridge, &target, TOKEN);
    assert!(matches!(status, 400 | 404), "{target}: {answer}");
    assert!(!answer.contains(name.as_str().unwrap()) && !answer.contains("X-Injected:"), "{target}: {answer}");
    // Below the bridge nobody learns without a token what there is.
    let (status, _) = get(bridge, &target, "guessed");
    let is_within = target.starts_with("/scim/v2/");
    assert!(status == 401 || !is_within && status == 404 || status == 400, "{target}: {status}");
}
