//! From names to numbers and back (RFC 7644 section 3.10).

use crate::scim::error::Error;
use crate::scim::text::{LONGEST_ECHOED, PathText, Span, shortened};

use super::definition::AttributeDef;
use super::ids::{AttrId, AttrPath, SubId};
use super::table::ResourceSchema;

/// What a name in `attributes`, `excludedAttributes` or a PATCH path can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Selection {
    /// An attribute or sub-attribute.
    Attribute(AttrPath),
    /// A whole schema, named by its URN alone: n is the nth extension, 0 the core schema.
    Extension(usize),
}

/// A path that names nothing in the resource type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an attribute of {resource_type}{}", suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
pub struct UnknownAttribute {
    /// The path as written.
    pub name: String,
    /// The resource type's name.
    pub resource_type: String,
    /// A path that looks much like it.
    pub suggestion: Option<String>,
    /// Where it stood.
    pub span: Span,
}

impl UnknownAttribute {
    /// As the error of a filter, with the column.
    pub fn into_filter_error(self) -> Error {
        let column = self.span.column();
        let hint = self.suggestion.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Error::invalid_filter(format!(
            "`{}` at column {column} is not an attribute of {}{hint}",
            self.name, self.resource_type
        ))
    }
}

impl ResourceSchema {
    /// What a path names. Without a URN it is searched among the common and core attributes first, then in the extensions if just
    /// one of them has it (clients send `manager` bare). With a URN, the longest one known counts, so dots and colons in it do no
    /// harm; common attributes may be written with the core schema's (RFC 7643 section 3.1).
    ///
    /// # Errors
    /// When it names nothing, or a whole schema.
    pub fn resolve(&self, path: &PathText) -> Result<AttrPath, UnknownAttribute> {
        match self.resolve_selection(path)? {
            Selection::Attribute(found) => Ok(found),
            Selection::Extension(_) => Err(self.unknown(path, &|_| true)),
        }
    }

    /// As [`resolve`](Self::resolve), but a URN alone is the whole schema.
    ///
    /// # Errors
    /// When it names nothing.
    pub fn resolve_selection(&self, path: &PathText) -> Result<Selection, UnknownAttribute> {
        self.find(&path.text).ok_or_else(|| self.unknown(path, &|_| true))
    }

    /// As [`resolve`](Self::resolve), but what `visible` refuses is answered and suggested as if it weren't there.
    ///
    /// # Errors
    /// When it names nothing that is visible.
    pub fn resolve_visible(
        &self,
        path: &PathText,
        visible: &dyn Fn(AttrPath) -> bool,
    ) -> Result<AttrPath, UnknownAttribute> {
        match self.find(&path.text) {
            Some(Selection::Attribute(found)) if visible(found) => Ok(found),
            _ => Err(self.unknown(path, visible)),
        }
    }

    /// As [`resolve_selection`](Self::resolve_selection), without the trouble of explaining a failure: for lists in which unknown
    /// names are ignored.
    pub fn find(&self, text: &str) -> Option<Selection> {
        let mut prefixes: Vec<(usize, &str)> = (0..=self.extensions().len())
            .filter_map(|index| strip_urn(text, self.urn_of(index)).map(|rest| (index, rest)))
            .collect();
        prefixes.sort_by_key(|(_, rest)| rest.len());
        if prefixes.is_empty() {
            return self.find_bare(text).map(Selection::Attribute);
        }
        prefixes.into_iter().find_map(|(index, rest)| match rest {
            "" => Some(Selection::Extension(index)),
            _ => self.find_in(rest, &|def| belongs(def, index)).map(Selection::Attribute),
        })
    }

    fn find_bare(&self, text: &str) -> Option<AttrPath> {
        let first = self.find_in(text, &|def| belongs(def, 0));
        first.or_else(|| {
            let mut found =
                (1..=self.extensions().len()).filter_map(|index| self.find_in(text, &|def| belongs(def, index)));
            found.next().filter(|_| found.next().is_none())
        })
    }

