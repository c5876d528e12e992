//! The bridge as clients see it that may not see or write everything.
//!
//! Each confinement has a bridge of its own: over the same directories and by the same rules, but of a mapping in which nothing else
//! is. It remembers nothing beyond what the directory's stamp vouches for, and its writes make stale what the whole bridge remembers.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::context::{ClientInfo, Context};
use super::documents::Documents;
use super::error::Error;
use super::memory::Memory;
use super::meter::Meter;
use super::part::{Parts, Whole};
use super::partition::Partition;
use super::service::{Bridge, Writing};
use crate::auth::Identity;
use crate::cache::feeds::Feeds;
use crate::cache::snapshots::Snapshots;
use crate::directory::Bind;
use crate::ldap::Filter;
use crate::mapping::Confinement;
use crate::mapping::confine::Confined;
use crate::mapping::model::{Base, Mapping, TypeIndex};
use crate::scim;
use crate::translate::View;
use crate::translate::filter::{Translated, translate};
use crate::translate::lookup::Answers;

/// How long it may take to reach the directories as somebody else.
const CONNECTING: Duration = Duration::from_secs(5);

impl Bridge {
    /// The bridge that serves `client` instead of this one, if it is confined.
    ///
    /// # Errors
    /// 503 until the directories' schemas are known; an internal error for a confinement that can't be kept.
    pub(super) fn view_of(&self, client: &ClientInfo) -> Result<Option<Arc<Self>>, Error> {
        match &client.confinement {
            Some(confinement) if self.whole.is_none() => self.view(client, Some(confinement)).map(Some),
            None if self.whole.is_none() && !client.sees_all() => self.view(client, None).map(Some),
            _ => Ok(None),
        }
    }

    /// As [`view_of`](Self::view_of), once it can ask its directories: those that it asks as somebody else are reached by connections
    /// of its own.
    ///
    /// # Errors
    /// As there; 503 when that takes too long.
    pub(super) async fn view_for(&self, cx: &Context) -> Result<Option<Arc<Self>>, Error> {
        if cx.client.sees_all() {
            return Ok(None);
        }
        let view = self.view_of(&cx.client)?;
        if let Some(view) = &view
            && cx.client.identity != Identity::Service
        {
            let ready = view.until_ready(cx.deadline.min(crate::clock::deadline(&*cx.clock, CONNECTING))).await;
            self.forget_if_refused(view, &cx.client);
            ready?;
        }
        Ok(view)
    }

    /// Once the directory refuses a client's own name and password, they aren't tried again: the client has to show others, or to be
    /// authenticated anew.
    fn forget_if_refused(&self, view: &Self, client: &ClientInfo) {
        if let Identity::Own(own) = &client.identity
            && view.partitions.values().any(|partition| partition.directory.is_refused())
        {
            own.refuse();
            self.parts.forget(client.visibility);
        }
    }

    /// Closes connections of clients that are somebody else in the directory and haven't asked for anything in a while; to be called
    /// every few seconds.
    pub fn let_go(&self, now: Instant) {
        self.parts.let_go(now);
    }

    fn view(&self, client: &ClientInfo, confinement: Option<&Arc<Confinement>>) -> Result<Arc<Self>, Error> {
        let mut generations = Vec::with_capacity(self.partitions.len());
        for partition in self.partitions.values() {
            generations.push(partition.known()?.capabilities.generation);
        }
        if let Some(made) = self.parts.get(client.visibility, &generations) {
            return made.ok_or(Error::Internal);
        }
        let bridge = self.confined(confinement.map(AsRef::as_ref), &client.identity).map(Arc::new);
        let bridge = match bridge {
            Ok(bridge) => Some(bridge),
            Err(Unconfinable::Away(error)) => return Err(error),
            Err(Unconfinable::Never(why)) => {
                tracing::error!(
                    client = client.name,
                    why,
                    "a client is confined by `only` to what can't be decided: it is refused"
                );
                None
            }
        };
        self.parts.keep(client.visibility, generations, bridge.clone(), client.identity != Identity::Service);
        bridge.ok_or(Error::Internal)
    }

