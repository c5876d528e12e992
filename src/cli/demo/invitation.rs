//! What the demo prints when it is ready: where it is, and four commands that work when pasted into a shell.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::sandbox::TreeOptions;

/// What is there to be tried.
pub(super) struct Invitation<'a> {
    /// The base URL of the bridge.
    pub(super) base: String,
    /// The token.
    pub(super) token: &'a str,
    /// The file that holds its settings.
    pub(super) settings: &'a Path,
    /// The file in which its writes are written down.
    pub(super) audit: Option<&'a Path>,
    /// What the directory is called, and its URL.
    pub(super) directory: (&'static str, String),
    /// The authority that signed its certificate.
    pub(super) ca_file: Option<PathBuf>,
    /// The id and the userName of the tree's first person.
    pub(super) user: Option<(String, String)>,
    /// The id of a small group.
    pub(super) group: Option<String>,
    /// What the directory holds.
    pub(super) tree: &'a TreeOptions,
    /// Whether it was there from an earlier run.
    pub(super) reused: bool,
    /// How long it took.
    pub(super) took: Duration,
}

impl fmt::Display for Invitation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TreeOptions { users, groups, .. } = self.tree;
        let found = if self.reused { "found again" } else { "ready" };
        writeln!(f, "{users} users and {groups} groups, {found} after {:.1} s.\n", self.took.as_secs_f32())?;
        writeln!(f, "  SCIM       {}", self.base)?;
        writeln!(f, "  Token      {}", self.token)?;
        writeln!(f, "  {:<10} {}", self.directory.0, self.directory.1)?;
        if let Some(file) = &self.ca_file {
            writeln!(f, "  CA file    {}", file.display())?;
        }
        writeln!(f, "  Settings   {}", self.settings.display())?;
        if let Some(audit) = self.audit {
            writeln!(f, "  Audit      {}", audit.display())?;
        }
        for (what, command) in self.commands() {
            writeln!(f, "\n# {what}\n{command}")?;
        }
        write!(f, "\nCtrl-C ends the server and its directory.")
    }
}

impl Invitation<'_> {
    fn commands(&self) -> [(&'static str, String); 4] {
        let (id, name) = self.user.as_ref().map_or(("", "nobody"), |(id, name)| (id, name));
        let user = if id.is_empty() { "Users".to_owned() } else { format!("Users/{id}") };
        let group = self.group.as_ref().map_or_else(|| "Groups".to_owned(), |id| format!("Groups/{id}"));
        let filter = format!("userName eq \"{name}\"");
        [
            ("What the server is able to do", self.curl("ServiceProviderConfig", &[])),
            ("A user by id", self.curl(&user, &[])),
            ("A user by name", self.curl("Users", &[&filter_parameter(&filter)])),
            ("A group and its members", self.curl(&group, &[])),
        ]
    }

    fn curl(&self, path: &str, parameters: &[&str]) -> String {
        let get = if parameters.is_empty() { "" } else { "-G " };
        let parameters: String =
            parameters.iter().map(|parameter| format!(" \\\n  --data-urlencode {}", quote(parameter))).collect();
        let header = quote(&format!("Authorization: Bearer {}", self.token));
        // -g: the brackets of an IPv6 address are no pattern.
        format!("curl -sSg -w '\\n' {get}-H {header} {}{parameters}", quote(&format!("{}/{path}", self.base)))
    }
}

fn filter_parameter(filter: &str) -> String {
    format!("filter={filter}")
}

/// `text` as one word of a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(users: usize, groups: usize) -> String {
        let tree = TreeOptions::sized(users, groups);
        let invitation = Invitation {
            base: "http://127.0.0.1:1/scim/v2".into(),
            token: "t",
            settings: Path::new("/tmp/x/scimfront.toml"),
            audit: Some(Path::new("/tmp/x/audit.jsonl")),
            directory: ("Samba AD", "ldaps://127.0.0.1:2".into()),
            ca_file: Some("/tmp/x/ca.pem".into()),
            user: (users > 0).then(|| ("1".into(), "bjensen".into())),
            group: (groups > 0).then(|| "2".into()),
            tree: &tree,
            reused: false,
            took: Duration::from_millis(1234),
        };
        invitation.to_string()
    }

    #[test]
    fn four_commands_can_be_pasted() {
        let text = invitation(100, 5);
        assert_eq!(text.matches("\ncurl ").count(), 4, "{text}");
        assert_eq!(text.matches("-H 'Authorization: Bearer t' 'http://127.0.0.1:1/scim/v2/").count(), 4, "{text}");
        assert!(text.contains("\n  Samba AD   ldaps://127.0.0.1:2\n  CA file    /tmp/x/ca.pem\n"), "{text}");
        assert!(text.contains("/Users/1'\n") && text.contains("/Groups/2'\n"), "{text}");
        assert!(text.contains("-G -H") && text.contains("--data-urlencode 'filter=userName eq \"bjensen\"'"), "{text}");
    }

    #[test]
    fn an_empty_tree_has_commands_too() {
        assert_eq!(invitation(0, 0).matches("\ncurl ").count(), 4);
    }

    #[test]
    fn words_are_quoted() {
        assert_eq!(quote("it's"), r"'it'\''s'");
    }
}
