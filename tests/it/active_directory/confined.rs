//! Clients that may not see or write everything.

use serde_json::json;

use super::{Place, USER, bridge_with, place};
use crate::confined::elsewhere::{self, Site};
use crate::support::client::encoded;

#[test]
fn nobody_gets_out_of_a_confinement() {
    let Place { samba, .. } = place();
    let (suffix, admin) = (samba.suffix(), place());
    for name in ["Berlin", "Teams"] {
        admin.modify(&format!("dn: OU={name},{suffix}\nchangetype: add\nobjectClass: organizationalUnit\n"));
    }
    let [berlin, teams] = ["Berlin", "Teams"].map(|name| format!("OU={name},{suffix}"));
    // Where new entries go is the mapping's to say: for a confined client, too.
    let lines = "[resource.User]\nroutes = [{ when = 'userType eq \"berliner\"', parent = \"OU=Berlin,{suffix}\" }, { parent = \"CN=Users,{suffix}\" }]\n\
                 [resource.Group]\nroutes = [{ parent = \"OU=Teams,{suffix}\" }]\n";
    let bridge = bridge_with(samba, lines, &elsewhere::clients(&[&berlin, &teams]));
    let user = |name: &str, kind: &str| json!({ "schemas": [USER], "userName": format!("{name}@example.com"), "displayName": name, "userType": kind });
    let into_berlin = |id: &str| {
        let dn = admin.held(id, "distinguishedName").pop().unwrap();
        let rdn = dn.split(',').next().unwrap();
        admin.modify(&format!("dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\nnewsuperior: {berlin}\n"));
    };
    elsewhere::nobody_gets_out(&Site { bridge: &bridge, user: &user, into_berlin: &into_berlin, berliner: "berliner" });
    // What the mapping would make elsewhere is made nowhere.
    let reply = bridge.client().with_token(Some("berlin")).post("/Users", &user("c-hans", "employee"));
    assert_eq!(reply.status, 403, "{}", reply.text());
    let found = bridge.client().get(&format!("/Users?filter={}", encoded("displayName eq \"c-hans\"")));
    assert_eq!(found.json()["totalResults"], 0);
}
