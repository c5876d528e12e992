//! What a directory is able to, as a table: what the bridge uses it for and what it does without.

use std::fmt::Write;

use crate::directory::{Capabilities, Vendor, oid};
use crate::mapping::model::{Mapping, Resource, Source};
use crate::scim::schema::Uniqueness;

/// A capability, whether it is there, and what comes of that.
type Row = (&'static str, bool, &'static str);

/// An overlay that leaves no trace in the root DSE or the schema.
const REFINT: &str = "not shown by servers: where references to deleted entries stay, set clean_references";

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
    let _ = writeln!(text, "  {:<21} {:<4} {REFINT}", "refint", "?");
    text
}

/// Which values no two resources of a type share, and what is promised of it; nothing where none are, or none are written.
pub(super) fn uniqueness(mapping: &Mapping) -> String {
    let unique = |resource: &Resource| {
        let attributes = resource.schema.attributes().iter().filter(|def| {
            let stored = !matches!(resource.source(def.id), Source::Builtin(_) | Source::Unmapped);
            let declared = def.attribute.uniqueness != Uniqueness::None;
            stored && (declared || resource.writing.unique.contains(&def.id))
        });
        attributes.map(|def| resource.schema.attribute_name(def.id).to_owned()).collect::<Vec<_>>()
    };
    let written = mapping.resources.iter().filter(|resource| !resource.writing.never);
    let lines = written.map(|resource| (resource.name.as_str(), unique(resource)));
    let lines: Vec<_> = lines.filter(|(_, names)| !names.is_empty()).collect();
    let mut text = String::new();
    for (place, (name, names)) in lines.iter().enumerate() {
        let title = if place == 0 { "unique" } else { "" };
        let _ = writeln!(text, "  {title:<21} {name}: {}", names.join(", "));
    }
    if !text.is_empty() {
        text += "                        looked for before a write, and again after an add; two changes at the same moment are told\n\
                 \x20                       apart by the directory alone: by the entry's name (RDN), or slapo-unique\n";
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

fn rows(capabilities: &Capabilities) -> [Row; 11] {
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
            "groups of a user can be read from the user (L005 below if nothing keeps them)",
            "groups of a user are searched for",
        ),
        row("server-side sorting", c.sort(), "not used: the bridge sorts lists", "not needed: the bridge sorts lists"),
        row("sync (RFC 4533)", c.sync(), "changes can be followed", "changes show when they are read"),
        row(
            "assertion",
            c.assertion(),
            "If-Match is decided by the directory, in one step with the change (RFC 4528)",
            "If-Match is compared by the bridge: what that promises stands below",
        ),
        row(
            "post-read",
            c.post_read(),
            "the answer to a change comes with it",
            "an entry is read again after a change, and may show a later one",
        ),
        row(
            "pre-read",
            c.pre_read(),
            "not used: what is taken away is named",
            "not needed: what is taken away is named",
        ),
        row(
            "password modify",
            c.has(oid::PASSWORD_MODIFY),
            "passwords are hashed and judged by the directory (RFC 3062)",
            "passwords can't be set with the codec passmod",
        ),
        row(
            "transactions",
            c.transactions(),
            "not used: a change is one modify; a rename with other changes is two, taken back together",
            "not needed: a change is one modify; a rename with other changes is two, taken back together",
        ),
    ]
}
