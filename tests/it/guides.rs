//! What the guides have one type works: their LDIF on a slapd configured by `cn=config`, their commands for Active Directory on Samba.
//! A bridge with the account that they make can do all that it should, and nothing else.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use scimfront::sandbox::{Ds389, Ds389Options, Samba, SambaOptions, TreeOptions};
use serde_json::{Value, json};

use super::support::bridge::{Backing, Bridge, BridgeOptions};
use super::watching::eventually;

const OPENLDAP: &str = include_str!("../../docs/guides/openldap.md");
const ACTIVE_DIRECTORY: &str = include_str!("../../docs/guides/active-directory.md");
const FREEIPA: &str = include_str!("../../docs/guides/freeipa.md");
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The guide's blocks in this language.
fn blocks<'a>(guide: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    guide.split(&*fence).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

/// The mapping that the guide gives.
fn mapping(guide: &str) -> &str {
    blocks(guide, "toml").into_iter().find(|block| block.starts_with("# mapping.toml")).unwrap()
}

/// A slapd as a package leaves it behind: `cn=config`, one database, no overlays.
struct Packaged {
    child: Child,
    folder: tempfile::TempDir,
}

const BARE: &str = "\
dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n\
dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n\n\
dn: ou=groups,dc=example,dc=com\nobjectClass: organizationalUnit\nou: groups\n\n\
dn: cn=other,dc=example,dc=com\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: other\nuserPassword: hidden\n";

impl Packaged {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let owner = std::fs::metadata(at).unwrap();
        std::fs::create_dir(at.join("data")).unwrap();
        std::fs::create_dir(at.join("slapd.d")).unwrap();
        let schemas =
            ["core", "cosine", "inetorgperson", "nis"].map(|name| format!("include /etc/ldap/schema/{name}.schema\n"));
        let conf = format!(
            "{}modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase config\nrootdn gidNumber={}+uidNumber={},cn=peercred,cn=external,cn=auth\n\
             database mdb\nsuffix dc=example,dc=com\nrootdn cn=admin,dc=example,dc=com\nrootpw secret\ndirectory {}\nindex objectClass eq\n",
            schemas.concat(),
            owner.gid(),
            owner.uid(),
            at.join("data").display()
        );
        std::fs::write(at.join("slapd.conf"), conf).unwrap();
        std::fs::write(at.join("base.ldif"), BARE).unwrap();
        let tool = |name: &str| {
            let mut command = Command::new(format!("/usr/sbin/{name}"));
            command.current_dir(at);
            command
        };
        // It complains that there is no database yet, after it has converted everything.
        let _ = tool("slaptest").args(["-f", "slapd.conf", "-F", "slapd.d"]).output().unwrap();
        run(tool("slapadd").args(["-F", "slapd.d", "-b", "dc=example,dc=com", "-l", "base.ldif"]));
        let url = ldapi(at);
        let child = tool("slapd").args(["-F", "slapd.d", "-d", "0", "-h", &url]).stderr(Stdio::null()).spawn().unwrap();
        let slapd = Self { child, folder };
        eventually("slapd listens", || UnixStream::connect(slapd.folder.path().join("ldapi")).is_ok());
        slapd
    }

    fn url(&self) -> String {
        ldapi(self.folder.path())
    }

    /// Applies LDIF as the one who owns the configuration, or by this DN and password.
    fn apply(&self, ldif: &str, who: Option<(&str, &str)>) {
        let file = self.folder.path().join("block.ldif");
        std::fs::write(&file, ldif).unwrap();
        let mut command = Command::new("ldapmodify");
        command.args(["-a", "-H", &self.url(), "-f"]).arg(&file);
        match who {
            None => command.args(["-Q", "-Y", "EXTERNAL"]),
            Some((dn, password)) => command.args(["-x", "-D", dn, "-w", password]),
        };
        run(&mut command);
    }

    fn search(&self, dn: &str, password: &str, base: &str, attribute: &str) -> String {
        let mut command = Command::new("ldapsearch");
        command.args(["-LLL", "-x", "-H", &self.url(), "-D", dn, "-w", password, "-b", base]);
        run(command.args(["(objectClass=*)", attribute]))
    }
}

