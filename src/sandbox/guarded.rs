//! A child process that ends with its parent, whatever ends that.
//!
//! Parent-death signals fire when a THREAD ends, and nothing runs in a process that is killed hard. So a small shell stands
//! between: it holds our pipe as standard input, and when the pipe closes it ends the child and removes the folder. While the
//! pipe is open it takes words: `term`, `kill`, `stop`, `cont`.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::error::SandboxError;

/// `$1` is the folder to remove when the parent is gone; the rest is the command.
///
/// The watcher ends with 7 when the pipe closed. It gives the child five seconds before it kills it hard, and is deaf to TERM by
/// then, which the main shell sends it as soon as the child is gone.
const GUARD: &str = r#"
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & child=$!
(
  while read -r word <&3; do
    case $word in
      term) kill -s CONT $child; kill -s TERM $child ;;
      kill) kill -s KILL $child ;;
      stop) kill -s STOP $child ;;
      cont) kill -s CONT $child ;;
    esac
  done
  trap '' TERM
  kill -s CONT $child; kill -s TERM $child
  left=100
  while kill -s 0 $child && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.05; done
  kill -s KILL $child
  exit 7
) 2>/dev/null & watcher=$!
wait $child 2>/dev/null; status=$?
kill -s TERM $watcher 2>/dev/null
wait $watcher 2>/dev/null
[ $? -eq 7 ] && rm -rf -- "$folder"
exit $status
"#;

/// How long a child may take to end when asked to; the guard itself loses patience after five seconds.
const END_POLLS: u32 = 1_400;
const POLL: Duration = Duration::from_millis(5);

/// A running child behind its guard. Dropping it ends the child and removes the folder.
#[derive(Debug)]
pub(crate) struct Guarded {
    shell: Child,
}

impl Guarded {
    /// Starts `program` with `arguments`, its output going to `log`; `folder` is removed when this process is gone.
    ///
    /// The child has a process group of its own, so that an interrupt from the terminal reaches this process alone.
    pub(crate) fn spawn(program: &Path, arguments: &[String], folder: &Path, log: &File) -> Result<Self, SandboxError> {
        let output = || log.try_clone().map_err(SandboxError::io("opening the log"));
        let shell = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(output()?)
            .stderr(output()?)
            .process_group(0)
            .spawn()
            .map_err(SandboxError::io("starting sh"))?;
        Ok(Guarded { shell })
    }

    /// Whether the child (and so its guard) still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.shell.try_wait(), Ok(None))
    }

    /// Asks the child to end, and waits for it.
    pub(crate) fn end(&mut self) -> Result<(), SandboxError> {
        self.say("term")?;
        if self.wait() { Ok(()) } else { self.kill() }
    }

    /// Kills the child hard, and waits for it.
    pub(crate) fn kill(&mut self) -> Result<(), SandboxError> {
        self.say("kill")?;
        if self.wait() { Ok(()) } else { self.shell.kill().map_err(SandboxError::io("ending slapd's guard")) }
    }

    /// Freezes the child: its connections stay open and nothing answers.
    pub(crate) fn suspend(&mut self) -> Result<(), SandboxError> {
        self.say("stop")
    }

    /// Lets a frozen child go on.
    pub(crate) fn resume(&mut self) -> Result<(), SandboxError> {
        self.say("cont")
    }

    fn say(&mut self, word: &str) -> Result<(), SandboxError> {
        if !self.is_running() {
            return Ok(());
        }
        match self.shell.stdin.as_mut() {
            Some(pipe) => writeln!(pipe, "{word}").map_err(SandboxError::io("speaking to slapd's guard")),
            None => Ok(()),
        }
    }

    /// Waits for the guard to end; false when it doesn't.
    fn wait(&mut self) -> bool {
        (0..END_POLLS).any(|_| {
            let ended = !self.is_running();
            if !ended {
                sleep(POLL);
            }
            ended
        })
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Nobody can be told about a failure here; the guard ends the child by itself.
        self.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(folder: &Path, program: &str, arguments: &[&str]) -> Guarded {
        let log = File::create(folder.join("log")).unwrap();
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        Guarded::spawn(Path::new(program), &arguments, folder, &log).unwrap()
    }

    fn is_alive(pid: &str) -> bool {
        Path::new("/proc").join(pid).exists()
    }

    fn wait_until(mut condition: impl FnMut() -> bool) -> bool {
        (0..600).any(|_| {
            sleep(POLL);
            condition()
        })
    }

    /// A child that writes its process id into `folder`/pid and waits.
    fn start_sleeper(folder: &Path) -> (Guarded, String) {
        let pid_file = folder.join("pid");
        let script = format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600", pid_file.display());
        let guarded = start(folder, "/bin/sh", &["-c", &script]);
        assert!(wait_until(|| pid_file.exists()));
        let pid = std::fs::read_to_string(&pid_file).unwrap().trim().to_owned();
        assert!(is_alive(&pid));
        (guarded, pid)
    }

    #[test]
    fn dropping_ends_the_child_and_removes_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (guarded, pid) = start_sleeper(folder.path());
        drop(guarded);
        assert!(!is_alive(&pid));
        assert!(!folder.path().exists());
    }

    #[test]
    fn ending_or_killing_keeps_the_folder() {
        for how in [Guarded::end, Guarded::kill] {
            let folder = tempfile::tempdir().unwrap();
            let (mut guarded, pid) = start_sleeper(folder.path());
            how(&mut guarded).unwrap();
            assert!(!guarded.is_running());
            assert!(!is_alive(&pid));
            drop(guarded);
            assert!(folder.path().exists());
        }
    }

    #[test]
    fn a_suspended_child_ends_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (mut guarded, pid) = start_sleeper(folder.path());
        guarded.suspend().unwrap();
        assert!(wait_until(|| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") T ")));
        guarded.end().unwrap();
        assert!(!is_alive(&pid));
    }

    #[test]
    fn a_child_that_ends_by_itself_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut guarded = start(folder.path(), "/bin/false", &[]);
        assert!(wait_until(|| !guarded.is_running()));
        assert!(folder.path().exists());
    }
}
