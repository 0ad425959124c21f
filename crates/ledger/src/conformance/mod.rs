//! The suite that every store must pass. A backend's tests are one line:
//!
//! ```
//! # use farthing_ledger::{ledger_conformance, memory::MemoryLedger};
//! /// A fresh, empty ledger, and whatever must live as long as it (a temporary directory, a schema).
//! fn provide() -> (MemoryLedger, ()) {
//!     (MemoryLedger::new(), ())
//! }
//! ledger_conformance!(provide);
//! ```
//!
//! After every case the ledger is audited and must balance to the micro.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    reason = "a suite fails by panicking"
)]

pub mod audit;
pub mod breaker;
pub mod draws;
pub mod durability;
pub mod keysets;
pub mod manifests;
pub mod orders;
pub mod promo;
pub mod publishers;
pub mod rebinds;
pub mod redemptions;
pub mod refunds;
pub mod restoring;
pub mod swaps;
pub mod world;

use crate::Ledger;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::task::Wake;
use std::thread::{self, Thread};

/// Makes a test of every case of the suite. `$provide` is a function that gives a fresh ledger and its guard.
#[macro_export]
macro_rules! ledger_conformance {
    ($provide:ident) => {
        $crate::ledger_conformance! { @cases $provide;
            audit { an_empty_ledger_balances, everything_twice_changes_nothing, fees_and_tax_balance }
            breaker {
                a_freeze_stays_until_it_is_taken_back,
                a_frozen_keyset_evaluates_nothing,
                a_keyset_never_used_can_be_frozen,
                an_answer_given_is_given_again_from_a_frozen_keyset,
                evidence_brings_out_what_was_issued_and_nothing_else,
                evidence_that_is_shown_must_hold_where_it_is_not_needed,
                freezes_and_thaws_stand_in_the_journal,
                no_more_is_spent_than_was_issued,
                of_a_race_of_forgers_no_more_pass_than_was_issued,
                what_forgers_swapped_is_a_loss_when_the_readers_come,
                what_trips_the_breaker_spends_nothing
            }
            draws {
                a_known_element_is_refused_and_nothing_changes,
                a_pouch_beyond_the_next_is_unavailable,
                a_repeated_element_is_refused,
                a_settled_order_is_drawn,
                an_unsettled_order_is_not_drawn,
                another_request_for_a_pouch_conflicts,
                no_more_than_unminted_is_drawn,
                of_concurrent_draws_of_a_pouch_one_counts,
                the_remainder_is_all_of_it,
                the_same_request_changes_nothing
            }
            durability {
                a_snapshot_is_whole,
                checkpoints_have_no_gaps,
                it_knows_where_it_stands,
                other_tokens_at_the_same_price_make_another_history,
                time_goes_back_only_by_decision,
                what_is_reserved_is_done_by_its_request_only,
                what_was_told_is_never_forgotten
            }
            keysets {
                an_archive_has_one_root,
                an_ended_keyset_takes_nothing_and_still_answers,
                answers_expire_in_batches_and_tokens_stay_spent,
                ending_and_spending_at_once_balance,
                rows_are_dropped_after_the_key_and_stay_counted
            }
            manifests { bodies_are_found_by_hash, each_publisher_has_a_chain, heads_are_read_from_a_number, numbers_have_no_gaps }
            orders {
                a_charge_settles_one_order,
                a_declined_order_is_not_settled,
                a_settled_order_is_not_declined,
                an_expired_quote_is_not_settled,
                an_unknown_order_is_nothing,
                another_charge_conflicts,
                another_request_with_the_key_conflicts,
                another_total_is_refused,
                concurrent_settlements_book_once,
                the_same_request_finds_its_order,
                the_same_settlement_changes_nothing
            }
            promo {
                a_publisher_gives_so_many_a_day,
                another_claim_with_the_key_conflicts,
                forged_starters_cost_no_money,
                money_and_starters_are_booked_apart,
                of_claims_at_once_no_more_pass_than_the_budget,
                starters_and_money_never_meet,
                starters_are_given_and_money_is_paid,
                what_is_given_is_used_and_nobody_is_paid,
                what_is_not_used_lapses
            }
            publishers {
                a_fee_above_the_price_is_refused,
                a_publisher_is_found_and_listed,
                registering_again_keeps_withdrawals,
                withdrawals_cover_paths_on_segments
            }
            rebinds {
                a_rebind_moves_no_journal,
                a_record_goes_with_its_access,
                a_reserved_gift_is_for_its_request_only,
                of_concurrent_claims_one_is_first,
                the_first_request_counts,
                what_was_given_up_is_listed
            }
            redemptions {
                a_known_output_is_refused_and_nothing_is_spent,
                a_repeated_output_is_refused,
                a_spent_token_is_named_and_the_others_stay,
                an_answer_expires,
                an_unbalanced_request_is_refused,
                answers_whose_numbers_meet_are_all_found,
                any_token_finds_the_answer,
                change_can_be_spent,
                concurrent_repetitions_get_one_answer,
                inputs_must_ascend,
                keyset_terms_do_not_change,
                of_overlapping_requests_one_is_accepted,
                stored_answers_are_asked_first,
                the_same_request_gets_the_first_answer
            }
            refunds {
                a_grant_is_given_back_once,
                a_publisher_gives_back_so_much_a_day,
                a_refund_is_booked_back,
                a_refund_takes_one_right_and_gives_the_price,
                an_answer_is_found_by_the_right,
                an_order_gives_its_rights_once_and_last,
                of_refunds_at_once_no_more_pass_than_the_budget,
                of_refunds_of_a_grant_at_once_one_counts,
                rights_are_exchanged_one_for_one,
                rights_buy_nothing,
                starters_give_no_rights,
                the_same_refund_gets_the_first_answer,
                what_is_given_back_is_not_given_on
            }
            restoring {
                only_what_was_evaluated_is_restored,
                spent_tokens_are_listed_under_their_prefix,
                the_list_keeps_what_was_archived_and_ends_with_the_key
            }
            swaps {
                a_known_output_is_refused_and_nothing_is_spent,
                a_repeated_output_is_refused,
                a_swap_changes_no_balance,
                a_swap_gives_what_it_takes,
                a_token_is_swapped_or_redeemed_once,
                an_answer_expires,
                any_token_finds_the_answer,
                inputs_must_ascend,
                of_redemptions_and_swaps_of_a_token_at_once_one_is_accepted,
                the_same_swap_gets_the_first_answer,
                what_comes_out_can_be_spent
            }
        }
    };
    (@cases $provide:ident; $($module:ident { $($case:ident),* })*) => {
        $(mod $module {
            $(#[test]
            fn $case() {
                let (ledger, _guard) = super::$provide();
                $crate::conformance::run(ledger, |ledger| {
                    $crate::conformance::$module::$case(ledger)
                });
            })*
        })*
    };
}

/// Runs a case and audits what it leaves.
pub fn run<L: Ledger, F: Future<Output = ()>>(ledger: L, case: impl FnOnce(Arc<L>) -> F) {
    let ledger = Arc::new(ledger);
    block_on(case(Arc::clone(&ledger)));
    let report = block_on(ledger.audit()).expect("an audit");
    assert_eq!(report.difference(), 0, "{report}");
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread. The ledger needs no runtime, so neither does the suite.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Runs `call` on `count` threads at once; gives what they returned, in no particular order.
pub fn concurrently<T: Send, F: Future<Output = T>>(
    count: u64,
    call: impl Fn(u64) -> F + Sync,
) -> Vec<T> {
    let call = &call;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|n| scope.spawn(move || block_on(call(n))))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a caller"))
            .collect()
    })
}