    /// Whether the directories can decide what `client` is confined to.
    ///
    /// # Errors
    /// Why they can't, or that one of them is away.
    pub fn check_decidable(&self, client: &ClientInfo) -> Result<(), String> {
        match self.confined(client.confinement.as_deref(), &Identity::Service) {
            Ok(_) => Ok(()),
            Err(Unconfinable::Away(error)) => Err(error.to_string()),
            Err(Unconfinable::Never(why)) => Err(why),
        }
    }

    fn confined(&self, confinement: Option<&Confinement>, identity: &Identity) -> Result<Self, Unconfinable> {
        let Some(confinement) = confinement else { return Ok(self.showing(Arc::clone(&self.mapping), identity)) };
        let Confined { mut mapping, only } =
            confinement.of(&self.mapping).map_err(|error| Unconfinable::Never(error.to_string()))?;
        let lawful = Arc::new(self.mapping.for_confinement());
        for (kind, only) in only.iter().enumerate() {
            let Some(only) = only else { continue };
            let mut decided: Option<Filter> = None;
            for base in &mapping.resources[kind].bases {
                let filter = self.decided(&lawful, kind, base, only)?;
                if decided.as_ref().is_some_and(|other| *other != filter) {
                    let why = "two directories of the type would have to be asked differently".to_owned();
                    return Err(Unconfinable::Never(why));
                }
                decided = Some(filter);
            }
            let resource = &mut mapping.resources[kind];
            if let Some(filter) = decided {
                resource.filter = Filter::and([resource.filter.clone(), filter.clone()]);
                resource.only = Some(filter);
            }
        }
        Ok(self.showing(Arc::new(mapping), identity))
    }

    /// The LDAP filter that says what `only` does of resources of `kind` below `base`.
    fn decided(
        &self,
        lawful: &Arc<Mapping>,
        kind: TypeIndex,
        base: &Base,
        only: &scim::filter::typed::Filter,
    ) -> Result<Filter, Unconfinable> {
        let Some(partition) = self.partitions.get(&base.directory) else {
            return Err(Unconfinable::Away(Error::Internal));
        };
        let known = partition.known().map_err(Unconfinable::Away)?;
        let view = View { mapping: Arc::clone(lawful), schema: known.view.schema.clone() };
        match translate(&view, kind, only, &Answers::default(), &self.base_url) {
            Translated::Ready(bounds) if bounds.is_exact() => Ok(bounds.upper),
            Translated::Ready(bounds) => {
                Err(Unconfinable::Never(format!("the directory can't decide it: {}", bounds.reasons.join("; "))))
            }
            Translated::Needs(_) => {
                Err(Unconfinable::Never("it depends on other resources, which a confinement can't".to_owned()))
            }
        }
    }

    /// A bridge of `mapping`, a part of this one's.
    fn showing(&self, mapping: Arc<Mapping>, identity: &Identity) -> Self {
        let changes = &self.memory.changes;
        let partitions = self.partitions.iter().map(|(name, partition)| {
            let directory = match identity {
                Identity::Service => partition.directory.clone(),
                Identity::Proxied(id) => partition.directory.for_another(None, Some(id.to_string())),
                Identity::Own(own) => {
                    let bind = Bind::Simple { dn: own.dn.clone(), password: own.password.clone() };
                    partition.directory.for_another(Some(bind), None)
                }
            };
            let (mapping, base_url) = (Arc::clone(&mapping), Arc::clone(&self.base_url));
            let partition = Partition::new(name.clone(), directory, mapping, base_url, self.limits.names, changes);
            (name.clone(), Arc::new(partition))
        });
        Self {
            partitions: partitions.collect(),
            base_url: Arc::clone(&self.base_url),
            catalogs: Vec::new(),
            snapshots: Snapshots::new(self.limits.snapshot_bytes, self.limits.snapshot_lifetime),
            feeds: Feeds::new(self.limits.feeds, self.limits.feed_lifetime),
            limits: self.limits.clone(),
            cursor_key: self.cursor_key.clone(),
            writing: Writing {
                name: self.writing.name.clone(),
                audit: self.writing.audit.clone(),
                brake: Arc::clone(&self.writing.brake),
            },
            memory: Memory::none(Arc::clone(changes)),
            meter: Meter::new(&self.writing.name),
            documents: Documents::default(),
            moves_no_stamp: OnceLock::new(),
            parts: Parts::default(),
            whole: Some(Whole { mapping: Arc::clone(&self.mapping), partitions: self.partitions.clone() }),
            mapping,
        }
    }

