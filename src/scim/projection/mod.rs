//! Which attributes a response shows (RFC 7644 section 3.9, RFC 7643 section 7 `returned`).

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::error::Error;
use super::resource_schema::{AttrId, AttrPath, ResourceSchema, Selection, SubId};
use super::schema::{Attribute, Returned};

/// The attributes and sub-attributes of one resource type that a response shows. Equal projections show the same, so one serves as
/// part of a cache key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Projection {
    shown: Box<[Shown]>,
}

/// What is shown of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Shown {
    /// Whether it is shown at all.
    any: bool,
    /// Whether the client named it or the schema that defines it.
    requested: bool,
    /// The same for each sub-attribute.
    subs: Box<[SubShown]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct SubShown {
    shown: bool,
    requested: bool,
}

/// What a client's list says about one attribute.
#[derive(Debug, Clone, Default)]
struct Named {
    whole: bool,
    by_schema: bool,
    subs: Vec<u16>,
}

impl Projection {
    /// What `attributes` or `excludedAttributes` leave of a resource type. Names that it doesn't have are ignored (clients send
    /// those of attributes that aren't mapped), so `attributes=nothing` gives the minimum set.
    ///
    /// # Errors
    /// 400 `invalidValue` when both are given (RFC 7644 section 3.9: mutually exclusive).
    pub fn compile(schema: &ResourceSchema, attributes: &[String], excluded: &[String]) -> Result<Self, Error> {
        let shown = match (attributes.is_empty(), excluded.is_empty()) {
            (false, false) => {
                return Err(Error::invalid_value("`attributes` and `excludedAttributes` exclude each other"));
            }
            (false, true) => each(schema, attributes, only),
            (true, _) => each(schema, excluded, without),
        };
        Ok(Self { shown })
    }

    /// Exactly these paths: what the program itself needs to know of a resource, hidden attributes included.
    pub fn exactly(schema: &ResourceSchema, paths: &[AttrPath]) -> Self {
        let part = |attr: AttrId, attribute: &Attribute| {
            let whole = paths.contains(&AttrPath::whole(attr));
            let subs = attribute.sub_attributes.iter().zip(0u16..);
            let subs: Box<[SubShown]> = subs
                .map(|(_, sub)| SubShown {
                    shown: whole || paths.contains(&AttrPath::part(attr, SubId(sub))),
                    requested: false,
                })
                .collect();
            Shown { any: whole || subs.iter().any(|sub| sub.shown), requested: false, subs }
        };
        Self { shown: schema.attributes().iter().map(|def| part(def.id, &def.attribute)).collect() }
    }

    /// What `self` or `other` shows; both are of the same type.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.shown.iter_mut().zip(&other.shown) {
            mine.any |= theirs.any;
            for (mine, theirs) in mine.subs.iter_mut().zip(&theirs.subs) {
                mine.shown |= theirs.shown;
            }
        }
        self
    }

    /// What is shown when the client asks for nothing in particular.
    pub fn default_for(schema: &ResourceSchema) -> Self {
        Self { shown: each(schema, &[], without) }
    }

    /// Whether `other` shows all that this one does.
    pub fn is_within(&self, other: &Self) -> bool {
        self.shown.iter().zip(&other.shown).all(|(mine, theirs)| {
            (!mine.any || theirs.any)
                && mine.subs.iter().zip(&theirs.subs).all(|(mine, theirs)| !mine.shown || theirs.shown)
        })
    }

    /// Whether a path is shown; for an attribute as a whole, whether any part of it is.
    pub fn includes(&self, path: AttrPath) -> bool {
        match path.sub {
            None => self.includes_attr(path.attr),
            Some(sub) => {
                self.part(path.attr).and_then(|part| part.subs.get(usize::from(sub.0))).is_some_and(|sub| sub.shown)
            }
        }
    }

    /// Whether any part of an attribute is shown.
    pub fn includes_attr(&self, attr: AttrId) -> bool {
        self.part(attr).is_some_and(|part| part.any)
    }

    /// Whether the client named the path in `attributes`: itself, the attribute that it is part of, one of its parts, or its
    /// schema.
    pub fn requested(&self, path: AttrPath) -> bool {
        let Some(part) = self.part(path.attr) else { return false };
        match path.sub {
            None => part.requested,
            Some(sub) => part.subs.get(usize::from(sub.0)).is_some_and(|sub| sub.requested),
        }
    }

    /// Takes away what `visible` refuses, e.g. what is outside a client's scope. An attribute without a visible part is gone.
    pub fn retain(&mut self, schema: &ResourceSchema, visible: impl Fn(AttrPath) -> bool) {
        for path in schema.paths() {
            let Some(part) = self.shown.get_mut(usize::from(path.attr.0)) else { continue };
            match path.sub.map(|sub| usize::from(sub.0)) {
                None if !visible(path) => part.hide(),
                Some(sub) if !visible(path) => {
                    if let Some(sub) = part.subs.get_mut(sub) {
                        *sub = SubShown { shown: false, requested: false };
                    }
                }
                _ => {}
            }
        }
        for part in &mut self.shown {
            part.any &= part.subs.is_empty() || part.subs.iter().any(|sub| sub.shown);
        }
    }

    /// Takes what isn't shown out of a resource as served; an extension or complex value left without content goes as well.
    pub fn prune(&self, schema: &ResourceSchema, resource: &mut Map<String, Value>) {
        for def in schema.attributes() {
            let name = &def.attribute.name;
            match def.schema {
                Some(extension) if extension > 0 => {
                    let urn = schema.urn_of(extension);
                    if let Some(Value::Object(container)) = resource.get_mut(urn) {
                        self.prune_attribute(def.id, &def.attribute, name, container);
                        if container.is_empty() {
                            resource.remove(urn);
                        }
                    }
                }
                _ => self.prune_attribute(def.id, &def.attribute, name, resource),
            }
        }
    }

    fn prune_attribute(&self, attr: AttrId, attribute: &Attribute, name: &str, container: &mut Map<String, Value>) {
        let Some(part) = self.part(attr).filter(|part| part.any) else {
            container.remove(name);
            return;
        };
        let keep = |object: &mut Map<String, Value>| {
            for (sub, shown) in attribute.sub_attributes.iter().zip(&part.subs) {
                if !shown.shown {
                    object.remove(&sub.name);
                }
            }
            !object.is_empty()
        };
        let left = match container.get_mut(name) {
            Some(Value::Object(object)) => keep(object),
            Some(Value::Array(elements)) => {
                elements.retain_mut(|element| element.as_object_mut().is_none_or(keep));
                !elements.is_empty()
            }
            _ => true,
        };
        if !left {
            container.remove(name);
        }
    }

    fn part(&self, attr: AttrId) -> Option<&Shown> {
        self.shown.get(usize::from(attr.0))
    }
}

