//! The clients: each makes random writes, one after the other, to resources that all of them know.

use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use super::deed::{Deed, Seen, Wish, now};
use super::{CLIENTS, GROUPS, USERS};
use crate::exactness::filter::{Filter, Op, Operand, Path};
use crate::patching::{Operation, Target, Verb};
use crate::support::client::{Client, Reply};
use crate::support::dice::Dice;

/// The users that are renamed. They are members of nothing: a directory without referential integrity would lose them there.
const RENAMED: usize = 3;
/// The attributes that take a mark.
const MARKED: &[(&str, Option<&str>)] =
    &[("title", None), ("displayName", None), ("nickName", None), ("userType", None), ("name", Some("givenName"))];
/// The login names that several clients want. Who has one is a member of nothing: the next of that name has the same DN, and
/// what named the one would name the other.
const CONTESTED: [&str; 4] = ["contested0", "contested1", "contested2", "contested3"];

/// The clients and what they know.
pub(crate) struct Clients<'a> {
    client: &'a Client,
    /// The ids of users and groups that may be there.
    users: Mutex<Vec<String>>,
    groups: Mutex<Vec<String>>,
    /// The ids of users whose names were contested.
    contested: Mutex<Vec<String>>,
    deeds: Mutex<Vec<Deed>>,
}

