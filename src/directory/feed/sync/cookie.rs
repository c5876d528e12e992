//! The cookie that a server would give out now, made without asking for the content.
//!
//! RFC 4533 leaves the form of cookies to the server, so each form here is one server's: OpenLDAP's from contextCSN, 389
//! Directory Server's from who asks for what and the last change's number. Where a form isn't the server's (any more), it
//! answers e-syncRefreshRequired or sends the content, and the feed begins without a cookie.

use std::time::Duration;

use crate::directory::Bind;
use crate::directory::connection::Connection;
use crate::directory::feed::mark::Mark;
use crate::directory::feed::server::read_one;
use crate::ldap::Search;

/// The cookie with which `search`, sent as `bind` over `connection`, begins at `mark`; nothing where that isn't known.
pub(super) async fn now(
    connection: &Connection,
    bind: &Bind,
    search: &Search,
    mark: &Mark,
    longest: Duration,
) -> Option<Vec<u8>> {
    match mark {
        Mark::Csns(_) => mark.cookie(),
        Mark::Number(number) => {
            let entry = read_one(connection, "", "netscapemdsuffix", longest).await.ok()??;
            let server = server(std::str::from_utf8(entry.first(0)?).ok()?)?;
            let Bind::Simple { dn, .. } = bind else { return None };
            Some(of_389(server, dn, search, *number))
        }
    }
}

/// The host and port in a 389 Directory Server's `netscapemdsuffix`.
fn server(text: &str) -> Option<&str> {
    text.strip_prefix("cn=ldap://dc=")
}

fn of_389(server: &str, bind: &str, search: &Search, number: u64) -> Vec<u8> {
    format!("{server}#{bind}:{}:{}#{number}", search.base, search.filter).into_bytes()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ldap::{AttributeSet, Filter, Scope};

    #[test]
    fn a_389_directory_servers_cookie_names_server_account_and_search() {
        let search = Search {
            base: "dc=example,dc=com".to_owned(),
            scope: Scope::Subtree,
            filter: Filter::Present("objectClass".parse().unwrap()),
            attributes: Arc::new(AttributeSet::new()),
            size_limit: None,
            dereference: Vec::new(),
        };
        let server = server("cn=ldap://dc=localhost:3389").unwrap();
        let cookie = of_389(server, "cn=bridge,dc=example,dc=com", &search, 7);
        let expected = "localhost:3389#cn=bridge,dc=example,dc=com:dc=example,dc=com:(objectClass=*)#7";
        assert_eq!(String::from_utf8(cookie).unwrap(), expected);
    }
}