impl Shown {
    fn hide(&mut self) {
        self.any = false;
        self.requested = false;
        self.subs.fill(SubShown { shown: false, requested: false });
    }
}

/// Applies `rule` to every attribute with what `names` say about it.
fn each(schema: &ResourceSchema, names: &[String], rule: fn(&Attribute, &Named) -> Shown) -> Box<[Shown]> {
    let mut named = vec![Named::default(); schema.attributes().len()];
    let selections = names.iter().filter_map(|name| schema.find(name.trim()));
    for selection in selections {
        note(schema, selection, &mut named);
    }
    schema.attributes().iter().zip(&named).map(|(def, named)| rule(&def.attribute, named)).map(hide_empty).collect()
}

fn note(schema: &ResourceSchema, selection: Selection, named: &mut [Named]) {
    match selection {
        Selection::Extension(index) => {
            let members = schema.attributes().iter().zip(named).filter(|(def, _)| def.schema == Some(index));
            members.for_each(|(_, named)| named.by_schema = true);
        }
        Selection::Attribute(path) => {
            if let Some(named) = named.get_mut(usize::from(path.attr.0)) {
                match path.sub {
                    None => named.whole = true,
                    Some(sub) => named.subs.push(sub.0),
                }
            }
        }
    }
}

/// The rule of `attributes`: what is named, and what is always returned.
fn only(attribute: &Attribute, named: &Named) -> Shown {
    let requested = named.whole || named.by_schema || !named.subs.is_empty();
    // A whole schema is a wish for what it holds by default; what is returned on request alone has to be named.
    let by_schema = named.by_schema && attribute.returned != Returned::Request;
    let any = !attribute.is_hidden()
        && (named.whole || by_schema || !named.subs.is_empty() || attribute.returned == Returned::Always);
    let whole = named.whole || by_schema || (named.subs.is_empty() && attribute.returned == Returned::Always);
    let subs = attribute.sub_attributes.iter().zip(0..).map(|(sub, index)| {
        let by_name = named.subs.contains(&index);
        let by_rule = match sub.returned {
            Returned::Always => true,
            Returned::Default => whole,
            Returned::Request | Returned::Never => false,
        };
        SubShown {
            shown: any && !sub.is_hidden() && (by_name || by_rule),
            requested: by_name || named.whole || named.by_schema,
        }
    });
    Shown { any, requested, subs: subs.collect() }
}

/// The rule of `excludedAttributes`, and of no list at all: the default set without what is named; what is always returned stays.
fn without(attribute: &Attribute, named: &Named) -> Shown {
    let always = attribute.returned == Returned::Always;
    let excluded = named.whole || named.by_schema;
    let any = !attribute.is_hidden() && (always || (attribute.returned == Returned::Default && !excluded));
    let subs = attribute.sub_attributes.iter().zip(0..).map(|(sub, index)| {
        let by_rule = match sub.returned {
            Returned::Always => true,
            Returned::Default => !named.subs.contains(&index),
            Returned::Request | Returned::Never => false,
        };
        SubShown { shown: any && !sub.is_hidden() && by_rule, requested: false }
    });
    Shown { any, requested: false, subs: subs.collect() }
}

/// A complex attribute of which no part is shown isn't shown.
fn hide_empty(mut shown: Shown) -> Shown {
    shown.any &= shown.subs.is_empty() || shown.subs.iter().any(|sub| sub.shown);
    shown
}
