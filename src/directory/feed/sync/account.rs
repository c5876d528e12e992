//! What a synchronisation has told, and how far it has come.

use std::sync::Arc;

use super::catch_up::MOST;
use super::message::Message;
use crate::directory::feed::context::{Context, End};
use crate::directory::feed::event::{ChangeKind, ChangedEntry};
use crate::directory::feed::identity::{self, NamedBy};
use crate::directory::feed::mark::Mark;
use crate::ldap::Entry;
use crate::ldap::controls::{SyncInfo, SyncKind, SyncUuid};

/// What stands in a cookie of 389 Directory Server's that couldn't find the number of a change.
const NO_NUMBER: u64 = u32::MAX as u64;

/// What a synchronisation has told, and how far it has come.
pub(super) struct Account {
    context: Arc<Context>,
    named_by: NamedBy,
    /// The cookie to go on with; none when the next synchronisation must begin anew.
    pub(super) cookie: Option<Vec<u8>>,
    /// How far the feed has come.
    pub(super) progress: Mark,
    /// Whether all entries come because there was no cookie: they are no changes.
    content: bool,
    /// Whether everything up to now has been told.
    pub(super) refreshed: bool,
    told: usize,
}

impl Account {
    /// The account of a synchronisation that begins with `cookie`, at `progress`.
    pub(super) fn new(context: Arc<Context>, named_by: NamedBy, cookie: Option<Vec<u8>>, progress: Mark) -> Self {
        Self { context, named_by, content: cookie.is_none(), cookie, progress, refreshed: false, told: 0 }
    }

    /// Takes in one message, and tells of what it tells.
    ///
    /// # Errors
    /// The end of a synchronisation that doesn't say what is gone, or that brings too much.
    pub(super) fn hear(&mut self, message: Message) -> Result<(), End> {
        match message {
            Message::Entry(entry, state) => {
                match state.kind {
                    _ if self.content && !self.refreshed => {}
                    SyncKind::Present => {
                        return Err(self.anew("the server tells of what is there, not of what is gone"));
                    }
                    SyncKind::Add | SyncKind::Modify => self.there(entry, &state.uuid)?,
                    SyncKind::Delete => self.left(entry, &state.uuid),
                }
                self.note(state.cookie);
            }
            Message::Info(SyncInfo::NewCookie(cookie)) => self.note(Some(cookie)),
            Message::Info(SyncInfo::RefreshDelete { cookie, done }) => {
                self.note(cookie);
                self.refreshed |= done;
            }
            Message::Info(SyncInfo::RefreshPresent { cookie, done }) => {
                if !self.content {
                    self.context.reporter.everything("the server told of what is there, not of what is gone");
                }
                self.note(cookie);
                self.refreshed |= done;
            }
            Message::Info(SyncInfo::Ids { cookie, gone, uuids }) => {
                match gone {
                    true => self.gone(&uuids),
                    false if self.content => {}
                    false => return Err(self.anew("the server tells of what is there, not of what is gone")),
                }
                self.note(cookie);
            }
            Message::Other => {}
        }
        Ok(())
    }

    /// The end of this synchronisation, after which everything is taken for changed.
    pub(super) fn anew(&mut self, why: &str) -> End {
        self.cookie = None;
        End::anew(why)
    }

    /// Notes how far the synchronisation has come.
    pub(super) fn note(&mut self, cookie: Option<Vec<u8>>) {
        let Some(cookie) = cookie else { return };
        match Mark::of_cookie(&cookie) {
            Some(Mark::Number(NO_NUMBER)) => {}
            Some(mark) => {
                self.progress.advance(&mark);
                // OpenLDAP's cookie in a change names one provider; together they name all.
                self.cookie = Some(self.progress.cookie().unwrap_or(cookie));
            }
            None if cookie.is_empty() => {}
            None => self.cookie = Some(cookie),
        }
    }

    /// An entry is there.
    fn there(&mut self, entry: Entry, uuid: &SyncUuid) -> Result<(), End> {
        self.told += usize::from(!self.refreshed);
        if self.told > MOST {
            return Err(self.anew("too much has changed to be told"));
        }
        let id = self.id(Some(&entry), uuid);
        let change = ChangedEntry { id, kind: ChangeKind::Present, dn: Some(entry.dn.clone()), entry: Some(entry) };
        self.context.reporter.changed(vec![change]);
        Ok(())
    }

    /// An entry has left, which the server still knows by name.
    fn left(&mut self, entry: Entry, uuid: &SyncUuid) {
        let id = self.id(Some(&entry), uuid);
        let change = ChangedEntry { id, kind: ChangeKind::Gone, dn: Some(entry.dn), entry: None };
        self.context.reporter.changed(vec![change]);
    }

    /// Entries are gone.
    fn gone(&mut self, uuids: &[SyncUuid]) {
        let ids: Option<Vec<Vec<u8>>> = uuids.iter().map(|uuid| self.id(None, uuid)).collect();
        match ids {
            Some(ids) => {
                let gone = |id| ChangedEntry { id: Some(id), kind: ChangeKind::Gone, dn: None, entry: None };
                self.context.reporter.changed(ids.into_iter().map(gone).collect());
            }
            None => self.context.reporter.everything("entries are gone that the server names in its own way"),
        }
    }

    fn id(&self, entry: Option<&Entry>, uuid: &SyncUuid) -> Option<Vec<u8>> {
        let options = &self.context.options;
        entry
            .and_then(|entry| identity::of_entry(options, entry))
            .or_else(|| self.named_by.identity(&options.identity, uuid))
    }
}
