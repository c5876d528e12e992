//! What a directory is able to, as a table: what the bridge uses it for and what it does without.

use std::fmt::Write;

use crate::directory::{Capabilities, Vendor};

/// A capability, whether it is there, and what comes of that.
type Row = (&'static str, bool, &'static str);

/// The table, a line a capability.
pub(super) fn table(capabilities: &Capabilities) -> String {
    let mut text = String::new();
    // Writing to a string never fails.
    let _ = writeln!(text, "  server                {}", server(capabilities));
    let contexts = capabilities.naming_contexts.join("; ");
    let _ = writeln!(text, "  naming contexts       {}", if contexts.is_empty() { "none shown" } else { &contexts });
    for (name, there, consequence) in rows(capabilities) {
        let _ = writeln!(text, "  {name:<21} {:<4} {consequence}", if there { "yes" } else { "no" });
    }
    text
}

fn server(capabilities: &Capabilities) -> String {
    let told = [capabilities.vendor_name.as_deref(), capabilities.vendor_version.as_deref()];
    let told: Vec<_> = told.into_iter().flatten().collect();
    let name = match capabilities.vendor {
        Vendor::OpenLdap => "OpenLDAP",
        Vendor::ActiveDirectory => "Active Directory",
        Vendor::Samba => "Samba",
        Vendor::Directory389 => "389 Directory Server",
        Vendor::Other => "of a kind that isn't known here",
    };
    if told.is_empty() { name.to_owned() } else { format!("{name} ({})", told.join(" ")) }
}

fn rows(capabilities: &Capabilities) -> [Row; 10] {
    let choose = |there: bool, with: &'static str, without: &'static str| if there { with } else { without };
    let row = |name, there, with, without| (name, there, choose(there, with, without));
    let c = capabilities;
    [
        row(
            "own schema",
            c.subschema_read,
            "filters follow its matching rules",
            "the standard schema is assumed: filters on other attributes are evaluated by the bridge",
        ),
        row("paged results", c.paged(), "large lists are streamed", "lists end at the server's size limit"),
        row(
            "dereference",
            c.dereference(),
            "references of one entry come with it",
            "references are looked up in batches",
        ),
        row(
            "memberOf",
            c.member_of(),
            "groups of a user can be read from the user",
            "groups of a user are searched for",
        ),
        row("server-side sorting", c.sort(), "not used: the bridge sorts lists", "not needed: the bridge sorts lists"),
        row("sync (RFC 4533)", c.sync(), "changes can be followed", "changes show when they are read"),
        row("transactions", c.transactions(), "several changes can be one", "changes are made one by one"),
        row("assertion", c.assertion(), "If-Match can be atomic", "If-Match compares, then swaps values"),
        row("pre-read", c.pre_read(), "changes can be audited with what was before", "what was before is read first"),
        row(
            "post-read",
            c.post_read(),
            "the answer to a change comes with it",
            "an entry is read again after a change",
        ),
    ]
}
