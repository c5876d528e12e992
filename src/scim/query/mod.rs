//! What a client asks of a list or of a single resource (RFC 7644 sections 3.4.2, 3.4.3 and 3.9, RFC 9865 section 2).

mod body;
mod parameter;
mod request;
mod url;

pub use body::URN;
pub use request::SearchRequest;

use parameter::Parameter;

use super::error::Error;
use super::json::Unread;

impl SearchRequest {
    /// Reads the query of a URL (what follows `?`). Parameter names may be in any case, unknown ones are ignored, `+` is a blank.
    ///
    /// # Errors
    /// 400 `invalidValue` when a parameter isn't UTF-8, is given twice (lists may be), or isn't of its type; when both `attributes`
    /// and `excludedAttributes` are given, or more than 1,000 names or 16 KiB of them.
    pub fn from_query(query: &str) -> Result<Self, Error> {
        url::read(query)?.checked()
    }

    /// Reads the body of a `.search` request, for which `pay` is asked for memory before it is taken. Keys may be in any case, unknown
    /// ones are ignored, null is the same as nothing.
    ///
    /// # Errors
    /// 400 `invalidSyntax` when it isn't a JSON object, has two keys that differ in case at most, or its `schemas` isn't that of a
    /// search request; 400 `invalidValue` when a member isn't of its type, both `attributes` and `excludedAttributes` are given, or
    /// more than 1,000 names or 16 KiB of them. [`Unread::NoRoom`] when `pay` says no.
    pub fn from_body(body: &[u8], pay: impl FnMut(usize) -> bool) -> Result<Self, Unread> {
        Ok(body::read(body, pay)?.checked()?)
    }

    /// The two lists are mutually exclusive (RFC 7644 section 3.9), and no longer than anybody needs: they are kept while the answer
    /// is made, and beyond.
    fn checked(self) -> Result<Self, Error> {
        parameter::check_names(Parameter::Attributes, &self.attributes)?;
        parameter::check_names(Parameter::ExcludedAttributes, &self.excluded_attributes)?;
        if self.attributes.is_empty() || self.excluded_attributes.is_empty() {
            return Ok(self);
        }
        Err(Error::invalid_value("`attributes` and `excludedAttributes` exclude each other"))
    }
}
