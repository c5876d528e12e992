//! One file laid over another.

use super::super::Span;
use super::{Table, Value};

/// How tables are laid over each other.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    /// Whether two keys mean the same.
    pub same_key: &'a dyn Fn(&str, &str) -> bool,
    /// Whether a table that lies over another (given first) replaces it as a whole instead of being laid into it.
    pub replaces: &'a dyn Fn(&Table, &Table) -> bool,
}

impl Table {
    /// A table without keys that stands at `span`.
    pub fn empty(path: impl Into<String>, span: Span) -> Self {
        Self { path: path.into(), span, nodes: Vec::new() }
    }

    /// A table of just these keys, standing where this one does.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        let nodes = self.nodes.iter().filter(|node| keep(&node.key)).cloned().collect();
        Self { path: self.path.clone(), span: self.span.clone(), nodes }
    }

    /// This table with `over` laid over it: what both have is `over`'s, but tables are laid into each other. Keys keep this
    /// table's order, new ones follow. The result stands where `over` does.
    #[must_use]
    pub fn overlaid(mut self, over: Table, overlay: Overlay<'_>) -> Self {
        for mut node in over.nodes {
            let Some(mine) = self.nodes.iter_mut().find(|mine| (overlay.same_key)(&mine.key, &node.key)) else {
                self.nodes.push(node);
                continue;
            };
            node.value = match (&mine.value, node.value) {
                (Value::Table(below), Value::Table(above)) if !(overlay.replaces)(below, &above) => {
                    Value::Table(below.clone().overlaid(above, overlay))
                }
                (_, above) => above,
            };
            *mine = node;
        }
        Self { path: over.path, span: over.span, nodes: self.nodes }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::SourceFile;
    use super::super::Document;
    use super::*;

    fn laid(below: &str, above: &str) -> Vec<String> {
        let root = |text: &str| Document::parse(SourceFile::new("f", text)).unwrap().root;
        let overlay =
            Overlay { same_key: &|a, b| a.eq_ignore_ascii_case(b), replaces: &|_, above| above.get("whole").is_some() };
        fn flat(table: &Table, out: &mut Vec<String>) {
            for node in table {
                match node.as_table() {
                    Some(table) => flat(table, out),
                    None => out.push(format!("{}={}", node.path, node.span.text())),
                }
            }
        }
        let mut out = Vec::new();
        flat(&root(below).overlaid(root(above), overlay), &mut out);
        out
    }

    #[test]
    fn values_replace_and_tables_merge() {
        assert_eq!(laid("a = 1\nb.c = 2\nb.d = 3", "b.c = 4\ne = 5"), ["a=1", "b.c=4", "b.d=3", "e=5"]);
        assert_eq!(laid("a.b = 1", "a = 2"), ["a=2"]);
        assert_eq!(laid("a.b = 1", "A.B = 2"), ["A.B=2"]);
        assert_eq!(laid("a.b = 1", "a.whole = 2"), ["a.whole=2"]);
    }
}