impl<'a> Clients<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        let [users, groups, contested] = [(); 3].map(|()| Mutex::default());
        Self { client, users, groups, contested, deeds: Mutex::default() }
    }

    /// Makes the resources, then that many writes, and says what was done.
    pub(crate) fn run(self, operations: usize, seed: u64) -> Vec<Deed> {
        for number in 0..USERS {
            let mark = mark("first", number);
            self.create(0, user(&mark, &mark), &mark);
        }
        for number in 0..GROUPS {
            let mark = mark("group", number);
            self.create(1, group(&mark, &[]), &mark);
        }
        assert!(self.deeds.lock().unwrap().iter().all(Deed::done), "{:?}", self.deeds.lock().unwrap());
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                let clients = &self;
                scope.spawn(move || {
                    let mut dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(number as u64));
                    for turn in 0..operations.div_ceil(CLIENTS) {
                        clients.act(&mark(&format!("client{number}n"), turn), &mut dice);
                    }
                });
            }
        });
        self.deeds.into_inner().unwrap()
    }

    fn act(&self, mark: &str, dice: &mut Dice) {
        match dice.below(20) {
            0..=8 => self.patch_user(mark, dice),
            9 | 10 => self.replace_user(mark, dice),
            11 => self.rename_user(mark, dice),
            12 => self.create_user(mark, dice),
            13 => self.delete(0, dice),
            14..=17 => self.change_members(dice),
            18 => self.patch_group(mark, dice),
            _ if dice.one_in(3) => self.delete_group(mark, dice),
            _ => self.replace_group(mark, dice),
        }
    }

    fn patch_user(&self, mark: &str, dice: &mut Dice) {
        let Some(id) = self.any_user(dice) else { return };
        let (attribute, sub) = dice.pick(MARKED);
        let mut operations = vec![change(Verb::Replace, path(attribute, sub), Some(json!(mark)))];
        match dice.below(6) {
            0 => operations.push(change(Verb::Replace, path("active", None), Some(json!(dice.one_in(2))))),
            1 => {
                let email = json!([{ "value": format!("{mark}@example.com"), "type": dice.pick(&["work", "home"]) }]);
                operations.push(change(Verb::Add, path("emails", None), Some(email)));
            }
            2 => operations.push(in_work_mail(mark)),
            3 => {
                let (other, sub) = dice.pick(MARKED);
                if other != attribute {
                    operations.push(change(Verb::Remove, path(other, sub), None));
                }
            }
            _ => {}
        }
        self.write(0, Some(id), Wish::Patch(operations), Some(mark), dice);
    }

    fn replace_user(&self, mark: &str, dice: &mut Dice) {
        let Some(id) = self.any_user(dice) else { return };
        let now = self.client.get(&format!("/Users/{id}"));
        if now.status == 200 {
            let name = now.json()["userName"].as_str().unwrap().to_owned();
            self.write(0, Some(id), Wish::Replace(user(&name, mark)), Some(mark), dice);
        }
    }

    fn rename_user(&self, mark: &str, dice: &mut Dice) {
        let Some(id) = self.users.lock().unwrap().get(dice.below(RENAMED)).cloned() else { return };
        let rename = change(Verb::Replace, path("userName", None), Some(json!(mark)));
        self.write(0, Some(id), Wish::Patch(vec![rename]), Some(mark), dice);
    }

    fn create_user(&self, mark: &str, dice: &mut Dice) {
        let name = if dice.one_in(2) { mark } else { dice.pick(&CONTESTED) };
        self.create(0, user(name, mark), mark);
    }

    fn delete(&self, kind: usize, dice: &mut Dice) {
        let id = if kind == 0 { self.any_user(dice) } else { self.group(dice) };
        if let Some(id) = id {
            self.write(kind, Some(id), Wish::Delete, None, dice);
        }
    }

    fn delete_group(&self, mark: &str, dice: &mut Dice) {
        self.delete(1, dice);
        let members = self.members(dice);
        self.create(1, group(mark, &members), mark);
    }

    fn change_members(&self, dice: &mut Dice) {
        let Some(id) = self.group(dice) else { return };
        let members = self.members(dice);
        let value = || members.iter().map(|id| json!({ "value": id })).collect::<Value>();
        let operations = match dice.below(8) {
            0..=2 => vec![change(Verb::Add, path("members", None), Some(value()))],
            3 | 4 => vec![change(Verb::Remove, path("members", None), Some(value()))],
            5 => members.iter().map(|id| without_member(id)).collect(),
            6 => vec![change(Verb::Replace, path("members", None), Some(value()))],
            _ => vec![change(Verb::Remove, path("members", None), None)],
        };
        if !operations.is_empty() {
            self.write(1, Some(id), Wish::Patch(operations), None, dice);
        }
    }

    fn patch_group(&self, mark: &str, dice: &mut Dice) {
        let Some(id) = self.group(dice) else { return };
        let value = self.members(dice).iter().map(|id| json!({ "value": id })).collect::<Value>();
        let mut operations = vec![change(Verb::Replace, path("externalId", None), Some(json!(mark)))];
        operations.push(change(dice.pick(&[Verb::Add, Verb::Remove]), path("members", None), Some(value)));
        self.write(1, Some(id), Wish::Patch(operations), Some(mark), dice);
    }

    fn replace_group(&self, mark: &str, dice: &mut Dice) {
        let Some(id) = self.group(dice) else { return };
        let now = self.client.get(&format!("/Groups/{id}"));
        if now.status == 200 {
            let mut body = group(mark, &self.members(dice));
            body["displayName"] = now.json()["displayName"].clone();
            self.write(1, Some(id), Wish::Replace(body), Some(mark), dice);
        }
    }

    /// A user that is never renamed.
    fn any_user(&self, dice: &mut Dice) -> Option<String> {
        let contested = self.contested.lock().unwrap().clone();
        if contested.is_empty() || !dice.one_in(4) { self.member(dice) } else { Some(dice.pick(&contested)) }
    }

    /// One that may be a member.
    fn member(&self, dice: &mut Dice) -> Option<String> {
        let users = self.users.lock().unwrap();
        users.get(RENAMED..).filter(|users| !users.is_empty()).map(|users| dice.pick(users))
    }

    fn group(&self, dice: &mut Dice) -> Option<String> {
        let groups = self.groups.lock().unwrap();
        (!groups.is_empty()).then(|| dice.pick(&groups))
    }

    /// One to three different users.
    fn members(&self, dice: &mut Dice) -> Vec<String> {
        let mut members: Vec<String> = (0..1 + dice.below(3)).filter_map(|_| self.member(dice)).collect();
        members.sort();
        members.dedup();
        members
    }

    fn create(&self, kind: usize, body: Value, mark: &str) {
        let mut deed = Deed {
            kind,
            id: None,
            wish: Wish::Create(body.clone()),
            condition: None,
            mark: Some(mark.to_owned()),
            between: (now(), 0),
            reply: Reply { status: 0, headers: Vec::new(), body: Vec::new() },
        };
        deed.reply = self.client.post(["/Users", "/Groups"][kind], &body);
        deed.between.1 = now() + 1;
        if deed.reply.status == 201 {
            let id = deed.reply.json()["id"].as_str().unwrap().to_owned();
            let contested = body["userName"].as_str().is_some_and(|name| CONTESTED.contains(&name));
            let list = if contested { &self.contested } else { [&self.users, &self.groups][kind] };
            list.lock().unwrap().push(id.clone());
            deed.id = Some(id);
        }
        self.deeds.lock().unwrap().push(deed);
    }

    /// Writes, every other time on condition of what was read before.
    fn write(&self, kind: usize, id: Option<String>, wish: Wish, mark: Option<&str>, dice: &mut Dice) {
        let path = format!("{}/{}", ["/Users", "/Groups"][kind], id.as_deref().unwrap());
        let condition = if dice.one_in(2) { self.seen(&path) } else { None };
        let if_match = condition.as_ref().map(|seen| seen.etag.clone());
        let begun = now();
        let reply = match &wish {
            Wish::Delete => {
                let header: Vec<(&str, &str)> = if_match.iter().map(|etag| ("if-match", etag.as_str())).collect();
                self.client.send("DELETE", &path, &header, None)
            }
            Wish::Patch(operations) => {
                let operations: Value = operations.iter().map(|operation| operation.json(dice, true)).collect();
                let body = crate::support::client::patch_message(&operations);
                self.client.write("PATCH", &path, &body, if_match.as_deref())
            }
            Wish::Replace(body) | Wish::Create(body) => self.client.write("PUT", &path, body, if_match.as_deref()),
        };
        let between = (begun, now() + 1);
        if matches!(wish, Wish::Delete) && reply.status == 204 {
            for list in [&self.users, &self.groups, &self.contested] {
                list.lock().unwrap().retain(|other| Some(other) != id.as_ref());
            }
        }
        let mark = mark.map(str::to_owned);
        self.deeds.lock().unwrap().push(Deed { kind, id, wish, condition, mark, between, reply });
    }

    fn seen(&self, path: &str) -> Option<Seen> {
        let begun = now();
        let reply = self.client.get(path);
        let between = (begun, now() + 1);
        let etag = reply.header("etag")?.to_owned();
        (reply.status == 200).then(|| Seen { etag, resource: reply.json(), between })
    }
}

