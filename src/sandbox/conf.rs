//! Writes slapd.conf.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::base::{accesslog_suffix, default_policy_dn, root_dn, service_dn};
use super::error::SandboxError;
use super::installation::Installation;
use super::options::{Overlay, SlapdOptions};
use super::tree::PLACEHOLDER;

/// The largest a database may grow; the file is sparse.
const MAX_SIZE: u64 = 8 << 30;

/// The attributes with an equality index, and those with a substring index as well.
const EQUALITY_INDEXES: &str = "objectClass,entryUUID,entryCSN,modifyTimestamp,uid,mail,member,uniqueMember,memberUid,manager,\
     employeeNumber,uidNumber,gidNumber";
const SUBSTRING_INDEXES: &str = "cn,sn,givenName,displayName";

/// The schema files that come with slapd and that the trees need; `dyngroup` brings groupOfURLs.
const SCHEMAS: &[&str] = &["core", "cosine", "inetorgperson", "nis", "dyngroup"];

/// Where the private slapd's files are.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The folder of this run: configuration, socket, log. Removed when slapd ends for good.
    pub(crate) run: PathBuf,
    /// The folder of the databases; within `run` unless a state folder was given.
    pub(crate) data: PathBuf,
}

impl Layout {
    /// The configuration file.
    pub(crate) fn conf(&self) -> PathBuf {
        self.run.join("slapd.conf")
    }

    /// The `ldapi` socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.run.join("ldapi")
    }

    /// The project's schema file.
    pub(crate) fn scim_schema(&self) -> PathBuf {
        self.run.join("scim.schema")
    }

    /// The folder of the database of suffix number `index`.
    pub(crate) fn database(&self, index: usize) -> PathBuf {
        self.data.join(format!("db{index}"))
    }

    /// The folder of the access log of suffix number `index`.
    pub(crate) fn accesslog(&self, index: usize) -> PathBuf {
        self.data.join(format!("log{index}"))
    }
}

/// The whole slapd.conf. `uid` is the user that runs slapd: over `ldapi` with EXTERNAL it is the main service account.
pub(crate) fn render(
    options: &SlapdOptions,
    installation: &Installation,
    layout: &Layout,
    password: &str,
    uid: u32,
) -> Result<String, SandboxError> {
    let mut conf = String::new();
    global(&mut conf, options, installation, layout)?;
    external(&mut conf, options, uid);
    for line in &options.global_lines {
        conf.push_str(line);
        conf.push('\n');
    }
    if options.monitor
        && let Some(suffix) = options.suffixes.first()
    {
        let reader = service_dn(suffix);
        put(&mut conf, format_args!("\ndatabase monitor\naccess to * by dn.exact={} read by * none", quoted(&reader)));
    }
    for (index, suffix) in options.suffixes.iter().enumerate() {
        if options.has(Overlay::Accesslog) {
            accesslog(&mut conf, index, suffix, layout, password);
        }
        database(&mut conf, options, index, suffix, layout, password);
    }
    Ok(conf)
}

/// Quotes a value for slapd.conf.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn path(value: &Path) -> String {
    quoted(&value.display().to_string())
}

/// Adds one line.
fn put(conf: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String can't fail.
    let _ = writeln!(conf, "{line}");
}

fn global(
    conf: &mut String,
    options: &SlapdOptions,
    installation: &Installation,
    layout: &Layout,
) -> Result<(), SandboxError> {
    for name in SCHEMAS {
        put(conf, format_args!("include {}", path(&installation.schema(name)?)));
    }
    if options.scim_schema {
        put(conf, format_args!("include {}", path(&layout.scim_schema())));
    }
    put(conf, format_args!("pidfile {}", path(&layout.run.join("slapd.pid"))));
    put(conf, format_args!("argsfile {}", path(&layout.run.join("slapd.args"))));
    if let Some(modules) = &installation.modules {
        put(conf, format_args!("modulepath {}", path(modules)));
    }
    let overlays = options.overlays.iter().map(|overlay| overlay.name());
    for module in std::iter::once("back_mdb").chain(overlays).filter(|name| installation.has_module(name)) {
        put(conf, format_args!("moduleload {module}"));
    }
    put(conf, format_args!("loglevel 0\ntool-threads 2"));
    put(conf, format_args!("sizelimit size.soft=500 size.hard=1000 size.pr=500 size.prtotal=unlimited"));
    if let Some(tls) = &options.tls {
        put(conf, format_args!("TLSCACertificateFile {}", path(&tls.ca)));
        put(conf, format_args!("TLSCertificateFile {}", path(&tls.certificate)));
        put(conf, format_args!("TLSCertificateKeyFile {}", path(&tls.key)));
        put(conf, format_args!("TLSVerifyClient try"));
    }
    // Anyone may see what the server can do, and nothing else that no database below opens.
    put(conf, format_args!("access to dn.base=\"\" by * read\naccess to dn.base=\"cn=Subschema\" by * read"));
    Ok(())
}

/// Lets the user that runs slapd be the main service account by SASL EXTERNAL over `ldapi`.
fn external(conf: &mut String, options: &SlapdOptions, uid: u32) {
    if let Some(suffix) = options.suffixes.first() {
        let identity = format!("^gidNumber=[0-9]+\\+uidNumber={uid},cn=peercred,cn=external,cn=auth$");
        put(conf, format_args!("authz-regexp {} {}", quoted(&identity), quoted(&service_dn(suffix))));
    }
}

