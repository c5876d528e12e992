//! Numbers that new entries are given, such as uidNumber.

use std::sync::Arc;

use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::partition::Partition;
use crate::bridge::service::Bridge;
use crate::directory::WriteOptions;
use crate::directory::{self, StreamOptions};
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::dn::{Dn, DnKey};
use crate::ldap::plan::EntryChange;
use crate::ldap::result::ResultCode;
use crate::ldap::{AttributeDescription, AttributeSet, Filter, Scope, Search};
use crate::mapping::model::TypeIndex;
use crate::mapping::writing::Allocation;
use crate::translate::search;

/// How often the next number is tried, because others take numbers too or one is in use.
const ATTEMPTS: u32 = 1000;

impl Bridge {
    /// A free number for each of `allocations`.
    ///
    /// # Errors
    /// 503 where none is left, or others are always faster.
    pub(super) async fn allocated(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: &Partition,
        allocations: &[&Allocation],
    ) -> Result<Vec<(AttributeDescription, i64)>, Error> {
        let mut numbers = Vec::new();
        for allocation in allocations {
            let number = match &allocation.counter {
                Some((dn, attribute)) => self.counted(cx, kind, partition, allocation, (dn, attribute)).await?,
                None => self.next_free(cx, kind, partition, allocation).await?,
            };
            numbers.push((allocation.attribute.clone(), number));
        }
        Ok(numbers)
    }

    /// Takes numbers from the counter until one is free. What is taken is taken, whatever becomes of the entry.
    async fn counted(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: &Partition,
        allocation: &Allocation,
        (dn, attribute): (&Dn, &AttributeDescription),
    ) -> Result<i64, Error> {
        for _ in 0..ATTEMPTS {
            let stored = self.counter(cx, partition, dn, attribute).await?;
            let number = stored.max(allocation.range.0);
            if number > allocation.range.1 {
                return Err(none_left(allocation));
            }
            if cx.dry_run || self.count(cx, partition, (dn, attribute), (stored, number + 1)).await? {
                let holders = self.holders_of(cx, kind, partition, allocation, number).await?;
                if holders.is_empty() {
                    return Ok(number);
                }
                if cx.dry_run {
                    return Ok(number);
                }
            }
        }
        Err(super::too_busy())
    }

    async fn counter(
        &self,
        cx: &Context,
        partition: &Partition,
        dn: &Dn,
        attribute: &AttributeDescription,
    ) -> Result<i64, Error> {
        let Ok(class) = "objectClass".parse() else { return Err(Error::Internal) };
        let search = Search {
            base: dn.to_string(),
            scope: Scope::Base,
            filter: Filter::Present(class),
            attributes: Arc::new([attribute.clone()].into_iter().collect()),
            size_limit: None,
            dereference: Vec::new(),
        };
        let entry = partition.directory.lookup_pinned(&search, cx.deadline).await?;
        let text = entry.as_ref().and_then(|entry| std::str::from_utf8(entry.first(0)?).ok());
        text.and_then(|text| text.parse().ok()).ok_or_else(|| {
            tracing::error!(%dn, %attribute, "the counter that numbers are allocated from holds no number");
            Error::Internal
        })
    }

    /// Moves the counter on, unless it has moved already.
    async fn count(
        &self,
        cx: &Context,
        partition: &Partition,
        (dn, attribute): (&Dn, &AttributeDescription),
        (from, to): (i64, i64),
    ) -> Result<bool, Error> {
        let step = |kind, number: i64| Modification {
            kind,
            attribute: attribute.clone(),
            values: vec![number.to_string().into_bytes()],
        };
        let steps = vec![step(ModificationKind::Delete, from), step(ModificationKind::Add, to)];
        let change = EntryChange::modify(dn.to_string(), steps);
        match partition.directory.write(change, WriteOptions::default(), cx.deadline).await {
            Ok(_) => Ok(true),
            Err(directory::Error::Refused(result)) if result.code == ResultCode::NO_SUCH_ATTRIBUTE => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The number after the highest one in use within the range.
    async fn next_free(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: &Partition,
        allocation: &Allocation,
    ) -> Result<i64, Error> {
        let (first, last) = allocation.range;
        let mut next = first;
        for base in self.whole_mapping().resources[kind].bases.iter().filter(|base| base.directory == partition.name) {
            let set: AttributeSet = [allocation.attribute.clone()].into_iter().collect();
            let present = Filter::Present(allocation.attribute.clone());
            let Some(search) = search::below(&self.whole_mapping().resources[kind], base, present, Arc::new(set))
            else {
                continue;
            };
            let options = StreamOptions { deadline: Some(cx.deadline), ..StreamOptions::default() };
            let mut entries = partition.directory.stream(Arc::new(search), options);
            while let Some(batch) = entries.next_batch().await? {
                let texts =
                    batch.iter().flat_map(|entry| entry.values(0)).filter_map(|raw| std::str::from_utf8(raw).ok());
                let used =
                    texts.filter_map(|text| text.parse::<i64>().ok()).filter(|used| (first..=last).contains(used));
                next = used.map(|used| used + 1).fold(next, i64::max);
            }
        }
        if next > last { Err(none_left(allocation)) } else { Ok(next) }
    }

    /// After an entry called `dn` was added with allocated numbers: whether another has one of them. Without a counter two may
    /// have taken the same; then both give way.
    pub(super) async fn number_taken(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: &Partition,
        allocations: &[&Allocation],
        dn: &str,
    ) -> Result<bool, Error> {
        if cx.dry_run {
            return Ok(false);
        }
        let own = DnKey::of(dn).ok();
        for allocation in allocations.iter().filter(|allocation| allocation.counter.is_none()) {
            for (number, key) in self.numbers_of(cx, partition, allocation, dn).await?.into_iter().map(|n| (n, &own)) {
                let holders = self.holders_of(cx, kind, partition, allocation, number).await?;
                if holders.iter().any(|holder| DnKey::of(holder).ok() != *key) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn numbers_of(
        &self,
        cx: &Context,
        partition: &Partition,
        allocation: &Allocation,
        dn: &str,
    ) -> Result<Vec<i64>, Error> {
        let dn: Dn = dn.parse().map_err(|_| Error::Internal)?;
        self.counter(cx, partition, &dn, &allocation.attribute).await.map(|number| vec![number])
    }

    /// The names of the entries that have the number.
    async fn holders_of(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: &Partition,
        allocation: &Allocation,
        number: i64,
    ) -> Result<Vec<String>, Error> {
        let mut holders = Vec::new();
        for base in self.whole_mapping().resources[kind].bases.iter().filter(|base| base.directory == partition.name) {
            let by_number = Filter::Equality(allocation.attribute.clone(), number.to_string().into_bytes());
            let none = Arc::new(AttributeSet::new());
            let Some(mut search) = search::below(&self.whole_mapping().resources[kind], base, by_number, none) else {
                continue;
            };
            search.size_limit = Some(50);
            holders.extend(
                partition.directory.search_pinned(&search, cx.deadline).await?.into_iter().map(|entry| entry.dn),
            );
        }
        Ok(holders)
    }
}

fn none_left(allocation: &Allocation) -> Error {
    let (first, last) = allocation.range;
    tracing::error!(attribute = %allocation.attribute, first, last, "no number is left to be allocated");
    Error::Internal
}
