//! Compare (RFC 4511 section 4.10): whether an entry has a value, without reading the values.

use std::time::Instant;

use tokio::time::timeout_at;

use super::apply::{NoAnswer, Single, judge, unavailable};
use super::pool::Among;
use super::{Directory, Error};
use crate::ldap::AttributeDescription;
use crate::ldap::result::ResultCode;

impl Directory {
    /// Whether the entry called `dn` has `value`, by the attribute's equality rule, on the server that takes the writes.
    ///
    /// # Errors
    /// [`Error::Refused`] with the server's result: noSuchObject (32) when there is no such entry, inappropriateMatching (18)
    /// when the attribute has no equality rule; that it has no value at all is no error. Otherwise as [`Directory::search`].
    pub async fn compare(
        &self,
        dn: &str,
        attribute: &AttributeDescription,
        value: &[u8],
        deadline: Instant,
    ) -> Result<bool, Error> {
        let single = Single::Compare(dn, attribute, value);
        let first = self.compare_once(single, deadline).await;
        match first {
            // A read may be repeated.
            Err(Error::OutcomeUnknown { .. }) => match self.compare_once(single, deadline).await {
                Err(Error::OutcomeUnknown { detail }) => Err(unavailable(&detail)),
                result => result,
            },
            result => result,
        }
    }

    async fn compare_once(&self, single: Single<'_>, deadline: Instant) -> Result<bool, Error> {
        let attempt = async {
            let (connection, _permit) = self.0.pool.lease_among(Among::Writers).await?;
            let mut ldap = connection.handle();
            let timed = self.0.pool.meter.begin(single.kind());
            let answer = single.send(&mut ldap, &self.0.pool.options).await;
            match &answer {
                Ok(result) => timed.answered(result.rc),
                Err(_) => timed.end("lost"),
            }
            match answer.map_err(NoAnswer::from) {
                Ok(result) => judge(&connection, result)
                    .map(|result| result.is_some_and(|result| ResultCode(result.rc) == ResultCode::COMPARE_TRUE)),
                Err(NoAnswer::Never(detail)) => Err(Error::NotSent { detail }),
                Err(NoAnswer::Before(detail) | NoAnswer::After(detail)) => {
                    connection.condemn();
                    Err(Error::OutcomeUnknown { detail })
                }
            }
        };
        match timeout_at(deadline.into(), attempt).await {
            Err(_) => Err(Error::Deadline),
            Ok(Err(Error::Refused(result))) if result.code == ResultCode::NO_SUCH_ATTRIBUTE => Ok(false),
            Ok(result) => result,
        }
    }
}
