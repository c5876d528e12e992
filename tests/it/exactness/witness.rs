//! Asks a server filters and holds each answer against what its resources say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::catalogue::Type;
use super::evaluator;
use super::filter::Filter;
use super::generator::{self, Generator};
use crate::support::bridge::Bridge;
use crate::support::client::{Client, Reply, encoded};
use crate::support::dice::Dice;

/// A filter longer than this goes into a body.
const LONGEST_IN_URL: usize = 3_000;

/// All resources of a server as it serves them, and the server.
#[derive(Debug)]
pub(crate) struct Witness<'a> {
    bridge: &'a Bridge,
    types: Vec<(Type, Vec<Value>, Generator)>,
}

/// A page of a list.
struct Page {
    ids: Vec<String>,
    total: usize,
    next: Option<String>,
}

impl<'a> Witness<'a> {
    /// Reads all that the server has.
    pub(crate) fn of(bridge: &'a Bridge) -> Self {
        let client = bridge.client();
        let types = Type::read_all(client).into_iter().map(|kind| {
            let resources = everything(client, &kind);
            let generator = Generator::new(&kind, &resources);
            (kind, resources, generator)
        });
        Self { bridge, types: types.collect() }
    }

    /// How many resources there are of each type.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.types.iter().map(|(_, resources, _)| resources.len()).collect()
    }

    /// Asks that many random filters.
    pub(crate) fn ask(&self, rounds: usize, seed: u64) {
        let mut dice = Dice::new(seed);
        let (mut counts, mut asked, mut found, mut empty) = (BTreeMap::new(), 0, 0, 0);
        let mut differences = Vec::new();
        for round in 0..rounds {
            // Users have more to ask for than groups.
            let (kind, resources, generator) = if dice.one_in(3) { &self.types[1] } else { &self.types[0] };
            let depth = dice.below(4);
            let filter = generator.filter(&mut dice, depth);
            generator::count(&filter, &mut counts);
            asked += 1;
            match self.difference(kind, resources, &filter, &mut dice) {
                Ok(size) => {
                    found += size;
                    empty += usize::from(size == 0);
                }
                Err(_) => differences.push(format!("round {round}: {}", self.story(kind, resources, &filter))),
            }
            if differences.len() >= 10 {
                break;
            }
        }
        println!(
            "exactness: seed {seed}, {asked} filters, {found} resources found, {empty} filters found none, {counts:?}"
        );
        assert!(
            differences.is_empty(),
            "seed {seed}: {} differences\n{}\n{}",
            differences.len(),
            differences.join("\n"),
            self.bridge.log()
        );
    }

    /// Asks one filter: how many it finds, or how the answer differs.
    fn difference(&self, kind: &Type, resources: &[Value], filter: &Filter, dice: &mut Dice) -> Result<usize, String> {
        let text = filter.text(dice);
        let expected: BTreeSet<String> = resources
            .iter()
            .filter(|resource| evaluator::matches(filter, kind, resource))
            .map(|resource| resource["id"].as_str().unwrap().to_owned())
            .collect();
        let (listed, total) =
            self.all_pages(kind, &text, dice).map_err(|reply| format!("{text}\n  {}", reply.text()))?;
        let ids: BTreeSet<String> = listed.iter().cloned().collect();
        if ids.len() != listed.len() {
            return Err(format!("{text}\n  some resource is listed twice"));
        }
        if ids == expected && total.is_none_or(|total| total == expected.len()) {
            return Ok(ids.len());
        }
        let mut story = format!("{} filter: {text}\n  total {total:?}, {} expected", kind.name, expected.len());
        for (what, some) in [("missing", expected.difference(&ids)), ("extra", ids.difference(&expected))] {
            let some: Vec<&String> = some.collect();
            if let Some(first) = some.first() {
                let resource = resources.iter().find(|resource| resource["id"] == ***first);
                let _ = write!(story, "\n  {} {what}, as {}", some.len(), short(resource));
            }
        }
        Err(story)
    }

    /// The smallest part of the filter that differs alone, with what the program says of it.
    fn story(&self, kind: &Type, resources: &[Value], filter: &Filter) -> String {
        let mut plain = Dice::new(0);
        for part in filter.parts() {
            if self.difference(kind, resources, part, &mut plain).is_err() {
                return self.story(kind, resources, part);
            }
        }
        let story = match self.difference(kind, resources, filter, &mut plain) {
            Err(story) => story,
            Ok(_) => format!("differs once only: {}", filter.text(&mut plain)),
        };
        format!("{story}\n{}", self.bridge.explain(&kind.name, &filter.text(&mut plain)))
    }

    /// The ids on all pages, by GET or POST, by index or cursor, and the total if one is given.
    fn all_pages(&self, kind: &Type, filter: &str, dice: &mut Dice) -> Result<(Vec<String>, Option<usize>), Reply> {
        let client = self.bridge.client();
        let count = dice.pick(&[1_000, 1_000, 1_000, 100, 37]);
        let post = filter.len() > LONGEST_IN_URL || dice.one_in(8);
        if !post && dice.one_in(10) {
            let mut ids = Vec::new();
            let mut cursor = Some(String::new());
            while let Some(at) = cursor {
                let path =
                    format!("{}?filter={}&count={count}&cursor={at}&attributes=id", kind.endpoint, encoded(filter));
                let page = page(&client.get(&path))?;
                ids.extend(page.ids);
                cursor = page.next;
            }
            return Ok((ids, None));
        }
        let mut ids: Vec<String> = Vec::new();
        loop {
            let start = ids.len() + 1;
            let page = page(&ask(client, kind, filter, start, count, post))?;
            let done = page.ids.is_empty() || ids.len() + page.ids.len() >= page.total;
            ids.extend(page.ids);
            if done {
                return Ok((ids, Some(page.total)));
            }
        }
    }
}

