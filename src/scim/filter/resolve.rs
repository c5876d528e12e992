//! From names to attributes: [`Expr`] -> [`Filter`].
//!
//! Everything about a multi-valued attribute becomes [`Filter::Element`]: `emails.type ne "work"` is `emails[type ne "work"]`,
//! `emails eq "x"` is `emails[value eq "x"]`, `emails pr` is "there is an element".

use serde_json::Map;

use crate::scim::error::Error;
use crate::scim::resource_schema::{AttrId, AttrPath, AttributeDef, ResourceSchema};
use crate::scim::schema::{Attribute, AttributeKind};
use crate::scim::text::{PathText, Span};

use super::ast::{CompareOp, Comparison, Expr, Literal};
use super::eval;
use super::limits::Limits;
use super::operand;
use super::parser::parse;
use super::typed::{Filter, Op, Test};

/// Resolves a filter against a resource type.
///
/// # Errors
/// 400 `invalidFilter` with the column when a name is unknown or hidden (`returned` never, written only: the same answer), an
/// operator doesn't apply to the attribute's type, or a value isn't of that type.
pub fn resolve(expr: &Expr, schema: &ResourceSchema) -> Result<Filter, Error> {
    resolve_visible(expr, schema, &|_| true)
}

/// As [`resolve`], for a client that may not see everything: what `visible` refuses is unknown to it.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_visible(
    expr: &Expr,
    schema: &ResourceSchema,
    visible: &dyn Fn(AttrPath) -> bool,
) -> Result<Filter, Error> {
    Resolver { schema, visible, others: &[] }.filter(expr)
}

/// As [`resolve`], for one type of several that are asked together: an attribute that this type doesn't have but one of `others`
/// does is one without a value here (RFC 7644 section 3.4.2.1).
///
/// # Errors
/// As [`resolve`], where no type has the attribute.
pub fn resolve_among(expr: &Expr, schema: &ResourceSchema, others: &[&ResourceSchema]) -> Result<Filter, Error> {
    Resolver { schema, visible: &|_| true, others }.filter(expr)
}

/// Resolves what stands in the square brackets of a path such as `emails[type eq "work"]`: a filter about one element of `attr`,
/// for [`matches_element`](super::matches_element).
///
/// # Errors
/// As [`resolve`], and when `attr` is single-valued and simple.
pub fn resolve_in_element(
    expr: &Expr,
    attr: AttrId,
    path: &PathText,
    schema: &ResourceSchema,
) -> Result<Filter, Error> {
    let resolver = Resolver { schema, visible: &|_| true, others: &[] };
    let def = schema.get(attr).ok_or_else(|| resolver.unknown(path))?;
    resolver.check_elements(def, path)?;
    resolver.in_element(def, expr)
}

/// Parses and resolves in one go.
///
/// # Errors
/// 400 `invalidFilter`, saying what is wrong and at which column.
pub fn compile(text: &str, schema: &ResourceSchema, limits: &Limits) -> Result<Filter, Error> {
    resolve(&parse(text, limits)?, schema)
}

struct Resolver<'a> {
    schema: &'a ResourceSchema,
    visible: &'a dyn Fn(AttrPath) -> bool,
    /// Types that may have what this one lacks.
    others: &'a [&'a ResourceSchema],
}

