//! Who is created again comes back from where the retired are, where the mapping says so: with the same id.

use std::sync::Arc;

use serde_json::Value;

use super::Written;
use super::perform::{Job, PATIENCE, Unperformed};
use crate::audit::Action;
use crate::bridge::context::{Context, Selection};
use crate::bridge::error::Error;
use crate::bridge::partition::Partition;
use crate::bridge::service::Bridge;
use crate::ldap::Filter;
use crate::mapping::atom::Atom;
use crate::mapping::model::{Scalar, Source, TypeIndex};
use crate::mapping::writing::{Retired, Retirement};
use crate::scim::input::Image;
use crate::translate::errors::WriteKind;
use crate::translate::write;

impl Bridge {
    /// Brings the retired resource back that `image` describes by a value that is nobody else's, and makes it what `image` says;
    /// nothing where there is none.
    pub(super) async fn adopted(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: &Arc<Partition>,
        image: &Image,
        selection: &Selection,
    ) -> Result<Option<Written>, Error> {
        let resource = &self.mapping.resources[kind];
        let Retirement::Keep(Retired { adopt: true, parent: Some((retired, _)), .. }) = &resource.writing.on_delete
        else {
            return Ok(None);
        };
        let Some((home, _, _)) = write::parent(resource, &image.resource) else { return Ok(None) };
        let by_values = self.by_unique_values(kind, image);
        if by_values == Filter::False {
            return Ok(None);
        }
        let wish = self.replacing(kind, image.clone(), false);
        for again in 0..PATIENCE {
            self.stand_back(cx, again).await;
            let found = self.retired_subject(cx, kind, partition, retired, by_values.clone(), &wish.question).await?;
            let Some(mut subject) = found else { return Ok(None) };
            let plan = self.planned(cx, kind, &mut subject, (&wish, again == 0), true, Some(home)).await?;
            let job = Job { action: Action::Create, write: WriteKind::Rename, kind, id: None, made: None };
            match self.settle(cx, job, &subject, &wish, plan, selection).await {
                Ok(Written::Changed(shown)) => return Ok(Some(Written::Created(shown))),
                Ok(written) => return Ok(Some(written)),
                Err(Unperformed::Stale) => {}
                Err(Unperformed::Failed(error)) => return Err(error),
            }
        }
        Err(super::too_busy())
    }

    /// Matches the entries that have one of the values of `image` that no two resources share.
    fn by_unique_values(&self, kind: TypeIndex, image: &Image) -> Filter {
        let resource = &self.mapping.resources[kind];
        let equal = resource.writing.unique.iter().filter_map(|attr| {
            let Source::Scalar(Scalar::Ldap(scalar)) = resource.source(*attr) else { return None };
            let text = resource.schema.value(*attr, &image.resource).and_then(Value::as_str)?;
            let value = scalar.codec.encode(&Atom::Text(text.into())).ok()?;
            Some(Filter::Equality(scalar.attribute.clone(), value))
        });
        Filter::or(equal)
    }
}