    fn find_in(&self, text: &str, belongs: &dyn Fn(&AttributeDef) -> bool) -> Option<AttrPath> {
        let (name, sub) = match text.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (text, None),
        };
        let mut candidates = self.attributes().iter().filter(|def| belongs(def));
        let def = candidates.find(|def| !def.outside && def.attribute.name.eq_ignore_ascii_case(name))?;
        match sub {
            None => Some(AttrPath::whole(def.id)),
            Some(sub) => self.sub(def.id, sub).map(|sub| AttrPath::part(def.id, sub)),
        }
    }

    /// The canonical form of a path: `name.familyName`, `urn:…:User:manager.value`; empty for another resource type's path.
    pub fn path_text(&self, path: AttrPath) -> String {
        let Some(def) = self.get(path.attr) else { return String::new() };
        let mut text = match def.schema {
            Some(extension) if extension > 0 => format!("{}:{}", self.urn_of(extension), def.attribute.name),
            _ => def.attribute.name.clone(),
        };
        if let Some(sub) = path.sub.and_then(|sub| def.attribute.sub_attributes.get(usize::from(sub.0))) {
            text.push('.');
            text.push_str(&sub.name);
        }
        text
    }

    /// Every path there is: each attribute, followed by its sub-attributes.
    pub fn paths(&self) -> impl Iterator<Item = AttrPath> {
        self.attributes().iter().flat_map(|def| {
            std::iter::once(AttrPath::whole(def.id)).chain(subs(def.id, def.attribute.sub_attributes.len()))
        })
    }

    fn unknown(&self, path: &PathText, visible: &dyn Fn(AttrPath) -> bool) -> UnknownAttribute {
        UnknownAttribute {
            name: shortened(&path.text),
            resource_type: self.name().to_owned(),
            suggestion: self.suggest(&path.text, visible),
            span: path.span,
        }
    }

    /// The visible path most like `text`, if one is like it at all. Extension attributes are compared with and without their URN.
    fn suggest(&self, text: &str, visible: &dyn Fn(AttrPath) -> bool) -> Option<String> {
        if text.len() > LONGEST_ECHOED {
            return None;
        }
        let text = text.to_ascii_lowercase();
        let candidates = self.paths().filter(|path| visible(*path) && !self.is_hidden(*path)).map(|path| {
            let full = self.path_text(path);
            let lower = full.to_ascii_lowercase();
            let bare = lower.rsplit(':').next().unwrap_or(&lower);
            let likeness = strsim::jaro_winkler(&text, &lower).max(strsim::jaro_winkler(&text, bare));
            (likeness, full)
        });
        let best = candidates.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
        Some(best).filter(|(likeness, _)| *likeness > 0.85).map(|(_, full)| full)
    }
}

/// Whether an attribute can be named with the URN of the schema with this index.
fn belongs(def: &AttributeDef, index: usize) -> bool {
    def.schema == Some(index) || (index == 0 && def.schema.is_none())
}

/// What follows `urn` and a colon in `text`, or nothing when `text` is just the URN.
fn strip_urn<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(urn.len())?;
    if urn.is_empty() || !head.eq_ignore_ascii_case(urn) {
        return None;
    }
    if tail.is_empty() { Some("") } else { tail.strip_prefix(':').filter(|rest| !rest.is_empty()) }
}