impl Resolver<'_> {
    fn filter(&self, expr: &Expr) -> Result<Filter, Error> {
        match expr {
            Expr::And(parts) => parts.iter().map(|part| self.filter(part)).collect::<Result<_, _>>().map(Filter::And),
            Expr::Or(parts) => parts.iter().map(|part| self.filter(part)).collect::<Result<_, _>>().map(Filter::Or),
            Expr::Not(inner) => self.filter(inner).map(not),
            Expr::Present(path) if self.knows(path) => {
                let (def, path) = self.path(path)?;
                Ok(present(def, path))
            }
            Expr::Compare(comparison) if self.knows(&comparison.path) => self.compare(comparison),
            Expr::ValuePath { path, filter, then } if self.knows(path) => {
                self.value_path(path, filter, then.as_deref())
            }
            elsewhere => self.absent(elsewhere),
        }
    }

    /// Whether to look for the attribute here: it is here, or nowhere else.
    fn knows(&self, path: &PathText) -> bool {
        let has = |schema: &ResourceSchema| schema.resolve(path).is_ok();
        let mut others = self.others.iter().filter(|other| !std::ptr::eq(**other, self.schema)).peekable();
        others.peek().is_none() || has(self.schema) || !others.any(|other| has(other))
    }

    /// What a test of another type's attribute says of a resource without it.
    fn absent(&self, expr: &Expr) -> Result<Filter, Error> {
        let mut refusal = None;
        for other in self.others {
            match resolve_visible(expr, other, self.visible) {
                Ok(filter) => return Ok(Filter::Constant(eval::matches(&filter, other, &Map::new()))),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.unwrap_or_else(|| Error::invalid_filter("the filter names an attribute of no type")))
    }

    fn compare(&self, comparison: &Comparison) -> Result<Filter, Error> {
        let (def, path) = self.path(&comparison.path)?;
        if path.sub.is_none() && comparison.value == Literal::Null {
            // The attribute as a whole is absent or present, however many values it may have.
            return null_test(comparison, present(def, path));
        }
        let leaf = self.leaf(comparison, self.comparable(def, path, &comparison.path)?)?;
        Ok(if def.attribute.multi_valued { element(def.id, leaf) } else { leaf })
    }

    /// A comparison about a single value.
    fn leaf(&self, comparison: &Comparison, path: AttrPath) -> Result<Filter, Error> {
        if comparison.value == Literal::Null {
            return null_test(comparison, test(path, Op::Present));
        }
        let attribute = self.schema.attribute(path).ok_or_else(|| self.unknown(&comparison.path))?;
        if comparison.op == CompareOp::Ne && path.sub.is_some() && attribute.multi_valued {
            // "Some value differs" can't be said of values within an element.
            return Err(at(comparison.op_span, |column| {
                format!(
                    "`ne` at column {column} is not supported on the multi-valued sub-attribute `{}`",
                    comparison.path
                )
            }));
        }
        let leaf = test(path, operand::test(comparison, attribute)?);
        Ok(if comparison.op == CompareOp::Ne { not(leaf) } else { leaf })
    }

    /// A complex attribute compared as a whole means its `value`.
    fn comparable(&self, def: &AttributeDef, path: AttrPath, text: &PathText) -> Result<AttrPath, Error> {
        if path.sub.is_some() || def.attribute.kind != AttributeKind::Complex {
            return Ok(path);
        }
        let value = self.schema.sub(def.id, "value").map(|sub| AttrPath::part(def.id, sub));
        value.filter(|value| self.is_visible(*value)).ok_or_else(|| {
            at(text.span, |column| format!("`{text}` at column {column} is complex: name one of its sub-attributes"))
        })
    }

    fn value_path(&self, text: &PathText, filter: &Expr, then: Option<&Expr>) -> Result<Filter, Error> {
        let (def, path) = self.path(text)?;
        if path.sub.is_some() {
            return Err(no_elements(text));
        }
        self.check_elements(def, text)?;
        let inner = self.in_element(def, filter)?;
        let inner = match then {
            Some(then) => Filter::And(vec![inner, self.in_element(def, then)?]),
            None => inner,
        };
        Ok(element(def.id, inner))
    }

    fn check_elements(&self, def: &AttributeDef, text: &PathText) -> Result<(), Error> {
        let has = def.attribute.multi_valued || def.attribute.kind == AttributeKind::Complex;
        if has { Ok(()) } else { Err(no_elements(text)) }
    }

    /// A filter about one element, in which names are those of sub-attributes.
    fn in_element(&self, def: &AttributeDef, expr: &Expr) -> Result<Filter, Error> {
        let each = |parts: &[Expr]| parts.iter().map(|part| self.in_element(def, part)).collect::<Result<Vec<_>, _>>();
        match expr {
            Expr::And(parts) => each(parts).map(Filter::And),
            Expr::Or(parts) => each(parts).map(Filter::Or),
            Expr::Not(inner) => self.in_element(def, inner).map(not),
            Expr::Present(text) => Ok(test(self.sub_path(def, text)?, Op::Present)),
            Expr::Compare(comparison) => self.leaf(comparison, self.sub_path(def, &comparison.path)?),
            Expr::ValuePath { path, .. } => Err(no_elements(path)),
        }
    }

    /// A sub-attribute of `def`; the element of a simple attribute is called `value`.
    fn sub_path(&self, def: &AttributeDef, text: &PathText) -> Result<AttrPath, Error> {
        let found = if def.attribute.kind == AttributeKind::Complex {
            self.schema.sub(def.id, &text.text).map(|sub| AttrPath::part(def.id, sub))
        } else {
            text.text.eq_ignore_ascii_case("value").then(|| AttrPath::whole(def.id))
        };
        found.filter(|path| self.is_visible(*path)).ok_or_else(|| self.unknown_sub(def, text))
    }

    fn path(&self, text: &PathText) -> Result<(&AttributeDef, AttrPath), Error> {
        let visible = |path| self.is_visible(path);
        let path = self.schema.resolve_visible(text, &visible).map_err(|unknown| unknown.into_filter_error())?;
        let def = self.schema.get(path.attr).ok_or_else(|| self.unknown(text))?;
        Ok((def, path))
    }

    fn is_visible(&self, path: AttrPath) -> bool {
        !self.schema.is_hidden(path) && (self.visible)(path)
    }

    fn unknown(&self, text: &PathText) -> Error {
        at(text.span, |column| format!("`{text}` at column {column} is not an attribute of {}", self.schema.name()))
    }

    fn unknown_sub(&self, def: &AttributeDef, text: &PathText) -> Error {
        let likeness =
            |sub: &Attribute| strsim::jaro_winkler(&sub.name.to_ascii_lowercase(), &text.text.to_ascii_lowercase());
        let shown = def.attribute.sub_attributes.iter().filter(|sub| {
            self.schema.sub(def.id, &sub.name).is_some_and(|sub| self.is_visible(AttrPath::part(def.id, sub)))
        });
        let best = shown.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|sub| likeness(sub) > 0.8);
        let hint = best.map(|sub| format!("; did you mean `{}`?", sub.name)).unwrap_or_default();
        let text_shown = crate::scim::text::shortened(&text.text);
        let name = &def.attribute.name;
        at(text.span, |column| format!("`{text_shown}` at column {column} is not a sub-attribute of `{name}`{hint}"))
    }
}

