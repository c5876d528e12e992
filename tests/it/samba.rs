//! Active Directory, as Samba speaks it: one domain controller that all of these tests share.

mod reads;
mod sandbox;
mod secured;

use std::path::PathBuf;
use std::sync::OnceLock;

use scimfront::sandbox::{AdTreeOptions, Samba, SambaOptions};

/// How many members the group `crowd` has.
const CROWD: usize = 2_000;

/// Where domains are kept between two runs of the tests.
fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("domains")
}

/// The shared domain controller, with a crowd. Tests that write make objects of their own.
///
/// It ends with this process: a static is never dropped, but the pipe to its guard closes.
fn shared() -> &'static Samba {
    static SAMBA: OnceLock<Samba> = OnceLock::new();
    SAMBA.get_or_init(|| {
        let tree = AdTreeOptions { crowd: CROWD, ..AdTreeOptions::default() };
        Samba::start(&SambaOptions { tree, cache: Some(cache()), ..SambaOptions::default() }).expect("samba starts")
    })
}
