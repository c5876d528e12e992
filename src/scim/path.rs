//! The `path` of a PATCH operation (RFC 7644 section 3.5.2, figure 7): text -> [`Path`] -> [`Target`].

use std::fmt;

use super::error::Error;
use super::filter::ast::Expr;
use super::filter::parser::Parser;
use super::filter::{Filter, Limits, ParseError, resolve_in_element};
use super::resource_schema::{AttrPath, ResourceSchema, Selection};
use super::schema::AttributeKind;
use super::text::PathText;

/// A path as it was written: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each perhaps with a URN before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The attribute; without a filter the sub-attribute too, as only the schema can tell them from a URN.
    pub attr: PathText,
    /// Which values are meant.
    pub filter: Option<Expr>,
    /// The sub-attribute after a filter.
    pub sub: Option<PathText>,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.attr)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        self.sub.as_ref().map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

/// Why a path doesn't parse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct PathError {
    /// What is wrong and where.
    pub error: ParseError,
    /// Whether that is in the filter in brackets.
    pub in_filter: bool,
}

impl From<PathError> for Error {
    /// 400 `invalidFilter` for what stands in brackets, 400 `invalidPath` for the rest (RFC 7644 table 9).
    fn from(error: PathError) -> Self {
        if error.in_filter { error.error.into() } else { Error::invalid_path(error.error.to_string()) }
    }
}

/// Parses a path.
///
/// # Errors
/// When the text isn't a path or exceeds a limit.
pub fn parse(text: &str, limits: &Limits) -> Result<Path, PathError> {
    let mut parser = Parser::new(text, limits).map_err(|error| PathError { error, in_filter: false })?;
    read(&mut parser).map_err(|error| PathError { error, in_filter: parser.in_value_filter() })
}

fn read(parser: &mut Parser<'_>) -> Result<Path, ParseError> {
    let attr = parser.path()?;
    let filter = parser.value_filter_if_any()?;
    let sub = match filter {
        Some(_) => parser.sub_path()?,
        None => None,
    };
    parser.finish("the end of the path")?;
    Ok(Path { attr, filter, sub })
}

/// What a PATCH operation is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// An attribute or sub-attribute as a whole.
    Attribute(AttrPath),
    /// The elements of an attribute that match, or one sub-attribute of them.
    Elements {
        /// The attribute, and the sub-attribute if one is named.
        path: AttrPath,
        /// Which elements, for [`matches_element`](super::filter::matches_element).
        filter: Filter,
    },
    /// A whole schema, named by its URN: 0 is the core schema, n the nth extension.
    Extension(usize),
}

/// Resolves a path against a resource type. Attributes that are written only are found here, for a client may set them.
///
/// # Errors
/// 400 `invalidPath` when a name is unknown or the attribute has no elements to choose from; 400 `invalidFilter` when the filter
/// can't be resolved.
pub fn resolve(path: &Path, schema: &ResourceSchema) -> Result<Target, Error> {
    let unknown = |unknown: super::resource_schema::UnknownAttribute| Error::invalid_path(unknown.to_string());
    let Some(filter) = &path.filter else {
        return Ok(match schema.resolve_selection(&path.attr).map_err(unknown)? {
            Selection::Attribute(found) => Target::Attribute(found),
            Selection::Extension(index) => Target::Extension(index),
        });
    };
    let attr = schema.resolve(&path.attr).map_err(unknown)?;
    let elements =
        schema.attribute(attr).is_some_and(|found| found.multi_valued || found.kind == AttributeKind::Complex);
    if attr.sub.is_some() || !elements {
        return Err(Error::invalid_path(format!(
            "`{}` has no values to choose from by a filter in brackets",
            path.attr
        )));
    }
    let filter = resolve_in_element(filter, attr.attr, &path.attr, schema)?;
    let sub = path.sub.as_ref().map(|sub| {
        let missing = || Error::invalid_path(format!("`{sub}` is not a sub-attribute of `{}`", path.attr));
        schema.sub(attr.attr, &sub.text).ok_or_else(missing)
    });
    Ok(Target::Elements { path: AttrPath { attr: attr.attr, sub: sub.transpose()? }, filter })
}

