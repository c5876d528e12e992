//! Plans against answers written down, and against a small directory that fails in every way at every step.

mod model;

use proptest::prelude::*;
use rstest::rstest;

use self::model::{Fault, Model};
use super::super::expectation::ReadBack;
use super::super::operation::NewPassword;
use super::*;
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};

const GROUP: &str = "cn=g,dc=x";

fn name(text: &str) -> AttributeDescription {
    text.parse().unwrap()
}

fn step(kind: ModificationKind, values: &[&str]) -> Modification {
    let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
    Modification { kind, attribute: name("member"), values }
}

fn add(values: &[&str]) -> Modification {
    step(ModificationKind::Add, values)
}

fn delete(values: &[&str]) -> Modification {
    step(ModificationKind::Delete, values)
}

fn modify(steps: Vec<Modification>) -> Operation {
    EntryChange::modify(GROUP, steps).into()
}

fn person(dn: &str) -> Operation {
    EntryChange::add(dn, vec![(name("cn"), vec![b"a".to_vec()])]).into()
}

fn password(dn: &str) -> Operation {
    Operation::PasswordModify { dn: dn.to_owned(), password: NewPassword::new("secret".into()) }
}

fn members() -> Tolerance {
    let attributes = [name("member")].into_iter().collect();
    Tolerance { attributes, placeholder: Some((name("member"), b"nobody".to_vec())), guard: None, mark: None }
}

fn refused(code: u32) -> Outcome {
    Outcome::Refused(LdapResult::new(ResultCode(code), "", ""))
}

fn perform(operation: Operation) -> Next {
    Next::Step(Step::Perform(operation))
}

fn compensate(operation: Operation) -> Next {
    Next::Compensate(Step::Perform(operation))
}

/// Tells `plan` these outcomes and checks what it wants after each; then what it did or why it failed.
fn run(mut plan: WritePlan, steps: Vec<(Outcome, Next)>) -> Next {
    let mut last = Next::Done(Applied::default());
    for (outcome, expected) in steps {
        last = plan.next(&outcome);
        assert_eq!(last, expected, "after {outcome:?}");
    }
    assert!(matches!(last, Next::Done(_) | Next::Failed(_)));
    assert_eq!(plan.next(&Outcome::Performed(None)), last, "an end is the end");
    last
}

fn done(operations: Vec<Operation>) -> Next {
    Next::Done(Applied { operations, ..Applied::default() })
}

fn failed(cause: Cause) -> Next {
    Next::Failed(Failure { cause, left: Vec::new() })
}

fn result_of(outcome: &Outcome) -> LdapResult {
    let Outcome::Refused(result) = outcome else { panic!("a refusal is expected") };
    result.clone()
}

#[rstest]
#[case(20)]
#[case(16)]
#[case(53)]
#[case(68)]
fn members_that_are_there_or_gone_cost_a_lookup_and_the_difference(#[case] code: u32) {
    let whole = modify(vec![delete(&["a", "b"]), add(&["c", "d"])]);
    let delta = modify(vec![delete(&["b"]), add(&["d"])]);
    let plan = WritePlan::new([Stage::new(whole.clone()).tolerating(members())]);
    let lookup = members().candidates(&whole).unwrap();
    run(
        plan,
        vec![
            (Outcome::Begin, perform(whole)),
            (refused(code), Next::Step(Step::Lookup(lookup))),
            (Outcome::Present(vec![false, true, true, false]), perform(delta.clone())),
            (Outcome::Performed(None), done(vec![delta])),
        ],
    );
}

#[test]
fn what_is_as_wanted_is_done_without_an_operation() {
    let whole = modify(vec![add(&["c"])]);
    let plan = WritePlan::new([Stage::new(whole.clone()).tolerating(members())]);
    let lookup = members().candidates(&whole).unwrap();
    run(
        plan,
        vec![
            (Outcome::Begin, perform(whole)),
            (refused(20), Next::Step(Step::Lookup(lookup))),
            (Outcome::Present(vec![true]), done(Vec::new())),
        ],
    );
}

#[test]
fn the_last_member_is_swapped_for_the_placeholder() {
    let whole = modify(vec![delete(&["a"])]);
    let swap = modify(vec![delete(&["a"]), add(&["nobody"])]);
    let plan = WritePlan::new([Stage::new(whole.clone()).tolerating(members())]);
    run(
        plan,
        vec![
            (Outcome::Begin, perform(whole)),
            (refused(65), perform(swap.clone())),
            (Outcome::Performed(None), done(vec![swap])),
        ],
    );
}

#[test]
fn an_objection_that_nothing_explains_is_the_servers_word() {
    let whole = modify(vec![add(&["a"])]);
    for code in [53, 68] {
        let plan = WritePlan::new([Stage::new(whole.clone()).tolerating(members())]);
        let lookup = members().candidates(&whole).unwrap();
        run(
            plan,
            vec![
                (Outcome::Begin, perform(whole.clone())),
                (refused(code), Next::Step(Step::Lookup(lookup))),
                (Outcome::Present(vec![false]), failed(Cause::Refused(result_of(&refused(code))))),
            ],
        );
    }
    let plan = WritePlan::new([Stage::new(whole.clone())]);
    run(plan, vec![(Outcome::Begin, perform(whole)), (refused(20), failed(Cause::Refused(result_of(&refused(20)))))]);
}

