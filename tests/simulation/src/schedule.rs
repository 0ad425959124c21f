//! A run from a seed: what clients want, and what network and machine make of it.

use crate::ask::{DENOMINATIONS, VALUE, denomination};
use crate::dice::Dice;
use crate::step::{FORGED, Fate, Request, Shown, Step};
use std::collections::BTreeMap;

/// Steps of one run; a run begins with an empty ledger.
pub const LENGTH: usize = 500;

/// A run of about [`LENGTH`] steps, the same for the same seed.
#[must_use]
pub fn schedule(seed: u64) -> Vec<Step> {
    let mut dice = Dice::new(seed);
    let mut clients = Clients {
        has_leaked: dice.once_in(3),
        ..Clients::default()
    };
    // By the moment of arrival: each request is sent up to four times, early, late, or never.
    let mut arrivals: BTreeMap<(u64, u64), Request> = BTreeMap::new();
    let mut moment = 0;
    while arrivals.len() < LENGTH {
        moment += 1;
        let request = clients.want(&mut dice);
        // What others build on is asked again soon, as a wallet does, and seldom comes very late.
        let is_ground = matches!(
            request,
            Request::Order { .. } | Request::Settle { .. } | Request::Draw { .. }
        );
        let copies = match dice.roll(10) {
            0..=5 => 1 + u64::from(is_ground),
            6..=7 => 2,
            8 => 3,
            _ => 4,
        };
        for copy in 0..copies {
            let delay = match dice.roll(if is_ground { 40 } else { 8 }) {
                5..=6 => dice.roll(8),
                7 => dice.roll(200),
                _ => 0,
            };
            // A repetition comes after a while, most often.
            let at = moment + delay + copy * dice.roll(6);
            arrivals.insert((at, dice.roll(1 << 32)), request.clone());
        }
    }
    let mut steps = Vec::new();
    for request in arrivals.into_values() {
        if let Some(step) = chance(&mut dice) {
            steps.push(step);
        }
        let fate = match dice.roll(40) {
            0 => Fate::PowerFails {
                kept: kept(&mut dice),
                tear: dice.small(u32::MAX),
            },
            1..=5 => Fate::Unanswered,
            _ => Fate::Answered,
        };
        let joined = dice.once_in(3);
        steps.push(Step::Send {
            request,
            fate,
            joined,
        });
    }
    steps
}

fn kept(dice: &mut Dice) -> u8 {
    match dice.roll(3) {
        0 => 0,
        1 => 255,
        _ => u8::try_from(1 + dice.roll(254)).unwrap_or(u8::MAX),
    }
}

/// What happens between requests.
fn chance(dice: &mut Dice) -> Option<Step> {
    let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or_default();
    match dice.roll(120) {
        0 => Some(Step::Restart),
        1..=4 => Some(Step::Pass {
            seconds: seconds(dice.roll(900)),
        }),
        5 => Some(Step::Pass {
            seconds: -seconds(dice.roll(4_000)),
        }),
        6 => Some(Step::Pass {
            seconds: seconds(dice.roll(60 * 86_400)),
        }),
        7 => Some(Step::Pass {
            seconds: -seconds(dice.roll(32 * 86_400)),
        }),
        _ => None,
    }
}

/// An order that is paid, as far as its client knows.
struct Paid {
    order: u16,
    next_pouch: u32,
    left: u64,
}

/// What clients did and have, if all goes well; where it does not, their requests are refused.
#[derive(Default)]
struct Clients {
    orders: u16,
    unpaid: Vec<u16>,
    paid: Vec<Paid>,
    tokens: u32,
    purse: Vec<u32>,
    spent: Vec<u32>,
    manifests: u8,
    /// Somebody has the issuer's keys and makes tokens.
    has_leaked: bool,
    /// What the operator has frozen and not taken back.
    frozen: Vec<u8>,
}

impl Clients {
    fn want(&mut self, dice: &mut Dice) -> Request {
        match dice.roll(100) {
            0..=7 => self.order(dice),
            8..=17 => self.settle(dice),
            18..=19 => Request::Decline {
                order: self.some_order(dice),
            },
            20..=37 => self.draw(dice),
            38..=76 => self.redeem(dice),
            77..=83 => self.swap(dice),
            84..=87 => self.stored(dice),
            88..=89 => Request::Answer {
                token: self.some_token(dice),
            },
            90..=92 => Request::Look {
                order: self.some_order(dice),
            },
            93..=94 => Request::Publisher {
                publisher: u8::try_from(dice.roll(3)).unwrap_or_default(),
                fee: u16::try_from(9_998 + dice.roll(4)).unwrap_or_default(),
                from: dice.small(8),
            },
            95..=97 => self.operate(dice),
            98 => Request::Expire,
            _ => {
                self.manifests += u8::from(!dice.once_in(4));
                Request::Manifest { n: self.manifests }
            }
        }
    }

    fn order(&mut self, dice: &mut Dice) -> Request {
        let known = self.orders > 0 && dice.once_in(8);
        if known {
            return Request::Order {
                order: self.some_order(dice),
                other: dice.once_in(2),
            };
        }
        self.orders += 1;
        self.unpaid.push(self.orders);
        Request::Order {
            order: self.orders,
            other: false,
        }
    }

    /// Any, the latest ones most often.
    fn some_order(&self, dice: &mut Dice) -> u16 {
        let back = if dice.once_in(4) { 40 } else { 4 };
        let back = u16::try_from(dice.roll(back)).unwrap_or_default();
        self.orders.saturating_sub(back).max(1)
    }

