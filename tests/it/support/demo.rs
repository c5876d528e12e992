//! `scimfront demo` as a child process, and what it printed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;

use super::client::Client;

/// The bearer token of shared demos.
pub(crate) const TOKEN: &str = "demo-token";

/// A demo and what it printed. It ends when this process does, in whatever way.
#[derive(Debug)]
pub(crate) struct Demo {
    _child: Child,
    /// What it printed.
    pub(crate) printed: String,
    /// A client of it.
    pub(crate) client: Client,
}

/// The demo on this directory, as `--directory` names it, with 20 people and 9 groups. One test at a time has it.
pub(crate) fn shared(directory: &'static str) -> MutexGuard<'static, Demo> {
    static DEMOS: [OnceLock<Mutex<Demo>>; 3] = [const { OnceLock::new() }; 3];
    let place = ["openldap", "ad", "389ds"].iter().position(|known| *known == directory).unwrap();
    DEMOS[place].get_or_init(|| Mutex::new(Demo::start(directory))).lock().unwrap_or_else(PoisonError::into_inner)
}

impl Demo {
    fn start(directory: &str) -> Self {
        // The shell holds our pipe as its standard input: when we end, however that comes, it ends the demo.
        let script = r#"exec 3<&0; "$@" 3<&- & p=$!; (read x <&3; kill $p) 2>/dev/null & r=$!; wait $p; kill $r"#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_scimfront"), "demo", "--directory", directory]);
        command.args(["--listen", "127.0.0.1:0", "--users", "20", "--groups", "9", "--token", TOKEN]);
        command.args(["--patch-answer", "resource"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMFRONT__")) {
            command.env_remove(name);
        }
        let mut child = command.spawn().unwrap();
        let mut printed = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            printed += &(line.unwrap() + "\n");
            if printed.contains("Ctrl-C") {
                let address = printed.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
                let client = Client::new(address.parse().unwrap(), "/scim/v2", Some(TOKEN));
                return Self { _child: child, printed, client };
            }
        }
        let _ = child.wait();
        panic!("the demo ended:\n{printed}");
    }

    /// The word behind this label.
    pub(crate) fn word(&self, label: &str) -> Option<&str> {
        self.printed.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim)
    }

    /// The base URL.
    pub(crate) fn base_url(&self) -> &str {
        self.word("SCIM").unwrap()
    }

    /// The commands that were printed, as they would be pasted.
    pub(crate) fn commands(&self) -> Vec<String> {
        let blocks = self.printed.split("\n\n").filter_map(|block| block.split_once("\ncurl "));
        blocks.map(|(_, rest)| format!("curl {rest}")).collect()
    }

    /// What a pasted command prints.
    pub(crate) fn paste(&self, command: &str) -> Value {
        let output = Command::new("sh").args(["-c", command]).output().unwrap();
        assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Whether somebody gets in with this password, over TLS where the directory has it.
    pub(crate) fn binds(&self, who: &str, password: &str) -> bool {
        let url = self.printed.split_whitespace().find(|word| word.starts_with("ldap")).unwrap();
        let mut command = Command::new("ldapsearch");
        command.args(["-x", "-H", url, "-D", who, "-w", password, "-s", "base", "-b", "", "1.1"]);
        if let Some(file) = self.word("CA file") {
            command.env("LDAPTLS_CACERT", file);
        }
        command.output().unwrap().status.success()
    }
}
