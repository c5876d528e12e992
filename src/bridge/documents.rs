//! Discovery documents, kept as the bytes that are sent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::translate::version;

/// Documents as they were sent before.
#[derive(Debug, Default)]
pub(super) struct Documents(Mutex<HashMap<String, Made>>);

#[derive(Debug)]
struct Made {
    /// By what the directories were known.
    generations: Vec<Option<u64>>,
    body: Bytes,
    etag: Bytes,
}

impl Documents {
    /// The document called `name` and its tag, if it was made while the directories were known by these generations.
    pub(super) fn get(&self, name: &str, generations: &[Option<u64>]) -> Option<(Bytes, Bytes)> {
        let documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = documents.get(name).filter(|made| made.generations == generations)?;
        Some((made.body.clone(), made.etag.clone()))
    }

    /// Keeps a document; what clients can name is few.
    pub(super) fn keep(&self, name: &str, generations: Vec<Option<u64>>, body: Bytes) -> (Bytes, Bytes) {
        let etag = Bytes::from(version::of_document(&body));
        let made = Made { generations, body: body.clone(), etag: etag.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), made);
        (body, etag)
    }
}
