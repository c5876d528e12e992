//! Whether what the clients were told is what the directory holds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::deeds::{Deed, Done, number};
use crate::active_directory::ids;
use crate::support::client::{Client, encoded};

/// Everything that isn't as it should be.
pub(super) fn wrong(done: &Done, client: &Client) -> Vec<String> {
    let read = |path: &str| client.get(path).json();
    let mut wrong: Vec<String> = done.deeds.iter().filter_map(|deed| out_of_place(done, deed)).collect();
    for (path, raised) in &done.raised {
        let shown = number(&read(path)["title"]);
        if shown != *raised {
            wrong.push(format!("{path}: raised {raised} times, and is {shown}"));
        }
    }
    for ((path, id), wanted) in &done.members {
        if ids(&read(path)["members"]).contains(id) != *wanted {
            wrong.push(format!("{path}: whether {id} is a member should be {wanted}\n{}", story(done, path, id)));
        }
    }
    for ((path, address), wanted) in &done.addresses {
        let user = read(path);
        let emails = user["emails"].as_array().map_or(&[][..], Vec::as_slice);
        if emails.iter().any(|email| email["value"] == *address) != *wanted {
            wrong.push(format!("{path}: whether it has {address} should be {wanted}\n{}", story(done, path, address)));
        }
    }
    for ((path, attribute), wanted) in &done.owned {
        let shown = of(&read(path), attribute).clone();
        if shown != *wanted {
            wrong.push(format!("{path}: {attribute} should be {wanted} and is {shown}"));
        }
    }
    for (name, id) in &done.names {
        let found = read(&format!("/Users?filter={}", encoded(&format!("userName eq \"{name}\""))));
        if found["totalResults"] != 1 || found["Resources"][0]["id"] != *id {
            wrong.push(format!("{id} was given {name}, and those who have it are {found}"));
        }
    }
    wrong
}

/// Numbers that two clients were given, though each was written on condition of the version in which it was the next one.
pub(super) fn numbers_given_twice(done: &Done) -> Vec<String> {
    let mut twice = Vec::new();
    for (path, numbers) in &done.spread {
        let mut seen = BTreeSet::new();
        twice.extend(numbers.iter().filter(|&number| !seen.insert(number)).map(|number| format!("{path}: {number}")));
    }
    twice
}

/// What is wrong with an answer by itself: a refusal without reason.
fn out_of_place(done: &Done, deed: &Deed) -> Option<String> {
    let about = || format!("{deed:?}");
    match deed.status {
        200..300 => None,
        400 if deed.text.contains("noTarget") => None,
        409 if deed.what.starts_with("wants") => None,
        412 if deed.conditional => {
            let overlaps = |other: &&Deed| {
                !std::ptr::eq(*other, deed)
                    && other.path == deed.path
                    && (200..300).contains(&other.status)
                    && other.between.1 >= deed.between.0
                    && other.between.0 <= deed.between.1
            };
            let reason = done.deeds.iter().find(overlaps);
            reason.is_none().then(|| format!("a 412 without reason: {}", about()))
        }
        _ => Some(about()),
    }
}

/// What was done to it that has to do with `about`.
fn story(done: &Done, path: &str, about: &str) -> String {
    let told = done.deeds.iter().filter(|deed| deed.path == path && deed.what.contains(about));
    told.map(|deed| format!("    {} {:?} {}", deed.status, deed.between, deed.what)).collect::<Vec<_>>().join("\n")
}

/// The value at a path.
fn of<'a>(resource: &'a Value, path: &str) -> &'a Value {
    match path.rsplit_once(':') {
        Some((urn, name)) => &resource[urn][name],
        None => path.split('.').fold(resource, |value, name| &value[name]),
    }
}