fn accesslog(conf: &mut String, index: usize, suffix: &str, layout: &Layout, password: &str) {
    let log = accesslog_suffix(index);
    let reader = quoted(&service_dn(suffix));
    put(conf, format_args!("\ndatabase mdb\nsuffix {}\nrootdn {}", quoted(&log), quoted(&log)));
    put(conf, format_args!("rootpw {}", quoted(password)));
    put(conf, format_args!("directory {}\nmaxsize {MAX_SIZE}\ndbnosync", path(&layout.accesslog(index))));
    put(conf, format_args!("index default eq\nindex entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN"));
    put(conf, format_args!("limits dn.exact={reader} size=unlimited time=unlimited"));
    put(conf, format_args!("access to * by dn.exact={reader} read by * none"));
}

fn database(conf: &mut String, options: &SlapdOptions, index: usize, suffix: &str, layout: &Layout, password: &str) {
    let service = quoted(&service_dn(suffix));
    let level = options.access.level();
    put(conf, format_args!("\ndatabase mdb\nsuffix {}\nrootdn {}", quoted(suffix), quoted(&root_dn(suffix))));
    put(conf, format_args!("rootpw {}", quoted(password)));
    put(conf, format_args!("directory {}\nmaxsize {MAX_SIZE}\ndbnosync", path(&layout.database(index))));
    put(conf, format_args!("index {EQUALITY_INDEXES} eq\nindex {SUBSTRING_INDEXES} eq,sub"));
    if options.scim_schema {
        put(conf, format_args!("index scimExternalId eq"));
    }
    if options.has(Overlay::MemberOf) {
        put(conf, format_args!("index memberOf eq"));
    }
    let candidates = options.most_candidates.map_or_else(|| "none".to_owned(), |most| most.to_string());
    put(conf, format_args!("limits dn.exact={service} size=unlimited size.unchecked={candidates} time=unlimited"));
    put(
        conf,
        format_args!(
            "access to attrs=userPassword by dn.exact={service} {level} by self =w by anonymous auth by * none"
        ),
    );
    for line in &options.access_lines {
        put(conf, format_args!("{line}"));
    }
    put(conf, format_args!("access to * by dn.exact={service} {level} by self read by * none"));
    for line in &options.database_lines {
        put(conf, format_args!("{line}"));
    }
    for overlay in Overlay::ALL.iter().filter(|overlay| options.has(**overlay)) {
        put(conf, format_args!("{}", overlay_lines(*overlay, index, suffix)));
    }
}

/// An overlay as real sites configure it.
fn overlay_lines(overlay: Overlay, index: usize, suffix: &str) -> String {
    match overlay {
        // One instance for each kind of group: both write the same memberOf.
        Overlay::MemberOf => "overlay memberof\nmemberof-group-oc groupOfNames\nmemberof-member-ad member\n\
             overlay memberof\nmemberof-group-oc groupOfUniqueNames\nmemberof-member-ad uniqueMember"
            .to_owned(),
        // memberof-refint would leave a group's last member dangling, so references are refint's alone.
        Overlay::Refint => format!(
            "overlay refint\nrefint_attributes member uniqueMember manager owner secretary seeAlso\nrefint_nothing {}",
            quoted(PLACEHOLDER)
        ),
        Overlay::Unique => format!("overlay unique\nunique_uri \"ldap:///{suffix}?uid?sub\""),
        Overlay::Ppolicy => {
            format!("overlay ppolicy\nppolicy_default {}\nppolicy_hash_cleartext", quoted(&default_policy_dn(suffix)))
        }
        Overlay::Sssvlv => "overlay sssvlv".to_owned(),
        Overlay::Syncprov => "overlay syncprov\nsyncprov-checkpoint 1000 60\nsyncprov-sessionlog 10000".to_owned(),
        Overlay::Accesslog => format!(
            "overlay accesslog\nlogdb {}\nlogops writes\nlogsuccess TRUE\nlogold (objectClass=*)",
            quoted(&accesslog_suffix(index))
        ),
        Overlay::Deref => "overlay deref".to_owned(),
        Overlay::Dynlist => "overlay dynlist\ndynlist-attrset groupOfURLs memberURL".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf(options: &SlapdOptions) -> String {
        let layout = Layout { run: PathBuf::from("/run dir"), data: PathBuf::from("/data") };
        render(options, &Installation::find().unwrap(), &layout, "se\"cret", 7).unwrap()
    }

    #[test]
    fn each_suffix_gets_its_database_and_each_overlay_its_lines() {
        let options = SlapdOptions::with_suffixes(["dc=a", "dc=b"]).overlays(&[Overlay::Deref, Overlay::Accesslog]);
        let conf = conf(&options);
        assert_eq!(conf.matches("database mdb").count(), 4);
        assert_eq!(conf.matches("overlay deref").count(), 2);
        assert!(conf.contains("logdb \"cn=accesslog-1\""));
        assert!(!conf.contains("overlay memberof"));
        assert!(!conf.contains("index memberOf"));
        assert!(conf.contains("rootpw \"se\\\"cret\""));
        assert!(conf.contains("pidfile \"/run dir/slapd.pid\""));
        assert!(conf.contains("uidNumber=7,"));
    }

    #[test]
    fn further_lines_are_taken_over() {
        let options = SlapdOptions {
            global_lines: vec!["threads 4".to_owned()],
            database_lines: vec!["sortvals member".to_owned()],
            scim_schema: false,
            ..SlapdOptions::default()
        };
        let conf = conf(&options);
        assert!(conf.contains("\nthreads 4\n") && conf.contains("\nsortvals member\n"));
        assert!(!conf.contains("scim.schema") && !conf.contains("scimExternalId"));
    }
}
