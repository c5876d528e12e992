//! What a source file names: paths within the crate, resolved, and outer crates.

use std::collections::BTreeSet;

use super::tokens::{Token, tokens, without_tests};

/// A source file.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Where it is, for messages.
    pub(crate) file: String,
    /// Its place in the module tree: `src/a/b.rs` and `src/a/b/mod.rs` are `[a, b]`.
    pub(crate) module: Vec<String>,
    /// All paths that it names, from their first segment on.
    pub(crate) names: BTreeSet<Vec<String>>,
    /// The paths within the crate, absolute, that it uses itself.
    pub(crate) uses: BTreeSet<Vec<String>>,
    /// What it passes on: the last name and the absolute path (`pub use`).
    pub(crate) passes_on: Vec<(String, Vec<String>)>,
    /// The modules that it declares.
    pub(crate) children: BTreeSet<String>,
}

impl Source {
    /// Reads a file's text. `module` is its place in the module tree.
    pub(crate) fn parse(file: &str, module: &[&str], text: &str) -> Self {
        let tokens = without_tests(&tokens(text));
        let mut source = Source {
            file: file.to_owned(),
            module: module.iter().map(|name| (*name).to_owned()).collect(),
            names: BTreeSet::new(),
            uses: BTreeSet::new(),
            passes_on: Vec::new(),
            children: declared(&tokens),
        };
        source.read(&tokens);
        source
    }

