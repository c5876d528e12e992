//! A search plan as ldap3 wants it: texts, limits and controls, made once and shared by every attempt.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ldap3::SearchOptions;
use ldap3::controls::RawControl;

use super::{Capabilities, DirectoryOptions, Error};
use crate::ldap::controls::{self, Control, oid};
use crate::ldap::{AttributeDescription, AttributeSet, ExtendedDn, Filter, Scope, Search};

/// How deep filters may nest: ldap3's parser recurses without a limit of its own.
const DEEPEST_FILTER: usize = 64;

/// The time that a search may take which is to go on for ever.
pub(super) const ENDLESS: Duration = Duration::MAX;

/// The attribute list that asks for no attribute (RFC 4511 section 4.5.1.8).
static NO_ATTRIBUTES: LazyLock<Arc<AttributeSet>> =
    LazyLock::new(|| Arc::new("1.1".parse::<AttributeDescription>().into_iter().collect()));

/// A search, ready to be sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) base: String,
    pub(super) scope: ldap3::Scope,
    pub(super) filter: String,
    /// The filter with negations of leaves alone, where it is another one.
    spread: Option<String>,
    pub(super) asked: Asked,
    pub(super) size_limit: i32,
    pub(super) controls: Vec<RawControl>,
}

/// The attributes asked for, shared with the plan and as ldap3 wants them.
#[derive(Clone, Debug)]
pub(super) struct Asked(Arc<AttributeSet>);

impl AsRef<[AttributeDescription]> for Asked {
    fn as_ref(&self) -> &[AttributeDescription] {
        self.0.iter().as_slice()
    }
}

impl AsRef<str> for AttributeDescription {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Request {
    /// Prepares `search`, which returns at most `size_limit` entries (0: as many as there are).
    ///
    /// # Errors
    /// [`Error::NotSent`] when the search can't be expressed.
    pub(super) fn new(search: &Search, size_limit: u32) -> Result<Self, Error> {
        check_filter(&search.filter, DEEPEST_FILTER)?;
        let attributes = if search.attributes.is_empty() { &NO_ATTRIBUTES } else { &search.attributes };
        Ok(Self {
            base: search.base.clone(),
            scope: match search.scope {
                Scope::Base => ldap3::Scope::Base,
                Scope::One => ldap3::Scope::OneLevel,
                Scope::Subtree => ldap3::Scope::Subtree,
            },
            spread: search.filter.negates_composed().then(|| text(&search.filter.with_negated_leaves())),
            filter: text(&search.filter),
            asked: Asked(attributes.clone()),
            size_limit: i32::try_from(size_limit).unwrap_or(i32::MAX),
            controls: dereference(search),
        })
    }

    /// The request as it is sent to a server with these capabilities: an Active Directory shall not send us to its other
    /// partitions, which each search at a domain's root names; negations are taken apart where the server gets them wrong.
    pub(super) fn fitted(mut self, capabilities: Option<&Capabilities>) -> Self {
        if capabilities.is_some_and(|can| can.active_directory() && can.has(oid::DOMAIN_SCOPE)) {
            self.controls.push(raw(controls::domain_scope()));
        }
        if capabilities.is_some_and(Capabilities::negates_leaves_alone)
            && let Some(spread) = self.spread.take()
        {
            self.filter = spread;
        }
        self
    }

    /// The request on behalf of whom `options` name.
    pub(super) fn on_behalf(mut self, options: &DirectoryOptions) -> Self {
        self.controls.extend(behalf(options));
        self
    }

    /// The request with the wish that DNs come with the GUIDs of what they name.
    pub(super) fn identified(mut self) -> Self {
        self.controls.push(raw(controls::extended_dn()));
        self
    }

    /// The request for `attributes` of one of the entries that this one found, called `dn` there.
    pub(super) fn narrowed(&self, dn: &str, attributes: Arc<AttributeSet>) -> Self {
        Self {
            base: ExtendedDn::of(dn).base(),
            scope: ldap3::Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            spread: None,
            asked: Asked(attributes),
            size_limit: 0,
            controls: self.controls.iter().filter(|control| control.ctype != oid::DEREFERENCE).cloned().collect(),
        }
    }

    /// The options of one attempt that has `remaining` time: the server gets a second more than we wait, so that its
    /// own limit is the one that is reached last. [`ENDLESS`] is no limit.
    pub(super) fn options(&self, remaining: Duration) -> SearchOptions {
        let seconds = if remaining == ENDLESS { 0 } else { i32::try_from(remaining.as_secs() + 1).unwrap_or(i32::MAX) };
        SearchOptions::new().sizelimit(self.size_limit).timelimit(seconds)
    }
}

/// `filter` as text; most fit into the room that is made at once.
fn text(filter: &Filter) -> String {
    let mut text = String::with_capacity(128);
    filter.write(&mut text);
    text
}

/// The control that brings attributes of the entries that an attribute names.
fn dereference(search: &Search) -> Vec<RawControl> {
    if search.dereference.is_empty() { Vec::new() } else { vec![raw(controls::dereference(&search.dereference))] }
}

/// The control that has an operation performed by another one's rights, where `options` name one.
pub(super) fn behalf(options: &DirectoryOptions) -> Option<RawControl> {
    options.authorization.as_deref().map(|authorization| raw(controls::proxied_authorization(authorization)))
}

/// A control as ldap3 sends it.
pub(super) fn raw(control: Control) -> RawControl {
    RawControl { ctype: control.oid.to_owned(), crit: control.critical, val: control.value }
}

fn check_filter(filter: &Filter, depth: usize) -> Result<(), Error> {
    let refused = |why: &str| Err(Error::NotSent { detail: format!("the filter {why}") });
    if depth == 0 {
        return refused("nests too deeply");
    }
    match filter {
        Filter::True | Filter::False => refused("is a constant, which servers understand differently"),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().try_for_each(|part| check_filter(part, depth - 1)),
        Filter::Not(part) => check_filter(part, depth - 1),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(filter: Filter) -> Search {
        Search {
            base: "dc=example,dc=com".to_owned(),
            scope: Scope::Subtree,
            filter,
            attributes: Arc::new(AttributeSet::new()),
            size_limit: None,
            dereference: Vec::new(),
        }
    }

    fn present() -> Filter {
        Filter::Present("cn".parse().unwrap())
    }

    #[test]
    fn no_attributes_are_asked_for_by_their_own_name() {
        let request = Request::new(&search(present()), 0).unwrap();
        let names: Vec<_> = request.asked.as_ref().iter().map(AttributeDescription::as_str).collect();
        assert_eq!(names, ["1.1"]);
    }

    #[test]
    fn filters_that_cannot_be_sent_are_refused() {
        let nested = |depth| (0..depth).fold(present(), |filter, _| Filter::Not(Box::new(filter)));
        assert!(Request::new(&search(nested(63)), 0).is_ok());
        assert!(matches!(Request::new(&search(nested(64)), 0), Err(Error::NotSent { .. })));
        assert!(matches!(Request::new(&search(Filter::True), 0), Err(Error::NotSent { .. })));
        assert!(matches!(
            Request::new(&search(Filter::And(vec![present(), Filter::False])), 0),
            Err(Error::NotSent { .. })
        ));
    }

    #[test]
    fn the_server_has_a_second_more() {
        let request = Request::new(&search(present()), 7).unwrap();
        let options = request.options(Duration::from_millis(2_500));
        assert_eq!((options.timelimit, options.sizelimit), (3, 7));
        assert_eq!(request.options(ENDLESS).timelimit, 0);
    }
}
