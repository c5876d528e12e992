//! Which operations may run at the same time without anybody being able to tell (RFC 7644 section 3.7: the result must be that of
//! running them in order): those that make resources of one type, unless their names are the same, and those that delete
//! different resources. All others wait for each other: a PATCH may free a name that the next one takes.

use std::collections::HashSet;

use serde_json::Value;

use super::message::Method;
use super::work::Work;

/// Attributes that directories mostly want to be unique.
const NAMES: [&str; 3] = ["userName", "displayName", "externalId"];

/// Operations that may run at the same time.
#[derive(Debug, Default)]
pub(super) struct Batch {
    kind: Option<Kind>,
    /// What has to differ.
    keys: HashSet<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Create(usize),
    Delete,
    Alone,
}

impl Batch {
    /// Whether `work` may run at the same time as all that was added; if so, it is.
    pub(super) fn add(&mut self, work: &Work) -> bool {
        let (kind, keys) = match work.method {
            Method::Post => (Kind::Create(work.kind), names(&work.data)),
            Method::Delete => (Kind::Delete, vec![(work.kind.to_string(), work.id.clone().unwrap_or_default())]),
            Method::Put | Method::Patch => (Kind::Alone, Vec::new()),
        };
        let fits = match self.kind {
            None => true,
            Some(Kind::Alone) => false,
            Some(own) => own == kind && !keys.iter().any(|key| self.keys.contains(key)),
        };
        if fits {
            self.kind = Some(kind);
            self.keys.extend(keys);
        }
        fits
    }
}

fn names(body: &Value) -> Vec<(String, String)> {
    let name = |key: &str| NAMES.into_iter().find(|name| name.eq_ignore_ascii_case(key));
    let members = body.as_object().into_iter().flatten();
    members.filter_map(|(key, value)| Some((name(key)?.to_owned(), value.as_str()?.to_lowercase()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn work(method: Method, kind: usize, id: Option<&str>, data: Value) -> Work {
        Work { method, kind, id: id.map(str::to_owned), version: None, data }
    }

    fn create(kind: usize, name: &str) -> Work {
        work(Method::Post, kind, None, json!({ "USERNAME": name, "title": "x" }))
    }

    fn delete(kind: usize, id: &str) -> Work {
        work(Method::Delete, kind, Some(id), Value::Null)
    }

    fn patch(id: &str) -> Work {
        work(Method::Patch, 0, Some(id), json!({}))
    }

    #[rstest]
    #[case(&[create(0, "a"), create(0, "b")], true)]
    #[case(&[create(0, "a"), create(0, "A")], false)]
    #[case(&[create(0, "a"), create(1, "b")], false)]
    #[case(&[delete(0, "1"), delete(0, "2")], true)]
    #[case(&[delete(0, "1"), delete(1, "1")], true)]
    #[case(&[delete(0, "1"), delete(0, "1")], false)]
    #[case(&[create(0, "a"), delete(0, "1")], false)]
    #[case(&[patch("1")], true)]
    #[case(&[patch("1"), patch("2")], false)]
    #[case(&[delete(0, "1"), patch("2")], false)]
    fn what_may_run_at_once(#[case] work: &[Work], #[case] expected: bool) {
        let mut batch = Batch::default();
        assert_eq!(work.iter().all(|work| batch.add(work)), expected);
    }
}