fn ask(client: &Client, kind: &Type, filter: &str, start: usize, count: usize, post: bool) -> Reply {
    if post {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": filter, "startIndex": start, "count": count, "attributes": ["id"],
        });
        return client.post(&format!("{}/.search", kind.endpoint), &body);
    }
    let path = format!("{}?filter={}&startIndex={start}&count={count}&attributes=id", kind.endpoint, encoded(filter));
    client.get(&path)
}

fn page(reply: &Reply) -> Result<Page, Reply> {
    if reply.status != 200 {
        return Err(reply.clone());
    }
    let list = reply.json();
    let ids = list["Resources"].as_array().into_iter().flatten();
    Ok(Page {
        ids: ids.map(|resource| resource["id"].as_str().unwrap().to_owned()).collect(),
        total: list["totalResults"].as_u64().map_or(0, |total| usize::try_from(total).unwrap()),
        next: list["nextCursor"].as_str().map(str::to_owned),
    })
}

/// Every resource of the type with every attribute, those that are returned on request alone included; what follows from all that
/// is shown (`schemas`, the version) is as it is by default.
fn everything(client: &Client, kind: &Type) -> Vec<Value> {
    let mut all = list(client, &format!("{}?attributes={}", kind.endpoint, encoded(&kind.all())));
    let mut plain: BTreeMap<String, Value> = list(client, &kind.endpoint)
        .into_iter()
        .map(|resource| (resource["id"].as_str().unwrap().to_owned(), resource))
        .collect();
    for resource in &mut all {
        let mut plain = plain.remove(resource["id"].as_str().unwrap()).unwrap();
        resource["meta"]["version"] = plain["meta"]["version"].take();
        resource["schemas"] = plain["schemas"].take();
    }
    all
}

fn list(client: &Client, path: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let reply = client.get(&format!("{path}{joint}count=200&startIndex={}", all.len() + 1));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let page = reply.json();
        let found = page["Resources"].as_array().cloned().unwrap_or_default();
        let done = found.is_empty();
        all.extend(found);
        if done || all.len() as u64 >= page["totalResults"].as_u64().unwrap() {
            return all;
        }
    }
}

fn short(resource: Option<&Value>) -> String {
    let Some(resource) = resource else { return "no resource".to_owned() };
    let mut resource = resource.clone();
    for name in ["photos", "x509Certificates"] {
        resource.as_object_mut().unwrap().remove(name);
    }
    let text = resource.to_string();
    text.chars().take(3_000).collect()
}
