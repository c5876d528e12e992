//! Members that are the result of a search (groupOfURLs): each URL's search, within the confinement of the types that may be
//! referred to. What somebody wrote there long ago may mean nothing any more; no list fails for it.

use std::sync::Arc;

use super::context::Context;
use super::error::Error;
use super::service::Bridge;
use crate::directory::{self, StreamOptions};
use crate::ldap::result::ResultCode;
use crate::ldap::url::LdapUrl;
use crate::ldap::{DnKey, Search};
use crate::mapping::model::{Base, Resource, TypeIndex};
use crate::translate::references::{Target, Targets, Wanted};
use crate::translate::{errors, search};

/// What a URL's search brought.
enum Brought {
    Members(Vec<Arc<Target>>),
    /// It can't be asked for.
    Unaskable,
}

impl Bridge {
    /// Resolves the URLs in `wanted`.
    ///
    /// # Errors
    /// 400 `tooMany` where their searches bring more entries than a filter may make this server look at.
    pub(super) async fn resolve_urls(&self, cx: &Context, wanted: &Wanted, targets: &mut Targets) -> Result<(), Error> {
        let mut left = self.limits.scan;
        for (text, kinds) in &wanted.urls {
            let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse::<LdapUrl>().ok());
            let named = parsed.and_then(|url| Some((DnKey::of(&url.base).ok()?, url)));
            let Some((key, url)) = named else {
                targets.insert_unreadable(text.clone());
                continue;
            };
            let mut found = Vec::new();
            for kind in kinds {
                match self.search_url(cx, (&url, &key), *kind, &mut left).await? {
                    Brought::Members(members) => found.extend(members),
                    Brought::Unaskable => targets.insert_unreadable(text.clone()),
                }
            }
            targets.insert_url(text.clone(), found);
        }
        Ok(())
    }

    /// The entries of type `kind` that `url`, whose base is `key`, finds; `left` says how many may be looked at yet.
    async fn search_url(
        &self,
        cx: &Context,
        (url, key): (&LdapUrl, &DnKey),
        kind: TypeIndex,
        left: &mut usize,
    ) -> Result<Brought, Error> {
        let resource = &self.mapping.resources[kind];
        let mut found = Vec::new();
        for (base, partition) in self.places(kind) {
            let known = partition.known()?;
            let Some(mut search) = within(resource, base, (url, key)) else { continue };
            search.attributes = known.target.set.clone();
            let options = StreamOptions { deadline: Some(cx.deadline), ..StreamOptions::default() };
            let mut entries = partition.directory.stream(Arc::new(search), options);
            loop {
                let batch = match entries.next_batch().await {
                    Ok(Some(batch)) => batch,
                    Ok(None) => break,
                    Err(directory::Error::Refused(result)) if leads_nowhere(result.code) => break,
                    Err(directory::Error::NotSent { .. }) => return Ok(Brought::Unaskable),
                    Err(error) => return Err(error.into()),
                };
                *left = left.checked_sub(batch.len()).ok_or_else(|| errors::too_many_members(self.limits.scan))?;
                for entry in batch {
                    let confined = DnKey::of(&entry.dn)
                        .is_ok_and(|dn| dn.is_in_scope(&base.key, base.scope) && dn.is_in_scope(key, url.scope));
                    found.extend(confined.then(|| self.target(&known, kind, |place| entry.values(place))).flatten());
                }
            }
        }
        Ok(Brought::Members(found))
    }
}

/// The search of `url` for what is below `base` as well: the narrower of the two holds what both hold. `None` where nothing is.
fn within(resource: &Resource, base: &Base, (url, key): (&LdapUrl, &DnKey)) -> Option<Search> {
    let mut search = search::below(resource, base, url.filter.clone(), Arc::default())?;
    if key.is_under(&base.key) {
        // Entries are held against the scopes of both: deeper ones that one of them leaves out needn't be read.
        if *key != base.key || search.scope == crate::ldap::Scope::Subtree {
            search.scope = url.scope;
        }
        search.base.clone_from(&url.base);
        return Some(search);
    }
    base.key.is_under(key).then_some(search)
}

/// Whether a refusal means that nothing is where a search was to begin: no entry, an alias or a referral, or a name that this
/// directory doesn't understand.
fn leads_nowhere(code: ResultCode) -> bool {
    matches!(code.0, 10 | 32 | 33 | 34 | 36)
}
