//! The slapd that this test program shares, and suffixes of it that belong to one test alone.

pub(crate) mod access_log;
pub(crate) mod bridge;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod demo;
pub(crate) mod dice;
pub(crate) mod dns;
pub(crate) mod gate;
pub(crate) mod ldif;
pub(crate) mod wire;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use scimfront::sandbox::{Load, Slapd, SlapdOptions, Tree, TreeOptions};

/// Raises a flag when it is dropped: a scope waits for its threads though its own work panics, and those that go on until the flag is
/// raised would never end then.
pub(crate) struct RaisedInTheEnd<'flag>(pub(crate) &'flag AtomicBool);

impl Drop for RaisedInTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How many suffixes each slapd has for tests that write. A thread of slapd's remembers 32 databases: in the next one it fails by
/// "internal error".
const PRIVATE_SUFFIXES: usize = 26;

/// The shared slapd with the demo's overlays. Its main suffix `dc=example,dc=com` has the default tree, which nobody changes.
///
/// It ends with this process: a static is never dropped, but the pipe to its guard closes.
pub(crate) fn shared() -> &'static Slapd {
    static SLAPD: OnceLock<Slapd> = OnceLock::new();
    SLAPD.get_or_init(|| with_private_suffixes(tree_options()))
}

/// Another one like it, whose main suffix has a small tree.
fn second() -> &'static Slapd {
    static SLAPD: OnceLock<Slapd> = OnceLock::new();
    SLAPD.get_or_init(|| with_private_suffixes(TreeOptions::sized(20, 9)))
}

fn with_private_suffixes(main: TreeOptions) -> Slapd {
    let mut options = SlapdOptions::with_tree(main);
    for index in 0..PRIVATE_SUFFIXES {
        let suffix = private_suffix(index);
        options = options.load(Load::Tree(TreeOptions::sized(20, 9).under(suffix)));
    }
    Slapd::start(&options).expect("slapd starts")
}

/// The options of the tree in the shared slapd's main suffix.
pub(crate) fn tree_options() -> TreeOptions {
    TreeOptions::default()
}

/// The tree in the shared slapd's main suffix.
pub(crate) fn tree() -> &'static Tree {
    static TREE: OnceLock<Tree> = OnceLock::new();
    TREE.get_or_init(|| Tree::new(&tree_options()))
}

/// A suffix of the shared slapd that no other test has: 20 people and 9 groups, to be changed at will. Bind as
/// `shared().bind_dn_of(&suffix)`.
pub(crate) fn private() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    next(&NEXT)
}

/// The same in another slapd, which these tests share.
pub(crate) fn private_place() -> (&'static Slapd, String) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    (second(), next(&NEXT))
}

fn next(counter: &AtomicUsize) -> String {
    let index = counter.fetch_add(1, Ordering::Relaxed);
    assert!(index < PRIVATE_SUFFIXES, "too many tests want a suffix of their own here: start a slapd for some of them");
    private_suffix(index)
}

fn private_suffix(index: usize) -> String {
    format!("dc=t{index},dc=example,dc=org")
}