impl Drop for Packaged {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ldapi(folder: &Path) -> String {
    format!("ldapi://{}", folder.join("ldapi").display().to_string().replace('/', "%2F"))
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

#[test]
fn the_guide_to_openldap_makes_an_account_that_can_do_what_it_should_and_nothing_else() {
    let slapd = Packaged::start();
    slapd.apply(include_str!("../../mappings/scim.ldif"), None);
    let ldif = blocks(OPENLDAP, "ldif");
    assert_eq!(ldif.len(), 5);
    for block in ldif {
        let is_configuration = block.contains("cn=config\n");
        slapd.apply(block, (!is_configuration).then_some(("cn=admin,dc=example,dc=com", "secret")));
    }
    let account = "cn=scimfront,ou=services,dc=example,dc=com";
    let backing =
        Backing { url: slapd.url(), bind_dn: account.into(), password: "CHANGE-ME-4711".into(), lines: String::new() };
    let mut options =
        BridgeOptions { mapping: mapping(OPENLDAP).into(), ..BridgeOptions::openldap("dc=example,dc=com") };
    options.cache.clear();
    let bridge = Bridge::start_on(&backing, &options);
    let ann = life(&bridge, "ann", "ann2");
    let is_whole = || bridge.admin().get("/readyz").json()["bridges"]["main"]["feeds"]["main"]["whole"] == true;
    eventually("changes are told of", is_whole);
    let shown = slapd.search(account, "CHANGE-ME-4711", "dc=example,dc=com", "userPassword");
    assert!(shown.contains("uid=ann2,ou=people") && !shown.contains("userPassword"), "{shown}");
    assert!(!shown.contains("cn=other") && !shown.contains("ou=policies"), "{shown}");
    let she = "uid=ann2,ou=people,dc=example,dc=com";
    let own = slapd.search(she, "Battery-Staple-8", she, "uid");
    assert!(own.contains("uid: ann2"), "{own}");
    end(&bridge, &ann);
}

#[test]
fn the_guide_to_active_directory_makes_an_account_that_can_do_what_it_should() {
    for block in blocks(ACTIVE_DIRECTORY, "sh").into_iter().filter(|block| block.contains("samba-tool")) {
        assert!(
            include_str!("../../docker/samba/rights.sh").contains(block),
            "the container's domain does otherwise: {block}"
        );
    }
    let samba = Samba::start(&SambaOptions::default()).unwrap();
    let administrator = format!("--simple-bind-dn={} --password={}", samba.administrator_dn(), samba.password());
    let script = blocks(ACTIVE_DIRECTORY, "sh").into_iter().filter(|block| block.contains("samba-tool"));
    let script: String =
        std::iter::once("for unit in Staff Teams; do samba-tool ou create OU=$unit,$SUFFIX -H \"$DC\" $ADMIN; done\n")
            .chain(script)
            .collect();
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &script]).env("DC", samba.url()).env("ADMIN", administrator).env("SUFFIX", samba.suffix());
    run(shell.env("PASSWORD", "Only-For-Trying-1"));
    let backing = Backing {
        url: samba.ldaps_url(),
        bind_dn: format!("CN=scimfront,OU=Services,{}", samba.suffix()),
        password: "Only-For-Trying-1".into(),
        lines: format!("ca_file = \"{}\"", samba.ca_file().display()),
    };
    let mapping = mapping(ACTIVE_DIRECTORY).replace("DC=corp,DC=example,DC=com", &samba.suffix());
    let bridge = Bridge::start_on(&backing, &BridgeOptions { mapping, ..BridgeOptions::preset("ad", &samba.suffix()) });
    let ann = life(&bridge, "ann@example.com", "ann2@example.com");
    assert!(samba.binds("ann2@example.com", "Battery-Staple-8"));
    let output = Command::new(env!("CARGO_BIN_EXE_scimfront"))
        .args(["check", "--config"])
        .arg(bridge.folder().join("scimfront.toml"))
        .output()
        .unwrap();
    let checked = String::from_utf8_lossy(&output.stdout);
    assert!(!checked.contains("L021") && !checked.contains("L022"), "{checked}");
    // It has no rights elsewhere.
    let elsewhere = Backing { lines: backing.lines.clone(), ..backing };
    let whole = BridgeOptions::preset("ad", &samba.suffix());
    let other = Bridge::start_on(&elsewhere, &whole);
    let refused =
        other.client().post("/Users", &json!({ "userName": "eve@example.com", "name": { "familyName": "Eve" } }));
    assert_eq!(refused.status, 403, "{}", refused.text());
    end(&bridge, &ann);
}