#[test]
fn a_second_value_of_a_single_valued_attribute_is_not_looked_up() {
    let whole = modify(vec![add(&["a"])]);
    let text = "0000200D: AtrErr: DSID-03151A2E, #1:";
    let result = LdapResult::new(ResultCode(20), "", text);
    run(
        WritePlan::new([Stage::new(whole.clone()).tolerating(members())]),
        vec![(Outcome::Begin, perform(whole)), (Outcome::Refused(result.clone()), failed(Cause::Refused(result)))],
    );
}

#[test]
fn a_name_that_is_taken_leads_to_the_next_one() {
    let stages = |dn: &str| vec![Stage::new(person(dn)), Stage::new(password(dn))];
    let plan = WritePlan::new(stages("cn=a")).or(stages("cn=a 2"));
    assert_eq!(plan.candidates().count(), 2);
    let end = run(
        plan,
        vec![
            (Outcome::Begin, perform(person("cn=a"))),
            (refused(68), perform(person("cn=a 2"))),
            (Outcome::Performed(None), perform(password("cn=a 2"))),
            (
                Outcome::Performed(None),
                Next::Done(Applied {
                    operations: vec![person("cn=a 2"), password("cn=a 2")],
                    candidate: 1,
                    ..Applied::default()
                }),
            ),
        ],
    );
    assert!(!format!("{end:?}").contains("secret"));
    let plan = WritePlan::new(stages("cn=a"));
    let taken = refused(68);
    run(
        plan,
        vec![(Outcome::Begin, perform(person("cn=a"))), (taken.clone(), failed(Cause::Refused(result_of(&taken))))],
    );
}

#[test]
fn a_refused_password_takes_the_entry_back() {
    let plan = WritePlan::new([Stage::new(person("cn=a")), Stage::new(password("cn=a"))]);
    let weak = refused(19);
    run(
        plan,
        vec![
            (Outcome::Begin, perform(person("cn=a"))),
            (Outcome::Performed(None), perform(password("cn=a"))),
            (weak.clone(), compensate(EntryChange::delete("cn=a").into())),
            // Somebody else was quicker.
            (refused(32), failed(Cause::Refused(result_of(&weak)))),
        ],
    );
}

#[test]
fn what_cannot_be_taken_back_is_named() {
    let replaced = modify(vec![step(ModificationKind::Replace, &["a"])]);
    let kept = EntryChange::delete("cn=old");
    let plan = WritePlan::new([
        Stage::new(person("cn=a")),
        Stage::new(replaced.clone()),
        Stage::new(kept).undo(Undo::Keep),
        Stage::new(password("cn=a")),
    ]);
    let left = vec![replaced.clone(), person("cn=a")];
    run(
        plan,
        vec![
            (Outcome::Begin, perform(person("cn=a"))),
            (Outcome::Performed(None), perform(replaced)),
            (Outcome::Performed(None), perform(EntryChange::delete("cn=old").into())),
            (Outcome::Performed(None), perform(password("cn=a"))),
            (refused(19), compensate(EntryChange::delete("cn=a").into())),
            (refused(50), Next::Failed(Failure { cause: Cause::Refused(result_of(&refused(19))), left })),
        ],
    );
}

#[rstest]
#[case(122, "", true)]
#[case(122, "unique_search failed", false)]
#[case(19, "", false)]
fn a_failed_assertion_is_a_stale_version(#[case] code: u32, #[case] text: &str, #[case] stale: bool) {
    let result = LdapResult::new(ResultCode(code), "", text);
    let asserting =
        EntryChange::modify(GROUP, vec![add(&["a"])]).asserting(Filter::Equality(name("entryCSN"), b"1".to_vec()));
    let operation = Operation::from(asserting);
    let cause = if stale { Cause::Stale(result.clone()) } else { Cause::Refused(result.clone()) };
    run(
        WritePlan::new([Stage::new(operation.clone())]),
        vec![(Outcome::Begin, perform(operation)), (Outcome::Refused(result), failed(cause))],
    );
}

#[test]
fn a_swap_that_misses_is_a_stale_version() {
    let swap = modify(vec![delete(&["514"]), add(&["512"])]);
    run(
        WritePlan::new([Stage::new(swap.clone()).swapping()]),
        vec![(Outcome::Begin, perform(swap)), (refused(16), failed(Cause::Stale(result_of(&refused(16)))))],
    );
}

#[test]
fn a_busy_server_is_asked_again_a_few_times_and_later_each_time() {
    let mut plan = WritePlan::new([Stage::new(person("cn=a"))]);
    assert_eq!(plan.next(&Outcome::Begin), perform(person("cn=a")));
    let mut pauses = Vec::new();
    while plan.next(&refused(51)) == perform(person("cn=a")) {
        pauses.push(plan.pause().as_millis());
    }
    assert_eq!(pauses, [50, 100, 200, 400]);
    assert!(matches!(plan.next(&Outcome::Begin), Next::Failed(Failure { cause: Cause::Unavailable(_), .. })));
}

