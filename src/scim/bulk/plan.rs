//! In which order operations run: as they were sent, but each after those that make what it refers to.

/// Something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The operation, without the references that are put off.
    Run(usize),
    /// The references that were put off, once all that they refer to is made.
    Complete(usize),
}

/// The order, and what it puts off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// What to do, one after the other.
    pub(super) steps: Vec<Step>,
    /// For each operation, those that it refers to although they run after it, or are itself.
    pub(super) deferred: Vec<Vec<usize>>,
}

/// Where an operation is on the way to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Unseen,
    /// Its needs are being placed.
    Open,
    Placed,
}

/// Orders operations, of which each needs those in its list to run before it. What an operation needs is moved up to right before
/// it. Where operations need each other in a circle, the one that closes it puts that need off.
pub(super) fn order(needs: &[Vec<usize>]) -> Plan {
    let mut marks = vec![Mark::Unseen; needs.len()];
    let mut plan = Plan { steps: Vec::with_capacity(needs.len()), deferred: vec![Vec::new(); needs.len()] };
    for first in 0..needs.len() {
        place(first, needs, &mut marks, &mut plan);
    }
    complete(&mut plan);
    plan
}

/// Places an operation after all it needs. By hand rather than by recursion: a chain may be as long as a request.
fn place(first: usize, needs: &[Vec<usize>], marks: &mut [Mark], plan: &mut Plan) {
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut next = Some(first).filter(|&first| marks[first] == Mark::Unseen);
    loop {
        if let Some(operation) = next.take() {
            marks[operation] = Mark::Open;
            open.push((operation, 0));
        }
        let Some((operation, looked_at)) = open.last_mut() else { return };
        match needs[*operation].get(*looked_at) {
            Some(&need) => {
                *looked_at += 1;
                match marks[need] {
                    Mark::Unseen => next = Some(need),
                    Mark::Open => plan.deferred[*operation].push(need),
                    Mark::Placed => {}
                }
            }
            None => {
                marks[*operation] = Mark::Placed;
                plan.steps.push(Step::Run(*operation));
                open.pop();
            }
        }
    }
}

/// Puts the completions where the last thing that they wait for has run.
fn complete(plan: &mut Plan) {
    let mut waited_for: Vec<Vec<usize>> = vec![Vec::new(); plan.deferred.len()];
    for (operation, deferred) in plan.deferred.iter().enumerate() {
        for &need in deferred {
            waited_for[need].push(operation);
        }
    }
    let mut missing: Vec<usize> = plan.deferred.iter().map(Vec::len).collect();
    let mut steps = Vec::with_capacity(plan.steps.len());
    for step in std::mem::take(&mut plan.steps) {
        steps.push(step);
        let Step::Run(operation) = step else { continue };
        for &waiting in &waited_for[operation] {
            missing[waiting] -= 1;
            if missing[waiting] == 0 {
                steps.push(Step::Complete(waiting));
            }
        }
    }
    plan.steps = steps;
}

#[cfg(test)]
mod tests {
    use super::Step::{Complete, Run};
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::in_order(vec![vec![], vec![0], vec![]], &[Run(0), Run(1), Run(2)])]
    #[case::forward(vec![vec![], vec![2], vec![], vec![]], &[Run(0), Run(2), Run(1), Run(3)])]
    #[case::a_chain(vec![vec![1], vec![2], vec![]], &[Run(2), Run(1), Run(0)])]
    #[case::each_other(vec![vec![1], vec![0]], &[Run(1), Run(0), Complete(1)])]
    #[case::itself(vec![vec![0]], &[Run(0), Complete(0)])]
    #[case::three(vec![vec![1], vec![2], vec![0]], &[Run(2), Run(1), Run(0), Complete(2)])]
    #[case::two_circles(vec![vec![1, 2], vec![0], vec![0]], &[Run(1), Run(2), Run(0), Complete(1), Complete(2)])]
    fn orders(#[case] needs: Vec<Vec<usize>>, #[case] expected: &[Step]) {
        assert_eq!(order(&needs).steps, expected);
    }

    #[test]
    fn a_long_chain() {
        let needs: Vec<Vec<usize>> =
            (1..=100_000).map(|next| if next < 100_000 { vec![next] } else { vec![] }).collect();
        assert_eq!(order(&needs).steps.first(), Some(&Run(99_999)));
    }

    fn graphs() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (1usize..12).prop_flat_map(|size| {
            let needs = proptest::collection::btree_set(0..size, 0..4).prop_map(|needs| needs.into_iter().collect());
            proptest::collection::vec(needs, size)
        })
    }

    /// Whether `to` can be reached from `from` by needs.
    fn reaches(needs: &[Vec<usize>], from: usize, to: usize) -> bool {
        let (mut seen, mut ahead) = (vec![false; needs.len()], needs[from].clone());
        while let Some(next) = ahead.pop() {
            if !std::mem::replace(&mut seen[next], true) {
                ahead.extend(&needs[next]);
            }
        }
        seen[to]
    }

    proptest! {
        #[test]
        fn each_runs_once_and_after_what_it_needs(needs in graphs()) {
            let plan = order(&needs);
            let at = |step: Step| plan.steps.iter().position(|other| *other == step);
            let completions = plan.deferred.iter().filter(|deferred| !deferred.is_empty()).count();
            prop_assert_eq!(plan.steps.len(), needs.len() + completions);
            for operation in 0..needs.len() {
                let run = at(Run(operation)).unwrap();
                for &need in &needs[operation] {
                    if plan.deferred[operation].contains(&need) {
                        // Put off only where there is a circle, and completed once it is made.
                        prop_assert!(reaches(&needs, need, operation));
                        let complete = at(Complete(operation)).unwrap();
                        prop_assert!(complete > run && complete > at(Run(need)).unwrap());
                    } else {
                        prop_assert!(at(Run(need)).unwrap() < run);
                    }
                }
                for deferred in &plan.deferred[operation] {
                    prop_assert!(needs[operation].contains(deferred));
                }
            }
        }

        #[test]
        fn without_forward_references_nothing_moves(needs in graphs()) {
            let backward: Vec<Vec<usize>> = needs
                .iter()
                .enumerate()
                .map(|(place, needs)| needs.iter().copied().filter(|need| *need < place).collect())
                .collect();
            let expected: Vec<Step> = (0..needs.len()).map(Run).collect();
            prop_assert_eq!(order(&backward).steps, expected);
        }
    }
}
