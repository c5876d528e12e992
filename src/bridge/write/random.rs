//! Values that nobody can foretell.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::bridge::error::Error;

/// So many random octets as text.
///
/// # Errors
/// [`Error::Internal`] when the machine has no random numbers.
pub(super) fn text(octets: usize) -> Result<String, Error> {
    let mut random = vec![0_u8; octets];
    rand::fill(&mut random).map_err(|_| Error::Internal)?;
    Ok(STANDARD_NO_PAD.encode(random))
}
