//! The issuer behind a real listening server, asked by a real HTTP client with real tokens.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "tests: what fails here should say so at once"
)]

mod admin;
mod answers;
mod breaker;
mod checkout;
mod command_line;
mod configuration;
mod crowd;
mod destruction;
mod draws;
mod durability;
mod fixture;
mod fuzz;
mod gifts;
mod http;
mod keys;
mod load;
mod openapi;
mod operations;
mod orders;
mod overload;
mod parsers;
mod promos;
mod purchase;
mod recent;
mod refunds;
mod refusals;
mod reload;
mod replays;
mod replicas;
mod restores;
mod rotation;
mod secrecy;
mod short_witness;
mod swaps;
mod tls;
mod wallet;
mod webhooks;
