//! What a client selected of a resource that is finished already.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value};

use crate::scim::projection::Projection;
use crate::scim::resource_schema::{AttrPath, AttributeDef, ResourceSchema, SubId};

use super::read::{ReadPlan, VersionPlan};
use super::render::{ViewPart, view};
use super::version;

/// What is left of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projected {
    /// The JSON.
    pub body: Vec<u8>,
    /// The entity tag, where a version is shown.
    pub etag: Option<String>,
}

/// Whether `projection` shows a part of what is shown where nothing is selected, so that it can be made from that.
pub fn is_part(schema: &ResourceSchema, projection: &Projection) -> bool {
    projection.is_within(&Projection::default_for(schema))
}

/// How resources of one type are cut down to a projection: most of their members are left out or copied as they are, unread.
#[derive(Debug)]
pub struct Cut<'p> {
    plan: &'p ReadPlan,
    schema: &'p ResourceSchema,
    projection: &'p Projection,
    fates: HashMap<&'p str, Fate>,
}

/// What becomes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Whole,
    Part,
    Gone,
}

/// A member of a resource: where its name is and what is left of its value.
struct Member<'b> {
    name: &'b str,
    value: Left<'b>,
}

/// What is left of a value.
enum Left<'b> {
    AsItWas(&'b [u8]),
    Anew(Value),
}

impl<'p> Cut<'p> {
    /// The cut to what `projection` shows, a part of what is shown where nothing is selected; `plan` is what would be read for it.
    pub fn new(plan: &'p ReadPlan, schema: &'p ResourceSchema, projection: &'p Projection) -> Self {
        let default = Projection::default_for(schema);
        let mut fates = HashMap::new();
        for def in schema.attributes() {
            let fate = fate(def, projection, &default);
            let name = match def.schema {
                Some(extension) if extension > 0 => schema.urn_of(extension),
                _ => def.attribute.name.as_str(),
            };
            // Of an extension, something is left unless nothing is.
            fates
                .entry(name)
                .and_modify(|other| *other = if *other == fate { fate } else { Fate::Part })
                .or_insert(fate);
        }
        Self { plan, schema, projection, fates }
    }

    /// What is left of the resource in `body`, which is shown as where nothing is selected, with the tag `etag` that `views` are part
    /// of. Nothing for what isn't such a resource.
    ///
    /// It is the same resource, with the same tag, as if its entry had been read for the projection.
    pub fn of(&self, body: &[u8], etag: Option<&str>, views: &[ViewPart]) -> Option<Projected> {
        let mut members: Vec<Member<'_>> = Vec::with_capacity(24);
        for (name, value) in Members::of(body)? {
            let name = std::str::from_utf8(body.get(name)?).ok()?;
            let value = body.get(value)?;
            let value = match self.fates.get(name) {
                Some(Fate::Gone) => continue,
                Some(Fate::Part) => match self.part(name, serde_json::from_slice(value).ok()?) {
                    Some(value) => Left::Anew(value),
                    None => continue,
                },
                Some(Fate::Whole) | None => Left::AsItWas(value),
            };
            members.push(Member { name, value });
        }
        let tag = match self.plan.version {
            VersionPlan::None => None,
            _ => Some(version::tag(version::state_of(etag?)?, &view(&shown(self.plan, views), []))),
        };
        if let Some(tag) = tag.as_deref().filter(|tag| Some(*tag) != etag) {
            say_version(&mut members, tag)?;
        }
        self.name_schemas(&mut members)?;
        Some(Projected { body: written(&members, body.len())?, etag: tag })
    }

    /// What is left of the member `name`.
    fn part(&self, name: &str, value: Value) -> Option<Value> {
        let mut alone = Map::from_iter([(name.to_owned(), value)]);
        self.projection.prune(self.schema, &mut alone);
        alone.remove(name)
    }

