//! Catalogs: directories with a part of what others hold, as Active Directory's Global Catalog has of a whole forest. They are asked
//! who is named in another directory, so that not every domain need be, and for nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use super::context::Context;
use super::error::Error;
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::ldap::DnKey;
use crate::mapping::model::{Base, TypeIndex};
use crate::translate::references::Target;

impl Bridge {
    /// Looks up in the catalogs those of `names`, held by entries of `own`, that are resources of `kind` in other directories. What
    /// they don't know, or can't say, is left to these directories.
    pub(super) async fn ask_catalogs(
        &self,
        cx: &Context,
        own: &Partition,
        kind: TypeIndex,
        names: &[(&DnKey, &str)],
        found: &mut HashMap<DnKey, Arc<Target>>,
    ) {
        for catalog in &self.catalogs {
            let Ok(known) = catalog.known() else { continue };
            let bases = self.mapping.resources[kind].bases.iter().filter(|base| base.directory != own.name);
            for base in bases {
                if let Err(error) = self.ask_catalog(cx, (catalog, &known), kind, base, names, found).await {
                    tracing::debug!(catalog = catalog.name, %error, "a catalog doesn't answer: the directories themselves are asked");
                    break;
                }
            }
        }
    }

    async fn ask_catalog(
        &self,
        cx: &Context,
        (catalog, known): (&Partition, &Known),
        kind: TypeIndex,
        base: &Base,
        names: &[(&DnKey, &str)],
        found: &mut HashMap<DnKey, Arc<Target>>,
    ) -> Result<(), Error> {
        let there = |key: &DnKey| !found.contains_key(key) && key.is_in_scope(&base.key, base.scope);
        let mine: Vec<&str> = names.iter().filter(|(key, _)| there(key)).map(|(_, dn)| *dn).collect();
        for search in self.name_searches(known, &self.mapping.resources[kind], base, &mine) {
            for entry in catalog.directory.search(&search, cx.deadline).await? {
                let target = self.target(known, kind, |place| entry.values(place));
                found.extend(DnKey::of(&entry.dn).ok().zip(target));
            }
        }
        Ok(())
    }
}
