//! An authority and a server certificate of its own for a private server. Samba's are RSA without alternative names,
//! slow to make and refused by clients; 389 Directory Server has none.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::error::SandboxError;
use super::state::write_private;

/// Where the files are, all PEM.
#[derive(Clone, Debug)]
pub(super) struct Certificates {
    /// The authority's certificate.
    pub(super) ca: PathBuf,
    /// The server's certificate.
    pub(super) certificate: PathBuf,
    /// Its key.
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes them anew in `folder`, for this address, `localhost` and the server's own name.
    pub(super) fn make(folder: &Path, address: Ipv4Addr, host: &str) -> Result<Self, SandboxError> {
        fs::create_dir_all(folder).map_err(SandboxError::io("making the folder of the certificates"))?;
        let files =
            Self { ca: folder.join("ca.pem"), certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
        let names = vec![address.to_string(), "localhost".to_owned(), host.to_owned()];
        let (ca, certificate, key) =
            issue(names).map_err(|error| SandboxError::Option(format!("no certificate could be made: {error}")))?;
        write_private(&files.ca, &ca)?;
        write_private(&files.certificate, &certificate)?;
        write_private(&files.key, &key)?;
        Ok(files)
    }
}

/// An authority's certificate, a server's for `names`, and the latter's key.
fn issue(names: Vec<String>) -> Result<(String, String, String), rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "A private directory's authority");
    let authority_key = KeyPair::generate()?;
    let ca = authority.self_signed(&authority_key)?.pem();
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "localhost");
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &Issuer::new(authority, authority_key))?.pem();
    Ok((ca, certificate, key.serialize_pem()))
}
