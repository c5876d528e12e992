//! OpenLDAP's tools on a private domain controller: an independent witness for tests, and another client's writes.

use std::process::Command;

use super::Samba;
use crate::sandbox::error::SandboxError;
use crate::sandbox::tools::run;

impl Samba {
    /// `ldapsearch` as the administrator: LDIF without comments, lines not folded, referrals left out.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with what it said.
    pub fn ldapsearch(&self, base: &str, filter: &str, attributes: &[&str]) -> Result<String, SandboxError> {
        let mut command = self.client("ldapsearch", &self.url(), &self.administrator_dn(), &self.password);
        if base.is_empty() {
            command.args(["-s", "base"]);
        }
        command.args(["-LLL", "-o", "ldif-wrap=no", "-E", "pr=500/noprompt", "-E", "!1.2.840.113556.1.4.1339"]);
        command.args(["-b", base, filter]).args(attributes);
        // What the page control answered stands between the entries.
        run("ldapsearch", command, "").map(|text| text.replace("# pagedresults: cookie=\n", ""))
    }

    /// Applies LDIF change records (or content records, as additions) as the administrator.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with what ldapmodify said; records before the failing one have been applied.
    pub fn ldapmodify(&self, ldif: &str) -> Result<(), SandboxError> {
        let mut command = self.client("ldapmodify", &self.url(), &self.administrator_dn(), &self.password);
        command.arg("-a");
        run("ldapmodify", command, ldif).map(|_| ())
    }

    /// Whether somebody can bind over LDAPS: by DN, `name@realm` or `DOMAIN\name`.
    pub fn binds(&self, who: &str, password: &str) -> bool {
        let mut command = self.client("ldapwhoami", &self.ldaps_url(), who, password);
        command.env_remove("LDAPNOINIT").env("LDAPCONF", "/dev/null").env("LDAPTLS_CACERT", self.ca_file());
        // Samba doesn't know Who am I, which it says to those alone who are bound.
        match run("ldapwhoami", command, "") {
            Ok(_) => true,
            Err(SandboxError::Tool { log, .. }) => !log.contains("ldap_bind") && !log.contains("Can't contact"),
            Err(_) => false,
        }
    }

    fn client(&self, program: &'static str, url: &str, who: &str, password: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-x", "-H", url, "-D", who, "-w", password]);
        // A machine's own ldap.conf must not change what a test sees.
        command.env("LDAPNOINIT", "1");
        command
    }
}
