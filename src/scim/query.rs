//! Query parameters: a stand-in until the real one lands.

use super::error::Error;

/// A query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// `attributes`
    pub attributes: Vec<String>,
    /// `excludedAttributes`
    pub excluded_attributes: Vec<String>,
    /// `filter`
    pub filter: Option<String>,
}

impl SearchRequest {
    /// From a query string.
    ///
    /// # Errors
    /// None so far.
    pub fn from_query(query: &str) -> Result<Self, Error> {
        let mut request = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "attributes" => request.attributes = value.split(',').map(str::to_owned).collect(),
                "filter" => request.filter = Some(value.to_owned()),
                _ => {}
            }
        }
        Ok(request)
    }

    /// From a body.
    ///
    /// # Errors
    /// 400 for what is no JSON.
    pub fn from_body(body: &[u8]) -> Result<Self, Error> {
        let value: serde_json::Value =
            serde_json::from_slice(body).map_err(|error| Error::invalid_syntax(error.to_string()))?;
        let filter = value.get("filter").and_then(|filter| filter.as_str()).map(str::to_owned);
        Ok(Self { filter, ..Self::default() })
    }
}