#[rstest]
#[case(Outcome::Unknown("lost".to_owned()))]
#[case(refused(3))]
fn a_lost_answer_is_read_back_and_never_sent_again(#[case] lost: Outcome) {
    let read_back = Next::Step(Step::ReadBack(ReadBack::of(&person("cn=a")).unwrap()));
    for seen in [true, false] {
        let mut plan = WritePlan::new([Stage::new(person("cn=a"))]);
        plan.next(&Outcome::Begin);
        assert_eq!(plan.next(&lost), read_back);
        assert_eq!(plan.next(&Outcome::Unavailable(String::new())), read_back, "reading may be tried again");
        match plan.next(&Outcome::ReadBack(seen)) {
            Next::Done(applied) => assert!(seen && applied.read_back && applied.operations == [person("cn=a")]),
            Next::Failed(Failure { cause: Cause::Unknown(_), .. }) => assert!(!seen),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_only_reading_back_told_is_left_rather_than_taken_back() {
    let mut plan = WritePlan::new([Stage::new(person("cn=a")), Stage::new(password("cn=a"))]);
    plan.next(&Outcome::Begin);
    plan.next(&Outcome::Unknown("lost".to_owned()));
    assert_eq!(plan.next(&Outcome::ReadBack(true)), perform(password("cn=a")));
    let cause = Cause::Refused(result_of(&refused(19)));
    assert_eq!(plan.next(&refused(19)), Next::Failed(Failure { cause, left: vec![person("cn=a")] }));
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        // noSuchObject of what is there would be a lie, which a plan that takes something back believes.
        2 => (0u32..130).prop_filter("true", |code| *code != 32).prop_map(Fault::Refused),
        1 => Just(Fault::Refused(51)),
        1 => Just(Fault::Unavailable),
        1 => Just(Fault::NotSent),
        1 => Just(Fault::LostBefore),
        1 => Just(Fault::LostAfter),
        1 => "[a-d]".prop_map(Fault::Toggled),
    ]
}

fn any_step() -> impl Strategy<Value = Modification> {
    let values = || prop::collection::btree_set("[a-d]", 1..4);
    let of = |kind| {
        move |values: std::collections::BTreeSet<String>| {
            step(kind, &values.iter().map(String::as_str).collect::<Vec<_>>())
        }
    };
    prop_oneof![values().prop_map(of(ModificationKind::Add)), values().prop_map(of(ModificationKind::Delete))]
}

fn any_stage() -> impl Strategy<Value = Stage> {
    let change = prop_oneof![
        4 => prop::collection::vec(any_step(), 1..3).prop_map(|steps| EntryChange::modify(GROUP, steps)),
        1 => Just(EntryChange::add("cn=a,dc=x", vec![(name("cn"), vec![b"a".to_vec()])])),
        1 => Just(EntryChange::rename("cn=a,dc=x", "cn=b", None)),
    ];
    let operation = prop_oneof![
        4 => change.prop_map(Operation::Change),
        1 => Just(password("cn=a,dc=x")),
    ];
    (operation, any::<bool>(), any::<bool>()).prop_map(|(operation, tolerant, swaps)| Stage {
        operation,
        undo: Undo::Reverse,
        tolerance: if tolerant { members() } else { Tolerance::default() },
        swaps,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_run_ends_and_leaves_all_or_nothing(
        stages in prop::collection::vec(any_stage(), 0..4),
        other in prop::option::of(prop::collection::vec(any_stage(), 1..3)),
        members in prop::collection::btree_set("[a-d]", 1..4),
        faults in prop::collection::vec(any_fault(), 0..40),
    ) {
        let mut plan = WritePlan::new(stages);
        if let Some(other) = other {
            plan = plan.or(other);
        }
        let before = Model::with_members(GROUP, members);
        let mut model = before.clone();
        let mut outcome = Outcome::Begin;
        let mut faults = faults.into_iter();
        let mut ended = None;
        for _ in 0..400 {
            match plan.next(&outcome) {
                Next::Step(step) | Next::Compensate(step) => {
                    outcome = model.answer(&step, faults.next().unwrap_or(Fault::None));
                }
                end => {
                    ended = Some(end);
                    break;
                }
            }
        }
        match ended {
            None => prop_assert!(false, "a plan without end"),
            Some(Next::Done(applied)) if !model.disturbed && !applied.read_back => {
                // What it says that it did is what happened.
                let mut told = before;
                for operation in &applied.operations {
                    prop_assert_eq!(told.perform(operation), Ok(()));
                }
                prop_assert_eq!(told.entries, model.entries);
            }
            Some(Next::Failed(Failure { cause, left })) if !model.disturbed => {
                if left.is_empty() && !matches!(cause, Cause::Unknown(_)) {
                    prop_assert_eq!(before.entries, model.entries);
                }
            }
            Some(_) => {}
        }
    }
}
