//! Which function comes after which.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many bytes in a row two functions must have in common to be alike in them: an instruction or two.
const RUN: usize = 5;
/// What stands in more functions than this is everywhere, and says nothing of any two.
const EVERYWHERE: usize = 60;
/// The next function is compared with so many bytes of those before it.
const WINDOW: usize = 1_500;
/// Added to the number of runs in a function, so that a tiny one is not a neighbour of everything.
const WEIGHT: usize = 60;

/// A permutation of the functions: each comes after those that hold the largest share of its runs.
pub(super) fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let mut window = Window::over(bodies);
    let mut left: BTreeSet<usize> = (0..bodies.len()).collect();
    let mut order = Vec::new();
    while let Some(next) = window.nearest(&left) {
        left.remove(&next);
        window.take_in(next);
        order.push(next);
    }
    order
}

struct Function {
    length: usize,
    /// How many different runs it has.
    runs: usize,
    /// Those that others have as well.
    common: Vec<usize>,
    /// How many of them stand in the window.
    met: usize,
}

struct Run {
    functions: Vec<usize>,
    /// How many of these are in the window.
    inside: usize,
}

/// The functions placed last, and how much of every other function stands in them.
struct Window {
    functions: Vec<Function>,
    runs: Vec<Run>,
    inside: VecDeque<usize>,
    length: usize,
}

impl Window {
    fn over(bodies: &[&[u8]]) -> Self {
        let mut holders: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (index, body) in bodies.iter().enumerate() {
            for run in body.windows(RUN) {
                let holders = holders.entry(run).or_default();
                if holders.last() != Some(&index) {
                    holders.push(index);
                }
            }
        }
        let function = |body: &&[u8]| Function {
            length: body.len(),
            runs: 0,
            common: Vec::new(),
            met: 0,
        };
        let mut functions: Vec<Function> = bodies.iter().map(function).collect();
        let mut runs = Vec::new();
        for holders in holders.into_values() {
            if holders.len() > EVERYWHERE {
                continue;
            }
            for holder in &holders {
                if let Some(function) = functions.get_mut(*holder) {
                    function.runs = function.runs.saturating_add(1);
                    if holders.len() > 1 {
                        function.common.push(runs.len());
                    }
                }
            }
            if holders.len() > 1 {
                runs.push(Run {
                    functions: holders,
                    inside: 0,
                });
            }
        }
        Self {
            functions,
            runs,
            inside: VecDeque::new(),
            length: 0,
        }
    }

    /// The function of which the largest share stands in the window; the first of equals.
    fn nearest(&self, left: &BTreeSet<usize>) -> Option<usize> {
        let mut best: Option<(usize, &Function)> = None;
        for index in left {
            let function = self.functions.get(*index)?;
            if best.is_none_or(|(_, best)| function.is_nearer(best)) {
                best = Some((*index, function));
            }
        }
        best.map(|(index, _)| index)
    }

    fn take_in(&mut self, index: usize) {
        self.turn(index, true);
        self.inside.push_back(index);
        self.length = self.length.saturating_add(self.length_of(index));
        while self.length > WINDOW
            && self.inside.len() > 1
            && let Some(first) = self.inside.pop_front()
        {
            self.length = self.length.saturating_sub(self.length_of(first));
            self.turn(first, false);
        }
    }

    fn length_of(&self, index: usize) -> usize {
        self.functions.get(index).map_or(0, |f| f.length)
    }

    /// Counts the runs of a function that comes into the window, or leaves it.
    fn turn(&mut self, index: usize, comes: bool) {
        let common = self.functions.get(index).map(|f| f.common.clone());
        for run in common.unwrap_or_default() {
            let Some(run) = self.runs.get_mut(run) else {
                continue;
            };
            let was_inside = run.inside > 0;
            run.inside = step(run.inside, comes);
            if was_inside == (run.inside > 0) {
                continue;
            }
            for holder in &run.functions {
                if let Some(function) = self.functions.get_mut(*holder) {
                    function.met = step(function.met, comes);
                }
            }
        }
    }
}

impl Function {
    fn is_nearer(&self, other: &Self) -> bool {
        let weight = |function: &Self| function.runs.saturating_add(WEIGHT);
        self.met.saturating_mul(weight(other)) > other.met.saturating_mul(weight(self))
    }
}

const fn step(count: usize, up: bool) -> usize {
    if up {
        count.saturating_add(1)
    } else {
        count.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions of two kinds, alternating.
    fn mixed() -> Vec<Vec<u8>> {
        (0..40_u8)
            .map(|i| {
                let shared = if i % 2 == 0 { 0..100 } else { 128..228 };
                shared.chain([i; 5]).collect()
            })
            .collect()
    }

    #[test]
    fn similar_functions_are_neighbours() {
        let bodies = mixed();
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let order = order(&bodies);
        let changes = order.windows(2).filter(|pair| (pair[0] + pair[1]) % 2 == 1);
        assert_eq!(changes.count(), 1, "{order:?}");
    }

    #[test]
    fn every_function_is_placed_once() {
        let bodies = mixed();
        let mut bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        bodies.extend([&[][..], &[11]]);
        let mut order = order(&bodies);
        order.sort_unstable();
        assert_eq!(order, (0..42).collect::<Vec<_>>());
        assert!(super::order(&[]).is_empty());
    }
}