fn subs(attr: AttrId, count: usize) -> impl Iterator<Item = AttrPath> {
    (0..count).filter_map(move |sub| u16::try_from(sub).ok().map(|sub| AttrPath::part(attr, SubId(sub))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::resource_schema::Definition;
    use crate::scim::schema::{Attribute, AttributeKind, Schema, common, core};
    use rstest::rstest;

    const ENTERPRISE: &str = core::ENTERPRISE_USER;

    fn resolve(text: &str) -> Result<String, UnknownAttribute> {
        let user = ResourceSchema::user();
        user.resolve(&text.into()).map(|path| user.path_text(path))
    }

    #[rstest]
    #[case("userName", "userName")]
    #[case("USERNAME", "userName")]
    #[case("name.FAMILYname", "name.familyName")]
    #[case("emails.$ref", "")]
    #[case("groups.$REF", "groups.$ref")]
    #[case("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName")]
    #[case("URN:IETF:params:scim:schemas:CORE:2.0:user:name.givenName", "name.givenName")]
    #[case("urn:ietf:params:scim:schemas:core:2.0:User:meta.created", "meta.created")]
    #[case("manager", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager")]
    #[case("manager.value", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value")]
    #[case(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayname",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName"
    )]
    #[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:userName", "")]
    #[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "")]
    #[case("urn:ietf:params:scim:schemas:core:2.0:Group:displayName", "")]
    #[case("name.", "")]
    #[case("name.familyName.x", "")]
    #[case("userName.value", "")]
    #[case(".", "")]
    #[case("", "")]
    fn names(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(resolve(text).unwrap_or_default(), canonical);
    }

    #[test]
    fn every_canonical_path_resolves_to_itself() {
        for schema in [ResourceSchema::user(), ResourceSchema::group()] {
            for path in schema.paths() {
                assert_eq!(schema.resolve(&schema.path_text(path).as_str().into()), Ok(path));
            }
        }
    }

    #[test]
    fn a_urn_alone_is_the_whole_schema() {
        let user = ResourceSchema::user();
        let select = |text: &str| user.resolve_selection(&text.into()).ok();
        assert_eq!(select(&ENTERPRISE.to_lowercase()), Some(Selection::Extension(1)));
        assert_eq!(select(core::USER), Some(Selection::Extension(0)));
        assert_eq!(select(core::GROUP), None);
        assert_eq!(select(&format!("{ENTERPRISE}:")), None);
    }

    fn with_extensions(urns: &[&str]) -> ResourceSchema {
        let extension = |urn: &&str| Schema {
            id: (*urn).into(),
            name: String::new(),
            description: String::new(),
            attributes: vec![Attribute::new("x", AttributeKind::String), Attribute::new("b", AttributeKind::String)],
        };
        ResourceSchema::new(Definition {
            name: "User".into(),
            description: String::new(),
            endpoint: "/Users".into(),
            core: core::user(),
            extensions: urns.iter().map(extension).map(|schema| (schema, false)).collect(),
            common: common::attributes(),
        })
        .unwrap()
    }

    #[test]
    fn the_longest_urn_counts_and_an_ambiguous_bare_name_is_unknown() {
        let schema =
            with_extensions(&["urn:example:a:1.0:User", "urn:example:a:1.0:User:x.1", "http://example.com/2006/A"]);
        let resolve = |text: &str| schema.resolve(&text.into()).map(|path| schema.path_text(path)).ok();
        for text in ["urn:example:a:1.0:User:x", "urn:example:a:1.0:User:x.1:b", "http://example.com/2006/A:x"] {
            assert_eq!(resolve(text).as_deref(), Some(text));
        }
        assert_eq!(resolve("x"), None);
    }

    #[rstest]
    #[case("usrName", Some("userName"))]
    #[case("name.familyNam", Some("name.familyName"))]
    #[case("departement", Some("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"))]
    #[case("qqqq", None)]
    #[case("passwrd", None)]
    fn suggests_what_was_perhaps_meant_but_never_what_is_hidden(#[case] text: &str, #[case] suggestion: Option<&str>) {
        assert_eq!(resolve(text).unwrap_err().suggestion.as_deref(), suggestion);
    }

    #[test]
    fn the_error_names_the_attribute_and_the_column() {
        let path = PathText::new("usrName", (4..11).into());
        let error = ResourceSchema::user().resolve(&path).unwrap_err().into_filter_error();
        assert_eq!(error.detail, "`usrName` at column 5 is not an attribute of User; did you mean `userName`?");
    }

    #[test]
    fn what_is_invisible_is_unknown() {
        let user = ResourceSchema::user();
        let title = user.resolve(&"title".into()).unwrap();
        assert!(user.resolve_visible(&"title".into(), &|path| path != title).is_err());
        assert_eq!(user.resolve_visible(&"title".into(), &|_| true), Ok(title));
    }
}
