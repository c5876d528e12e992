//! Writes dse.ldif, the configuration: the server's own template with private folders in it, no need of dscreate and systemd.

use std::path::Path;

use super::ipa;
use super::options::Ds389Options;

/// The database's name.
pub(super) const BACKEND: &str = "userRoot";
/// Where the indexes are that every database should have.
const DEFAULT_INDEXES: &str = "cn=default indexes, cn=config,cn=ldbm database,cn=plugins,cn=config";

/// Indexes beside the template's: name, and kinds.
const INDEXES: [(&str, &[&str]); 5] = [
    ("ipaUniqueID", &["eq"]),
    ("entryUUID", &["eq", "pres"]),
    ("displayName", &["eq", "sub"]),
    ("manager", &["eq"]),
    ("scimExternalId", &["eq"]),
];

/// The plugins behind entryUUID, which the template leaves to upgrades.
const ENTRY_UUID: &str = "\
dn: cn=entryuuid_syntax,cn=plugins,cn=config
objectClass: top
objectClass: nsSlapdPlugin
cn: entryuuid_syntax
nsslapd-pluginpath: libentryuuid-syntax-plugin
nsslapd-plugininitfunc: entryuuid_syntax_plugin_init
nsslapd-plugintype: syntax
nsslapd-pluginenabled: on
nsslapd-pluginId: entryuuid_syntax
nsslapd-pluginVersion: none
nsslapd-pluginVendor: 389 Project
nsslapd-pluginDescription: entryuuid_syntax

dn: cn=entryuuid,cn=plugins,cn=config
objectClass: top
objectClass: nsSlapdPlugin
cn: entryuuid
nsslapd-pluginpath: libentryuuid-plugin
nsslapd-plugininitfunc: entryuuid_plugin_init
nsslapd-plugintype: betxnpreoperation
nsslapd-pluginenabled: on
nsslapd-pluginId: entryuuid
nsslapd-pluginVersion: none
nsslapd-pluginVendor: 389 Project
nsslapd-pluginDescription: entryuuid
";

/// The distinguished name that bypasses access rules.
pub(super) const ROOT_DN: &str = "cn=Directory Manager";

/// What the template leaves open.
pub(super) struct Settings<'a> {
    pub(super) run: &'a Path,
    pub(super) database: &'a Path,
    pub(super) port: u16,
    pub(super) tls_port: Option<u16>,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    pub(super) options: &'a Ds389Options,
}

/// The configuration from the server's templates for itself (`template-dse.ldif`) and for a database
/// (`template-suffix-db.ldif`).
pub(super) fn render(template: &str, database: &str, settings: &Settings<'_>) -> String {
    let mut entries: Vec<String> = Vec::new();
    for entry in blocks(template) {
        entries.push(switched(&filled(entry, settings), settings.options));
    }
    entries.extend(blocks(database).map(|entry| filled(entry, settings)));
    let index_base = format!("cn=index,cn={BACKEND},cn=ldbm database,cn=plugins,cn=config");
    let indexes: Vec<String> = entries
        .iter()
        .filter(|entry| dn(entry).ends_with(DEFAULT_INDEXES) && dn(entry) != DEFAULT_INDEXES)
        .map(|entry| entry.replacen(DEFAULT_INDEXES, &index_base, 1))
        .collect();
    entries.push(format!("dn: {index_base}\nobjectClass: top\nobjectClass: extensibleObject\ncn: index"));
    entries.extend(indexes);
    for (name, kinds) in INDEXES {
        let mut index = format!(
            "dn: cn={name},{index_base}\nobjectClass: top\nobjectClass: nsIndex\ncn: {name}\nnsSystemIndex: false"
        );
        kinds.iter().for_each(|kind| index.push_str(&format!("\nnsIndexType: {kind}")));
        entries.push(index);
    }
    entries.extend(blocks(ENTRY_UUID).map(str::to_owned));
    if settings.options.ipa {
        entries.extend(ipa::configuration(settings.options));
    }
    entries.join("\n\n") + "\n"
}

/// The entries of LDIF text, without comments.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let entries = text.split("\n\n").map(str::trim);
    entries.filter_map(|entry| entry.find("dn: ").map(|start| &entry[start..]))
}

fn dn(entry: &str) -> &str {
    entry.lines().next().and_then(|line| line.strip_prefix("dn: ")).unwrap_or_default()
}

