//! A wire that can be cut.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a server, until it is cut.
#[derive(Debug)]
pub(super) struct Proxy {
    address: SocketAddr,
    open: Arc<watch::Sender<bool>>,
    target: Arc<Mutex<String>>,
}

impl Proxy {
    /// A wire to the server at `url`.
    pub(super) async fn to(url: &str) -> Self {
        let target = Arc::new(Mutex::new(url.trim_start_matches("ldap://").to_owned()));
        let kept = target.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(watch::Sender::new(true));
        let switch = open.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut switch) = (target.lock().unwrap().clone(), switch.subscribe());
                tokio::spawn(async move {
                    if !*switch.borrow() {
                        return;
                    }
                    let Ok(mut far) = TcpStream::connect(target).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = switch.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { address, open, target: kept }
    }

    /// Leads to another server from now on.
    pub(super) fn turn_to(&self, url: &str) {
        *self.target.lock().unwrap() = url.trim_start_matches("ldap://").to_owned();
    }

    /// Where it begins.
    pub(super) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Ends all connections and lets none through.
    pub(super) fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub(super) fn restore(&self) {
        self.open.send_replace(true);
    }
}
