//! One resource by its id.

use super::answer::{Fetched, Representation, body};
use super::by_id::{Asked, first_found};
use super::context::{Context, Selection};
use super::error::Error;
use super::service::Bridge;
use crate::mapping::model::TypeIndex;
use crate::scim;
use crate::translate::render::Rendering;
use crate::translate::version;

impl Bridge {
    /// The resource of type `kind` called `id`, as `selection` shows it (RFC 7644 section 3.4.1).
    ///
    /// # Errors
    /// 404 for an id that names no resource of this type; 503 when the directory is away.
    pub async fn get(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        let tries = self.places(kind).map(|(base, partition)| async move {
            let known = partition.known()?;
            let plan = known.selected(kind, selection)?;
            let dereference = if known.dereferences() { plan.dereferences(&known.target.set) } else { Vec::new() };
            let place = (base, partition, &*known);
            let entry = self.entry_called(cx, kind, id, place, &plan, dereference, Asked::Any).await?;
            Ok::<_, Error>(entry.map(|entry| (partition.clone(), known, plan, entry)))
        });
        let found = first_found(tries).await?;
        let Some((partition, known, plan, entry)) = found else { return Err(scim::Error::not_found().into()) };
        let targets = self.resolve(cx, &partition, &known, &plan, std::slice::from_ref(&entry), None).await?;
        partition.oddities.tell(&partition.name, &plan, &entry, &targets);
        let rendering = Rendering::new(&plan, &entry, &targets).ok_or(Error::Internal)?;
        if let (Some(field), Some(etag)) = (if_none_match, rendering.etag())
            && version::none_match(field, etag)
        {
            return Ok(Fetched::NotModified { etag: etag.to_owned() });
        }
        let body = body(&rendering, &entry)?;
        Ok(Fetched::Representation(Representation {
            body: body.into(),
            etag: rendering.etag().map(str::to_owned),
            location: Some(rendering.location()),
        }))
    }
}