/// Parses and resolves in one go.
///
/// # Errors
/// As [`parse`] and [`resolve`].
pub fn compile(text: &str, schema: &ResourceSchema, limits: &Limits) -> Result<Target, Error> {
    resolve(&parse(text, limits)?, schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::error::ScimType;
    use proptest::prelude::*;
    use rstest::rstest;

    const LIMITS: Limits = Limits { max_bytes: 1_000, max_depth: 10, max_terms: 10 };

    #[rstest]
    // RFC 7644 section 3.5.2
    #[case("members", "members", None, None)]
    #[case("name.familyName", "name.familyName", None, None)]
    #[case("addresses[type eq \"work\"]", "addresses", Some("type eq \"work\""), None)]
    #[case(
        "members[value eq \"2819c223-7f76-453a-919d-413861904646\"]",
        "members",
        Some("value eq \"2819c223-7f76-453a-919d-413861904646\""),
        None
    )]
    #[case(
        "members[value eq \"2819c223-7f76-453a-919d-413861904646\"].displayName",
        "members",
        Some("value eq \"2819c223-7f76-453a-919d-413861904646\""),
        Some("displayName")
    )]
    // what identity providers send
    #[case(
        "emails[type eq \"work\" and primary eq true].value",
        "emails",
        Some("type eq \"work\" and primary eq true"),
        Some("value")
    )]
    #[case("roles[primary eq \"True\"].display", "roles", Some("primary eq \"True\""), Some("display"))]
    #[case("urn:a:2.0:User:b[c pr].d", "urn:a:2.0:User:b", Some("c pr"), Some("d"))]
    #[case(" emails [ type pr ] .value ", "emails", Some("type pr"), Some("value"))]
    fn paths(#[case] text: &str, #[case] attr: &str, #[case] filter: Option<&str>, #[case] sub: Option<&str>) {
        let path = parse(text, &LIMITS).unwrap();
        assert_eq!(path.attr.text, attr);
        assert_eq!(path.filter.as_ref().map(ToString::to_string).as_deref(), filter);
        assert_eq!(path.sub.as_ref().map(|sub| sub.text.as_str()), sub);
        assert_eq!(parse(&path.to_string(), &LIMITS), Ok(path));
    }

    #[rstest]
    #[case("", 1, ScimType::InvalidPath)]
    #[case("a b", 3, ScimType::InvalidPath)]
    #[case("/userName", 1, ScimType::InvalidPath)]
    #[case("emails[type eq]", 15, ScimType::InvalidFilter)]
    #[case("emails[", 8, ScimType::InvalidFilter)]
    #[case("emails[type pr", 15, ScimType::InvalidFilter)]
    #[case("emails[type pr]value", 16, ScimType::InvalidPath)]
    #[case("emails[type pr].", 17, ScimType::InvalidPath)]
    #[case("emails[type pr].a.b[c pr]", 20, ScimType::InvalidPath)]
    #[case("emails[type pr] eq 1", 17, ScimType::InvalidPath)]
    #[case("emails[type pr][type pr]", 16, ScimType::InvalidPath)]
    fn errors(#[case] text: &str, #[case] column: usize, #[case] scim_type: ScimType) {
        let error = parse(text, &LIMITS).unwrap_err();
        assert_eq!(error.error.column, column, "{error}");
        assert_eq!(Error::from(error).scim_type, Some(scim_type));
    }

    #[rstest]
    #[case("userName")]
    #[case("password")]
    #[case("emails[type eq \"work\"].value")]
    #[case("name[givenName pr]")]
    #[case("manager")]
    #[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")]
    #[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value")]
    fn targets(#[case] text: &str) {
        compile(text, &ResourceSchema::user(), &LIMITS).unwrap();
    }

    #[test]
    fn what_targets_are() {
        let user = ResourceSchema::user();
        let target = |text: &str| compile(text, &user, &LIMITS).unwrap();
        let path = |text: &str| user.resolve(&text.into()).unwrap();
        assert_eq!(target("NAME.givenname"), Target::Attribute(path("name.givenName")));
        assert_eq!(target("urn:ietf:params:scim:schemas:core:2.0:User"), Target::Extension(0));
        assert!(
            matches!(target("emails[type pr].value"), Target::Elements { path: found, .. } if found == path("emails.value"))
        );
        assert!(matches!(target("emails[type pr]"), Target::Elements { path: found, .. } if found == path("emails")));
    }

    #[rstest]
    #[case("usrName", ScimType::InvalidPath)]
    #[case("userName[value pr]", ScimType::InvalidPath)]
    #[case("emails.value[value pr]", ScimType::InvalidPath)]
    #[case("emails[type pr].valu", ScimType::InvalidPath)]
    #[case("emails[typ pr].value", ScimType::InvalidFilter)]
    #[case("emails[primary gt true].value", ScimType::InvalidFilter)]
    fn no_targets(#[case] text: &str, #[case] scim_type: ScimType) {
        assert_eq!(compile(text, &ResourceSchema::user(), &LIMITS).unwrap_err().scim_type, Some(scim_type));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a-z \"\\[\\].:$eqpr]{0,40}") {
            let _ = parse(&text, &LIMITS);
        }
    }
}