/// What of FreeIPA's tree the guide's LDIF stands on, and 389 Directory Server alone lacks.
const IPA: &str = "\
dn: cn=sysaccounts,cn=etc,dc=example,dc=com\nobjectClass: nsContainer\ncn: sysaccounts\n\n\
dn: cn=roles,cn=accounts,dc=example,dc=com\nobjectClass: nsContainer\ncn: roles\n\n\
dn: cn=scimfront,cn=roles,cn=accounts,dc=example,dc=com\nobjectClass: groupOfNames\ncn: scimfront\n";

#[test]
fn the_guide_to_freeipa_makes_an_account_that_can_log_in() {
    let options = Ds389Options { tree: TreeOptions::sized(5, 0), ipa: true, ..Ds389Options::default() };
    let server = Ds389::start(&options).unwrap();
    server.ldapmodify(IPA).unwrap();
    let mut applied = 0;
    for block in blocks(FREEIPA, "ldif") {
        // That plugin is FreeIPA's own.
        if !block.contains("passSyncManagersDNs") {
            server.ldapmodify(block).unwrap();
            applied += 1;
        }
    }
    assert_eq!(applied, 3);
    let mut command = Command::new("ldapwhoami");
    let account = "uid=scimfront,cn=sysaccounts,cn=etc,dc=example,dc=com";
    command.args(["-x", "-H", &server.url(), "-D", account, "-w", "CHANGE-ME-4711"]);
    assert!(run(&mut command).contains("uid=scimfront"));
}

/// A person comes, changes in every respect and joins a group, which is renamed and emptied. Her path.
fn life(bridge: &Bridge, name: &str, renamed: &str) -> String {
    let client = bridge.client();
    let new = client.post(
        "/Users",
        &json!({
            "userName": name, "externalId": "7", "name": { "familyName": "Ex", "givenName": "Ann" }, "displayName": "Ann Ex",
            "title": "x", "emails": [{ "type": "work", "value": "ann@example.com" }], "phoneNumbers": [{ "type": "mobile", "value": "+1 555 0100" }],
            "addresses": [{ "type": "work", "locality": "Here", "postalCode": "1" }], "password": "Correct-Horse-7",
            (ENTERPRISE): { "employeeNumber": "7", "department": "D" },
        }),
    );
    assert_eq!(new.status, 201, "{}\n{}", new.text(), bridge.log());
    assert_eq!(new.json()["externalId"], "7");
    let id = new.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/Users/{id}");
    let patched = |path: &str, operations: Value| {
        let reply = client.patch(path, &operations);
        assert!(matches!(reply.status, 200 | 204), "{}\n{}", reply.text(), bridge.log());
        client.get(path).json()
    };
    let changed = patched(
        &path,
        json!([{ "op": "replace", "value": { "userName": renamed, "displayName": "Ann Why", "title": "y", "password": "Battery-Staple-8" } }]),
    );
    assert_eq!((&changed["userName"], &changed["title"]), (&renamed.into(), &"y".into()));
    for active in [false, true] {
        let path_and_value = json!([{ "op": "replace", "path": "active", "value": active }]);
        assert_eq!(patched(&path, path_and_value)["active"], active);
    }
    let group = client.post("/Groups", &json!({ "displayName": "team", "members": [{ "value": id }] }));
    assert_eq!(group.status, 201, "{}\n{}", group.text(), bridge.log());
    let team = format!("/Groups/{}", group.json()["id"].as_str().unwrap());
    assert_eq!(client.get(&path).json()["groups"][0]["display"], "team");
    assert_eq!(
        patched(&team, json!([{ "op": "replace", "path": "displayName", "value": "crew" }]))["displayName"],
        "crew"
    );
    assert_eq!(patched(&team, json!([{ "op": "remove", "path": "members" }]))["members"], Value::Null);
    assert_eq!(client.delete(&team).status, 204);
    path
}

fn end(bridge: &Bridge, path: &str) {
    assert_eq!(bridge.client().delete(path).status, 204);
    assert_eq!(bridge.client().get(path).status, 404);
}