    fn read(&mut self, tokens: &[Token]) {
        // The modules written out within the file, each with the depth of brackets where it ends.
        let mut inner: Vec<(String, usize)> = Vec::new();
        let mut depth = 0;
        let mut passing_on = false;
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                Token::Open(_) => depth += 1,
                Token::Close(_) => {
                    depth -= 1;
                    inner.retain(|(_, end)| *end <= depth);
                }
                Token::Semicolon => passing_on = false,
                Token::Name(word) if word == "use" => passing_on = is_public(&tokens[..at]),
                Token::Name(word) if word == "mod" => {
                    if let (Some(Token::Name(name)), Some(Token::Open('{'))) = (tokens.get(at + 1), tokens.get(at + 2))
                    {
                        inner.push((name.clone(), depth + 1));
                    }
                }
                Token::Name(_) if !is_path_inside(tokens, at) => {
                    let mut paths = Vec::new();
                    let end = path_tree(tokens, at, &mut Vec::new(), &mut paths);
                    if end > at + 1 || follows_use(tokens, at) {
                        for path in paths {
                            self.note(path, &inner, passing_on);
                        }
                        at = end;
                        continue;
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn note(&mut self, path: Path, inner: &[(String, usize)], passing_on: bool) {
        if let Some(absolute) = self.absolute(&path.segments, inner) {
            if passing_on && inner.is_empty() {
                let name = path.alias.or_else(|| absolute.last().cloned()).unwrap_or_default();
                self.passes_on.push((name, absolute));
            } else {
                self.uses.insert(absolute);
            }
        }
        self.names.insert(path.segments);
    }

    /// The path from the crate's root; none for what isn't in this crate.
    fn absolute(&self, path: &[String], inner: &[(String, usize)]) -> Option<Vec<String>> {
        let mut here = self.module.clone();
        here.extend(inner.iter().map(|(name, _)| name.clone()));
        let first = path.first()?.as_str();
        let mut rest = &path[1..];
        match first {
            "crate" | "scimfront" => here.clear(),
            "self" => {}
            "super" => {
                here.pop();
                while rest.first().is_some_and(|name| name == "super") {
                    here.pop();
                    rest = &rest[1..];
                }
            }
            first if inner.is_empty() && self.children.contains(first) => rest = path,
            _ => return None,
        }
        here.extend(rest.iter().filter(|name| *name != "self").cloned());
        Some(here)
    }
}

/// A path and the name that `as` gives it.
struct Path {
    segments: Vec<String>,
    alias: Option<String>,
}

/// The modules that the file declares with `mod name;`.
fn declared(tokens: &[Token]) -> BTreeSet<String> {
    let child = |window: &[Token]| match window {
        [Token::Name(word), Token::Name(name), Token::Semicolon] if word == "mod" => Some(name.clone()),
        _ => None,
    };
    tokens.windows(3).filter_map(child).collect()
}

/// Whether what stands before `use` makes it public in any degree.
fn is_public(before: &[Token]) -> bool {
    let is_pub = |token: Option<&Token>| token.is_some_and(|token| *token == Token::Name("pub".to_owned()));
    let open = before.iter().rposition(|token| *token == Token::Open('('));
    is_pub(before.last())
        || (before.last() == Some(&Token::Close(')')) && open.is_some_and(|at| at > 0 && is_pub(before.get(at - 1))))
}

fn is_path_inside(tokens: &[Token], at: usize) -> bool {
    at > 0 && tokens[at - 1] == Token::PathSeparator
}

fn follows_use(tokens: &[Token], at: usize) -> bool {
    at > 0 && tokens[at - 1] == Token::Name("use".to_owned())
}

/// Reads the path at `at`, with its groups in braces, and returns the place behind it.
fn path_tree(tokens: &[Token], mut at: usize, prefix: &mut Vec<String>, paths: &mut Vec<Path>) -> usize {
    let depth = prefix.len();
    loop {
        match tokens.get(at) {
            Some(Token::Name(name)) => {
                prefix.push(name.clone());
                at += 1;
            }
            Some(Token::Open('{')) => {
                at = group(tokens, at + 1, prefix, paths);
                break;
            }
            Some(Token::Star) => {
                paths.push(Path { segments: prefix.clone(), alias: None });
                at += 1;
                break;
            }
            // `Vec::<T>::new`: the path ends, as far as this is concerned.
            _ => {
                paths.push(Path { segments: prefix.clone(), alias: None });
                break;
            }
        }
        if tokens.get(at) != Some(&Token::PathSeparator) {
            let alias = match (tokens.get(at), tokens.get(at + 1)) {
                (Some(Token::Name(word)), Some(Token::Name(alias))) if word == "as" => Some(alias.clone()),
                _ => None,
            };
            at += if alias.is_some() { 2 } else { 0 };
            // `crate::name!` is a macro: the root has all of them, wherever they are written.
            if !matches!((tokens.get(at), tokens.get(at + 1)), (Some(Token::Other('!')), Some(Token::Open(_)))) {
                paths.push(Path { segments: prefix.clone(), alias });
            }
            break;
        }
        at += 1;
    }
    prefix.truncate(depth);
    at
}

fn group(tokens: &[Token], mut at: usize, prefix: &mut Vec<String>, paths: &mut Vec<Path>) -> usize {
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Close('}') => return at + 1,
            Token::Name(_) | Token::Star => at = path_tree(tokens, at, prefix, paths),
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(module: &[&str], text: &str) -> Vec<String> {
        Source::parse("x.rs", module, text).uses.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn paths_are_resolved_wherever_they_stand() {
        let text = "use crate::{a::{self, b}, c}; use super::d as e; fn f() -> crate::g::H { self::i::j(); super::super::k::<u8>() }
                    mod inner { use super::l; } use std::collections::BTreeMap;";
        let expected = ["a", "a::b", "c", "g::H", "k", "x::d", "x::y::i::j", "x::y::l"];
        assert_eq!(uses(&["x", "y"], text), expected);
    }

    #[test]
    fn children_are_named_without_a_prefix() {
        let source = Source::parse(
            "x.rs",
            &["x"],
            "mod a; pub mod b; pub use a::A; pub(crate) use b::B as C; fn f() { b::g() }",
        );
        assert_eq!(source.uses.iter().map(|path| path.join("::")).collect::<Vec<_>>(), ["x::b::g"]);
        let passed: Vec<_> =
            source.passes_on.iter().map(|(name, path)| format!("{name}={}", path.join("::"))).collect();
        assert_eq!(passed, ["A=x::a::A", "C=x::b::B"]);
    }
}
