//! From a run that breaks a promise to a short one: steps are left out by halves, then quarters (Zeller's ddmin), and
//! what is left is made plainer.

use crate::step::{Fate, Request, Step};

/// The shortest list found of which `fails` still holds. `steps` must fail.
#[must_use]
pub fn shrink(steps: &[Step], fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    let mut steps = steps.to_vec();
    loop {
        let before = steps.clone();
        leave_out(&mut steps, &fails);
        make_plainer(&mut steps, &fails);
        if steps == before {
            return steps;
        }
    }
}

fn leave_out(steps: &mut Vec<Step>, fails: &impl Fn(&[Step]) -> bool) {
    let mut size = steps.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < steps.len() {
            let kept = steps
                .iter()
                .take(from)
                .chain(steps.iter().skip(from + size));
            let without: Vec<Step> = kept.cloned().collect();
            if fails(&without) {
                *steps = without;
            } else {
                from += size;
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
}

fn make_plainer(steps: &mut Vec<Step>, fails: &impl Fn(&[Step]) -> bool) {
    for index in 0..steps.len() {
        // Each plainer form may have plainer ones.
        while let Some(plainer) = steps.get(index).and_then(|step| {
            plainer(step).into_iter().find(|plainer| {
                let mut changed = steps.clone();
                changed.splice(index..=index, [plainer.clone()]);
                fails(&changed)
            })
        }) {
            steps.splice(index..=index, [plainer]);
        }
    }
}

/// Forms of a step with one thing less.
fn plainer(step: &Step) -> Vec<Step> {
    let Step::Send {
        request,
        fate,
        joined,
    } = step
    else {
        return Vec::new();
    };
    let send = |request: Request, fate, joined| Step::Send {
        request,
        fate,
        joined,
    };
    let mut forms = Vec::new();
    if *joined {
        forms.push(send(request.clone(), *fate, false));
    }
    match fate {
        Fate::Answered => {}
        Fate::Unanswered => forms.push(send(request.clone(), Fate::Answered, *joined)),
        Fate::PowerFails { kept, .. } => {
            forms.push(send(request.clone(), Fate::Answered, *joined));
            forms.push(send(request.clone(), Fate::Unanswered, *joined));
            // Towards nothing kept, so that this ends.
            let wholes: &[u8] = match kept {
                0 => &[],
                255 => &[0],
                _ => &[0, 255],
            };
            for whole in wholes {
                let fate = Fate::PowerFails {
                    kept: *whole,
                    tear: 0,
                };
                forms.push(send(request.clone(), fate, *joined));
            }
        }
    }
    let smaller = plainer_requests(request).into_iter();
    forms.extend(smaller.map(|request| send(request, *fate, *joined)));
    forms
}

fn plainer_requests(request: &Request) -> Vec<Request> {
    let mut forms = Vec::new();
    match request {
        Request::Draw {
            order,
            pouch,
            first,
            count,
            rest,
        } if *count > 1 => {
            for (first, count) in [(*first, count - 1), (first + 1, count - 1)] {
                forms.push(Request::Draw {
                    order: *order,
                    pouch: *pouch,
                    first,
                    count,
                    rest: *rest,
                });
            }
        }
        Request::Redeem {
            tokens,
            change,
            shop,
            off,
        } => {
            for index in 0..change.len() {
                forms.push(Request::Redeem {
                    tokens: tokens.clone(),
                    change: without(change, index),
                    shop: *shop,
                    off: *off,
                });
            }
            for index in 0..tokens.len() {
                forms.push(Request::Redeem {
                    tokens: without(tokens, index),
                    change: change.clone(),
                    shop: *shop,
                    off: *off,
                });
            }
        }
        Request::Swap {
            tokens,
            others,
            shown,
        } => {
            let swap = |tokens: Vec<u32>, others: Vec<u32>| Request::Swap {
                tokens,
                others,
                shown: *shown,
            };
            for index in 0..tokens.len() {
                let tokens = without(tokens, index);
                for place in 0..others.len() {
                    // What it is worth less it gives less.
                    forms.push(swap(tokens.clone(), without(others, place)));
                }
            }
        }
        _ => {}
    }
    forms
}

fn without(list: &[u32], index: usize) -> Vec<u32> {
    let kept = list.iter().enumerate().filter(|(at, _)| *at != index);
    kept.map(|(_, token)| *token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buy(tokens: &[u32]) -> Step {
        Step::Send {
            request: Request::Redeem {
                tokens: tokens.to_vec(),
                change: vec![9],
                shop: 0,
                off: false,
            },
            fate: Fate::PowerFails { kept: 3, tear: 5 },
            joined: true,
        }
    }

    #[test]
    fn what_matters_is_left() {
        let mut steps: Vec<Step> = (0..200).map(|n| buy(&[n, n + 1])).collect();
        steps.insert(77, Step::Restart);
        // Fails where token 40 is brought before a restart, and token 150 after it.
        let fails = |steps: &[Step]| {
            let brings = |steps: &[Step], token| {
                steps.iter().any(|step| matches!(step, Step::Send { request, .. } if request.tokens().contains(&token)))
            };
            let at = steps.iter().position(|step| *step == Step::Restart);
            at.is_some_and(|at| brings(&steps[..at], 40) && brings(&steps[at..], 150))
        };
        let short = shrink(&steps, fails);
        assert_eq!(short.len(), 3, "{short:?}");
        assert!(fails(&short));
        let Step::Send {
            request,
            fate,
            joined,
        } = &short[0]
        else {
            panic!("{short:?}");
        };
        assert_eq!(
            (request.tokens(), *fate, *joined),
            (&[40][..], Fate::Answered, false)
        );
    }
}
