//! publisher add and list. A running issuer sees a new publisher with the next request: it reads the same ledger.

use super::{Failure, Wall, block_on, durable};
use crate::books::Books;
use crate::config::Config;
use crate::{amount, outbound, publisher_keys};
use farthing_core::json::MAX_DOCUMENT;
use farthing_core::money::Micro;
use farthing_core::origin::PublisherId;
use farthing_core::publisher_document::PublisherDocument;
use farthing_core::time::Timestamp;
use farthing_ledger::{Ledger, Publisher};
use std::path::Path;

pub(super) fn add(
    config: &Path,
    origin: &str,
    max_price: Option<&str>,
    fee_bps: Option<u16>,
    wall: &Wall,
) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let origin = PublisherId::parse(origin, config.origin_policy()).ok_or_else(|| {
        format!(
            "{origin} is not the origin of a publisher: https, lower case, no path, no slash at its end; http only on loopback in a sandbox"
        )
    })?;
    let defaults = config.publishers();
    let max_price = match max_price {
        Some(text) => price(&config, text)?,
        None => defaults.max_price,
    };
    let document = fetch(&origin)?;
    if document.publisher != origin {
        return Err(format!(
            "the document at {} is of {}: an origin is proved by its own document only",
            origin.as_str(),
            document.publisher.as_str()
        )
        .into());
    }
    if !document.issuers.contains(config.issuer()) {
        return Err(format!(
            "{} does not name this issuer; add \"{}\" to \"issuers\" in its farthing.json",
            origin.as_str(),
            config.issuer().as_str()
        )
        .into());
    }
    if document.keys.is_empty() {
        return Err(format!("{} has no keys to sign offers with", origin.as_str()).into());
    }
    let publisher = Publisher {
        origin: origin.clone(),
        name: document.name.clone(),
        keys: publisher_keys::to_json(&document.keys),
        max_price,
        fee_basis_points: fee_bps.unwrap_or(defaults.fee_bps),
        offers_valid_from: Timestamp::default(),
        withdrawals: Vec::new(),
    };
    let fee = publisher.fee_basis_points;
    block_on(async {
        // With the witness log, from which it comes back as well.
        let open = durable::open(&config, wall).await?;
        Ok::<_, Failure>(open.ledger.put_publisher(publisher).await?)
    })??;
    println!("Registered {} ({})", document.name, origin.as_str());
    for key in &document.keys {
        println!("  signs offers with {}", key.kid().to_text());
    }
    println!(
        "  prices up to {} {}, of which the issuer takes {}.{:02} %",
        amount::format(max_price, config.currency().currency()),
        config.currency().currency().as_str(),
        fee / 100,
        fee % 100
    );
    Ok(())
}

fn price(config: &Config, text: &str) -> Result<Micro, Failure> {
    let currency = config.currency().currency();
    match amount::parse_with_currency(text) {
        Some((amount, named)) if named == currency && amount > Micro::ZERO => Ok(amount),
        _ => Err(format!(
            "{text} is not a price: write it with at most six decimals and the currency, such as 0.50{}",
            currency.as_str()
        )
        .into()),
    }
}

/// Fetching the document from the origin is the proof that whoever wrote it holds the origin.
fn fetch(origin: &PublisherId) -> Result<PublisherDocument, Failure> {
    let url = format!("{}/.well-known/farthing.json", origin.as_str());
    let response = outbound::client()
        .get(&url)
        .header("accept", "application/json")
        .call();
    let mut response = response.map_err(|error| format!("{url}: {error}"))?;
    let status = response.status();
    if status != 200 {
        let hint = if status.is_redirection() {
            "; redirects are not followed"
        } else {
            ""
        };
        return Err(format!("{url}: the server answered {status}{hint}").into());
    }
    let limit = u64::try_from(MAX_DOCUMENT).unwrap_or(u64::MAX);
    let bytes = response.body_mut().with_config().limit(limit).read_to_vec();
    let bytes = bytes.map_err(|error| format!("{url}: {error}"))?;
    PublisherDocument::parse(&bytes)
        .map_err(|error| format!("{url} is not a publisher document: {error}").into())
}

pub(super) fn list(config: &Path) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let ledger = Books::open(&config)?;
    let publishers = block_on(ledger.publishers())??;
    if publishers.is_empty() {
        println!("No publishers. Register one with: farthing-issuer publisher add ORIGIN");
    }
    for publisher in publishers {
        let currency = config.currency().currency();
        println!(
            "{}  {}  prices up to {} {}, fee {}.{:02} %",
            publisher.origin.as_str(),
            publisher.name,
            amount::format(publisher.max_price, currency),
            currency.as_str(),
            publisher.fee_basis_points / 100,
            publisher.fee_basis_points % 100
        );
    }
    Ok(())
}