    /// The mapping with all that there is, whoever asks: what must be unique is so among all.
    pub(super) fn whole_mapping(&self) -> &Mapping {
        self.whole.as_ref().map_or(&self.mapping, |whole| &whole.mapping)
    }

    /// The places where resources of `kind` are, whether or not the client sees them.
    pub(super) fn whole_places(&self, kind: TypeIndex) -> impl Iterator<Item = (&Base, &Arc<Partition>)> {
        let partitions = self.whole.as_ref().map_or(&self.partitions, |whole| &whole.partitions);
        let resource = &self.whole_mapping().resources[kind];
        resource.bases.iter().filter_map(|base| Some((base, partitions.get(&base.directory)?)))
    }

    /// Refuses a type that isn't there for the client.
    pub(super) fn admit(&self, kind: TypeIndex) -> Result<(), Error> {
        if self.mapping.has(kind) || self.whole.is_none() {
            return Ok(());
        }
        let name = &self.mapping.resources[kind].name;
        Err(scim::Error::forbidden(format!("this client has no access to resources of type {name}")).into())
    }

    /// Refuses a request whose lists have so many `values`, where that is more than it may name.
    pub(super) fn admit_values(&self, values: usize) -> Result<(), Error> {
        let most = self.limits.request_values;
        if values <= most {
            return Ok(());
        }
        Err(scim::Error::too_large(format!("a request's lists can have at most {most} values")).into())
    }

    /// Refuses a write of what isn't the client's to write, or nobody's by way of the type itself.
    pub(super) fn admit_write(&self, cx: &Context, kind: TypeIndex) -> Result<(), Error> {
        self.admit(kind)?;
        if cx.client.reads_only {
            return Err(scim::Error::forbidden("this client may only read").into());
        }
        let resource = &self.mapping.resources[kind];
        if resource.writing.never {
            let detail = format!("resources of type {} are read only here", resource.name);
            return Err(scim::Error::forbidden(detail).into());
        }
        Ok(())
    }
}

/// Why a client can't be confined as its settings say.
#[derive(Debug)]
enum Unconfinable {
    /// It isn't known yet.
    Away(Error),
    /// It never will be.
    Never(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{CursorKey, Limits};
    use crate::clock::{SharedClock, SystemClock};
    use crate::directory::{Directory, DirectoryOptions};
    use crate::mapping::model::Source;

    #[tokio::test]
    async fn a_group_is_one_to_clients_that_see_nobodys_groups() {
        let text = "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n";
        let loader = |_: &str| -> std::io::Result<String> { Ok(text.to_owned()) };
        let mapping = crate::mapping::compile(loader, "test.toml").unwrap_or_else(|report| panic!("{report}"));
        let (user, group) = ["User", "Group"].map(|name| mapping.resource(name).unwrap().0).into();
        let clock: SharedClock = Arc::new(SystemClock);
        let directory = Directory::start(DirectoryOptions::new(vec!["ldap://127.0.0.1:1".parse().unwrap()]), clock);
        let (directories, key) = ([("main".to_owned(), directory)].into(), CursorKey::random().unwrap());
        let url = "https://scim.example.com";
        let bridge = Bridge::new(Arc::new(mapping), url, directories, Limits::default(), key).unwrap();
        let attributes = ["displayName", "members"].map(str::to_owned).to_vec();
        let confinement = Confinement { attributes: Some(attributes), ..Confinement::default() };
        let view = bridge.confined(Some(&confinement), &Identity::Service).unwrap();
        let mut sources = view.mapping.resources.iter().flat_map(|resource| &resource.sources);
        assert!(!sources.any(|source| matches!(source, Source::Backreference(_))), "nobody's groups are shown");
        assert!(view.is_group(group) && !view.is_group(user));
    }
}
