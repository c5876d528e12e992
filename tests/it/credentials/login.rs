//! An authorization server as far as this needs one: keys at an address, and tokens signed with them, or forged.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::{ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

/// A key that signs.
pub(crate) struct Key {
    name: String,
    kind: Kind,
}

enum Kind {
    Rsa(RsaKeyPair),
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

/// A server of public keys.
pub(crate) struct Login {
    address: SocketAddr,
    scheme: &'static str,
    keys: [Key; 3],
    state: Arc<State>,
}

struct State {
    set: Mutex<Vec<Value>>,
    silent: AtomicBool,
    holding: AtomicBool,
    asked: AtomicUsize,
    connected: AtomicUsize,
}

impl Key {
    pub(crate) fn edwards(name: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        Self { name: name.to_owned(), kind: Kind::Edwards(pair) }
    }

    fn curve(name: &str) -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
        Self { name: name.to_owned(), kind: Kind::Curve(pair) }
    }

    fn rsa(name: &str) -> Self {
        Self { name: name.to_owned(), kind: Kind::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()) }
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self.kind {
            Kind::Rsa(_) => "RS256",
            Kind::Curve(_) => "ES256",
            Kind::Edwards(_) => "EdDSA",
        }
    }

    /// The public key, as a set has it.
    pub(crate) fn public(&self) -> Value {
        let text = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let mut key = match &self.kind {
            Kind::Rsa(pair) => {
                let public = pair.public_key();
                json!({ "kty": "RSA", "n": text(public.modulus().big_endian_without_leading_zero()),
                    "e": text(public.exponent().big_endian_without_leading_zero()), "alg": "RS256" })
            }
            Kind::Curve(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) })
            }
            Kind::Edwards(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) }),
        };
        key["kid"] = json!(self.name);
        key["use"] = json!("sig");
        key
    }

    /// A token with this header, signed by this key, whatever the header says.
    pub(crate) fn signed(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let random = SystemRandom::new();
        let signature = match &self.kind {
            Kind::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Kind::Curve(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            Kind::Edwards(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A token as the server would sign it.
pub(crate) fn token(key: &Key, claims: &Value) -> String {
    key.signed(&json!({ "alg": key.algorithm(), "kid": key.name, "typ": "at+jwt" }), claims)
}

/// A token with this signature.
pub(crate) fn assembled(header: &Value, claims: &Value, signature: &[u8]) -> String {
    format!("{}.{}.{}", encoded(header), encoded(claims), URL_SAFE_NO_PAD.encode(signature))
}

/// A token signed by a shared secret.
pub(crate) fn with_secret(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    assembled(header, claims, tag.as_ref())
}

pub(crate) fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl State {
    fn answer(&self, stream: &mut (impl Read + Write)) {
        let mut request = [0; 2048];
        if !stream.read(&mut request).is_ok_and(|read| read > 0) || self.silent.load(SeqCst) {
            return;
        }
        self.asked.fetch_add(1, SeqCst);
        let body = json!({ "keys": *self.set.lock().unwrap() }).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
        let _ = stream.flush();
    }
}

impl Login {
    pub(crate) fn start() -> Self {
        Self::serving(None)
    }

    /// The same by TLS, with this certificate and key.
    pub(crate) fn start_secured(certificate: &Path, key: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(certificate).unwrap().collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Self::serving(Some(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())))
    }

    fn serving(tls: Option<Arc<ServerConfig>>) -> Self {
        let keys = [Key::rsa("rsa"), Key::curve("curve"), Key::edwards("edwards")];
        let mut set: Vec<Value> = keys.iter().map(Key::public).collect();
        // What else may stand in such a set.
        set.push(json!({ "kty": "oct", "kid": "shared", "k": URL_SAFE_NO_PAD.encode("in the set, by mistake") }));
        set.push(json!({ "kty": "EC", "crv": "P-521", "kid": "big", "x": "AA", "y": "AA" }));
        set.push(json!({ "kty": "unheard-of", "kid": "new" }));
        let state = Arc::new(State {
            set: Mutex::new(set),
            silent: AtomicBool::new(false),
            holding: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            connected: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (serving, scheme) = (Arc::clone(&state), if tls.is_some() { "https" } else { "http" });
        thread::spawn(move || {
            // Those that it accepts and leaves alone.
            let mut held = Vec::new();
            for mut stream in listener.incoming().map_while(Result::ok) {
                serving.connected.fetch_add(1, SeqCst);
                if serving.holding.load(SeqCst) {
                    held.push(stream);
                    continue;
                }
                match &tls {
                    None => serving.answer(&mut stream),
                    Some(config) => {
                        let mut session = ServerConnection::new(Arc::clone(config)).unwrap();
                        serving.answer(&mut rustls::Stream::new(&mut session, &mut stream));
                    }
                }
            }
        });
        Self { address, scheme, keys, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}/keys", self.scheme, self.address)
    }

    pub(crate) fn rsa(&self) -> &Key {
        &self.keys[0]
    }

    pub(crate) fn curve(&self) -> &Key {
        &self.keys[1]
    }

    pub(crate) fn edwards(&self) -> &Key {
        &self.keys[2]
    }

    pub(crate) fn add(&self, key: &Key) {
        self.state.set.lock().unwrap().push(key.public());
    }

    /// From now on connections are closed without an answer, or not.
    pub(crate) fn stop_answering(&self, silent: bool) {
        self.state.silent.store(silent, SeqCst);
    }

    /// From now on connections are taken and nothing is said, or not.
    pub(crate) fn hold(&self, holding: bool) {
        self.state.holding.store(holding, SeqCst);
    }

    /// How often somebody connected.
    pub(crate) fn connected(&self) -> usize {
        self.state.connected.load(SeqCst)
    }

    /// How often it was asked for its keys.
    pub(crate) fn asked(&self) -> usize {
        self.state.asked.load(SeqCst)
    }
}
