//! Raw ldap3: the very searches that the bridge sends, over as many connections, with as many in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapConnAsync, LdapError, Scope};
use scimfront::clock::{Clock as _, SystemClock};
use scimfront::sandbox::Slapd;
use tokio::task::JoinSet;

/// One search.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: String,
    pub(crate) attributes: Vec<String>,
    pub(crate) controls: Vec<RawControl>,
}

impl Question {
    /// A subtree search without controls.
    pub(crate) fn subtree(base: &str, filter: impl Into<String>, attributes: &[&str]) -> Self {
        Question {
            base: base.to_owned(),
            scope: Scope::Subtree,
            filter: filter.into(),
            attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
            controls: Vec::new(),
        }
    }
}

/// Asks the questions round and round for `duration`, and returns how many a second were answered.
///
/// # Errors
/// The first LDAP error.
pub(crate) async fn searches_per_second(
    slapd: &Slapd,
    questions: Vec<Question>,
    connections: usize,
    in_flight: usize,
    duration: Duration,
) -> Result<f64, LdapError> {
    let questions = Arc::new(questions);
    let answered = Arc::new(AtomicUsize::new(0));
    let mut handles = Vec::new();
    for _ in 0..connections {
        handles.push(bind(slapd).await?);
    }
    let began = SystemClock.now();
    let end = began + duration;
    let mut workers = JoinSet::new();
    for (worker, ldap) in handles.iter().cycle().take(in_flight).cloned().enumerate() {
        let (questions, answered) = (Arc::clone(&questions), Arc::clone(&answered));
        workers.spawn(async move {
            let mut place = worker;
            while SystemClock.now() < end {
                if let Some(question) = questions.get(place % questions.len().max(1)) {
                    ask(ldap.clone(), question).await?;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                place += in_flight;
            }
            Ok::<(), LdapError>(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.map_err(|error| LdapError::Io { source: std::io::Error::other(error) })??;
    }
    Ok(answered.load(Ordering::Relaxed) as f64 / (SystemClock.now() - began).as_secs_f64())
}

async fn bind(slapd: &Slapd) -> Result<Ldap, LdapError> {
    let (connection, mut ldap) = LdapConnAsync::new(&slapd.url()).await?;
    ldap3::drive!(connection);
    ldap.simple_bind(&slapd.bind_dn(), slapd.password()).await?.success()?;
    Ok(ldap)
}

/// Asks one question and reads the whole answer; returns the number of entries.
async fn ask(mut ldap: Ldap, question: &Question) -> Result<usize, LdapError> {
    let ldap = ldap.with_controls(question.controls.clone());
    let mut stream =
        ldap.streaming_search(&question.base, question.scope, &question.filter, question.attributes.clone()).await?;
    let mut entries = 0;
    while stream.next().await?.is_some() {
        entries += 1;
    }
    stream.finish().await.success()?;
    Ok(entries)
}
