//! What one change makes stale, by made-up events.

use rstest::rstest;

use super::*;
use crate::cache::changes::{Leaning, SETTLE, SURE};
use crate::clock::SystemClock;

const ANN: (&str, &str) = ("550e8400-e29b-41d4-a716-446655440001", "uid=ann,ou=people,dc=example,dc=com");
const BOB: (&str, &str) = ("550e8400-e29b-41d4-a716-446655440002", "uid=bob,ou=people,dc=example,dc=com");
const STAFF: (&str, &str) = ("550e8400-e29b-41d4-a716-446655440003", "cn=staff,ou=groups,dc=example,dc=com");
const PEOPLE: (&str, &str) = ("550e8400-e29b-41d4-a716-446655440004", "ou=people,dc=example,dc=com");

const PRESET: &str = "version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"dc=example,dc=com\"\n";

/// A directory in which Ann, Bob, Staff and their containers were seen, some time ago.
struct Stage {
    changes: Arc<Changes>,
    followed: Followed,
    clock: SharedClock,
}

fn stage() -> Stage {
    let loader = |_: &str| -> std::io::Result<String> { Ok(PRESET.to_owned()) };
    let mapping = Arc::new(crate::mapping::compile(loader, "test.toml").unwrap_or_else(|report| panic!("{report}")));
    let changes = Arc::new(Changes::new());
    let attributes = Arc::new(attributes_of_interest(&mapping));
    let schema = Subschema::standard();
    let clock: SharedClock = Arc::new(SystemClock);
    let schema: SchemaSource = Box::new(move || Some(Arc::clone(&schema)));
    let (told, name) = (Arc::clone(&changes), "main".to_owned());
    let watch = Arc::new(Watch::new(told, mapping, name, attributes, 100, schema, Arc::clone(&clock)));
    let followed = watch.followed();
    let stage = Stage { changes, followed, clock };
    stage.tell(FeedEvent::Whole);
    for (who, class) in [(ANN, "inetOrgPerson"), (BOB, "inetOrgPerson"), (STAFF, "groupOfNames"), (PEOPLE, "top")] {
        stage.tell(stage.present(who, class, "x"));
    }
    stage
}

impl Stage {
    fn tell(&self, event: FeedEvent) {
        self.followed.tell(event);
    }

    /// The entry is there, of this class, and called so by people.
    fn present(&self, (id, dn): (&str, &str), class: &str, display: &str) -> FeedEvent {
        let attributes = self.followed.watch.attributes();
        let values = |name: &AttributeDescription| match name.as_str() {
            "objectClass" => vec![class.as_bytes().to_vec()],
            "displayName" | "cn" => vec![display.as_bytes().to_vec()],
            _ => Vec::new(),
        };
        let entry =
            Entry { dn: dn.to_owned(), attributes: attributes.iter().map(values).collect(), ..Entry::default() };
        let (id, dn) = (Some(id.as_bytes().to_vec()), Some(dn.to_owned()));
        FeedEvent::Changed(vec![ChangedEntry { id, kind: ChangeKind::Present, dn, entry: Some(entry) }])
    }

    fn gone((id, dn): (&str, &str)) -> FeedEvent {
        let (id, dn) = (Some(id.as_bytes().to_vec()), Some(dn.to_owned()));
        FeedEvent::Changed(vec![ChangedEntry { id, kind: ChangeKind::Gone, dn, entry: None }])
    }

    /// What `event` makes stale: Ann herself, what shows Bob, who shows her groups, a large group, an empty name,
    /// what was read before it and holds names without entries, everything.
    fn stale(&self, event: FeedEvent) -> Vec<&'static str> {
        let on = |key: &str| Leaning { entries: [self.changes.stripe(key)].into(), ..Leaning::default() };
        let nobody = DnKey::of("uid=nobody,ou=people,dc=example,dc=com").unwrap();
        let kinds = [
            ("ann", on(ANN.0)),
            ("bob", on(BOB.0)),
            ("groups", Leaning { groups: true, ..Leaning::default() }),
            ("names", Leaning { names: true, ..Leaning::default() }),
            ("nobody", Leaning { entries: [self.changes.stripe(&nobody)].into(), ..Leaning::default() }),
            ("dangling", Leaning { dangling: true, ..Leaning::default() }),
            ("all", Leaning::default()),
        ];
        let reading = self.changes.begin(self.clock.now() + SETTLE * 2);
        self.tell(event);
        kinds.iter().filter(|(_, leaning)| !self.changes.holds(reading, leaning)).map(|(name, _)| *name).collect()
    }
}

const EVERYTHING: &[&str] = &["ann", "bob", "groups", "names", "nobody", "dangling", "all"];

