//! Sending one operation that isn't a search, and telling whether it may have been performed when no answer comes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ldap3::controls::RawControl;
use ldap3::exop::PasswordModify;
use ldap3::{Ldap, LdapError, LdapResult, Mod};
use tokio::time::timeout_at;

use super::connection::{Connection, is_bind_lost};
use super::meter::Kind;
use super::pool::{Among, Pool};
use super::request::behalf;
use super::{DirectoryOptions, Error};
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Change, ModificationKind};
use crate::ldap::entry::Values;
use crate::ldap::plan::{EntryChange, NewPassword};
use crate::ldap::result::ResultCode;

/// On how many connections a write is tried that couldn't be sent.
const ATTEMPTS: usize = 3;

/// An operation as it is sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Single<'a> {
    /// An add, modify, rename or delete.
    Change(&'a EntryChange, &'a [RawControl]),
    /// Password Modify (RFC 3062).
    Password(&'a str, &'a NewPassword),
    /// Compare (RFC 4511 section 4.10).
    Compare(&'a str, &'a AttributeDescription, &'a [u8]),
}

/// Why an operation has no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It never left, as the connection was gone already.
    Before(String),
    /// It can't be sent at all.
    Never(String),
    /// It may have arrived.
    After(String),
}

impl From<LdapError> for NoAnswer {
    fn from(error: LdapError) -> Self {
        match error {
            // ldap3's driver took nothing any more.
            LdapError::OpSend { .. } => Self::Before("the connection was closed".to_owned()),
            LdapError::AddNoValues => Self::Never("an attribute is added without values".to_owned()),
            error => Self::After(error.to_string()),
        }
    }
}

impl Single<'_> {
    /// What meters call it.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Change(EntryChange { change, .. }, _) => match change {
                Change::Add(_) => Kind::Add,
                Change::Delete => Kind::Delete,
                Change::Modify(_) => Kind::Modify,
                Change::ModifyDn { .. } => Kind::Rename,
            },
            Self::Password(..) => Kind::Password,
            Self::Compare(..) => Kind::Compare,
        }
    }

    /// Sends it and waits for the answer.
    ///
    /// `options` say on whose behalf.
    pub(super) async fn send(self, ldap: &mut Ldap, options: &DirectoryOptions) -> Result<LdapResult, LdapError> {
        let own: &[RawControl] = if let Self::Change(_, controls) = self { controls } else { &[] };
        let controls: Vec<RawControl> = own.iter().cloned().chain(behalf(options)).collect();
        if !controls.is_empty() {
            ldap.with_controls(controls);
        }
        match self {
            Self::Change(EntryChange { dn, change, .. }, _) => send_change(ldap, dn, change).await,
            Self::Password(dn, password) => {
                let request = PasswordModify { user_id: Some(dn), old_pass: None, new_pass: Some(password.expose()) };
                ldap.extended(request).await.map(|answer| answer.1)
            }
            Self::Compare(dn, attribute, value) => {
                ldap.compare(dn, attribute.as_str(), value).await.map(|answer| answer.0)
            }
        }
    }
}

async fn send_change(ldap: &mut Ldap, dn: &str, change: &Change) -> Result<LdapResult, LdapError> {
    match change {
        Change::Add(attributes) => {
            let attributes = attributes.iter().map(|(name, values)| (name.as_str().as_bytes(), set(values)));
            ldap.add(dn, attributes.collect()).await
        }
        Change::Delete => ldap.delete(dn).await,
        Change::Modify(steps) => {
            let steps = steps.iter().map(|step| {
                let (name, values) = (step.attribute.as_str().as_bytes(), set(&step.values));
                match step.kind {
                    ModificationKind::Add => Mod::Add(name, values),
                    ModificationKind::Delete => Mod::Delete(name, values),
                    ModificationKind::Replace => Mod::Replace(name, values),
                }
            });
            ldap.modify(dn, steps.collect()).await
        }
        Change::ModifyDn { new_rdn, delete_old_rdn, new_superior } => {
            ldap.modifydn(dn, new_rdn, *delete_old_rdn, new_superior.as_deref()).await
        }
    }
}