/// An entry with all placeholders replaced; the server's own gets what a private one needs.
fn filled(entry: &str, settings: &Settings<'_>) -> String {
    let folder = |name: &str| settings.run.join(name).display().to_string();
    let values = [
        ("schema_dir", folder("config/schema")),
        ("lock_dir", folder("lock")),
        ("tmp_dir", folder("tmp")),
        ("cert_dir", folder("config")),
        ("ldif_dir", folder("ldif")),
        ("bak_dir", folder("bak")),
        ("run_dir", folder("run")),
        ("inst_dir", folder("inst")),
        ("log_dir", folder("log")),
        ("config_dir", folder("config")),
        ("db_dir", settings.database.display().to_string()),
        ("db_home_dir", settings.database.display().to_string()),
        ("db_lib", "bdb".to_owned()),
        ("fqdn", "localhost".to_owned()),
        ("ds_port", settings.port.to_string()),
        ("ds_user", settings.user.to_owned()),
        ("rootdn", ROOT_DN.to_owned()),
        ("ds_passwd", format!("{{CLEAR}}{}", settings.password)),
        ("ds_suffix", settings.options.tree.suffix.clone()),
        ("ds_bename", BACKEND.to_owned()),
        ("ldapi_enabled", "off".to_owned()),
        ("ldapi_autobind", "off".to_owned()),
        ("ldapi", folder("ldapi")),
    ];
    let mut entry = entry.to_owned();
    for (name, value) in values {
        entry = entry.replace(&format!("%{name}%"), &value);
    }
    if dn(&entry) == "cn=config" {
        entry.push_str(
            "\nnsslapd-listenhost: 127.0.0.1\nnsslapd-accesslog-logging-enabled: off\nnsslapd-enable-upgrade-hash: off\
             \nnsslapd-rootpwstoragescheme: CLEAR",
        );
        if let Some(port) = settings.tls_port {
            entry.push_str(&format!(
                "\nnsslapd-security: on\nnsslapd-securePort: {port}\nnsslapd-securelistenhost: 127.0.0.1"
            ));
        }
    }
    entry
}

/// A plugin's entry, switched on where the options want it.
fn switched(entry: &str, options: &Ds389Options) -> String {
    if dn(entry) == "cn=7-bit check,cn=plugins,cn=config" && !options.seven_bit {
        return entry.replace("nsslapd-pluginenabled: on", "nsslapd-pluginenabled: off");
    }
    let wanted = match dn(entry) {
        "cn=MemberOf Plugin,cn=plugins,cn=config" => options.member_of,
        "cn=referential integrity postoperation,cn=plugins,cn=config" => options.refint,
        "cn=attribute uniqueness,cn=plugins,cn=config" => options.unique,
        "cn=USN,cn=plugins,cn=config" => options.usn,
        "cn=Distributed Numeric Assignment Plugin,cn=plugins,cn=config" => options.ipa,
        "cn=Retro Changelog Plugin,cn=plugins,cn=config" => options.sync,
        "cn=Content Synchronization,cn=plugins,cn=config" => options.sync,
        _ => false,
    };
    if !wanted {
        return entry.to_owned();
    }
    let mut entry = entry.replace("nsslapd-pluginenabled: off", "nsslapd-pluginenabled: on");
    if dn(&entry).starts_with("cn=MemberOf") {
        entry.push_str("\nmemberOfGroupAttr: uniqueMember\nmemberOfAutoAddOC: nsMemberOf");
    } else if dn(&entry).starts_with("cn=referential") {
        entry.push_str("\nreferint-membership-attr: manager");
    } else if dn(&entry).starts_with("cn=Retro") {
        // The log must name entries as the synchronisation does.
        entry.push_str("\nnsslapd-attribute: nsuniqueid:targetUniqueId");
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
dn: cn=config
nsslapd-port: %ds_port%
nsslapd-ldapifilepath: %ldapi%
nsslapd-ldapilisten: %ldapi_enabled%

dn: cn=MemberOf Plugin,cn=plugins,cn=config
nsslapd-pluginenabled: off

dn: cn=Other,cn=plugins,cn=config
nsslapd-pluginenabled: off

dn: cn=default indexes, cn=config,cn=ldbm database,cn=plugins,cn=config
cn: default indexes

dn: cn=uid,cn=default indexes, cn=config,cn=ldbm database,cn=plugins,cn=config
cn: uid
";
    const DATABASE: &str = "# replace the tokens\ndn: cn=%ds_bename%,cn=ldbm database\nnsslapd-suffix: %ds_suffix%\n";

    fn rendered(options: &Ds389Options) -> String {
        let run = Path::new("/run/x");
        let database = Path::new("/state/db");
        let settings = Settings { run, database, port: 4711, tls_port: None, user: "u", password: "p", options };
        render(TEMPLATE, DATABASE, &settings)
    }

    #[test]
    fn the_template_is_filled_in_and_the_database_has_its_indexes() {
        let text = rendered(&Ds389Options::default());
        assert!(!text.contains('%'), "{text}");
        assert!(text.contains("nsslapd-port: 4711\nnsslapd-ldapifilepath: /run/x/ldapi\nnsslapd-ldapilisten: off\n"));
        assert!(text.contains("nsslapd-listenhost: 127.0.0.1"));
        assert!(text.contains("dn: cn=userRoot,cn=ldbm database\nnsslapd-suffix: dc=example,dc=com\n"), "{text}");
        assert!(text.contains("dn: cn=uid,cn=index,cn=userRoot,cn=ldbm database,cn=plugins,cn=config\n"), "{text}");
        assert!(text.contains("dn: cn=entryUUID,cn=index,cn=userRoot,"), "{text}");
    }

    #[test]
    fn plugins_are_switched_on_as_wished_for_alone() {
        let on = rendered(&Ds389Options::default());
        assert!(on.contains("cn=MemberOf Plugin,cn=plugins,cn=config\nnsslapd-pluginenabled: on\n"));
        assert!(on.contains("cn=Other,cn=plugins,cn=config\nnsslapd-pluginenabled: off\n"));
        let off = rendered(&Ds389Options { member_of: false, ..Ds389Options::default() });
        assert!(off.contains("cn=MemberOf Plugin,cn=plugins,cn=config\nnsslapd-pluginenabled: off\n"));
    }
}
