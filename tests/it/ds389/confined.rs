//! Clients that may not see or write everything.

use scimfront::sandbox::Ds389;
use serde_json::json;

use super::{Place, USER, backing, place};
use crate::confined::elsewhere::{self, Site};
use crate::support::bridge::{Bridge, BridgeOptions};

fn modify(server: &Ds389, ldif: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ldif).unwrap();
    let arguments = ["-f", file.path().to_str().unwrap()];
    let output = place().tool("ldapmodify", server.root_dn(), server.password(), &arguments);
    assert!(output.status.success(), "{ldif}: {output:?}");
}

#[test]
fn nobody_gets_out_of_a_confinement() {
    let Place { server, .. } = place();
    let berlin = format!("ou=berlin,ou=people,{}", server.suffix());
    let groups = format!("ou=groups,{}", server.suffix());
    modify(server, &format!("dn: {berlin}\nchangetype: add\nobjectClass: organizationalUnit\nou: berlin\n"));
    let mut options = BridgeOptions::preset("389ds", server.suffix());
    options.further = elsewhere::clients(&[&berlin, &groups]);
    let bridge = Bridge::start_on(&backing(server), &options);
    let user =
        |name: &str, kind: &str| json!({ "schemas": [USER], "userName": name, "displayName": name, "userType": kind });
    let into_berlin = |id: &str| {
        let dn = place().dn(id);
        let rdn = dn.split(',').next().unwrap();
        let ldif = format!("dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 0\nnewsuperior: {berlin}\n");
        modify(server, &ldif);
    };
    elsewhere::nobody_gets_out(&Site { bridge: &bridge, user: &user, into_berlin: &into_berlin, berliner: "employee" });
}