fn set(values: &Values) -> HashSet<&[u8]> {
    values.iter().map(Vec::as_slice).collect()
}

/// Sends a write on the writers' server, on another connection where one was gone already. Never twice.
///
/// # Errors
/// [`Error::Unavailable`] when nobody took it before `deadline`, [`Error::NotSent`] when it can't be sent,
/// [`Error::OutcomeUnknown`] when no answer came, [`Error::Refused`] with the server's answer.
pub(super) async fn send_write(
    pool: &Pool,
    single: Single<'_>,
    deadline: Instant,
) -> Result<(LdapResult, Arc<str>), Error> {
    let mut detail = String::new();
    let late = |_| unavailable("no server took the write in time");
    let _writing = timeout_at(deadline.into(), pool.progress.writing.read()).await.map_err(late)?;
    let _done = Done(pool);
    for _ in 0..ATTEMPTS {
        let leased = timeout_at(deadline.into(), pool.lease_among(Among::Writers)).await;
        let (connection, _permit) =
            leased.unwrap_or_else(|_| Err(unavailable("no connection took the write in time")))?;
        if pool.clock.now() >= deadline {
            return Err(unavailable("there was no time left for the write"));
        }
        let mut ldap = connection.handle();
        let timed = pool.meter.begin(single.kind());
        let answer = timeout_at(deadline.into(), single.send(&mut ldap, &pool.options)).await;
        match &answer {
            Ok(Ok(result)) => timed.answered(result.rc),
            Ok(Err(_)) | Err(_) => timed.end("lost"),
        }
        let Ok(answer) = answer else {
            connection.suspect.notify_one();
            return Err(Error::OutcomeUnknown { detail: "no answer in time".to_owned() });
        };
        match answer.map_err(NoAnswer::from) {
            Ok(result) => match judge(&connection, result) {
                Ok(Some(result)) => return Ok((result, connection.address.clone())),
                Ok(None) => detail = "the server forgot who we are".to_owned(),
                Err(error) => return Err(error),
            },
            Err(NoAnswer::Never(detail)) => return Err(Error::NotSent { detail }),
            Err(NoAnswer::Before(before)) => {
                connection.condemn();
                detail = before;
            }
            Err(NoAnswer::After(detail)) => {
                connection.condemn();
                return Err(Error::OutcomeUnknown { detail });
            }
        }
    }
    Err(unavailable(&detail))
}

/// Notes when it goes that something may have been written, before anyone hears of it.
pub(super) struct Done<'a>(pub(super) &'a Pool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.progress.note();
    }
}

/// What a result means; nothing where the server took the connection for an anonymous one, so that it did nothing.
pub(super) fn judge(connection: &Connection, result: LdapResult) -> Result<Option<LdapResult>, Error> {
    connection.note_answer();
    if is_bind_lost(&result) {
        connection.condemn();
        return Ok(None);
    }
    // Compare answers by code.
    let code = ResultCode(result.rc);
    if code.is_success() {
        return Ok(Some(result));
    }
    let text = match code {
        ResultCode::REFERRAL => format!("referral to {}; {}", result.refs.join(", "), result.text),
        _ => result.text,
    };
    Err(Error::Refused(crate::ldap::LdapResult::new(code, result.matched, text)))
}

/// An error that says that nothing was changed.
pub(super) fn unavailable(detail: &str) -> Error {
    Error::Unavailable { retry_after: Duration::from_secs(1), detail: detail.to_owned() }
}

/// Whether a server takes a request of this size.
///
/// # Errors
/// [`Error::NotSent`] when not: the server would close the connection, and nobody would know what was done.
pub(super) fn check_size(pool: &Pool, change: &EntryChange) -> Result<(), Error> {
    let (octets, most) = (change.octets(), pool.options.largest_write);
    if octets > most {
        return Err(Error::NotSent { detail: format!("the write has {octets} octets, and servers take {most}") });
    }
    Ok(())
}