/// Marks end in a letter, so that none begins another.
fn mark(of: &str, number: usize) -> String {
    format!("{of}{number}x")
}

fn path(attribute: &str, sub: Option<&str>) -> Path {
    Path { attribute: attribute.to_owned(), sub: sub.map(str::to_owned), ..Path::default() }
}

fn change(verb: Verb, path: Path, value: Option<Value>) -> Operation {
    Operation { verb, target: Target::Attribute(path), value }
}

fn test(sub: &str, text: &str) -> Filter {
    Filter::Test(Path { sub: Some(sub.to_owned()), ..Path::default() }, Op::Eq(Operand::Text(text.to_owned())))
}

fn in_work_mail(mark: &str) -> Operation {
    Operation {
        verb: Verb::Replace,
        target: Target::Elements(path("emails", None), test("type", "work"), Some("value".to_owned())),
        value: Some(json!(format!("{mark}@example.org"))),
    }
}

fn without_member(id: &str) -> Operation {
    Operation {
        verb: Verb::Remove,
        target: Target::Elements(path("members", None), test("value", id), None),
        value: None,
    }
}

/// A user with all that its entry needs.
fn user(name: &str, mark: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": { "formatted": format!("Given {mark}"), "familyName": mark },
        "title": mark,
        "emails": [{ "value": format!("{mark}@example.com"), "type": "work" }],
        "active": true,
    })
}

fn group(mark: &str, members: &[String]) -> Value {
    let members: Value = members.iter().map(|id| json!({ "value": id })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": mark,
        "externalId": mark,
        "members": members,
    })
}