#[test]
fn a_change_that_others_dont_show_makes_the_entry_alone_stale() {
    let stage = stage();
    assert_eq!(stage.stale(stage.present(ANN, "inetOrgPerson", "x")), ["ann"]);
}

#[test]
fn a_change_of_what_others_show_makes_what_leans_on_all_names_stale_too() {
    let stage = stage();
    assert_eq!(stage.stale(stage.present(BOB, "inetOrgPerson", "Robert")), ["bob", "names"]);
}

#[test]
fn a_change_of_a_group_makes_everybodys_groups_stale() {
    let stage = stage();
    assert_eq!(stage.stale(stage.present(STAFF, "groupOfNames", "x")), ["groups"]);
}

#[test]
fn what_was_a_group_counts_as_one_though_it_is_none_any_more() {
    let stage = stage();
    assert_eq!(stage.stale(stage.present(STAFF, "device", "x")), ["groups", "names"]);
    assert_eq!(stage.stale(stage.present(STAFF, "device", "x")), [""; 0]);
    assert_eq!(stage.stale(stage.present(STAFF, "groupOfNames", "x")), ["groups", "names"]);
}

#[test]
fn an_entry_that_appears_is_missed_by_who_holds_its_name() {
    let stage = stage();
    let nobody = ("550e8400-e29b-41d4-a716-446655440009", "UID=nobody,ou=people,dc=example,dc=com");
    assert_eq!(stage.stale(stage.present(nobody, "inetOrgPerson", "x")), ["groups", "names", "nobody", "dangling"]);
}

#[rstest]
#[case::a_person(ANN, "uid=anna,ou=people,dc=example,dc=com", "inetOrgPerson")]
#[case::moved(ANN, "uid=ann,ou=gone,dc=example,dc=com", "inetOrgPerson")]
#[case::a_container(PEOPLE, "ou=staff,dc=example,dc=com", "top")]
fn what_is_renamed_takes_everything_below_it_along(#[case] who: (&str, &str), #[case] dn: &str, #[case] class: &str) {
    let stage = stage();
    let stale = stage.stale(stage.present((who.0, dn), class, "x"));
    assert_eq!(stale, EVERYTHING);
}

#[rstest]
#[case(ANN, &["ann", "names"])]
#[case(STAFF, &["groups", "names"])]
#[case(("550e8400-e29b-41d4-a716-446655440008", "cn=x,dc=example,dc=com"), &["groups", "names"])]
fn what_is_gone_is_told_by_what_it_was(#[case] who: (&str, &str), #[case] expected: &[&str]) {
    let stage = stage();
    assert_eq!(stage.stale(Stage::gone(who)), expected);
}

#[test]
fn a_container_never_seen_before_may_have_been_renamed() {
    let stage = stage();
    let strange = ("550e8400-e29b-41d4-a716-446655440007", "ou=new,dc=example,dc=com");
    assert_eq!(stage.stale(stage.present(strange, "organizationalUnit", "x")), EVERYTHING);
    assert_eq!(stage.stale(stage.present(strange, "organizationalUnit", "x")), [""; 0]);
}

#[test]
fn an_entry_never_seen_before_may_be_what_a_name_without_an_entry_meant() {
    let stage = stage();
    let dangling = Leaning { dangling: true, ..Leaning::default() };
    let later = |stage: &Stage| stage.changes.begin(stage.clock.now() + SURE / 2);
    let before = stage.changes.begin(stage.clock.now() + SURE * 2);
    assert!(stage.changes.lasts(before, &dangling));
    let renamed = ("550e8400-e29b-41d4-a716-446655440009", "uid=robert,ou=people,dc=example,dc=com");
    stage.tell(stage.present(renamed, "inetOrgPerson", "x"));
    assert!(!stage.changes.lasts(before, &dangling), "read when it was renamed already and not told yet");
    assert!(!stage.changes.lasts(later(&stage), &dangling), "what names it may be mended without a word");
    assert!(stage.changes.lasts(later(&stage), &Leaning::default()));
    assert_eq!(stage.stale(stage.present(renamed, "inetOrgPerson", "x")), [""; 0], "once only");
}

#[test]
fn what_cant_be_told_makes_everything_stale() {
    let stage = stage();
    assert_eq!(stage.stale(FeedEvent::Everything), EVERYTHING);
    let nameless = ChangedEntry { id: None, kind: ChangeKind::Present, dn: None, entry: None };
    assert_eq!(stage.stale(FeedEvent::Changed(vec![nameless])), EVERYTHING);
}

#[test]
fn a_feed_is_trusted_from_whole_to_broken() {
    let stage = stage();
    assert!(stage.followed.is_whole());
    stage.tell(FeedEvent::Broken("asked to".into()));
    assert!(!stage.followed.is_whole());
    stage.tell(FeedEvent::Whole);
    assert!(stage.followed.is_whole());
}