fn at(span: Span, message: impl FnOnce(usize) -> String) -> Error {
    Error::invalid_filter(message(span.column()))
}

fn no_elements(text: &PathText) -> Error {
    at(text.span, |column| format!("`{text}` at column {column} has no values to choose from by a filter in brackets"))
}

/// `x eq null` is "x is absent", `x ne null` "x is present"; null has no other relations.
fn null_test(comparison: &Comparison, present: Filter) -> Result<Filter, Error> {
    match comparison.op {
        CompareOp::Eq => Ok(not(present)),
        CompareOp::Ne => Ok(present),
        op => {
            Err(at(comparison.op_span, |column| format!("`{}` at column {column} does not apply to null", op.name())))
        }
    }
}

fn present(def: &AttributeDef, path: AttrPath) -> Filter {
    match (def.attribute.multi_valued, path.sub) {
        (true, None) => element(def.id, Filter::Constant(true)),
        (true, Some(_)) => element(def.id, test(path, Op::Present)),
        (false, _) => test(path, Op::Present),
    }
}

fn element(attr: AttrId, filter: Filter) -> Filter {
    Filter::Element { attr, filter: Box::new(filter) }
}

fn test(path: AttrPath, test: Op) -> Filter {
    Filter::Test(Test { path, test })
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}