    fn settle(&mut self, dice: &mut Dice) -> Request {
        // One charge for each order, but for mistakes.
        if self.unpaid.is_empty() || dice.once_in(6) {
            return Request::Settle {
                order: self.some_order(dice),
                charge: self.some_order(dice),
                more: dice.once_in(4),
            };
        }
        let order = self.unpaid.remove(0);
        self.paid.push(Paid {
            order,
            next_pouch: 0,
            left: VALUE,
        });
        Request::Settle {
            order,
            charge: order,
            more: false,
        }
    }

    fn draw(&mut self, dice: &mut Dice) -> Request {
        let count = 1 + dice.small(6);
        let index = dice.index(self.paid.len());
        if dice.once_in(8) || self.paid.is_empty() {
            // Too early, too late, or with elements of another pouch.
            return Request::Draw {
                order: self.some_order(dice),
                pouch: dice.small(4),
                first: dice.small(self.tokens + 1),
                count,
                rest: dice.once_in(4),
            };
        }
        let first = self.tokens;
        let sum: u64 = (first..first + count).map(denomination).sum();
        self.tokens += count;
        let paid = self.paid.get_mut(index).expect("one of them");
        let (order, pouch, rest) = (paid.order, paid.next_pouch, sum == paid.left);
        paid.next_pouch += 1;
        match paid.left.checked_sub(sum) {
            Some(left) if left > 0 => paid.left = left,
            // The last one asks for more than is there, unless it is the remainder.
            _ => drop(self.paid.remove(index)),
        }
        self.purse.extend(first..first + count);
        Request::Draw {
            order,
            pouch,
            first,
            count,
            rest,
        }
    }

    /// Freezes little, and takes it back soon, so that the rest is tried as well.
    fn operate(&mut self, dice: &mut Dice) -> Request {
        if dice.once_in(4) {
            let keyset = u8::try_from(dice.roll(3)).unwrap_or_default();
            self.frozen.push(keyset);
            return Request::Freeze { keyset };
        }
        let any = u8::try_from(dice.roll(3)).unwrap_or_default();
        Request::Thaw {
            keyset: self.frozen.pop().unwrap_or(any),
        }
    }

    /// Tokens for others, and sometimes what they were issued as.
    fn swap(&mut self, dice: &mut Dice) -> Request {
        let tokens = self.payment(dice);
        let mut left: u64 = tokens.iter().map(|token| denomination(*token)).sum();
        let mut others = Vec::new();
        let [smallest, ..] = DENOMINATIONS;
        while left >= smallest {
            let fits = DENOMINATIONS.iter().rev().filter(|size| **size <= left);
            // The largest most often.
            let size = fits
                .copied()
                .find(|size| *size == smallest || !dice.once_in(4));
            while Some(denomination(self.tokens)) != size {
                self.tokens += 1;
            }
            left = left.saturating_sub(denomination(self.tokens));
            others.push(self.tokens);
            self.tokens += 1;
        }
        // Once in a while it does not add up.
        if dice.once_in(20) {
            others.pop();
        }
        self.purse.extend(&others);
        let shown = match dice.roll(12) {
            0 => Shown::Invented,
            1..=4 => Shown::Issuance,
            _ => Shown::Nothing,
        };
        Request::Swap {
            tokens,
            others,
            shown,
        }
    }

    /// Tokens of the purse, and sometimes spent ones, each once.
    fn payment(&mut self, dice: &mut Dice) -> Vec<u32> {
        let mut tokens = Vec::new();
        for _ in 0..=dice.roll(3) {
            if self.has_leaked && dice.once_in(12) {
                // Few, so that they are spent again, too.
                tokens.push(FORGED + dice.small(64));
                continue;
            }
            let from = if dice.once_in(8) {
                &self.spent
            } else {
                &self.purse
            };
            let token = from.get(dice.index(from.len())).copied();
            tokens.extend(token);
        }
        tokens.sort_unstable();
        tokens.dedup();
        if !dice.once_in(10) {
            self.purse.retain(|token| !tokens.contains(token));
        }
        self.spent.extend(&tokens);
        tokens
    }

    fn redeem(&mut self, dice: &mut Dice) -> Request {
        let tokens = self.payment(dice);
        let mut left: u64 = tokens.iter().map(|token| denomination(*token)).sum();
        let mut change = Vec::new();
        while dice.once_in(2) && change.len() < 3 {
            let token = if dice.once_in(20) {
                dice.small(self.tokens + 1)
            } else {
                self.tokens
            };
            // Beyond what was paid once in a while.
            if left <= denomination(token) && !dice.once_in(20) {
                self.tokens += 1;
                continue;
            }
            left = left.saturating_sub(denomination(token));
            self.tokens = self.tokens.max(token + 1);
            change.push(token);
            self.purse.push(token);
        }
        Request::Redeem {
            tokens,
            change,
            shop: u8::try_from(dice.roll(4)).unwrap_or_default(),
            off: dice.once_in(25),
        }
    }

    fn stored(&mut self, dice: &mut Dice) -> Request {
        match self.redeem(dice) {
            Request::Redeem {
                tokens,
                change,
                shop,
                off,
            } => Request::Stored {
                tokens,
                change,
                shop,
                off,
            },
            other => other,
        }
    }

    fn some_token(&self, dice: &mut Dice) -> u32 {
        let from = if dice.once_in(3) {
            &self.purse
        } else {
            &self.spent
        };
        from.get(dice.index(from.len()))
            .copied()
            .unwrap_or_default()
    }
}