    /// Leaves those of the extensions in `schemas` of which something is shown.
    fn name_schemas(&self, members: &mut [Member<'_>]) -> Option<()> {
        let is_left = |urn: &str| urn == self.schema.core().id || members.iter().any(|member| member.name == urn);
        let Some(place) = members.iter().position(|member| member.name == "schemas") else { return Some(()) };
        let mut named: Vec<Value> = match &members.get(place)?.value {
            Left::AsItWas(value) => serde_json::from_slice(value).ok()?,
            Left::Anew(value) => value.as_array()?.clone(),
        };
        let before = named.len();
        named.retain(|urn| urn.as_str().is_none_or(is_left));
        if named.len() < before {
            members.get_mut(place)?.value = Left::Anew(Value::Array(named));
        }
        Some(())
    }
}

fn fate(def: &AttributeDef, projection: &Projection, default: &Projection) -> Fate {
    if !projection.includes_attr(def.id) {
        return Fate::Gone;
    }
    let subs = def.attribute.sub_attributes.iter().zip(0u16..);
    let mut paths = subs.map(|(_, sub)| AttrPath::part(def.id, SubId(sub)));
    let whole = paths.all(|path| projection.includes(path) || !default.includes(path));
    if whole { Fate::Whole } else { Fate::Part }
}

/// What the references that `plan` shows add to the tag.
fn shown(plan: &ReadPlan, views: &[ViewPart]) -> Vec<ViewPart> {
    let versioned = plan.references.iter().filter(|reference| reference.versioned);
    versioned.filter_map(|reference| views.iter().find(|part| part.attr == reference.attr)).copied().collect()
}

/// Puts `tag` where `meta` says the version, if it does.
fn say_version(members: &mut [Member<'_>], tag: &str) -> Option<()> {
    let Some(meta) = members.iter_mut().find(|member| member.name == "meta") else { return Some(()) };
    let mut value: Value = match &meta.value {
        Left::AsItWas(value) => serde_json::from_slice(value).ok()?,
        Left::Anew(value) => value.clone(),
    };
    if let Some(version) = value.get_mut("version") {
        *version = Value::String(tag.to_owned());
        meta.value = Left::Anew(value);
    }
    Some(())
}

fn written(members: &[Member<'_>], room: usize) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(room);
    body.push(b'{');
    for (place, member) in members.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.push(b'"');
        body.extend_from_slice(member.name.as_bytes());
        body.extend_from_slice(b"\":");
        match &member.value {
            Left::AsItWas(value) => body.extend_from_slice(value),
            Left::Anew(value) => serde_json::to_writer(&mut body, value).ok()?,
        }
    }
    body.push(b'}');
    Some(body)
}

/// The members of a JSON object as this program writes them: without spaces, and with names that have no escapes.
struct Members<'b> {
    text: &'b [u8],
    place: usize,
}

impl<'b> Members<'b> {
    fn of(text: &'b [u8]) -> Option<Self> {
        text.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).map(|_| Self { text, place: 1 })
    }

    /// Where the string ends that begins at `from`: behind its closing quotation mark.
    fn end_of_string(&self, from: usize) -> Option<usize> {
        let mut place = from + 1;
        loop {
            match self.text.get(place)? {
                b'"' => return Some(place + 1),
                b'\\' => place += 2,
                _ => place += 1,
            }
        }
    }

    /// Where the value ends that begins at `from`.
    fn end_of_value(&self, from: usize) -> Option<usize> {
        let (mut place, mut depth) = (from, 0usize);
        loop {
            match self.text.get(place)? {
                b'"' => {
                    place = self.end_of_string(place)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return Some(place),
                b'}' | b']' => depth -= 1,
                b',' if depth == 0 => return Some(place),
                _ => {}
            }
            place += 1;
        }
    }
}

impl Iterator for Members<'_> {
    type Item = (Range<usize>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.text.get(self.place) != Some(&b'"') {
            return None;
        }
        let name = self.place + 1..self.end_of_string(self.place)? - 1;
        let value = name.end + 2;
        let end = self.end_of_value(value)?;
        self.place = end + 1;
        Some((name, value..end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"{}"#, &[])]
    #[case(r#"{"a":1}"#, &[("a", "1")])]
    #[case(r#"{"a":"x","b":{"c":[1,{"d":"}"}]},"e":null}"#, &[("a", r#""x""#), ("b", r#"{"c":[1,{"d":"}"}]}"#), ("e", "null")])]
    #[case(r#"{"a":"\"},{\\","b":[]}"#, &[("a", r#""\"},{\\""#), ("b", "[]")])]
    fn members_are_found_unread(#[case] text: &str, #[case] expected: &[(&str, &str)]) {
        let found: Vec<_> =
            Members::of(text.as_bytes()).unwrap().map(|(name, value)| (&text[name], &text[value])).collect();
        assert_eq!(found, expected);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_harm(text: Vec<u8>) {
            if let Some(members) = Members::of(&text) {
                assert!(members.count() <= text.len());
            }
        }
    }
}
